import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;

/**
 * Runs this folder's programs one after another in one machine: what EU DSS reads and compiles at its start serves all of
 * them. Each line it is given: the program, its list of work, the file for what it says. It answers each with a line:
 * `done`, or the trace of what it died of.
 */
public final class Works {
    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            answers.println(run(parts[0], parts[1], parts[2]));
            answers.flush();
        }
    }

    private static String run(String program, String work, String said) {
        try (PrintStream out = new PrintStream(said, StandardCharsets.UTF_8)) {
            System.setOut(out);
            Class.forName(program).getMethod("main", String[].class).invoke(null, (Object) new String[] {work});
            return "done";
        } catch (InvocationTargetException error) {
            return trace(error.getCause());
        } catch (Exception error) {
            return trace(error);
        }
    }

    private static String trace(Throwable error) {
        StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text, true));
        return text.toString().replaceAll("\\s+", " ");
    }
}
