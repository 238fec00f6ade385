package signer;

import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESCounterSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.CertificationPermission;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.SignatureFieldParameters;
import eu.europa.esig.dss.pades.SignatureImageParameters;
import eu.europa.esig.dss.pades.SignatureImageTextParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.cades.validation.CMSDocumentAnalyzer;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.Date;
import java.util.List;

/** Signs INPUT with an RSA key in every way that is asked of DSS. usage: KEY CERT CHAIN INPUT OUTDIR TIME */
public class Main {
    static PrivateKey key;
    static CertificateToken cert, issuer;
    static Date when;
    static String target;

    public static void main(String[] a) throws Exception {
        String pem = Files.readString(Path.of(a[0]), StandardCharsets.US_ASCII).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        cert = DSSUtils.loadCertificate(new File(a[1]));
        issuer = DSSUtils.loadCertificate(new File(a[2]));
        FileDocument in = new FileDocument(a[3]);
        target = a[4];
        when = DSSUtils.parseRFCDate(a[5]);

        DSSDocument first = pades(in, "pades", p -> { });
        pades(in, "pss", p -> p.setEncryptionAlgorithm(EncryptionAlgorithm.RSASSA_PSS));
        pades(in, "sha512", p -> p.setDigestAlgorithm(DigestAlgorithm.SHA512));
        pades(first, "two", p -> { });
        pades(in, "certified", p -> p.setPermission(CertificationPermission.MINIMAL_CHANGES_PERMITTED));
        pades(in, "visible", p -> {
            SignatureImageParameters image = new SignatureImageParameters();
            SignatureFieldParameters field = new SignatureFieldParameters();
            field.setOriginX(50); field.setOriginY(50); field.setWidth(200); field.setHeight(60);
            image.setFieldParameters(field);
            SignatureImageTextParameters text = new SignatureImageTextParameters();
            text.setText("Elektron imza");
            image.setTextParameters(text);
            p.setImageParameters(image);
        });
        DSSDocument message = cades(in, "enveloping.p7m", SignaturePackaging.ENVELOPING);
        cades(in, "detached.p7s", SignaturePackaging.DETACHED);
        counter(message);
    }

    interface Change<P> { void on(P p); }

    static DSSDocument pades(DSSDocument in, String name, Change<PAdESSignatureParameters> change) throws Exception {
        PAdESSignatureParameters p = new PAdESSignatureParameters();
        p.setSignatureLevel(SignatureLevel.PAdES_BASELINE_B);
        p.setDigestAlgorithm(DigestAlgorithm.SHA256);
        p.setSigningCertificate(cert);
        p.setCertificateChain(List.of(cert, issuer));
        p.bLevel().setSigningDate(when);
        p.setReason("Sınaq (ə)");
        change.on(p);
        PAdESService s = new PAdESService(new CommonCertificateVerifier());
        SignatureValue v = value(s.getDataToSign(in, p), p.getSignatureAlgorithm());
        return saved(s.signDocument(in, p, v), name + ".pdf");
    }

    static DSSDocument cades(DSSDocument in, String name, SignaturePackaging packaging) throws Exception {
        CAdESSignatureParameters p = new CAdESSignatureParameters();
        p.setSignatureLevel(SignatureLevel.CAdES_BASELINE_B);
        p.setSignaturePackaging(packaging);
        p.setDigestAlgorithm(DigestAlgorithm.SHA256);
        p.setSigningCertificate(cert);
        p.setCertificateChain(List.of(cert, issuer));
        p.bLevel().setSigningDate(when);
        CAdESService s = new CAdESService(new CommonCertificateVerifier());
        return saved(s.signDocument(in, p, value(s.getDataToSign(in, p), p.getSignatureAlgorithm())), name);
    }

    static void counter(DSSDocument message) throws Exception {
        CAdESCounterSignatureParameters p = new CAdESCounterSignatureParameters();
        p.setSignatureLevel(SignatureLevel.CAdES_BASELINE_B);
        p.setDigestAlgorithm(DigestAlgorithm.SHA256);
        p.setSigningCertificate(cert);
        p.setCertificateChain(List.of(cert, issuer));
        p.bLevel().setSigningDate(when);
        p.setSignatureIdToCounterSign(new CMSDocumentAnalyzer(message).getSignatures().get(0).getId());
        CAdESService s = new CAdESService(new CommonCertificateVerifier());
        saved(s.counterSignSignature(message, p, value(s.getDataToBeCounterSigned(message, p), p.getSignatureAlgorithm())), "counter.p7m");
    }

    static SignatureValue value(ToBeSigned data, eu.europa.esig.dss.enumerations.SignatureAlgorithm algorithm) throws Exception {
        boolean pss = algorithm.getEncryptionAlgorithm() == EncryptionAlgorithm.RSASSA_PSS;
        Signature s = Signature.getInstance(pss ? "RSASSA-PSS" : algorithm.getJCEId());
        if (pss) s.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        s.initSign(key);
        s.update(data.getBytes());
        return new SignatureValue(algorithm, s.sign());
    }

    static DSSDocument saved(DSSDocument d, String name) throws Exception {
        String path = target + "/dss_" + name;
        d.save(path);
        return new FileDocument(path);
    }
}
