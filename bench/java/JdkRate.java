import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * How many records of a folder the JDK verifies in a second of one thread's processor time, once it is warm: parsed anew
 * each time, every signature validated under secure validation, the keys of certificates kept.
 */
public final class JdkRate {
    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();
    private static final Map<String, PublicKey> KEYS = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        List<byte[]> records = read(Path.of(arguments[0]));
        double seconds = Double.parseDouble(arguments[1]);
        rate(records, 3 * seconds);
        System.out.println(rate(records, seconds));
    }

    private static List<byte[]> read(Path folder) throws Exception {
        List<byte[]> records = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                records.add(Files.readAllBytes(file));
            }
        }
        return records;
    }

    private static double rate(List<byte[]> records, double seconds) throws Exception {
        long began = CLOCK.getCurrentThreadCpuTime();
        for (int done = 1; ; done++) {
            verify(records.get(done % records.size()));
            double spent = (CLOCK.getCurrentThreadCpuTime() - began) / 1e9;
            if (spent >= seconds) {
                return done / spent;
            }
        }
    }

    private static void verify(byte[] octets) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        DocumentBuilder builder = factory.newDocumentBuilder();
        Document document = builder.parse(new ByteArrayInputStream(octets));
        Element data = (Element) document.getElementsByTagName("DU_LIEU_HOC_BA").item(0);
        NodeList signatures = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        for (int index = 0; index < signatures.getLength(); index++) {
            verify((Element) signatures.item(index), data);
        }
    }

    private static void verify(Element signature, Element data) throws Exception {
        KeySelector selector = KeySelector.singletonKeySelector(keyOf(signature));
        DOMValidateContext context = new DOMValidateContext(selector, signature);
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
        context.setIdAttributeNS(data, null, "Id");
        NodeList inside = signature.getElementsByTagNameNS("*", "*");
        for (int index = 0; index < inside.getLength(); index++) {
            Element element = (Element) inside.item(index);
            if (element.hasAttribute("Id")) {
                context.setIdAttributeNS(element, null, "Id");
            }
        }
        XMLSignature read = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
        if (!read.validate(context)) {
            throw new IllegalStateException(signature.getAttribute("Id"));
        }
    }

    private static PublicKey keyOf(Element signature) throws Exception {
        String text = signature.getElementsByTagNameNS(XMLSignature.XMLNS, "X509Certificate").item(0).getTextContent();
        PublicKey key = KEYS.get(text);
        if (key == null) {
            byte[] der = Base64.getMimeDecoder().decode(text);
            key = CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)).getPublicKey();
            KEYS.put(text, key);
        }
        return key;
    }
}
