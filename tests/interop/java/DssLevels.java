import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.diagnostic.jaxb.XmlDigestMatcher;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.policy.ValidationPolicy;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.x509.tsp.KeyEntityTSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.policy.ValidationPolicyLoader;
import eu.europa.esig.dss.validation.reports.Reports;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * EU DSS and the levels of XAdES. Lines of the list begin with what is to be done:
 *
 * judge, moment, folder of trust, file: one line per signature: file name, Id, level as DSS finds it, indication and
 * sub-indication, timestamps that hold, timestamps in all. In a batch, the transaction's signature alone is told.
 *
 * extend, moment of the timestamps, folder of trust, file, level, PKCS#12 of a timestamping key, its password, new file.
 */
public final class DssLevels {
    private static final ValidationPolicy POLICY = ValidationPolicyLoader.fromDefaultValidationPolicy().create();

    public static void main(String[] arguments) throws Exception {
        List<String[]> work = Files.readAllLines(Path.of(arguments[0])).stream().map(line -> line.split("\t")).toList();
        for (String[] parts : work.stream().filter(parts -> parts[0].equals("extend")).toList()) {
            extend(parts);
        }
        work.parallelStream().filter(parts -> parts[0].equals("judge")).forEach(
                parts -> judge(Date.from(Instant.parse(parts[1])), Path.of(parts[2]), Path.of(parts[3])));
    }

    private static void judge(Date moment, Path trust, Path file) {
        try {
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file.toFile()));
            validator.setCertificateVerifier(DssTrust.verifier(trust));
            validator.setValidationTime(moment);
            validator.setEnableEtsiValidationReport(false);
            Reports reports = validator.validateDocument(POLICY);
            var document = Documents.read(file);
            String only = Documents.isBatch(document) ? Documents.lastChild(document).getAttribute("Id") : null;
            for (SignatureWrapper signature : reports.getDiagnosticData().getSignatures()) {
                if (only == null || only.equals(signature.getDAIdentifier())) {
                    say(file, signature, reports.getSimpleReport());
                }
            }
        } catch (Exception | StackOverflowError error) {
            System.out.println(String.join("\t", file.getFileName().toString(), "", "", Documents.name(error), "0", "0"));
        }
    }

    private static void say(Path file, SignatureWrapper signature, SimpleReport report) {
        List<TimestampWrapper> stamps = signature.getTimestampList();
        long sound = stamps.stream().filter(stamp -> stamp.isSignatureIntact()
                && stamp.getDigestMatchers().stream().allMatch(XmlDigestMatcher::isDataIntact)
                && report.isValid(stamp.getId())).count();
        String told = report.getIndication(signature.getId()) + "/" + report.getSubIndication(signature.getId());
        System.out.println(String.join("\t", file.getFileName().toString(), String.valueOf(signature.getDAIdentifier()),
                String.valueOf(report.getSignatureFormat(signature.getId())), told, Long.toString(sound),
                Integer.toString(stamps.size())));
    }

    private static void extend(String[] parts) throws Exception {
        char[] password = parts[6].toCharArray();
        KeyEntityTSPSource stamps = new KeyEntityTSPSource(parts[5], "PKCS12", password, "k", password);
        stamps.setTsaPolicy("1.3.6.1.4.1.99999.3161.1");
        stamps.setProductionTime(Date.from(Instant.parse(parts[1])));
        XAdESService service = new XAdESService(DssTrust.verifier(Path.of(parts[2])));
        service.setTspSource(stamps);
        XAdESSignatureParameters parameters = new XAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.valueByName("XAdES-BASELINE-" + parts[4]));
        DSSDocument extended = service.extendDocument(new FileDocument(parts[3]), parameters);
        Files.write(Path.of(parts[7]), DSSUtils.toByteArray(extended));
    }
}
