package verify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// outcome is a verdict that a document made for its defect must get.
type outcome struct {
	indication etsi.Indication
	sub        etsi.SubIndication
	reason     string // key of an error among the reasons, empty for none
}

func (w *world) expect(r *verify.Report, want outcome) {
	w.t.Helper()
	if len(r.Signatures) != 1 {
		w.t.Fatalf("%d signatures", len(r.Signatures))
	}
	s := r.Signatures[0]
	if s.Indication != want.indication || s.SubIndication != want.sub {
		w.t.Fatalf("%s/%s, want %s/%s; reasons %+v", s.Indication, s.SubIndication, want.indication, want.sub, s.Reasons)
	}
	if want.reason != "" && !slices.Contains(reasonKeys(s, verify.SeverityError), want.reason) {
		w.t.Errorf("reasons %v, want %s", reasonKeys(s, verify.SeverityError), want.reason)
	}
	if r.Indication != want.indication || r.SubIndication != want.sub {
		w.t.Errorf("the document says %s/%s", r.Indication, r.SubIndication)
	}
}

// TestOutcomes reaches each indication with a document whose defect its name tells.
func TestOutcomes(t *testing.T) {
	hour := time.Hour
	for name, c := range map[string]struct {
		make func(w *world) verify.Input
		want outcome
	}{
		"sound": {
			func(w *world) verify.Input { return w.input(w.sign(page("salam"), w.person(demopki.Person{}), nil)) },
			outcome{etsi.TotalPassed, "", ""},
		},
		"sound with a timestamp": {func(w *world) verify.Input {
			return w.input(w.sign(page("salam"), w.person(demopki.Person{}), stamped(w.pki)))
		}, outcome{etsi.TotalPassed, "", ""}},
		"one byte of the page turned over": {func(w *world) verify.Input {
			doc := w.sign(page("salam"), w.person(demopki.Person{}), nil)
			doc[bytes.Index(doc, []byte("salam"))] ^= 1
			return w.input(doc)
		}, outcome{etsi.TotalFailed, etsi.HashFailure, "HASH_MISMATCH"}},
		"page replaced by a later revision": {func(w *world) verify.Input {
			doc := w.sign(page("salam"), w.person(demopki.Person{}), nil)
			return w.input(update(doc, 4, "<< /Length 44 >>\nstream\nBT /F1 24 Tf 72 720 Td (razi deyiləm) Tj ET  \nendstream"))
		}, outcome{etsi.TotalFailed, etsi.FormatFailure, verify.ConstraintForbiddenChange}},
		"bytes behind the last revision": {func(w *world) verify.Input {
			return w.input(append(w.sign(page("salam"), w.person(demopki.Person{}), nil), "and more"...))
		}, outcome{etsi.TotalFailed, etsi.FormatFailure, verify.ConstraintUncoveredBytes}},
		"signature value damaged": {func(w *world) verify.Input {
			return w.input(damageContents(w.t, w.sign(page("salam"), w.person(demopki.Person{}), nil)))
		}, outcome{etsi.TotalFailed, etsi.SigCryptoFailure, "SIGNATURE_VALUE_INVALID"}},
		"unknown authority": {func(w *world) verify.Input {
			return w.input(w.sign(page("salam"), w.person(demopki.Person{Profile: demopki.Profile{Defect: demopki.UntrustedRoot}}), nil))
		}, outcome{etsi.Indeterminate, etsi.NoCertificateChainFound, certs.ReasonNoTrustAnchor}},
		"revoked, nothing proves the time": {func(w *world) verify.Input {
			s := w.person(demopki.Person{})
			doc := w.sign(page("salam"), s, nil)
			w.revoke(s, w.clock.Add(-hour))
			return w.input(doc)
		}, outcome{etsi.Indeterminate, etsi.RevokedNoPOE, certs.ReasonRevoked}},
		"revoked after the timestamp": {func(w *world) verify.Input {
			s := w.person(demopki.Person{})
			doc := w.sign(page("salam"), s, stamped(w.pki))
			w.revoke(s, w.clock.Add(hour))
			w.clock = w.clock.Add(2 * hour)
			return w.input(doc)
		}, outcome{etsi.TotalPassed, "", ""}},
		"revoked before the timestamp": {func(w *world) verify.Input {
			s := w.person(demopki.Person{})
			doc := w.sign(page("salam"), s, stamped(w.pki))
			w.revoke(s, w.clock.Add(-hour))
			return w.input(doc)
		}, outcome{etsi.Indeterminate, etsi.RevokedNoPOE, certs.ReasonRevoked}},
		"revoked, back-dated by an untrusted authority": {func(w *world) verify.Input {
			s := w.person(demopki.Person{})
			tsa, err := w.pki.NewTSA(demopki.TSAOptions{Defect: demopki.UntrustedRoot, Now: func() time.Time { return noon().AddDate(0, 0, -20) }})
			if err != nil {
				w.t.Fatal(err)
			}
			doc := w.sign(page("salam"), s, backDated(tsa, -20))
			w.revoke(s, w.clock.Add(-hour))
			return w.input(doc)
		}, outcome{etsi.Indeterminate, etsi.RevokedNoPOE, certs.ReasonRevoked}},
		"suspended": {func(w *world) verify.Input {
			s := w.person(demopki.Person{})
			doc := w.sign(page("salam"), s, nil)
			if err := w.pki.Hold(s.Certificate, w.clock.Add(-hour)); err != nil {
				w.t.Fatal(err)
			}
			return w.input(doc)
		}, outcome{etsi.Indeterminate, etsi.TryLater, certs.ReasonOnHold}},
		"suspended after the timestamp": {func(w *world) verify.Input {
			s := w.person(demopki.Person{})
			doc := w.sign(page("salam"), s, stamped(w.pki))
			if err := w.pki.Hold(s.Certificate, w.clock.Add(hour)); err != nil {
				w.t.Fatal(err)
			}
			w.clock = w.clock.Add(2 * hour)
			return w.input(doc)
		}, outcome{etsi.TotalPassed, "", ""}},
		"suspended at the timestamp, lifted since": {func(w *world) verify.Input {
			s := w.person(demopki.Person{})
			doc := w.heldAndReleased(s)
			in := w.input(doc)
			in.Revocation = certs.Sources{w.crls(noon().Add(-time.Minute)), w.crls(w.clock)} // of that time, and of today
			return in
		}, outcome{etsi.Indeterminate, etsi.TryLater, "CERTIFICATE_HELD_AT_SIGNING"}},
		"lifted since, and no evidence of the hold": {func(w *world) verify.Input {
			return w.input(w.heldAndReleased(w.person(demopki.Person{})))
		}, outcome{etsi.TotalPassed, "", ""}},
		"expired since, timestamp from before": {func(w *world) verify.Input {
			s := w.person(demopki.Person{Profile: demopki.Profile{NotAfter: noon().AddDate(0, 1, 0)}})
			doc := w.sign(page("salam"), s, stamped(w.pki))
			in := w.input(doc)
			in.Revocation = w.crls(noon().AddDate(0, 0, 20)) // from its last days
			in.Time = noon().AddDate(0, 2, 0)
			return in
		}, outcome{etsi.TotalPassed, "", ""}},
		"expired since, no timestamp": {func(w *world) verify.Input {
			s := w.person(demopki.Person{Profile: demopki.Profile{NotAfter: noon().AddDate(0, 1, 0)}})
			in := w.input(w.sign(page("salam"), s, nil))
			in.Revocation = w.crls(noon().AddDate(0, 0, 20))
			in.Time = noon().AddDate(0, 2, 0)
			return in
		}, outcome{etsi.Indeterminate, etsi.OutOfBoundsNotRevoked, certs.ReasonExpired}},
		"no revocation data": {func(w *world) verify.Input {
			in := w.input(w.sign(page("salam"), w.person(demopki.Person{}), nil))
			in.Revocation = nil
			return in
		}, outcome{etsi.Indeterminate, etsi.CertificateChainGeneral, certs.ReasonRevocationMissing}},
		"evidence from after the time asked for": {func(w *world) verify.Input {
			in := w.input(w.sign(page("salam"), w.person(demopki.Person{}), nil))
			in.Revocation = w.crls(w.clock.Add(hour))
			return in
		}, outcome{etsi.Indeterminate, etsi.TryLater, certs.ReasonRevocationUnusable}},
		"SHA-1 certificate": {func(w *world) verify.Input {
			return w.input(w.sign(page("salam"), w.person(demopki.Person{Profile: demopki.Profile{Defect: demopki.SHA1Signature}}), nil))
		}, outcome{etsi.Indeterminate, etsi.CryptoConstraintsNoPOE, certs.ReasonAlgorithm}},
		"detached message without its file": {func(w *world) verify.Input {
			in := w.input(w.message(w.person(demopki.Person{}), []byte("məktub"), nil))
			return in
		}, outcome{etsi.Indeterminate, etsi.SignedDataNotFound, "SIGNED_DATA_NOT_FOUND"}},
		"detached message with another file": {func(w *world) verify.Input {
			in := w.input(w.message(w.person(demopki.Person{}), []byte("məktub"), nil))
			in.Detached = []verify.Data{{Name: "a.txt", Content: bytes.NewReader([]byte("başqa")), Size: int64(len("başqa"))}}
			return in
		}, outcome{etsi.TotalFailed, etsi.HashFailure, "HASH_MISMATCH"}},
		"detached message with its file": {func(w *world) verify.Input {
			in := w.input(w.message(w.person(demopki.Person{}), []byte("məktub"), nil))
			in.Detached = []verify.Data{{Name: "a.txt", Content: bytes.NewReader([]byte("məktub")), Size: int64(len("məktub"))}}
			return in
		}, outcome{etsi.TotalPassed, "", ""}},
		"message in PEM": {func(w *world) verify.Input {
			content := []byte("məktub")
			der := w.message(w.person(demopki.Person{}), content, func(b *cms.Builder) { b.Content = content })
			return w.input(pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: der}))
		}, outcome{etsi.TotalPassed, "", ""}},
		"signer's certificate left out": {func(w *world) verify.Input {
			content := []byte("məktub")
			return w.input(w.message(w.person(demopki.Person{}), content, func(b *cms.Builder) { b.Content, b.OmitCertificate = content, true }))
		}, outcome{etsi.Indeterminate, etsi.NoSigningCertificateFound, "SIGNING_CERTIFICATE_NOT_FOUND"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.expect(w.verify(c.make(w)), c.want)
		})
	}
}

func (w *world) revoke(s *demopki.Signer, at time.Time) {
	w.t.Helper()
	if err := w.pki.Revoke(s.Certificate, at, demopki.Reason(1)); err != nil {
		w.t.Fatal(err)
	}
}

// heldAndReleased signs with a timestamp while the certificate is on hold, which is lifted two hours later; the clock then stands after that.
func (w *world) heldAndReleased(s *demopki.Signer) []byte {
	w.t.Helper()
	doc := w.sign(page("salam"), s, stamped(w.pki))
	if err := w.pki.Hold(s.Certificate, w.clock.Add(-time.Hour)); err != nil {
		w.t.Fatal(err)
	}
	if err := w.pki.Release(s.Certificate, w.clock.Add(2*time.Hour)); err != nil {
		w.t.Fatal(err)
	}
	w.clock = w.clock.Add(3 * time.Hour)
	return doc
}

// damageContents turns over a bit in the middle of the signature value, the last OCTET STRING of the CMS.
func damageContents(t testing.TB, doc []byte) []byte {
	t.Helper()
	out := bytes.Clone(doc)
	end := bytes.LastIndex(out, []byte("/Contents<")) + len("/Contents<")
	if end < len("/Contents<") {
		end = bytes.LastIndex(out, []byte("/Contents <")) + len("/Contents <")
	}
	last := end
	for out[last] != '>' {
		last++
	}
	for out[last-1] == '0' {
		last--
	}
	if out[last-9] == '0' {
		out[last-9] = '1'
	} else {
		out[last-9] = '0'
	}
	return out
}

func TestSignaturesOfOneDocumentAreIndependent(t *testing.T) {
	w := newWorld(t)
	good, bad := w.person(demopki.Person{GivenName: "Əli"}), w.person(demopki.Person{GivenName: "Vəli", Profile: demopki.Profile{Defect: demopki.UntrustedRoot}})
	doc := w.sign(w.sign(page("salam"), bad, nil), good, nil)
	r := w.verify(w.input(doc))
	if len(r.Signatures) != 2 || r.Signatures[0].SubIndication != etsi.NoCertificateChainFound || r.Signatures[1].Indication != etsi.TotalPassed {
		t.Fatalf("%+v", r.Signatures)
	}
	if r.Signatures[0].Coverage != verify.CoversRevision || r.Signatures[0].Modified != verify.ModifiedPermitted || r.Signatures[1].Coverage != verify.CoversWhole {
		t.Errorf("coverage %s/%s %s", r.Signatures[0].Coverage, r.Signatures[0].Modified, r.Signatures[1].Coverage)
	}
	if r.Indication != etsi.Indeterminate {
		t.Errorf("the document takes the worst: %s", r.Indication)
	}
}

func TestThreeHoursOfTheAzerbaijaniPolicies(t *testing.T) {
	w := newWorld(t)
	doc := w.sign(page("salam"), w.person(demopki.Person{}), stamped(w.pki))
	enhanced := verify.AzerbaijanEnhanced()
	for age, want := range map[time.Duration]etsi.Indication{2 * time.Hour: etsi.TotalPassed, 4 * time.Hour: etsi.Indeterminate} {
		in := w.input(doc)
		in.Revocation = w.crls(noon().Add(-age))
		r := w.verifyBy(in, enhanced)
		if r.Indication != want {
			t.Errorf("revocation data %v old at signing: %s, want %s; %+v", age, r.Indication, want, r.Signatures[0].Reasons)
		}
		if want == etsi.Indeterminate && r.SubIndication != etsi.TryLater {
			t.Errorf("sub-indication %s", r.SubIndication)
		}
		if w.verify(in).Indication != etsi.TotalPassed {
			t.Errorf("basic goes by nextUpdate")
		}
	}
	// Data from after the signing time are the best there are, however old they are today.
	in := w.input(doc)
	in.Revocation, in.Time = w.crls(noon().Add(time.Hour)), noon().Add(12*time.Hour)
	if r := w.verifyBy(in, enhanced); r.Indication != etsi.TotalPassed {
		t.Errorf("data from after signing: %s %s %+v", r.Indication, r.SubIndication, r.Signatures[0].Reasons)
	}
}

func TestQualifiedAsksForANonRepudiationKey(t *testing.T) {
	w := newWorld(t)
	doc := w.sign(page("salam"), w.person(demopki.Person{}), nil)
	if r := w.verifyBy(w.input(doc), verify.AzerbaijanQualified()); r.Indication != etsi.TotalPassed {
		t.Errorf("a signing key: %s %+v", r.SubIndication, r.Signatures[0].Reasons)
	}
	unqualified := w.sign(page("salam"), w.person(demopki.Person{Profile: demopki.Profile{Defect: demopki.WithoutQCCompliance}}), nil)
	if r := w.verifyBy(w.input(unqualified), verify.AzerbaijanQualified()); r.SubIndication != etsi.ChainConstraintsFailure {
		t.Errorf("no statement of the issuer: %s", r.SubIndication)
	}
	if r := w.verifyBy(w.input(unqualified), verify.AzerbaijanEnhanced()); r.Indication != etsi.TotalPassed {
		t.Errorf("an enhanced signature needs none: %s", r.SubIndication)
	}
	login := w.sign(page("salam"), w.person(demopki.Person{Profile: demopki.Profile{Authentication: true}}), nil)
	if r := w.verifyBy(w.input(login), verify.AzerbaijanQualified()); r.SubIndication != etsi.ChainConstraintsFailure {
		t.Errorf("a log-in certificate: %s", r.SubIndication)
	}
	p := verify.AzerbaijanQualified()
	p.Signer.Policies = []string{"1.2.3.4"}
	if r := w.verifyBy(w.input(doc), p); r.SubIndication != etsi.ChainConstraintsFailure {
		t.Errorf("a certificate policy that nobody has: %s", r.SubIndication)
	}
}

func TestStagesSpeakOfTheProvenTime(t *testing.T) {
	w := newWorld(t)
	s := w.person(demopki.Person{})
	for name, c := range map[string]struct {
		doc  []byte
		want [3]verify.StageOutcome
	}{
		"without proof": {w.sign(page("salam"), s, nil), [3]verify.StageOutcome{verify.StageYes, verify.StageUnproven, verify.StageYes}},
		"with proof":    {w.sign(page("salam"), s, stamped(w.pki)), [3]verify.StageOutcome{verify.StageYes, verify.StageYes, verify.StageYes}},
		"damaged":       {damageContents(t, w.sign(page("salam"), s, nil)), [3]verify.StageOutcome{verify.StageNo, verify.StageUnproven, verify.StageNo}},
	} {
		r := w.verify(w.input(c.doc)).Signatures[0]
		for i, st := range r.Stages {
			if st.Outcome != c.want[i] {
				t.Errorf("%s, stage %d: %s, want %s", name, i+1, st.Outcome, c.want[i])
			}
		}
	}
}

// TestWhatIsKnownTodayIsNotToldAsUnknown: without a proven time nobody knows whether the certificate was in force at signing; that it is revoked,
// suspended or expired now is known, and said.
func TestWhatIsKnownTodayIsNotToldAsUnknown(t *testing.T) {
	w := newWorld(t)
	revoked, held := w.person(demopki.Person{}), w.person(demopki.Person{})
	expired := w.person(demopki.Person{})
	dayBefore := noon().Add(-24 * time.Hour)
	if err := errors.Join(w.pki.Revoke(revoked.Leaf.Raw, dayBefore, demopki.KeyCompromise), w.pki.Hold(held.Leaf.Raw, dayBefore)); err != nil {
		t.Fatal(err)
	}
	for key, s := range map[string]*demopki.Signer{"STAGE_IN_FORCE_REVOKED": revoked, "STAGE_IN_FORCE_HELD": held, "STAGE_IN_FORCE_EXPIRED": expired, "STAGE_IN_FORCE_UNPROVEN": w.person(demopki.Person{})} {
		in := w.input(w.sign(page("salam"), s, nil))
		if s == expired {
			in.Time = s.Leaf.NotAfter.Add(time.Hour)
		}
		r := w.verify(in).Signatures[0]
		if st := r.Stages[1]; st.Text.Key != key || (st.Outcome == verify.StageUnproven) != (key == "STAGE_IN_FORCE_UNPROVEN") {
			t.Errorf("%s: %s %+v", key, st.Outcome, st.Text)
		}
		for _, lang := range report.Languages() {
			if text := report.Text(lang, r.Stages[1].Text.Key, r.Stages[1].Text.Args); strings.ContainsAny(text, "{}Z") || !strings.Contains(text, ".20") {
				t.Errorf("%s: %s", lang, text)
			}
		}
	}
}

func TestSameInputSameReport(t *testing.T) {
	w := newWorld(t)
	doc := w.sign(w.sign(page("salam"), w.person(demopki.Person{}), stamped(w.pki)), w.person(demopki.Person{}), nil)
	in := w.input(doc)
	var sums [][32]byte
	for range 5 {
		r := w.verify(in)
		sums = append(sums, sha256.Sum256(dump(t, r)))
	}
	for _, s := range sums {
		if s != sums[0] {
			t.Fatal("two runs over the same input differ")
		}
	}
}

func TestWhatCanNotRunSaysWhy(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		doc  string
		code verify.Code
	}{
		"XAdES":      {`<?xml version="1.0"?><ds:Signature xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"/>`, verify.CodeUnsupported},
		"container":  {"PK\x03\x04and so on, mimetypeapplication/vnd.etsi.asic-e+zip", verify.CodeUnsupported},
		"JSON":       {`{"payload":"x","signatures":[]}`, verify.CodeUnsupported},
		"plain text": {"salam", verify.CodeUnknown},
		"nothing":    {"", verify.CodeUnknown},
		"broken DER": {"\x30\x82\x01\x00\x06\x09", verify.CodeUnreadable},
		"no PDF":     {"%PDF-1.7\nand nothing else", verify.CodeUnreadable},
	} {
		_, err := verify.Document(context.Background(), w.input([]byte(c.doc)), nil)
		var e *verify.Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if _, err := verify.Document(context.Background(), verify.Input{Content: bytes.NewReader(nil)}, nil); err == nil {
		t.Error("without a time nothing can be said")
	}
	r := w.verify(w.input(page("salam")))
	if r.Indication != etsi.NoSignatureFound || len(r.Signatures) != 0 {
		t.Errorf("an unsigned document: %s", r.Indication)
	}
}

func TestUntrustedTimestampMovesNothing(t *testing.T) {
	w := newWorld(t)
	tsa, err := w.pki.NewTSA(demopki.TSAOptions{Defect: demopki.UntrustedRoot, Now: func() time.Time { return noon().AddDate(0, 0, -10) }})
	if err != nil {
		t.Fatal(err)
	}
	r := w.verify(w.input(w.sign(page("salam"), w.person(demopki.Person{}), backDated(tsa, -10))))
	s := r.Signatures[0]
	if s.TimeProven || !s.BestSignatureTime.Equal(r.Time) || s.Timestamps[0].Indication == etsi.Passed {
		t.Errorf("proven %v, best %v, timestamp %s", s.TimeProven, s.BestSignatureTime, s.Timestamps[0].Indication)
	}
	if !slices.Contains(reasonKeys(s, verify.SeverityWarning), "TIMESTAMP_NOT_TRUSTED") {
		t.Errorf("nobody is told: %v", reasonKeys(s, verify.SeverityWarning))
	}
}

// TestCertificationForbidsWhatItForbids: under P=1 even a further signature is too much.
func TestCertification(t *testing.T) {
	w := newWorld(t)
	certify := func(o *pades.Options) { o.Certification = 2 }
	doc := w.sign(page("salam"), w.person(demopki.Person{}), certify)
	two := w.sign(doc, w.person(demopki.Person{}), nil)
	r := w.verify(w.input(two))
	for i, s := range r.Signatures {
		if s.Indication != etsi.TotalPassed {
			t.Errorf("signature %d: %s/%s %+v", i+1, s.Indication, s.SubIndication, s.Reasons)
		}
	}
}
