package verify_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/internal/tsp"
	"mohur/verify"
	"mohur/verify/etsi"
)

// swap replaces the nth occurrence of some bytes of a message.
func swap(t *testing.T, message, from, to []byte, nth int) []byte {
	t.Helper()
	at := 0
	for ; nth > 0; nth-- {
		i := bytes.Index(message[at:], from)
		if i < 0 || len(from) != len(to) {
			t.Fatal("the message does not hold what is to be changed")
		}
		at += i + 1
	}
	return slices.Concat(message[:at-1], to, message[at-1+len(from):])
}

// TestMessagesThatSayTwoThings: what no key protects, or what the signed attributes lack, never passes, and is called by its name.
func TestMessagesThatSayTwoThings(t *testing.T) {
	content := []byte("məktub")
	attached := func(b *cms.Builder) { b.Content = content }
	digest := asn1.OctetString(algo.SHA256.Sum(content))
	with := func(attributes ...[]byte) func(*cms.Builder) {
		return func(b *cms.Builder) { b.Content, b.SignedAttributes = content, attributes }
	}
	for name, c := range map[string]struct {
		make func(t *testing.T, w *world, s *demopki.Signer) []byte
		want outcome
	}{
		"the content is of another type than was signed": {func(t *testing.T, w *world, s *demopki.Signer) []byte {
			return swap(t, w.message(s, content, attached), asn1.OID(cms.OIDData), asn1.OID(cms.OIDDigestedData), 1)
		}, outcome{etsi.TotalFailed, etsi.SigCryptoFailure, "SIGNATURE_VALUE_INVALID"}},
		"the message names another signer than the signed reference": {func(t *testing.T, w *world, s *demopki.Signer) []byte {
			serial := asn1.Integer(w.parse(s.Certificate).Serial)
			other := bytes.Clone(serial)
			other[len(other)-1] ^= 1
			return swap(t, w.message(s, content, attached), serial, other, 2) // after the one in the certificate
		}, outcome{etsi.Indeterminate, etsi.NoSigningCertificateFound, "SIGNING_CERTIFICATE_NOT_FOUND"}},
		"two digests of the content, one of them right": {func(t *testing.T, w *world, s *demopki.Signer) []byte {
			return w.message(s, content, with(cms.EncodeAttribute(cms.OIDMessageDigest, asn1.OctetString(algo.SHA256.Sum(nil)))))
		}, outcome{etsi.TotalFailed, etsi.SigCryptoFailure, "SIGNATURE_VALUE_INVALID"}},
		"the same digest twice": {func(t *testing.T, w *world, s *demopki.Signer) []byte {
			return w.message(s, content, with(cms.EncodeAttribute(cms.OIDMessageDigest, digest)))
		}, outcome{etsi.TotalFailed, etsi.SigCryptoFailure, "SIGNATURE_VALUE_INVALID"}},
		"algorithms other than those protected": {func(t *testing.T, w *world, s *demopki.Signer) []byte {
			id := func(o asn1.ObjectIdentifier) []byte { return asn1.Sequence(asn1.OID(o)) }
			signature := id("1.2.840.10045.4.3.4")
			signature[0] = 0xa1 // signatureAlgorithm [1]
			protection := asn1.Sequence(id(algo.SHA512.OID()), signature)
			return w.message(s, content, with(cms.EncodeAttribute(cms.OIDAlgorithmProtection, protection)))
		}, outcome{etsi.TotalFailed, etsi.SigCryptoFailure, "SIGNATURE_VALUE_INVALID"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.person(demopki.Person{})
			r := w.verify(w.input(c.make(t, w, s)))
			w.expect(r, c.want)
			if r.Signatures[0].Intact {
				t.Error("and it is called intact")
			}
		})
	}
}

// TestSomebodySigned: a reference to another certificate leaves open who signed, not whether the content is the one that was signed.
func TestSomebodySigned(t *testing.T) {
	w := newWorld(t)
	content := []byte("məktub")
	message := w.message(w.person(demopki.Person{}), content, func(b *cms.Builder) { twin(w, b); b.Content = content })
	r := w.verify(w.input(message))
	w.expect(r, outcome{etsi.Indeterminate, etsi.NoSigningCertificateFound, "SIGNING_CERTIFICATE_DIGEST"})
	if !r.Signatures[0].Intact {
		t.Error("the value verifies with the key that the message names, and is not called intact")
	}
}

// TestWeakImprintProvesNothing: a timestamp of today over a SHA-1 digest could be one of other data.
func TestWeakImprintProvesNothing(t *testing.T) {
	w := newWorld(t)
	content := []byte("məktub")
	s := w.person(demopki.Person{})
	message := w.message(s, content, func(b *cms.Builder) { b.Content = content })
	sd, err := cms.Parse(message, cms.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	w.revoke(s, w.clock.Add(time.Hour))
	later := certs.Sources{w.crls(w.clock.Add(2 * time.Hour))}
	for digest, proven := range map[algo.Digest]bool{algo.SHA1: false, algo.SHA256: true} {
		token, err := w.pki.Timestamp(context.Background(), digest, digest.Sum(sd.SignerInfos[0].Signature))
		if err != nil {
			t.Fatal(err)
		}
		if parsed, err := tsp.ParseToken(token); err != nil || parsed.Info.Digest != digest {
			t.Fatalf("%v %v", parsed, err)
		}
		stamped, err := cms.AddSignatureTimestamp(message, 0, token)
		if err != nil {
			t.Fatal(err)
		}
		in := w.input(stamped)
		in.Time, in.Revocation = w.clock.Add(3*time.Hour), later
		want := outcome{etsi.TotalPassed, "", ""}
		if !proven {
			want = outcome{etsi.Indeterminate, etsi.RevokedNoPOE, certs.ReasonRevoked}
		}
		r := w.verify(in)
		w.expect(r, want)
		if r.Signatures[0].TimeProven != proven {
			t.Errorf("%s: time proven %v", digest, r.Signatures[0].TimeProven)
		}
	}
}

// TestFileBesideAMessageWithItsOwnContent: a file that the message does not hold is not covered, whatever the message is worth.
func TestFileBesideAMessageWithItsOwnContent(t *testing.T) {
	w := newWorld(t)
	content := []byte("məktub")
	message := w.message(w.person(demopki.Person{}), content, func(b *cms.Builder) { b.Content = content })
	for file, want := range map[string]verify.Coverage{"məktub": verify.CoversWhole, "başqa": verify.CoversPartial} {
		in := w.input(message)
		in.Detached = []verify.Data{{Name: "a.txt", Content: bytes.NewReader([]byte(file)), Size: int64(len(file))}}
		r := w.verify(in).Signatures[0]
		if told := slices.Contains(reasonKeys(r, verify.SeverityWarning), "STRUCTURE"); r.Coverage != want || told != (want == verify.CoversPartial) {
			t.Errorf("%s: covers %s, reader told %v", file, r.Coverage, told)
		}
	}
}
