import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.xades.DSSObject;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.XAdESSignatureParameters.XPathElementPlacement;
import eu.europa.esig.dss.xades.reference.CanonicalizationTransform;
import eu.europa.esig.dss.xades.reference.DSSReference;
import eu.europa.esig.dss.xades.signature.XAdESService;
import eu.europa.esig.dss.xml.common.definition.DSSNamespace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Signature;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/**
 * EU DSS signs XAdES baseline B: each line of the manifest puts one signature into its slot, over `#data` by identifier
 * instead of DSS's own enveloped reference to the whole document.
 */
public final class DssSigns {
    private static final String XMLDSIG = "http://www.w3.org/2000/09/xmldsig#";
    private static final XAdESService SERVICE = new XAdESService(new CommonCertificateVerifier());

    private final Order order;
    private final Order.Signer signer;
    private final DSSDocument document;
    private final DSSNamespace namespace;

    private DssSigns(Order order) throws Exception {
        this.order = order;
        this.signer = order.signer();
        this.document = new InMemoryDocument(Files.readAllBytes(order.file()));
        this.namespace = new DSSNamespace(XMLDSIG, order.prefix());
    }

    public static void main(String[] arguments) throws Exception {
        for (Order order : Order.read(Path.of(arguments[0]))) {
            new DssSigns(order).sign();
        }
    }

    private void sign() throws Exception {
        XAdESSignatureParameters parameters = parameters();
        List<DSSReference> references = new ArrayList<>(List.of(reference("#data", document)));
        if (order.writesProperty()) {
            addProperty(parameters, references);
        }
        parameters.setReferences(references);
        ToBeSigned signed = SERVICE.getDataToSign(document, parameters);
        SignatureAlgorithm algorithm = parameters.getSignatureAlgorithm();
        Signature engine = Signature.getInstance(algorithm.getJCEId());
        engine.initSign(signer.key());
        engine.update(signed.getBytes());
        DSSDocument done = SERVICE.signDocument(document, parameters, new SignatureValue(algorithm, engine.sign()));
        Files.write(order.file(), DSSUtils.toByteArray(done));
    }

    private XAdESSignatureParameters parameters() {
        XAdESSignatureParameters parameters = new XAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.XAdES_BASELINE_B);
        parameters.setSignaturePackaging(SignaturePackaging.ENVELOPED);
        SignatureAlgorithm algorithm = SignatureAlgorithm.forXML(order.method());
        parameters.setDigestAlgorithm(algorithm.getDigestAlgorithm());
        CertificateToken certificate = new CertificateToken(signer.certificate());
        parameters.setSigningCertificate(certificate);
        parameters.setCertificateChain(certificate);
        // After the certificate, whose key would make it RSA PKCS#1 again.
        parameters.setEncryptionAlgorithm(algorithm.getEncryptionAlgorithm());
        parameters.setAddX509SubjectName(true);
        parameters.setXmldsigNamespace(namespace);
        parameters.setSignedInfoCanonicalizationMethod(order.canonicalisation());
        parameters.setSignedPropertiesCanonicalizationMethod(order.canonicalisation());
        parameters.setPrettyPrint(order.indented());
        parameters.setXPathLocationString("//" + order.slot() + "/*[last()]");
        parameters.setXPathElementPlacement(XPathElementPlacement.XPathAfter);
        parameters.bLevel().setSigningDate(Date.from(OffsetDateTime.parse(order.moment()).toInstant()));
        return parameters;
    }

    private DSSReference reference(String uri, DSSDocument contents) {
        DSSReference reference = new DSSReference();
        reference.setUri(uri);
        reference.setContents(contents);
        reference.setDigestMethodAlgorithm(DigestAlgorithm.forXML(order.digest()));
        reference.setTransforms(List.of(new CanonicalizationTransform(namespace, order.canonicalisation())));
        return reference;
    }

    /** DSS has no setting for the official form: it stands in an object of our own with a reference of our own. */
    private void addProperty(XAdESSignatureParameters parameters, List<DSSReference> references) {
        String name = order.prefix().isEmpty() ? "" : order.prefix() + ":";
        String declared = order.prefix().isEmpty() ? "xmlns" : "xmlns:" + order.prefix();
        String identifier = order.identifier() + "-props";
        String text = "<" + name + "SignatureProperties " + declared + "=\"" + XMLDSIG + "\" Id=\"" + identifier + "\"><"
                + name + "SignatureProperty Target=\"#" + parameters.getDeterministicId() + "\"><" + name + "SigningTime>"
                + order.moment() + "</" + name + "SigningTime></" + name + "SignatureProperty></" + name
                + "SignatureProperties>";
        InMemoryDocument content = new InMemoryDocument(text.getBytes(StandardCharsets.UTF_8));
        DSSObject object = new DSSObject();
        object.setContent(content);
        parameters.setObjects(List.of(object));
        references.add(reference("#" + identifier, content));
    }
}
