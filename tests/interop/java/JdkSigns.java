import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.crypto.dom.DOMStructure;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignatureMethod;
import javax.xml.crypto.dsig.SignatureProperty;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLObject;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.RSAPSSParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** The JDK signs: each line of the manifest puts one signature into its slot. */
public final class JdkSigns {
    private static final String XADES = "http://uri.etsi.org/01903/v1.3.2#";
    private static final String XMLNS = "http://www.w3.org/2000/xmlns/";
    private static final String SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties";
    private static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    private final Order order;
    private final Document document;
    private final List<Reference> references = new ArrayList<>();
    private final List<XMLObject> objects = new ArrayList<>();

    private JdkSigns(Order order) throws Exception {
        this.order = order;
        this.document = Documents.read(order.file());
    }

    public static void main(String[] arguments) throws Exception {
        for (Order order : Order.read(Path.of(arguments[0]))) {
            new JdkSigns(order).sign();
        }
    }

    private void sign() throws Exception {
        Order.Signer signer = order.signer();
        Documents.only(document, "DU_LIEU_HOC_BA").setIdAttributeNS(null, "Id", true);
        refer("#data", null);
        if (order.writesProperty()) {
            addProperty();
        }
        if (order.writesXades()) {
            addXades(signer);
        }
        CanonicalizationMethod method =
                FACTORY.newCanonicalizationMethod(order.canonicalisation(), (C14NMethodParameterSpec) null);
        SignedInfo signed = FACTORY.newSignedInfo(method, signatureMethod(), references);
        DOMSignContext context = new DOMSignContext(signer.key(), Documents.only(document, order.slot()));
        if (!order.prefix().isEmpty()) {
            context.setDefaultNamespacePrefix(order.prefix());
        }
        FACTORY.newXMLSignature(signed, keyInfo(signer), objects, order.identifier(), null).sign(context);
        Documents.write(document, order.file());
    }

    private void refer(String uri, String type) throws Exception {
        Transform transform = FACTORY.newTransform(order.canonicalisation(), (TransformParameterSpec) null);
        DigestMethod digest = FACTORY.newDigestMethod(order.digest(), null);
        references.add(FACTORY.newReference(uri, digest, List.of(transform), type, null));
    }

    private SignatureMethod signatureMethod() throws Exception {
        if (!order.method().equals(SignatureMethod.RSA_PSS)) {
            return FACTORY.newSignatureMethod(order.method(), null);
        }
        PSSParameterSpec parameters = new PSSParameterSpec("SHA-384", "MGF1", MGF1ParameterSpec.SHA384, 48, 1);
        return FACTORY.newSignatureMethod(order.method(), new RSAPSSParameterSpec(parameters));
    }

    private static KeyInfo keyInfo(Order.Signer signer) {
        KeyInfoFactory factory = FACTORY.getKeyInfoFactory();
        String subject = signer.certificate().getSubjectX500Principal().getName();
        return factory.newKeyInfo(List.of(factory.newX509Data(List.of(subject, signer.certificate()))));
    }

    /** The official form; SigningTime in no namespace beside a prefix, in that of XMLDSig without one. */
    private void addProperty() throws Exception {
        boolean prefixed = !order.prefix().isEmpty();
        Element time = document.createElementNS(prefixed ? null : XMLSignature.XMLNS, "SigningTime");
        time.setTextContent(order.moment());
        String identifier = order.identifier() + "-props";
        SignatureProperty property =
                FACTORY.newSignatureProperty(List.of(new DOMStructure(time)), "#" + order.identifier(), null);
        add(FACTORY.newSignatureProperties(List.of(property), identifier));
        refer("#" + identifier, "http://www.w3.org/2000/09/xmldsig#SignatureProperties");
    }

    private void add(javax.xml.crypto.XMLStructure content) {
        objects.add(FACTORY.newXMLObject(List.of(content), null, null, null));
    }

    private void addXades(Order.Signer signer) throws Exception {
        Element qualifying = document.createElementNS(XADES, "xades:QualifyingProperties");
        qualifying.setAttributeNS(XMLNS, "xmlns:xades", XADES);
        qualifying.setAttribute("Target", "#" + order.identifier());
        Element properties = below(qualifying, "SignedProperties");
        properties.setAttribute("Id", order.identifier() + "-xades");
        properties.setIdAttribute("Id", true);
        Element own = below(properties, "SignedSignatureProperties");
        below(own, "SigningTime").setTextContent(order.moment());
        Element digest = below(below(below(own, "SigningCertificateV2"), "Cert"), "CertDigest");
        String prefix = order.prefix().isEmpty() ? "" : order.prefix() + ":";
        Element method = document.createElementNS(XMLSignature.XMLNS, prefix + "DigestMethod");
        method.setAttribute("Algorithm", DigestMethod.SHA512);
        Element value = document.createElementNS(XMLSignature.XMLNS, prefix + "DigestValue");
        byte[] octets = MessageDigest.getInstance("SHA-512").digest(signer.certificate().getEncoded());
        value.setTextContent(Base64.getEncoder().encodeToString(octets));
        digest.appendChild(method);
        digest.appendChild(value);
        if (order.indented()) {
            indent(qualifying, "\n");
        }
        add(new DOMStructure(qualifying));
        refer("#" + order.identifier() + "-xades", SIGNED_PROPERTIES);
    }

    private Element below(Element parent, String name) {
        return (Element) parent.appendChild(document.createElementNS(XADES, "xades:" + name));
    }

    private void indent(Element element, String margin) {
        for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element inner) {
                element.insertBefore(document.createTextNode(margin + "  "), child);
                indent(inner, margin + "  ");
            }
        }
        if (element.getLastChild() instanceof Element) {
            element.appendChild(document.createTextNode(margin));
        }
    }
}
