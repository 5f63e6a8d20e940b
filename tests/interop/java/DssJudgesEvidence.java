import eu.europa.esig.dss.diagnostic.EvidenceRecordWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.policy.ValidationPolicy;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.policy.ValidationPolicyLoader;
import eu.europa.esig.dss.validation.reports.Reports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * EU DSS's word on evidence records. The list's lines: the moment of validation, the folder of trust (`roots`, `crls`), the
 * evidence record, the file that it is about. One line each: name of the record, whether it is passed, indication and
 * sub-indication, syntax, the number of timestamps whose imprint is intact, the time that is proven.
 */
public final class DssJudgesEvidence {
    private static final ValidationPolicy POLICY = ValidationPolicyLoader.fromDefaultValidationPolicy().create();

    public static void main(String[] arguments) throws Exception {
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] parts = line.split("\t");
            judge(Date.from(Instant.parse(parts[0])), Path.of(parts[1]), Path.of(parts[2]), Path.of(parts[3]));
        }
    }

    private static void judge(Date moment, Path trust, Path record, Path data) {
        String name = record.getFileName().toString();
        try {
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(record.toFile()));
            validator.setDetachedContents(List.of(new FileDocument(data.toFile())));
            validator.setCertificateVerifier(DssTrust.verifier(trust));
            validator.setValidationTime(moment);
            validator.setEnableEtsiValidationReport(false);
            Reports reports = validator.validateDocument(POLICY);
            EvidenceRecordWrapper found = reports.getDiagnosticData().getEvidenceRecords().get(0);
            SimpleReport report = reports.getSimpleReport();
            System.out.println(String.join("\t", name,
                    Boolean.toString(report.isValid(found.getId())),
                    report.getIndication(found.getId()) + "/" + report.getSubIndication(found.getId()),
                    String.valueOf(found.getEvidenceRecordType()),
                    Long.toString(found.getTimestampList().stream().filter(TimestampWrapper::isMessageImprintDataIntact).count()),
                    String.valueOf(report.getEvidenceRecordPOE(found.getId()).toInstant())));
        } catch (Exception | StackOverflowError error) {
            System.out.println(String.join("\t", name, "false", Documents.name(error), "", "0", ""));
        }
    }
}
