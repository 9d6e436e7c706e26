package sealpress.interop;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.ofdrw.gm.cert.PEMLoader;
import org.ofdrw.gm.ses.v4.SESeal;
import org.ofdrw.layout.OFDDoc;
import org.ofdrw.layout.element.Paragraph;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.NumberFormatAtomicSignID;
import org.ofdrw.sign.OFDSigner;
import org.ofdrw.sign.SignMode;
import org.ofdrw.sign.signContainer.SESV4Container;
import org.ofdrw.sign.stamppos.NormalStampPos;
import org.ofdrw.sign.verify.OFDValidator;
import org.ofdrw.sign.verify.container.SESV4ValidateContainer;

/**
 * Measures ofdrw beside `sealpress bench sign`, in a JVM that has been warmed up.
 *
 * <p>Called as {@code Bench FOLDER COUNT WARM_UP [WHAT]}, the pages to count and those before them,
 * in which the JVM compiles what matters; with {@code validate} only {@code validate_ms} is measured
 * and printed, for validating the page that it has sealed. The folder holds
 *
 * <pre>
 * page.ofd      a page of ours without signatures
 * rows.txt      its values, one paragraph a line
 * key.pem  certificate.pem  seal.esl      who seals: SM2 key (PKCS#8), certificate, SESeal (DER)
 * </pre>
 *
 * <p>The pages that are sealed are written beside them, the last ones stay there. Printed is one
 * JSON object with medians in milliseconds: {@code seal_ms} for sealing the page of ours, {@code
 * make_and_seal_ms} for making one with the same values and sealing that.
 */
public final class Bench {
    private static final double MILLISECONDS_PER_NANOSECOND = 1e-6;

    /** The seal on the page: left edge, top and side in mm. */
    private static final double[] SEAL = {130, 220, 42};

    /** The place of the argument that says what is measured. */
    private static final int WHAT = 3;

    private final Path folder;
    private final List<String> rows;
    private final PrivateKey key;
    private final Certificate certificate;
    private final SESeal seal;

    private Bench(Path folder) throws IOException, GeneralSecurityException {
        this.folder = folder;
        rows = Files.readAllLines(folder.resolve("rows.txt"));
        key = privateKey(folder.resolve("key.pem"));
        certificate = PEMLoader.loadCert(folder.resolve("certificate.pem"));
        seal = SESeal.getInstance(Files.readAllBytes(folder.resolve("seal.esl")));
    }

    /** Measures and prints. */
    public static void main(String[] arguments) throws Exception {
        System.setProperty("java.awt.headless", "true");
        PrintStream answer = System.out;
        System.setOut(System.err); // whatever a library prints must not stand in the answer
        LogManager.getLogManager().reset();
        Security.addProvider(new BouncyCastleProvider());
        Bench bench = new Bench(Path.of(arguments[0]));
        int count = Integer.parseInt(arguments[1]);
        int warmUp = Integer.parseInt(arguments[2]);
        if (arguments.length > WHAT && arguments[WHAT].equals("validate")) {
            bench.sealPage();
            double validating = median(bench::validatePage, count, warmUp);
            answer.println(new Gson().toJson(Map.of("validate_ms", validating)));
            return;
        }
        double sealing = median(bench::sealPage, count, warmUp);
        double both = median(bench::makeAndSeal, count, warmUp);
        answer.println(new Gson().toJson(Map.of("seal_ms", sealing, "make_and_seal_ms", both)));
    }

    private void sealPage() throws IOException, GeneralSecurityException {
        seal(folder.resolve("page.ofd"), folder.resolve("page-sealed.ofd"));
    }

    private void validatePage() throws IOException, GeneralSecurityException {
        try (OFDReader reader = new OFDReader(folder.resolve("page-sealed.ofd"));
                OFDValidator validator = new OFDValidator(reader)) {
            validator.setValidator(new SESV4ValidateContainer());
            validator.exeValidate();
        }
    }

    private void makeAndSeal() throws IOException, GeneralSecurityException {
        Path made = folder.resolve("made.ofd");
        try (OFDDoc document = new OFDDoc(made)) {
            for (String row : rows) {
                document.add(new Paragraph(row));
            }
        }
        seal(made, folder.resolve("made-sealed.ofd"));
    }

    private void seal(Path page, Path sealed) throws IOException, GeneralSecurityException {
        try (OFDReader reader = new OFDReader(page);
                OFDSigner signer = new OFDSigner(reader, sealed, new NumberFormatAtomicSignID())) {
            signer.setSignMode(SignMode.WholeProtected);
            signer.setSignContainer(new SESV4Container(key, seal, certificate));
            signer.addApPos(new NormalStampPos(1, SEAL[0], SEAL[1], SEAL[2], SEAL[2]));
            signer.exeSign();
        }
    }

    /** An unencrypted PKCS#8 key in PEM; ofdrw's own loader knows only the older form. */
    static PrivateKey privateKey(Path pem) throws IOException, GeneralSecurityException {
        String base64 = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
        byte[] encoded = Base64.getMimeDecoder().decode(base64);
        return KeyFactory.getInstance("EC", new BouncyCastleProvider())
                .generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    private static double median(Work work, int count, int warmUp)
            throws IOException, GeneralSecurityException {
        double[] taken = new double[count];
        for (int i = -warmUp; i < count; i++) {
            long start = System.nanoTime();
            work.run();
            if (i >= 0) {
                taken[i] = (System.nanoTime() - start) * MILLISECONDS_PER_NANOSECOND;
            }
        }
        Arrays.sort(taken);
        return taken[count / 2];
    }

    private interface Work {
        void run() throws IOException, GeneralSecurityException;
    }
}
