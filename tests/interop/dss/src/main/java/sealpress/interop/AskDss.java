package sealpress.interop;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.simplereport.jaxb.XmlTimestamp;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Asks EU DSS about signed PDF files, by its own default policy, without any network.
 *
 * <pre>
 * [--anchor CERTIFICATE]… [--crl LIST]… FILE…
 * </pre>
 *
 * <p>Anchors are certificates in DER or PEM, lists are in DER; beside them DSS has only what is in
 * the file. One JSON object a line on standard output for each file, in their order:
 *
 * <pre>
 * {"file", "signatures": [{"format", "indication", "subIndication", "errors", "warnings",
 *                          "timestamps": [{"indication", "subIndication", "moment"}]}]}
 * </pre>
 */
public final class AskDss {
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private final CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
    private final List<File> lists = new ArrayList<>();
    private final List<File> files = new ArrayList<>();

    private AskDss(String[] arguments) {
        for (int at = 0; at < arguments.length; at++) {
            switch (arguments[at]) {
                case "--anchor" ->
                        anchors.addCertificate(DSSUtils.loadCertificate(new File(arguments[++at])));
                case "--crl" -> lists.add(new File(arguments[++at]));
                default -> files.add(new File(arguments[at]));
            }
        }
    }

    /** Answers about every file named, then ends. */
    public static void main(String[] arguments) {
        System.setProperty("java.awt.headless", "true");
        // Answers alone go to the real standard output; whatever a library prints goes to stderr.
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        AskDss asking = new AskDss(arguments);
        for (File file : asking.files) {
            answers.println(GSON.toJson(asking.answer(file)));
        }
    }

    private Map<String, Object> answer(File file) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("file", file.getPath());
        DSSDocument document = new FileDocument(file);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(document);
        validator.setCertificateVerifier(verifier());
        SimpleReport report = validator.validateDocument().getSimpleReport();
        answer.put(
                "signatures",
                report.getSignatureIdList().stream().map(id -> signature(report, id)).toList());
        return answer;
    }

    private CommonCertificateVerifier verifier() {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(anchors);
        verifier.setAIASource(null);
        verifier.setOcspSource(null);
        if (!lists.isEmpty()) {
            DSSDocument[] opened = lists.stream().map(FileDocument::new).toArray(DSSDocument[]::new);
            verifier.setCrlSource(new ExternalResourcesCRLSource(opened));
        }
        return verifier;
    }

    private static Map<String, Object> signature(SimpleReport report, String id) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("format", String.valueOf(report.getSignatureFormat(id)));
        said.put("indication", report.getIndication(id).name());
        said.put("subIndication", Objects.toString(report.getSubIndication(id), null));
        said.put("errors", texts(report.getAdESValidationErrors(id)));
        said.put("warnings", texts(report.getAdESValidationWarnings(id)));
        said.put(
                "timestamps",
                report.getSignatureTimestamps(id).stream().map(AskDss::timestamp).toList());
        return said;
    }

    private static Map<String, Object> timestamp(XmlTimestamp stamp) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("indication", stamp.getIndication().name());
        said.put("subIndication", Objects.toString(stamp.getSubIndication(), null));
        said.put("moment", stamp.getProductionTime().toInstant().toString());
        return said;
    }

    private static List<String> texts(List<Message> messages) {
        return messages.stream().map(Message::getValue).toList();
    }
}
