package verify_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the format under test knows nothing else
	"encoding/asn1"
	"encoding/hex"
	"strings"
	"testing"

	"mohur/internal/demopki"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// rawPKCS1 signs a page as adbe.x509.rsa_sha1 (ISO 32000-1, 12.8.3.2): a PKCS #1 value in an OCTET STRING, the certificates in /Cert. The dictionary is
// that of a PAdES signature whose entries are written over at their places.
func rawPKCS1(w *world, s *demopki.Signer) []byte {
	w.t.Helper()
	cert := "/Cert [<" + hex.EncodeToString(s.Certificate) + "> <" + hex.EncodeToString(s.Chain[0]) + ">]"
	reason := strings.Repeat("x", len(cert))
	doc := w.sign(page("salam"), s, func(o *pades.Options) { o.Reason = reason })
	at := bytes.Index(doc, []byte("/Reason"))
	end := at + bytes.IndexByte(doc[at:], ')') + 1
	copy(doc[at:end], cert+strings.Repeat(" ", end-at-len(cert)))
	doc = bytes.Replace(doc, []byte("/ETSI.CAdES.detached"), []byte("/adbe.x509.rsa_sha1 "), 1)
	from := bytes.LastIndex(doc, []byte("/Contents"))
	from += bytes.IndexByte(doc[from:], '<')
	to := from + bytes.IndexByte(doc[from:], '>') + 1
	sum := sha1.Sum(append(bytes.Clone(doc[:from]), doc[to:]...)) //nolint:gosec // see above
	value, err := s.Key.Sign(rand.Reader, sum[:], crypto.SHA1)
	if err != nil {
		w.t.Fatal(err)
	}
	der, err := asn1.Marshal(value)
	if err != nil {
		w.t.Fatal(err)
	}
	text := hex.EncodeToString(der)
	copy(doc[from+1:to-1], text+strings.Repeat("0", to-from-2-len(text)))
	return doc
}

// TestRawPKCS1IsFoundAndJudgedByItsAlgorithm: the oldest PDF signatures are read; SHA-1 decides, and a changed byte is seen.
func TestRawPKCS1IsFoundAndJudgedByItsAlgorithm(t *testing.T) {
	w := newWorld(t)
	doc := rawPKCS1(w, w.person(demopki.Person{Profile: demopki.Profile{Key: demopki.RSA2048}}))
	s := w.verify(w.input(doc)).Signatures[0]
	if s.Indication != etsi.Indeterminate || s.SubIndication != etsi.CryptoConstraintsNoPOE || !s.Intact || s.Coverage != verify.CoversWhole ||
		s.Format != verify.FormatPDF || s.Technical.SubFilter != "adbe.x509.rsa_sha1" || s.Certificate == "" {
		t.Errorf("%s %s, intact %v, %s %s %q: %+v", s.Indication, s.SubIndication, s.Intact, s.Coverage, s.Format, s.Technical.SubFilter, s.Reasons)
	}
	altered := bytes.Replace(doc, []byte("/MediaBox"), []byte("/MediaBoy"), 1)
	if s := w.verify(w.input(altered)).Signatures[0]; s.Indication != etsi.TotalFailed || s.SubIndication != etsi.SigCryptoFailure || s.Intact {
		t.Errorf("altered: %s %s, intact %v", s.Indication, s.SubIndication, s.Intact)
	}
}
