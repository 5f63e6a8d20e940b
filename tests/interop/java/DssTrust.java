import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What EU DSS is given to believe, offline: a folder of `roots`, `intermediates` and `crls`, each perhaps missing. */
final class DssTrust {
    private DssTrust() {}

    static CommonCertificateVerifier verifier(Path trust) {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        for (Path file : filesOf(trust.resolve("roots"))) {
            anchors.addCertificate(DSSUtils.loadCertificate(file.toFile()));
        }
        CommonCertificateSource between = new CommonCertificateSource();
        for (Path file : filesOf(trust.resolve("intermediates"))) {
            between.addCertificate(DSSUtils.loadCertificate(file.toFile()));
        }
        DSSDocument[] lists =
                filesOf(trust.resolve("crls")).stream().map(file -> new FileDocument(file.toFile())).toArray(DSSDocument[]::new);
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(anchors);
        verifier.setAdjunctCertSources(between);
        verifier.setCrlSource(new ExternalResourcesCRLSource(lists));
        return verifier;
    }

    private static List<Path> filesOf(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
