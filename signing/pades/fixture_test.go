package pades

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/internal/paper"
	"mohur/internal/pdf"
	"mohur/internal/tsp"
	"mohur/signing"
)

// world is a hierarchy with a body that seals, a person who signs, and a timestamp authority.
type world struct {
	pki   *demopki.Hierarchy
	trust *certs.TrustStore
}

func now() time.Time { return demopki.Epoch().Add(time.Hour) }

func newWorld(t testing.TB) *world {
	t.Helper()
	h, err := demopki.New(demopki.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	root, err := certs.Parse(h.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	return &world{pki: h, trust: certs.NewTrustStore(root)}
}

func (w *world) seal(t testing.TB, kind demopki.KeyKind, d demopki.Defect) *demopki.Signer {
	t.Helper()
	s, err := w.pki.Body(demopki.Body{Profile: demopki.Profile{Key: kind, Defect: d}, Organisation: "Dövlət Nümayiş Agentliyi"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) options(t testing.TB, kind demopki.KeyKind) Options {
	s := w.seal(t, kind, 0)
	return Options{Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: now}}
}

// authority is a timestamp authority that can misbehave.
type authority struct {
	key    crypto.Signer
	der    []byte
	chain  [][]byte
	calls  atomic.Int64
	spoil  func(*tsp.IssueOptions)
	mangle func([]byte)
	fail   error
	repeat []byte // answered whatever is asked
}

func (w *world) authority(t testing.TB) *authority {
	t.Helper()
	key, err := demopki.GenerateKey(demopki.P256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{key: key, der: issueTSA(t, key.Public())}
}

func (a *authority) Timestamp(_ context.Context, d algo.Digest, imprint []byte) ([]byte, error) {
	n := a.calls.Add(1)
	if a.fail != nil {
		return nil, a.fail
	}
	if a.repeat != nil {
		return a.repeat, nil
	}
	o := tsp.IssueOptions{
		Digest: d, Imprint: imprint, Policy: "1.2.3.4", Serial: big.NewInt(n), Time: now(), Signer: a.key, Certificate: a.der, Chain: a.chain,
	}
	if a.spoil != nil {
		a.spoil(&o)
	}
	token, err := tsp.Issue(o)
	if a.mangle != nil {
		a.mangle(token)
	}
	return token, err
}

func letter(t testing.TB) []byte {
	t.Helper()
	d, err := paper.MakeLetter(paper.Letter{
		Agency: paper.Agency{Name: "Dövlət Nümayiş Agentliyi"}, Number: "9/14-05", Date: now(), Addressee: []string{"Dövlət Gömrük Komitəsinə"},
		Body: []string{"Layihəyə baxıldı, irad yoxdur."}, Signatory: paper.Signatory{Position: "Sədr", Name: "Ş. Ğəniyev"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.Bytes
}

func visible() *Appearance {
	return &Appearance{
		Title: "Elektron möhür", Border: true,
		Lines: []string{"Dövlət Nümayiş Agentliyi, Elektron sənəd dövriyyəsi şöbəsi", "№ 9/14-05", "01.09.2026 10:00 (UTC+00:00)", "Ə ə Ğ ğ I ı İ i Ö ö Ü ü Ş ş Ç ç"},
	}
}

// sealed signs in memory and checks that the input is the output's prefix.
func sealed(t testing.TB, in []byte, o Options) ([]byte, *signing.Result) {
	t.Helper()
	var out bytes.Buffer
	r, err := Sign(t.Context(), bytes.NewReader(in), int64(len(in)), &out, o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), in) || int64(out.Len()) != r.Size {
		t.Fatal("the document is not the beginning of the signed one")
	}
	return out.Bytes(), r
}

// refuse expects an error and not one byte written.
func refuse(t testing.TB, in []byte, o Options) error {
	t.Helper()
	var out bytes.Buffer
	_, err := Sign(t.Context(), bytes.NewReader(in), int64(len(in)), &out, o)
	if err == nil {
		t.Fatal("it was signed")
	}
	if out.Len() > 0 {
		t.Errorf("%d bytes were written before the refusal: %v", out.Len(), err)
	}
	return err
}

// intact reads the signatures back and verifies each with the certificate in its CMS.
func intact(t testing.TB, b []byte, password string) []*pdf.Signature {
	t.Helper()
	d, err := pdf.Open(bytes.NewReader(b), int64(len(b)), pdf.Options{Password: []byte(password)})
	if err != nil {
		t.Fatal(err)
	}
	list, err := d.Signatures()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if len(s.Problems) > 0 {
			t.Errorf("%s: %v", s.FieldName, s.Problems)
		}
		sd, err := cms.Parse(s.Contents, cms.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", s.FieldName, err)
		}
		c, err := certs.Parse(sd.Certificates[0])
		for _, der := range sd.Certificates {
			if id, _ := cms.IdentifyCertificate(der); sd.SignerInfos[0].IdentifiedBy(id) {
				c, err = certs.Parse(der)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		o, err := sd.SignerInfos[0].Verify(c.PublicKey, s.SignedBytes())
		if err != nil || !o.Intact() || len(o.Problems) > 0 {
			t.Errorf("%s is not intact: %+v %v", s.FieldName, o, err)
		}
		if _, has := sd.SignerInfos[0].SigningTime(); has {
			t.Errorf("%s: a PAdES signature has no signing-time attribute", s.FieldName)
		}
	}
	return list
}

// run executes an outside program; one that is missing fails the test.
func run(t testing.TB, name string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is needed by this test: %v", name, err)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return string(out), err
}

// accepted shows a file to qpdf and pdfsig. The certificates of the demo are unknown to pdfsig, so only its word on the signature counts.
func accepted(t testing.TB, b []byte, signatures int, password string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signed.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, "qpdf", "--password="+password, "--check", path); err != nil || strings.Contains(out, "WARNING") && !strings.Contains(out, "linearization") {
		t.Errorf("qpdf --check: %v\n%s", err, out)
	}
	args := []string{"-nocert", path}
	if password != "" {
		args = append([]string{"-upw", password}, args...)
	}
	out, err := run(t, "pdfsig", args...)
	if n := strings.Count(out, "Signature is Valid."); n != signatures || err != nil && !isExit(err) {
		t.Errorf("pdfsig accepts %d of %d signatures: %v\n%s", n, signatures, err, out)
	}
	if signatures == 1 && !strings.Contains(out, "Total document signed") {
		t.Errorf("pdfsig: the signature does not cover the document\n%s", out)
	}
}

func isExit(err error) bool { return errors.As(err, new(*exec.ExitError)) }
