package sealpress.interop;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.imageio.ImageIO;
import org.ofdrw.converter.FontLoader;
import org.ofdrw.converter.ImageMaker;
import org.ofdrw.core.attachment.CT_Attachment;
import org.ofdrw.core.basicType.ST_Box;
import org.ofdrw.core.signatures.appearance.StampAnnot;
import org.ofdrw.core.text.font.CT_Font;
import org.ofdrw.gm.ses.v4.SES_SealInfo;
import org.ofdrw.reader.ContentExtractor;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.reader.model.StampAnnotEntity;
import org.ofdrw.sign.SignMode;
import org.ofdrw.sign.verify.OFDValidator;
import org.ofdrw.sign.verify.container.SESV4ValidateContainer;

/**
 * Asks ofdrw about OFD files: one request a line on standard input, one JSON object a line on
 * standard output, until the input ends. One process serves a whole test run, because starting the
 * JVM and scanning the system's fonts costs seconds.
 *
 * <p>Words of a request are separated by tabs:
 *
 * <pre>
 * validate FILE          {"verdict": "VALID"} or {"verdict": "INVALID", "reason": …}
 * info     FILE          {"pages", "width", "height" (mm), "signatures", "seals", "fonts", "attachments"}
 * text     FILE          {"text": [one string for each TextCode, in the order of the file]}
 * render   FILE OUT DPI  {"width", "height" (pixels)}; writes the first page, OUT.png or OUT.bmp
 * seal     FILE OUT VERSION MODE KEYS  {}; writes the file with a seal of ofdrw's, see OfdrwSeals
 * </pre>
 *
 * <p>Every answer repeats the command and the file, and carries {@code warnings}: what ofdrw logged
 * meanwhile. That matters because ofdrw leaves out what it cannot draw and only logs it. A request
 * that fails is answered with {@code error}.
 */
public final class AskOfdrw {
    private static final double MILLIMETRES_PER_INCH = 25.4;
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private AskOfdrw() {}

    /** Serves requests until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        System.setProperty("java.awt.headless", "true");
        // Answers alone go to the real standard output; whatever a library prints goes to stderr.
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Warnings warnings = Warnings.install();
        BufferedReader requests =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            try {
                String[] words = line.split("\t");
                answer.put("command", words[0]);
                answer.put("file", words[1]);
                answer.putAll(answer(words));
            } catch (Exception error) {
                answer.put("error", error.toString());
            }
            answer.put("warnings", warnings.take());
            answers.println(GSON.toJson(answer));
        }
    }

    private static Map<String, Object> answer(String[] words)
            throws IOException, GeneralSecurityException {
        Path file = Path.of(words[1]);
        return switch (words[0]) {
            case "validate" -> validate(file);
            case "info" -> info(file);
            case "text" -> text(file);
            case "render" -> render(file, Path.of(words[2]), Integer.parseInt(words[3]));
            case "seal" -> seal(file, words);
            default -> throw new IllegalArgumentException("no such command: " + words[0]);
        };
    }

    /** Digests of all referenced parts, Seal.esl against the seal in the signature, SM2 signature. */
    private static Map<String, Object> validate(Path file) {
        try (OFDValidator validator = new OFDValidator(new OFDReader(file))) {
            validator.setValidator(new SESV4ValidateContainer()).exeValidate();
            return Map.of("verdict", "VALID");
        } catch (Exception fault) {
            // ofdrw tells a bad file by whatever its parsers happen to throw, too.
            return Map.of("verdict", "INVALID", "reason", fault.toString());
        }
    }

    private static Map<String, Object> info(Path file) throws IOException {
        try (OFDReader reader = new OFDReader(file)) {
            ST_Box page = reader.getPageSize(1);
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("pages", reader.getNumberOfPages());
            answer.put("width", page.getWidth());
            answer.put("height", page.getHeight());
            answer.put("signatures", reader.hasSignature()
                    ? reader.getDefaultSignatures().getSignatures().size() : 0);
            answer.put("seals", reader.getStampAnnots().stream().map(AskOfdrw::seal).toList());
            answer.put("fonts", reader.getResMgt().getFonts().stream()
                    .map(font -> font(reader, font)).toList());
            answer.put("attachments", reader.getAttachmentList().stream()
                    .map(CT_Attachment::getAttachmentName).toList());
            return answer;
        }
    }

    private static Map<String, Object> seal(StampAnnotEntity stamped) {
        SES_SealInfo seal =
                stamped.getHolder().getInstanceV4().getToSign().getEseal().geteSealInfo();
        return Map.of(
                "name", seal.getProperty().getName().getString(),
                "id", seal.getEsID().getString(),
                "picture", stamped.getImgType(),
                "places", stamped.getStampAnnots().stream()
                        .map(StampAnnot::getBoundary).map(ST_Box::toString).toList());
    }

    /** The font as the renderer will load it; {@code embedded} is false if it takes another one. */
    private static Map<String, Object> font(OFDReader reader, CT_Font font) {
        boolean replaced = FontLoader.getInstance()
                .loadFontSimilar(reader.getResourceLocator(), font)
                .isEnableSimilarFontReplace();
        return Map.of("name", font.getFontName(), "embedded", !replaced);
    }

    private static Map<String, Object> text(Path file) throws IOException {
        try (OFDReader reader = new OFDReader(file)) {
            return Map.of("text", new ContentExtractor(reader).extractAll());
        }
    }

    private static Map<String, Object> render(Path file, Path out, int dpi) throws IOException {
        String name = out.getFileName().toString();
        String format = name.substring(name.lastIndexOf('.') + 1);
        try (OFDReader reader = new OFDReader(file)) {
            BufferedImage image = new ImageMaker(reader, dpi / MILLIMETRES_PER_INCH).makePage(0);
            if (!ImageIO.write(image, format, out.toFile())) {
                throw new IllegalArgumentException("cannot write this format: " + format);
            }
            return Map.of("width", image.getWidth(), "height", image.getHeight());
        }
    }

    private static Map<String, Object> seal(Path file, String[] words)
            throws IOException, GeneralSecurityException {
        new OfdrwSeals(Path.of(words[5])).seal(
                file, Path.of(words[2]), Integer.parseInt(words[3]), SignMode.valueOf(words[4]));
        return Map.of();
    }

    /** Collects what the libraries log at level WARNING and above. */
    private static final class Warnings extends Handler {
        private final List<String> collected = new ArrayList<>();

        /** Replaces the JVM's own log output by a new collector. */
        static Warnings install() {
            LogManager.getLogManager().reset();
            Warnings warnings = new Warnings();
            warnings.setLevel(Level.WARNING);
            Logger.getLogger("").addHandler(warnings);
            return warnings;
        }

        /** What was logged since the last call. */
        synchronized List<String> take() {
            List<String> taken = List.copyOf(collected);
            collected.clear();
            return taken;
        }

        @Override
        public synchronized void publish(LogRecord entry) {
            if (isLoggable(entry)) {
                Throwable thrown = entry.getThrown();
                collected.add(entry.getMessage() + (thrown == null ? "" : ": " + thrown));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
