package signings

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/internal/store/blob"
	"mohur/internal/store/sqlstore"
	"mohur/internal/webeid"
	"mohur/verify/etsi"
)

// bench is a service over a real database and real files, with a format that appends the value to the document.
type bench struct {
	*testing.T
	*Service
	clock    time.Time
	files    string
	store    *sqlstore.Store
	h        *demopki.Hierarchy
	who      Owner
	verdict  docket.CertificateVerdict
	signed   docket.SignatureVerdict // of the new signature; its certificate is filled in
	stamps   error                   // of the timestamp authority
	finished atomic.Int64
	during   func() // while a document is being finished
	last     docket.Hash
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{
		T: t, clock: time.Now(), files: filepath.Join(dir, "files"), who: Person(docket.Actor{UserID: "u1", Roles: []docket.Role{docket.RoleBodyAdmin}}, "session"),
		verdict: docket.CertificateVerdict{Indication: etsi.Passed, Signer: docket.Signer{Name: "Əliyeva Nigar", FIN: "1AB2CD3"}},
		signed:  docket.SignatureVerdict{Indication: etsi.TotalPassed, Covers: "revision"},
	}
	var err error
	if b.store, err = sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(dir, "db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	files, err := blob.Open(b.files)
	if err != nil {
		t.Fatal(err)
	}
	if b.h, err = demopki.New(demopki.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	if b.Service, err = New(Options{Store: b.store, Files: files, Signer: b, Judge: b, Now: func() time.Time { return b.clock }}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) Best(string) string { return "B-T" }

func (b *bench) Prepare(_ context.Context, p *Plan, document io.ReaderAt, size int64) (*ToSign, error) {
	text := make([]byte, size)
	if _, err := document.ReadAt(text, 0); err != nil {
		return nil, err
	}
	p.State = []byte(`{"kept":true}`)
	return &ToSign{Document: docket.HashOf(sha256.Sum256(text)), Message: text, Hash: Digest(p.Digest).Sum(text), Algorithm: "ECDSA_SHA256"}, nil
}

func (b *bench) Finish(_ context.Context, p *Plan, document io.ReaderAt, size int64, value []byte, out io.Writer) (docket.Hash, int64, error) {
	b.finished.Add(1)
	if b.during != nil {
		b.during()
	}
	if b.stamps != nil {
		return "", 0, b.stamps
	}
	text := make([]byte, size)
	if _, err := document.ReadAt(text, 0); err != nil {
		return "", 0, err
	}
	if string(p.State) != `{"kept":true}` {
		return "", 0, errors.New("the state is lost")
	}
	text = append(text, value...)
	_, err := out.Write(text)
	b.last = docket.HashOf(sha256.Sum256(text))
	return b.last, int64(len(text)), err
}

func (b *bench) JudgeCertificate(context.Context, []byte) (*docket.CertificateVerdict, error) {
	v := b.verdict
	return &v, nil
}

func (b *bench) JudgeSigned(context.Context, io.ReaderAt, int64, string, io.ReaderAt, int64) (*docket.Verification, error) {
	return &docket.Verification{Signatures: []docket.SignatureVerdict{{Indication: etsi.TotalFailed, Certificate: "earlier"}, b.signed}}, nil
}

func (b *bench) person(p demopki.Profile) *demopki.Signer {
	b.Helper()
	s, err := b.h.Person(demopki.Person{Profile: p})
	if err != nil {
		b.Fatal(err)
	}
	b.signed.Certificate = docket.HashOf(sha256.Sum256(s.Certificate))
	return s
}

func (b *bench) prepared(s *demopki.Signer) *docket.Signing {
	b.Helper()
	sg, err := b.Service.Prepare(b.Context(), PrepareInput{Owner: b.who, Subject: "s1", Name: "a.pdf", Document: bytes.NewReader([]byte("document")), Size: 8, Certificate: s.Certificate})
	if err != nil {
		b.Fatal(err)
	}
	return sg
}

func (b *bench) value(s *demopki.Signer, sg *docket.Signing) []byte {
	b.Helper()
	v, err := s.Key.Sign(rand.Reader, sg.Hash, crypto.SHA256)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func (b *bench) finish(id docket.ID, value []byte) (*docket.Signing, error) {
	return b.Service.Finish(b.Context(), FinishInput{Owner: b.who, ID: id, Value: value})
}

// refused fails unless the error has the key.
func (b *bench) refused(err error, key string) {
	b.Helper()
	if docket.KeyOf(err) != key {
		b.Errorf("%v, want %s", err, key)
	}
}

// stored counts the files.
func (b *bench) stored() (n int) {
	b.Helper()
	_ = filepath.WalkDir(b.files, func(_ string, d fs.DirEntry, _ error) error {
		if d != nil && d.Type().IsRegular() {
			n++
		}
		return nil
	})
	return n
}

// audited counts the entries of an action.
func (b *bench) audited(action string) (n int) {
	b.Helper()
	if err := b.store.DB().QueryRowContext(b.Context(), "SELECT count(*) FROM audit_log WHERE action = $1", action).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

func TestASignatureInTwoSteps(t *testing.T) {
	b := newBench(t)
	s := b.person(demopki.Profile{})
	sg := b.prepared(s)
	if want := sha256.Sum256([]byte("document")); string(sg.Hash) != string(want[:]) || sg.Level != "B-T" || sg.Holder != "Əliyeva Nigar" || HashFunction(sg) != "SHA-256" {
		t.Errorf("%+v", sg)
	}
	if named, ok := WebEID(sg); !ok || named != (webeid.SignatureAlgorithm{CryptoAlgorithm: "ECC", HashFunction: "SHA-256", PaddingScheme: "NONE"}) {
		t.Errorf("%+v", named)
	}
	if _, _, err := b.Document(t.Context(), b.who, sg.ID); docket.CodeOf(err) != docket.CodeConflict {
		t.Errorf("a document before it is signed: %v", err)
	}
	value := b.value(s, sg)
	done, err := b.finish(sg.ID, value)
	if err != nil || done.State != docket.SigningDone || done.Indication != "TOTAL-PASSED" {
		t.Fatalf("%+v %v", done, err)
	}
	_, f, err := b.Document(t.Context(), b.who, sg.ID)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(f)
	_ = f.Close()
	if string(text) != "document"+string(value) {
		t.Errorf("%q", text)
	}
	again, err := b.finish(sg.ID, value) // an answer that was lost on the way
	if err != nil || again.Signed != done.Signed || b.finished.Load() != 1 {
		t.Errorf("the same value again: %v, finished %d times", err, b.finished.Load())
	}
	_, err = b.finish(sg.ID, b.value(s, sg))
	b.refused(err, docket.KeySigningUsed)
	b.clock = b.clock.Add(25 * time.Hour)
	if n, err := b.RemoveExpired(t.Context()); n != 1 || err != nil || b.stored() != 0 {
		t.Errorf("removed %d, %v; %d files are left", n, err, b.stored())
	}
	if b.audited(docket.AuditSigningPrepared) != 1 || b.audited(docket.AuditSigningDone) != 1 || b.audited(docket.AuditSigningRefused) != 1 {
		t.Error("the audit log does not tell of it")
	}
}

func TestOnlyTheOwnerInHisSessionFinishes(t *testing.T) {
	b := newBench(t)
	s := b.person(demopki.Profile{})
	sg := b.prepared(s)
	value := b.value(s, sg)
	for name, who := range map[string]Owner{
		"another session": Person(docket.Actor{UserID: "u1"}, "other"), "another account": Person(docket.Actor{UserID: "u2"}, "session"), "a visitor": Person(docket.Public(), "session"),
		"a program": Program("u1"), "nobody": {}, "no session": Person(docket.Actor{UserID: "u1"}, ""), "no tenant": Program(""),
	} {
		if _, err := b.Service.Finish(t.Context(), FinishInput{Owner: who, ID: sg.ID, Value: value}); !errors.Is(err, docket.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Service.Prepare(t.Context(), PrepareInput{Owner: Owner{}}); docket.CodeOf(err) != docket.CodeForbidden {
		t.Errorf("nobody prepares: %v", err)
	}
	if _, err := b.finish(sg.ID, value); err != nil {
		t.Error(err)
	}
}

func TestAValueComesOnceAndInTime(t *testing.T) {
	b := newBench(t)
	s := b.person(demopki.Profile{})
	late := b.prepared(s)
	b.clock = b.clock.Add(10 * time.Minute)
	_, err := b.finish(late.ID, b.value(s, late))
	b.refused(err, docket.KeySigningLapsed)
	sg := b.prepared(s)
	other := b.person(demopki.Profile{})
	for name, value := range map[string][]byte{"another key's": b.value(other, sg), "over another hash": b.value(s, &docket.Signing{Hash: make([]byte, 32)}), "no signature": []byte("x"), "zeros": make([]byte, 64)} {
		sg := b.prepared(s)
		_, err := b.finish(sg.ID, value)
		b.refused(err, docket.KeySigningValue)
		_, err = b.finish(sg.ID, b.value(s, sg)) // the right one comes too late
		b.refused(err, docket.KeySigningUsed)
		if got, _ := b.Find(t.Context(), b.who, sg.ID); got.State != docket.SigningFailed || got.Failure != docket.KeySigningValue {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if b.finished.Load() != 0 {
		t.Error("a document was touched for a value that does not fit")
	}
	_, err = b.Service.Finish(t.Context(), FinishInput{Owner: b.who, ID: sg.ID, Value: b.value(s, sg), Certificate: other.Certificate})
	b.refused(err, docket.KeySigningOther)
}

func TestManyValuesAtOnceMakeOneDocument(t *testing.T) {
	b := newBench(t)
	s := b.person(demopki.Profile{})
	sg := b.prepared(s)
	b.during = func() { time.Sleep(20 * time.Millisecond) }
	var done, used atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		value := b.value(s, sg) // each another one: ECDSA has many for a hash
		wg.Go(func() {
			switch _, err := b.finish(sg.ID, value); {
			case err == nil:
				done.Add(1)
			case docket.KeyOf(err) == docket.KeySigningUsed:
				used.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 || used.Load() != 7 || b.finished.Load() != 1 {
		t.Errorf("%d done, %d refused, finished %d times", done.Load(), used.Load(), b.finished.Load())
	}
}

func TestAFailureOutsideLeavesNothingAndLetsTryAgain(t *testing.T) {
	b := newBench(t)
	s := b.person(demopki.Profile{})
	sg := b.prepared(s)
	value, before := b.value(s, sg), b.stored()
	b.stamps = docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp)
	_, err := b.finish(sg.ID, value)
	b.refused(err, docket.KeyTimestamp)
	b.stamps = nil
	b.signed.Indication, b.signed.RevocationMissing = etsi.Indeterminate, true
	_, err = b.finish(sg.ID, value)
	b.refused(err, docket.KeyCertificateUnclear)
	b.signed.RevocationMissing, b.signed.Indication = false, etsi.TotalPassed
	if b.stored() != before {
		t.Errorf("%d files, before it were %d", b.stored(), before)
	}
	b.during = func() { // the process dies here; another one takes over when its lease is over
		b.during = nil
		panic("killed")
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = b.finish(sg.ID, value)
	}()
	_, err = b.finish(sg.ID, value)
	b.refused(err, docket.KeySigningUsed)
	b.clock = b.clock.Add(3 * time.Minute)
	if done, err := b.finish(sg.ID, value); err != nil || done.State != docket.SigningDone {
		t.Errorf("%+v %v", done, err)
	}
}

func TestWhatDoesNotPassIsNotKept(t *testing.T) {
	b := newBench(t)
	s := b.person(demopki.Profile{})
	for name, change := range map[string]func(){
		"failed":              func() { b.signed.Indication, b.signed.SubIndication = etsi.TotalFailed, etsi.HashFailure },
		"indeterminate":       func() { b.signed.Indication, b.signed.SubIndication = etsi.Indeterminate, etsi.NoPOE },
		"another certificate": func() { b.signed.Certificate = "x" },
		"partial":             func() { b.signed.Covers = "partial" },
		"orphan":              func() { b.signed.Orphan = true },
	} {
		good := b.signed
		change()
		sg := b.prepared(s)
		before := b.stored()
		_, err := b.finish(sg.ID, b.value(s, sg))
		b.refused(err, docket.KeySigningRefused)
		if b.stored() != before {
			t.Errorf("%s: a signed file was kept", name)
		}
		b.signed = good
	}
}

func TestCertificatesThatDoNotSign(t *testing.T) {
	b := newBench(t)
	s := b.person(demopki.Profile{})
	try := func(in PrepareInput) error {
		in.Owner, in.Document, in.Size = b.who, bytes.NewReader([]byte("document")), 8
		_, err := b.Service.Prepare(t.Context(), in)
		return err
	}
	b.refused(try(PrepareInput{Certificate: []byte("x")}), docket.KeySigningCertificate)
	b.refused(try(PrepareInput{Certificate: b.person(demopki.Profile{Authentication: true}).Certificate}), docket.KeySigningPurpose)
	for sub, key := range map[etsi.SubIndication]string{etsi.Revoked: docket.KeySigRevoked, etsi.Expired: docket.KeySigExpired, etsi.TryLater: docket.KeySigHeld, etsi.NoCertificateChainFound: docket.KeySigUntrusted} {
		b.verdict.Indication, b.verdict.SubIndication = etsi.Indeterminate, sub
		b.refused(try(PrepareInput{Certificate: s.Certificate}), key)
	}
	b.verdict.RevocationMissing = true
	if err := try(PrepareInput{Certificate: s.Certificate}); docket.CodeOf(err) != docket.CodeUnavailable {
		t.Error(err)
	}
	b.verdict = docket.CertificateVerdict{Indication: etsi.Passed}
	b.refused(try(PrepareInput{Certificate: s.Certificate, Accept: func(docket.Signer) error { return docket.Invalid("signed", docket.KeySigOtherPerson) }}), docket.KeySigOtherPerson)
	b.refused(try(PrepareInput{Certificate: s.Certificate, Supported: []webeid.SignatureAlgorithm{{CryptoAlgorithm: "ECC", HashFunction: "SHA-224", PaddingScheme: "NONE"}}}), docket.KeySigningAlgorithm)
	if b.stored() != 0 || b.audited(docket.AuditSigningRefused) != 9 {
		t.Errorf("%d files, %d refusals", b.stored(), b.audited(docket.AuditSigningRefused))
	}
}

func TestTheTokensAlgorithmIsChosen(t *testing.T) {
	b := newBench(t)
	rsa := func(hash, padding string) webeid.SignatureAlgorithm {
		return webeid.SignatureAlgorithm{CryptoAlgorithm: "RSA", HashFunction: hash, PaddingScheme: padding}
	}
	for _, c := range []struct {
		key       demopki.KeyKind
		supported []webeid.SignatureAlgorithm
		digest    string
		pss       bool
	}{
		{demopki.P256, nil, "SHA256", false},
		{demopki.RSA2048, nil, "SHA256", false},
		{demopki.RSA2048, []webeid.SignatureAlgorithm{rsa("SHA-512", "PKCS1.5"), rsa("SHA-384", "PSS")}, "SHA512", false},
		{demopki.RSA2048, []webeid.SignatureAlgorithm{rsa("SHA-384", "PSS")}, "SHA384", true},
	} {
		cert, err := certs.Parse(b.person(demopki.Profile{Key: c.key}).Certificate)
		if err != nil {
			t.Fatal(err)
		}
		var p Plan
		if err := p.choose(cert, c.supported); err != nil || p.Digest != c.digest || p.PSS != c.pss {
			t.Errorf("%+v: %s %t %v", c, p.Digest, p.PSS, err)
		}
	}
}

// A value as r || s counts like the same in DER, with the algorithm's name and without; not with another's name.
func TestBothFormsOfAnEllipticValue(t *testing.T) {
	b := newBench(t)
	s := b.person(demopki.Profile{})
	ecc := func(hash string) *webeid.SignatureAlgorithm {
		return &webeid.SignatureAlgorithm{CryptoAlgorithm: "ECC", HashFunction: hash, PaddingScheme: "NONE"}
	}
	for i, c := range []struct {
		raw   bool
		named *webeid.SignatureAlgorithm
		key   string
	}{
		{raw: true, named: ecc("SHA-256")},
		{raw: true},
		{raw: false},
		{false, ecc("SHA-256"), docket.KeySigningValue},
		{true, ecc("SHA-384"), docket.KeySigningValue},
		{true, &webeid.SignatureAlgorithm{CryptoAlgorithm: "RSA", HashFunction: "SHA-256", PaddingScheme: "PKCS1.5"}, docket.KeySigningValue},
		{true, &webeid.SignatureAlgorithm{}, docket.KeySigningValue},
	} {
		sg := b.prepared(s)
		value := b.value(s, sg)
		if c.raw {
			var err error
			if value, err = algo.DecodePlainECDSA(value, (s.Key.Public().(*ecdsa.PublicKey).Params().BitSize+7)/8); err != nil {
				t.Fatal(err)
			}
		}
		_, err := b.Service.Finish(t.Context(), FinishInput{Owner: b.who, ID: sg.ID, Value: value, Algorithm: c.named})
		if docket.KeyOf(err) != c.key {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestAFormatThatChangesTheDocumentIsCaught(t *testing.T) {
	b := newBench(t)
	var out bytes.Buffer
	for text, want := range map[string]bool{"document and more": true, "Document and more": false, "docu": false} {
		out.Reset()
		p := &prefix{w: &out, left: 8, sum: sha256.New()}
		for part := range slices.Chunk([]byte(text), 3) {
			if _, err := p.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		if got := p.hash() == docket.HashOf(sha256.Sum256([]byte("document"))); got != want || out.String() != text {
			t.Errorf("%q: %t", text, got)
		}
	}
	if b.stored() != 0 {
		t.Error("files")
	}
}
