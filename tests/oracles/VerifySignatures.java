import java.io.ByteArrayInputStream;
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
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * The JDK's word on the signatures of each file given: for a record on all of them, for a batch on its own. One line per
 * signature: file name, Id, true, false or the error. Core validation under secure validation, the certificate in
 * KeyInfo; who is to be trusted is not asked.
 */
public final class VerifySignatures {
    private static final String[] IDENTIFIERS = {"Id", "id", "ID"};

    public static void main(String[] files) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        DocumentBuilder builder = factory.newDocumentBuilder();
        for (String file : files) {
            Path path = Path.of(file);
            Document document = builder.parse(path.toFile());
            for (Element signature : signaturesOf(document)) {
                System.out.println(path.getFileName() + "\t" + signature.getAttribute("Id") + "\t" + verdict(document, signature));
            }
        }
    }

    private static List<Element> signaturesOf(Document document) {
        Element root = document.getDocumentElement();
        List<Element> found = new ArrayList<>();
        if (root.getLocalName().equals("DANH_SACH_HOC_BA")) {
            found.add((Element) root.getLastChild());
            return found;
        }
        NodeList all = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        for (int index = 0; index < all.getLength(); index++) {
            found.add((Element) all.item(index));
        }
        return found;
    }

    private static String verdict(Document document, Element signature) {
        try {
            X509Certificate certificate = certificateOf(signature);
            DOMValidateContext context = new DOMValidateContext(KeySelector.singletonKeySelector((Key) certificate.getPublicKey()), signature);
            context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
            Element root = document.getDocumentElement();
            identify(context, root);
            for (Node child = root.getFirstChild(); child != null && !root.getLocalName().startsWith("DANH_SACH"); child = child.getNextSibling()) {
                identify(context, child);
            }
            NodeList inside = signature.getElementsByTagNameNS("*", "*");
            for (int index = 0; index < inside.getLength(); index++) {
                identify(context, inside.item(index));
            }
            XMLSignature read = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
            return Boolean.toString(read.validate(context));
        } catch (Exception error) {
            return error.getClass().getSimpleName() + ": " + error.getMessage();
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
