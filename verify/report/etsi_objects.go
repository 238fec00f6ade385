package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"mohur/verify"
)

// objects is clause 4.4: the tokens, certificates and revocation data that verdicts rest on, each once.
func (x *etsiReport) objects() *element {
	out := el("SignatureValidationObjects")
	for _, c := range x.report.Certificates {
		sum := sha256.Sum256(c.DER)
		out.add(x.object(c.ID, "certificate", sum[:]))
	}
	for _, e := range x.report.Evidence {
		kind := "CRL"
		if e.Kind == "OCSP" {
			kind = "OCSPResponse"
		}
		sum := sha256.Sum256(e.DER)
		out.add(x.object(e.ID, kind, sum[:]))
	}
	for _, s := range x.report.Signatures {
		for _, t := range s.Timestamps {
			out.add(x.timestamp(t, s))
		}
	}
	for _, t := range x.report.Timestamps {
		out.add(x.timestamp(t, nil))
	}
	if len(out.children) == 0 {
		return nil
	}
	return out
}

// object is one validation object by its digest; nil when it was written before.
func (x *etsiReport) object(id, kind string, sha []byte) *element {
	if x.ids[id] {
		return nil
	}
	x.ids[id] = true
	return el("ValidationObject",
		leaf("ObjectType", "urn:etsi:019102:validationObject:"+kind),
		el("ValidationObjectRepresentation", digestElement("SHA256", sha)),
	).with("id", id)
}

// timestamp is a token with its own report (5.4) and the signature whose existence it proves.
func (x *etsiReport) timestamp(t *verify.TimestampReport, of *verify.SignatureReport) *element {
	sha, err := hex.DecodeString(strings.TrimPrefix(t.ID, "T-")) // a token's id is its SHA-256
	if err != nil {
		return nil
	}
	out := x.object(t.ID, "timestamp", sha)
	if out == nil {
		return nil
	}
	proves := el("POEProvisioning", leaf("POETime", dateTime(t.Time)))
	if of != nil && len(of.Technical.SignedDigest) > 0 {
		proves.add(el("SignatureReference", leaf("DigestMethod", DigestURI(of.DigestAlgorithm)),
			leaf("DigestValue", base64.StdEncoding.EncodeToString(of.Technical.SignedDigest))))
	}
	data := el("AssociatedValidationReportData", x.chain(t.Chain), x.messages(t.Reasons))
	if len(data.children) == 0 {
		data = nil
	}
	return out.add(proves, el("ValidationReport", x.constraints(t.Blocks), x.signer(t.Certificate, t.ProducedBy), x.status(t.Indication, t.SubIndication, data)))
}

// digestElement is a digest with its algorithm.
func digestElement(algorithm string, value []byte) *element {
	return el("DigestAlgAndValue", el("ds:DigestMethod").with("Algorithm", DigestURI(algorithm)),
		leaf("ds:DigestValue", base64.StdEncoding.EncodeToString(value)))
}

// DigestURI is the XML identifier of a digest algorithm (RFC 9231, 2.1); one that has none there is named as this program does.
func DigestURI(name string) string {
	uri, ok := map[string]string{
		"MD5": "http://www.w3.org/2001/04/xmldsig-more#md5", "SHA1": xmldsig + "sha1", "SHA224": "http://www.w3.org/2001/04/xmldsig-more#sha224",
		"SHA256": "http://www.w3.org/2001/04/xmlenc#sha256", "SHA384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
		"SHA512": "http://www.w3.org/2001/04/xmlenc#sha512", "SHA3-224": "http://www.w3.org/2007/05/xmldsig-more#sha3-224",
		"SHA3-256": "http://www.w3.org/2007/05/xmldsig-more#sha3-256", "SHA3-384": "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
		"SHA3-512": "http://www.w3.org/2007/05/xmldsig-more#sha3-512", "RIPEMD160": "http://www.w3.org/2001/04/xmlenc#ripemd160",
	}[name]
	if !ok {
		return "urn:mohur:digest:" + strings.ReplaceAll(name, " ", "-")
	}
	return uri
}
