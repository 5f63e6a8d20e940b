import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.policy.ValidationPolicy;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.policy.ValidationPolicyLoader;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * EU DSS's word on the signatures of PDF files, and veraPDF's on whether they are PDF/A-3b. The list's lines: the moment of
 * validation, the folder of trust, the file, whether veraPDF is asked. One line per signature (one without a name where there is none): file name,
 * name of the field, indication and sub-indication, level, whether changes are seen that nothing allows, PDF/A: yes, or the
 * clauses at fault; - where nobody was asked.
 */
public final class DssVerifiesPdf {
    private static final ValidationPolicy POLICY = ValidationPolicyLoader.fromDefaultValidationPolicy().create();

    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] parts = line.split("\t");
            Path file = Path.of(parts[2]);
            String archivable = Boolean.parseBoolean(parts[3]) ? archivable(file) : "-";
            try {
                judge(Date.from(Instant.parse(parts[0])), Path.of(parts[1]), file, archivable);
            } catch (Exception | Error error) {
                say(file, "", Documents.name(error), "", "", archivable);
            }
        }
    }

    private static void judge(Date moment, Path trust, Path file, String archivable) {
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file.toFile()));
        validator.setCertificateVerifier(DssTrust.verifier(trust));
        validator.setValidationTime(moment);
        validator.setEnableEtsiValidationReport(false);
        Reports reports = validator.validateDocument(POLICY);
        SimpleReport report = reports.getSimpleReport();
        DiagnosticData data = reports.getDiagnosticData();
        if (data.getSignatures().isEmpty()) {
            say(file, "", "no signature", "", "", archivable);
        }
        for (SignatureWrapper signature : data.getSignatures()) {
            String identifier = signature.getId();
            boolean changed = !signature.getPdfUndefinedChanges().isEmpty() || !signature.getPdfAnnotationChanges().isEmpty();
            say(file, String.join(",", signature.getSignatureFieldNames()),
                    report.getIndication(identifier) + "/" + report.getSubIndication(identifier),
                    String.valueOf(report.getSignatureFormat(identifier)), Boolean.toString(changed), archivable);
        }
    }

    private static String archivable(Path file) {
        try (InputStream octets = Files.newInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(octets, PDFAFlavour.PDFA_3_B)) {
            ValidationResult result = Foundries.defaultInstance().createValidator(PDFAFlavour.PDFA_3_B, false).validate(parser);
            TreeSet<String> clauses = new TreeSet<>();
            for (TestAssertion assertion : result.getTestAssertions()) {
                clauses.add(assertion.getRuleId().getClause());
            }
            return result.isCompliant() ? "yes" : String.join(" ", clauses);
        } catch (Exception error) {
            return Documents.name(error);
        }
    }

    private static void say(Path file, String field, String told, String level, String changed, String archivable) {
        System.out.println(String.join("\t", file.getFileName().toString(), field, told, level, changed, archivable));
    }
}
