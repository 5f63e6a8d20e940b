import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** One signature to be made: a line of a manifest, its columns in this order. */
record Order(
        Path file, Path keyStore, String slot, String identifier, String form, String canonicalisation, String prefix,
        String digest, String method, boolean indented, String moment) {
    private static final char[] PASSWORD = "thu nghiem".toCharArray();

    static List<Order> read(Path manifest) throws IOException {
        List<Order> found = new ArrayList<>();
        for (String line : Files.readAllLines(manifest)) {
            String[] parts = line.split("\t", -1);
            found.add(new Order(Path.of(parts[0]), Path.of(parts[1]), parts[2], parts[3], parts[4], parts[5], parts[6],
                    parts[7], parts[8], parts[9].equals("indented"), parts[10]));
        }
        return found;
    }

    boolean writesProperty() {
        return !form.equals("xades");
    }

    boolean writesXades() {
        return !form.equals("property");
    }

    Signer signer() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream octets = Files.newInputStream(keyStore)) {
            store.load(octets, PASSWORD);
        }
        String alias = store.aliases().nextElement();
        return new Signer((PrivateKey) store.getKey(alias, PASSWORD), (X509Certificate) store.getCertificate(alias));
    }

    /** A private key with the certificate that names its holder. */
    record Signer(PrivateKey key, X509Certificate certificate) {}
}
