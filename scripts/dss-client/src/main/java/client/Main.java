package client;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.type.TypeFactory;
import com.fasterxml.jackson.jakarta.rs.json.JacksonJsonProvider;
import com.fasterxml.jackson.module.jakarta.xmlbind.JakartaXmlBindAnnotationIntrospector;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.TokenExtractionStrategy;
import eu.europa.esig.dss.ws.cert.validation.dto.CertificateReportsDTO;
import eu.europa.esig.dss.ws.cert.validation.dto.CertificateToValidateDTO;
import eu.europa.esig.dss.ws.cert.validation.rest.client.RestCertificateValidationService;
import eu.europa.esig.dss.ws.dto.RemoteCertificate;
import eu.europa.esig.dss.ws.dto.RemoteDocument;
import eu.europa.esig.dss.ws.validation.dto.DataToValidateDTO;
import eu.europa.esig.dss.ws.validation.dto.WSReportsDTO;
import eu.europa.esig.dss.ws.validation.rest.client.RestDocumentValidationService;
import jakarta.ws.rs.WebApplicationException;
import jakarta.xml.bind.JAXBContext;
import jakarta.xml.bind.Marshaller;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import javax.xml.namespace.QName;
import javax.xml.transform.stream.StreamSource;
import org.apache.cxf.jaxrs.client.JAXRSClientFactory;

/**
 * Calls our service with DSS's own REST clients and DTOs. JSON that DSS's classes don't know fails, and so does a report that does not come
 * back as it was when it is read into DSS's objects and written again, as JSON and as XML.
 */
public final class Main {
  private static final ObjectMapper JSON = mapper();
  private static int failures;
  private static int checks;

  private static ObjectMapper mapper() {
    ObjectMapper om = new ObjectMapper();
    om.setAnnotationIntrospector(new JakartaXmlBindAnnotationIntrospector(TypeFactory.defaultInstance()));
    om.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    return om;
  }

  public static void main(String[] args) throws Exception {
    String base = args[0];
    Path dir = Path.of(args[1]);
    Date at = Date.from(Instant.parse(Files.readString(dir.resolve("time.txt")).trim()));
    List<?> providers = List.of(new JacksonJsonProvider(JSON));
    RestDocumentValidationService documents = JAXRSClientFactory.create(base + "/services/rest/validation", RestDocumentValidationService.class, providers);
    RestCertificateValidationService certificates =
        JAXRSClientFactory.create(base + "/services/rest/certificate-validation", RestCertificateValidationService.class, providers);

    try (var files = Files.newDirectoryStream(dir, "*.{pdf,p7s,p7m}")) {
      for (Path f : files) {
        document(documents, f, at);
      }
    }
    certificate(certificates, dir, at);
    refusals(documents, dir, at);
    System.out.printf("dss-client %d of %d checks hold%n", checks - failures, checks);
    System.exit(failures == 0 ? 0 : 1);
  }

  private static void document(RestDocumentValidationService service, Path f, Date at) throws Exception {
    String name = f.getFileName().toString();
    DataToValidateDTO q = new DataToValidateDTO();
    q.setSignedDocument(new RemoteDocument(Files.readAllBytes(f), name));
    q.setValidationTime(at);
    Path beside = f.resolveSibling(name + ".content");
    if (Files.exists(beside)) {
      q.setOriginalDocuments(List.of(new RemoteDocument(Files.readAllBytes(beside), beside.getFileName().toString())));
    }
    WSReportsDTO r = service.validateSignature(q);
    reports(name, r, "TOTAL_PASSED");
    String id = r.getDiagnosticData().getSignatures().get(0).getId();
    for (TokenExtractionStrategy s : TokenExtractionStrategy.values()) {
      q.setTokenExtractionStrategy(s);
      WSReportsDTO t = service.validateSignature(q);
      var d = t.getDiagnosticData();
      check(name + " " + s + ": certificates", s.isCertificate() == d.getUsedCertificates().stream().anyMatch(c -> c.getBase64Encoded() != null));
      check(name + " " + s + ": timestamps", d.getUsedTimestamps().isEmpty() || s.isTimestamp() == d.getUsedTimestamps().stream().allMatch(c -> c.getBase64Encoded() != null));
      check(name + " " + s + ": revocation", d.getUsedRevocations().isEmpty() || s.isRevocationData() == d.getUsedRevocations().stream().allMatch(c -> c.getBase64Encoded() != null));
    }
    q.setTokenExtractionStrategy(TokenExtractionStrategy.NONE);
    q.setSignatureId(id);
    List<RemoteDocument> originals = service.getOriginalDocuments(q);
    if (Files.exists(beside)) {
      check(name + ": the original", originals.size() == 1 && Arrays.equals(originals.get(0).getBytes(), Files.readAllBytes(beside)));
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(beside));
      q.setOriginalDocuments(List.of(new RemoteDocument(digest, DigestAlgorithm.SHA256, beside.getFileName().toString())));
      reports(name + " by digest", service.validateSignature(q), "TOTAL_PASSED");
    }
  }

  private static void reports(String name, WSReportsDTO r, String indication) throws Exception {
    check(name + ": simple report", r.getSimpleReport() != null && r.getSimpleReport().getSignaturesCount() >= 1);
    var token = r.getSimpleReport().getSignatureOrTimestampOrEvidenceRecord().get(0);
    check(name + ": " + token.getIndication() + " " + token.getSubIndication(), indication.equals(String.valueOf(token.getIndication())));
    check(name + ": detailed report", !r.getDetailedReport().getBasicBuildingBlocks().isEmpty());
    check(name + ": ETSI report", r.getValidationReportDataHandler() != null && r.getValidationReport() != null);
    roundTrip(name + " diagnostic data", r.getDiagnosticData());
    roundTrip(name + " simple report", r.getSimpleReport());
    roundTrip(name + " detailed report", r.getDetailedReport());
  }

  private static void certificate(RestCertificateValidationService service, Path dir, Date at) throws Exception {
    CertificateToValidateDTO q = new CertificateToValidateDTO();
    q.setCertificate(new RemoteCertificate(Files.readAllBytes(dir.resolve("signer.cer"))));
    List<RemoteCertificate> chain = new ArrayList<>();
    try (var files = Files.newDirectoryStream(dir, "chain-*.cer")) {
      for (Path f : files) {
        chain.add(new RemoteCertificate(Files.readAllBytes(f)));
      }
    }
    q.setCertificateChain(chain);
    q.setValidationTime(at);
    CertificateReportsDTO r = service.validateCertificate(q);
    var item = r.getSimpleCertificateReport().getCertificate();
    check("certificate: " + item.getIndication(), "PASSED".equals(String.valueOf(item.getIndication())));
    check("certificate: those above it", !item.getChain().isEmpty() && item.getIssuerId().equals(item.getChain().get(0).getId()));
    check("certificate: its subject", item.getSubject().getCommonName() != null && item.getId() != null);
    check("certificate: its key usages", !item.getKeyUsages().isEmpty() && item.getKeyUsages().get(0) != null);
    roundTrip("certificate diagnostic data", r.getDiagnosticData());
    roundTrip("certificate simple report", r.getSimpleCertificateReport());
    roundTrip("certificate detailed report", r.getDetailedReport());
  }

  private static void refusals(RestDocumentValidationService service, Path dir, Date at) throws Exception {
    DataToValidateDTO q = new DataToValidateDTO();
    q.setSignedDocument(new RemoteDocument("no document".getBytes(), "a.txt"));
    refused("a file that is no document", 422, service, q);
    Path f;
    try (var files = Files.newDirectoryStream(dir, "*.pdf")) {
      f = files.iterator().next();
    }
    q.setSignedDocument(new RemoteDocument(Files.readAllBytes(f), "a.pdf"));
    q.setValidationTime(at);
    q.setPolicy(new RemoteDocument("<ConstraintsParameters/>".getBytes(), "constraint.xml"));
    refused("a policy file", 400, service, q);
    q.setPolicy(null);
    q.setCryptographicSuite(new RemoteDocument("{}".getBytes(), "suite.json"));
    refused("a cryptographic suite", 400, service, q);
    q.setCryptographicSuite(null);
    q.setEvidenceRecords(List.of(new RemoteDocument(new byte[] {1}, "er")));
    refused("an evidence record", 400, service, q);
    q.setEvidenceRecords(null);
    q.setSignatureId("S-unknown");
    try {
      service.getOriginalDocuments(q);
      check("an unknown signature is refused", false);
    } catch (WebApplicationException e) {
      check("an unknown signature is refused", e.getResponse().getStatus() == 400);
    }
  }

  private static void refused(String what, int status, RestDocumentValidationService service, DataToValidateDTO q) {
    try {
      service.validateSignature(q);
      check(what + " is refused", false);
    } catch (WebApplicationException e) {
      check(what + " is refused with " + status + ", not " + e.getResponse().getStatus(), e.getResponse().getStatus() == status
          && "application/problem+json".equals(String.valueOf(e.getResponse().getMediaType())));
    }
  }

  /** A report is the same after JSON and after XML: nothing in it was lost or taken for something else. */
  private static <T> void roundTrip(String name, T report) throws Exception {
    @SuppressWarnings("unchecked")
    Class<T> type = (Class<T>) report.getClass();
    JsonNode first = JSON.valueToTree(report);
    JsonNode again = JSON.valueToTree(JSON.treeToValue(first, type));
    check(name + ": JSON comes back" + difference("", first, again), first.equals(again));

    JAXBContext context = JAXBContext.newInstance(type);
    Marshaller m = context.createMarshaller();
    StringWriter xml = new StringWriter();
    m.marshal(new jakarta.xml.bind.JAXBElement<>(new QName("urn:report", "Report"), type, report), xml);
    T read = context.createUnmarshaller().unmarshal(new StreamSource(new StringReader(xml.toString())), type).getValue();
    JsonNode throughXML = JSON.valueToTree(read);
    check(name + ": XML comes back" + difference("", strip(first), strip(throughXML)), strip(first).equals(strip(throughXML)));
  }

  /** XML has no difference between an empty list or text and none. */
  private static JsonNode strip(JsonNode n) {
    if (n.isArray()) {
      var out = JSON.createArrayNode();
      n.forEach(e -> out.add(strip(e)));
      return out;
    }
    if (!n.isObject()) {
      return n;
    }
    var out = JSON.createObjectNode();
    for (Iterator<String> names = n.fieldNames(); names.hasNext();) {
      String name = names.next();
      JsonNode v = strip(n.get(name));
      if (!v.isNull() && !(v.isContainerNode() && v.isEmpty())) {
        out.set(name, v);
      }
    }
    return out;
  }

  private static String difference(String at, JsonNode a, JsonNode b) {
    if (a.equals(b)) {
      return "";
    }
    if (a.isObject() && b.isObject()) {
      for (Iterator<String> names = a.fieldNames(); names.hasNext();) {
        String name = names.next();
        if (!a.get(name).equals(b.get(name))) {
          return b.get(name) == null ? " [" + at + "/" + name + " is lost: " + a.get(name) + "]" : difference(at + "/" + name, a.get(name), b.get(name));
        }
      }
    }
    if (a.isArray() && b.isArray() && a.size() == b.size()) {
      for (int i = 0; i < a.size(); i++) {
        if (!a.get(i).equals(b.get(i))) {
          return difference(at + "/" + i, a.get(i), b.get(i));
        }
      }
    }
    return " [" + at + ": " + a + " is " + b + "]";
  }

  private static void check(String what, boolean holds) {
    checks++;
    if (!holds) {
      failures++;
      System.out.println("dss-client " + what + ": does not hold");
    }
  }
}
