import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * The JDK's word on the signatures of each file in a list: for a record on all of them, for a batch on its own. One line
 * per signature: file name, Id, true or false, what was the matter. Core validation under secure validation, with the
 * certificate in KeyInfo; who is to be trusted is not asked.
 */
public final class JdkVerifies {
    private static final String[] IDENTIFIERS = {"Id", "id", "ID"};
    private static final String[] REGIONS = {"THONG_TIN_HOC_BA", "DIEM_TONG_KET"};

    public static void main(String[] arguments) throws Exception {
        Files.readAllLines(Path.of(arguments[0])).parallelStream().forEach(file -> judge(Path.of(file)));
    }

    private static void judge(Path file) {
        try {
            Document document = Documents.read(file);
            List<Element> signatures = Documents.isBatch(document)
                    ? List.of(Documents.lastChild(document))
                    : Documents.signaturesOf(document.getDocumentElement());
            for (Element signature : signatures) {
                say(file, signature.getAttribute("Id"), verdict(document, signature));
            }
        } catch (Exception error) {
            say(file, "", Documents.name(error));
        }
    }

    private static void say(Path file, String identifier, String verdict) {
        boolean accepted = verdict.isEmpty();
        System.out.println(file.getFileName() + "\t" + identifier + "\t" + accepted + "\t" + verdict);
    }

    private static String verdict(Document document, Element signature) {
        try {
            X509Certificate certificate = certificateOf(signature);
            KeySelector selector = KeySelector.singletonKeySelector((Key) certificate.getPublicKey());
            DOMValidateContext context = new DOMValidateContext(selector, signature);
            context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
            identifyAll(context, document, signature);
            XMLSignature read = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
            return read.validate(context) ? "" : "core validation";
        } catch (Exception | StackOverflowError error) {
            return Documents.name(error);
        }
    }

    /** The root, what stands right below it, the teachers' regions in that, and everything inside the signature. */
    private static void identifyAll(DOMValidateContext context, Document document, Element signature) {
        Element root = document.getDocumentElement();
        identify(context, root);
        for (Node child = root.getFirstChild(); child != null && !Documents.isBatch(document); child = child.getNextSibling()) {
            identify(context, child);
            identifyRegions(context, child);
        }
        NodeList inside = signature.getElementsByTagNameNS("*", "*");
        for (int index = 0; index < inside.getLength(); index++) {
            identify(context, inside.item(index));
        }
    }

    private static void identifyRegions(DOMValidateContext context, Node data) {
        if (data instanceof Element element && element.getNodeName().equals("DU_LIEU_HOC_BA")) {
            for (String name : REGIONS) {
                NodeList found = element.getElementsByTagName(name);
                for (int index = 0; index < found.getLength(); index++) {
                    identify(context, found.item(index));
                }
            }
        }
    }

    private static void identify(DOMValidateContext context, Node node) {
        if (node instanceof Element element) {
            for (String name : IDENTIFIERS) {
                if (element.hasAttribute(name)) {
                    context.setIdAttributeNS(element, null, name);
                }
            }
        }
    }

    /** The one certificate in KeyInfo that issued none of the others. */
    private static X509Certificate certificateOf(Element signature) throws Exception {
        NodeList texts = signature.getElementsByTagNameNS(XMLSignature.XMLNS, "X509Certificate");
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        List<X509Certificate> found = new ArrayList<>();
        Set<Object> issuers = new HashSet<>();
        for (int index = 0; index < texts.getLength(); index++) {
            byte[] der = Base64.getMimeDecoder().decode(texts.item(index).getTextContent());
            X509Certificate certificate = (X509Certificate) certificates.generateCertificate(new ByteArrayInputStream(der));
            found.add(certificate);
            issuers.add(certificate.getIssuerX500Principal());
        }
        found.removeIf(certificate -> found.size() > 1 && issuers.contains(certificate.getSubjectX500Principal()));
        return found.get(0);
    }
}
