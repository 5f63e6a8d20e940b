import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.jaxb.XmlDigestMatcher;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.policy.ValidationPolicy;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.policy.ValidationPolicyLoader;
import eu.europa.esig.dss.validation.reports.Reports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * EU DSS's word on the signatures of each file in a list: for a record on all of them, for a batch on its own. The list's
 * lines: the moment of validation, the folder of trust (`roots`, `intermediates`, `crls`), the file. One line per
 * signature: file name, Id, whether it is TOTAL-PASSED, indication and sub-indication, whether digests and value are
 * intact, whether it is XAdES.
 */
public final class DssVerifies {
    private static final ValidationPolicy POLICY = ValidationPolicyLoader.fromDefaultValidationPolicy().create();

    private static final Map<Path, CommonCertificateVerifier> VERIFIERS = new ConcurrentHashMap<>();

    public static void main(String[] arguments) throws Exception {
        Files.readAllLines(Path.of(arguments[0])).parallelStream().map(line -> line.split("\t")).forEach(
                parts -> judge(Date.from(Instant.parse(parts[0])), Path.of(parts[1]), Path.of(parts[2])));
    }

    private static void judge(Date moment, Path trust, Path file) {
        try {
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file.toFile()));
            validator.setCertificateVerifier(VERIFIERS.computeIfAbsent(trust, DssTrust::verifier));
            validator.setValidationTime(moment);
            validator.setEnableEtsiValidationReport(false);
            Reports reports = validator.validateDocument(POLICY);
            String only = onlyOne(file);
            for (SignatureWrapper signature : reports.getDiagnosticData().getSignatures()) {
                if (only == null || only.equals(signature.getDAIdentifier())) {
                    say(file, signature, reports.getSimpleReport());
                }
            }
        } catch (Exception | StackOverflowError error) {
            System.out.println(String.join("\t", file.getFileName().toString(), "", "false", Documents.name(error), "false", "false"));
        }
    }

    /** In a batch, the transaction's signature alone is judged in place. */
    private static String onlyOne(Path file) throws Exception {
        var document = Documents.read(file);
        return Documents.isBatch(document) ? Documents.lastChild(document).getAttribute("Id") : null;
    }

    private static void say(Path file, SignatureWrapper signature, SimpleReport report) {
        String identifier = signature.getId();
        String why = report.getIndication(identifier) + "/" + report.getSubIndication(identifier);
        boolean intact = signature.isSignatureIntact() && signature.getDigestMatchers().stream().allMatch(XmlDigestMatcher::isDataIntact);
        System.out.println(String.join("\t",
                file.getFileName().toString(), String.valueOf(signature.getDAIdentifier()),
                Boolean.toString(report.isValid(identifier)), why, Boolean.toString(intact),
                Boolean.toString(signature.getClaimedSigningTime() != null)));
    }
}
