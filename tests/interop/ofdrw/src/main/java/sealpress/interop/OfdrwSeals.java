package sealpress.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.ofdrw.gm.cert.PEMLoader;
import org.ofdrw.gm.ses.v1.SES_ESPictrueInfo;
import org.ofdrw.gm.ses.v1.SES_Header;
import org.ofdrw.gm.ses.v1.SES_SignInfo;
import org.ofdrw.gm.ses.v4.SES_CertList;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.ExtendSignatureContainer;
import org.ofdrw.sign.NumberFormatAtomicSignID;
import org.ofdrw.sign.OFDSigner;
import org.ofdrw.sign.SignMode;
import org.ofdrw.sign.signContainer.SESV1Container;
import org.ofdrw.sign.signContainer.SESV4Container;
import org.ofdrw.sign.stamppos.NormalStampPos;

/**
 * Seals of versions 1 and 4 that ofdrw makes, and files that it seals with them. The folder of keys
 * holds {@code maker.key, maker.pem, signer.key, signer.pem} (SM2, PKCS#8) and {@code seal.png}.
 *
 * <p>The time of version 1 is a text without a zone: the JVM must be started in that of Beijing.
 */
final class OfdrwSeals {
    private static final String NAME = "ofdrw 测试用印章";
    private static final int SIDE_MM = 42;
    private static final Duration LIFETIME = Duration.ofDays(30);

    /** The seal on the page: left edge, top and side in mm. */
    private static final double[] PLACE = {130, 220, SIDE_MM};

    private final Path folder;
    private final BouncyCastleProvider provider = new BouncyCastleProvider();
    private final Date begins = new Date(System.currentTimeMillis() - Duration.ofHours(1).toMillis());
    private final Date ends = new Date(System.currentTimeMillis() + LIFETIME.toMillis());

    OfdrwSeals(Path folder) {
        this.folder = folder;
    }

    /** Seals a file with a seal of version 1 or 4, in the mode that ofdrw calls by that name. */
    void seal(Path file, Path out, int version, SignMode mode)
            throws IOException, GeneralSecurityException {
        PrivateKey key = Bench.privateKey(folder.resolve("signer.key"));
        ExtendSignatureContainer container = version == 1
                ? new SESV1Container(key, first(), certificate("signer"))
                : new SESV4Container(key, fourth(), certificate("signer"));
        try (OFDReader reader = new OFDReader(file);
                OFDSigner signer = new OFDSigner(reader, out, new NumberFormatAtomicSignID())) {
            signer.setSignMode(mode);
            signer.setSignContainer(container);
            signer.addApPos(new NormalStampPos(1, PLACE[0], PLACE[1], PLACE[2], PLACE[2]));
            signer.exeSign();
        }
    }

    /** GM/T 0031-2014: the maker signs the content, its certificate and the algorithm. */
    private org.ofdrw.gm.ses.v1.SESeal first() throws IOException, GeneralSecurityException {
        org.ofdrw.gm.ses.v1.SES_SealInfo info = new org.ofdrw.gm.ses.v1.SES_SealInfo()
                .setHeader(new SES_Header(new ASN1Integer(1), new DERIA5String("ofdrw")))
                .setEsID("OFDRW-1")
                .setProperty(new org.ofdrw.gm.ses.v1.SES_ESPropertyInfo()
                        .setType(new ASN1Integer(1))
                        .setName(NAME)
                        .setCertList(listed())
                        .setCreateDate(new ASN1UTCTime(begins))
                        .setValidStart(new ASN1UTCTime(begins))
                        .setValidEnd(new ASN1UTCTime(ends)))
                .setPicture(picture());
        DEROctetString maker = new DEROctetString(certificate("maker").getEncoded());
        ASN1Encodable[] signed = {info, maker, GMObjectIdentifiers.sm2sign_with_sm3};
        return new org.ofdrw.gm.ses.v1.SESeal(info, new SES_SignInfo()
                .setCert(maker)
                .setSignatureAlgorithm(GMObjectIdentifiers.sm2sign_with_sm3)
                .setSignData(made(new DERSequence(signed).getEncoded("DER"))));
    }

    /** GB/T 38540-2020: the maker signs the content alone. */
    private org.ofdrw.gm.ses.v4.SESeal fourth() throws IOException, GeneralSecurityException {
        ASN1Integer kind = org.ofdrw.gm.ses.v4.SES_ESPropertyInfo.CertListType;
        org.ofdrw.gm.ses.v4.SES_SealInfo info = new org.ofdrw.gm.ses.v4.SES_SealInfo()
                .setHeader(new SES_Header(SES_Header.V4, new DERIA5String("ofdrw")))
                .setEsID(new DERIA5String("OFDRW-4"))
                .setProperty(new org.ofdrw.gm.ses.v4.SES_ESPropertyInfo()
                        .setType(new ASN1Integer(1))
                        .setName(new DERUTF8String(NAME))
                        .setCertListType(kind)
                        .setCertList(SES_CertList.getInstance(kind, listed()))
                        .setCreateDate(new ASN1GeneralizedTime(begins))
                        .setValidStart(new ASN1GeneralizedTime(begins))
                        .setValidEnd(new ASN1GeneralizedTime(ends)))
                .setPicture(picture());
        return new org.ofdrw.gm.ses.v4.SESeal()
                .seteSealInfo(info)
                .setCert(certificate("maker"))
                .setSignAlgID(GMObjectIdentifiers.sm2sign_with_sm3)
                .setSignedValue(made(info.getEncoded("DER")));
    }

    private DERSequence listed() throws IOException, GeneralSecurityException {
        return new DERSequence(new DEROctetString(certificate("signer").getEncoded()));
    }

    private SES_ESPictrueInfo picture() throws IOException {
        return new SES_ESPictrueInfo()
                .setType("PNG")
                .setData(Files.readAllBytes(folder.resolve("seal.png")))
                .setWidth(SIDE_MM)
                .setHeight(SIDE_MM);
    }

    private byte[] made(byte[] content) throws IOException, GeneralSecurityException {
        Signature signature = Signature.getInstance("SM3withSM2", provider);
        signature.initSign(Bench.privateKey(folder.resolve("maker.key")));
        signature.update(content);
        return signature.sign();
    }

    private Certificate certificate(String role) throws IOException, GeneralSecurityException {
        return PEMLoader.loadCert(folder.resolve(role + ".pem"));
    }
}
