package main

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"mohur/internal/demopki"
	"mohur/internal/locale"
	"mohur/internal/paper"
	"mohur/internal/pdf"
	"mohur/signing"
	"mohur/signing/pades"
)

// application is a body's registration letter, unsigned.
func (w *demoWorld) application(head demopki.Person, number string) ([]byte, error) {
	d, err := paper.MakeApplication(paper.Application{
		Body: head.Organisation, BodyID: "VÖEN " + head.VOEN, Number: number, Date: w.now().In(locale.Baku()), Addressee: []string{agencyName},
		Subject: "Layihələrə rəy xidmətində qeydiyyat haqqında",
		Text: []string{
			"Qurumumuzun informasiya sistemləri, informasiya ehtiyatları və elektron xidmətlər üzrə layihələrini Agentliyə təqdim etmək üçün " +
				"xidmətin istifadəçisi kimi qeydiyyata alınmağımızı xahiş edirik.",
			"Səlahiyyətli şəxs bu məktubu imzalayan rəhbərdir.",
		},
		Signatory: paper.Signatory{Position: head.Title, Name: head.GivenName + " " + head.Surname},
	})
	if err != nil {
		return nil, err
	}
	return d.Bytes, nil
}

// sign signs a PDF with a person's key at level B-T; the key may be on a token.
func (w *demoWorld) sign(ctx context.Context, document []byte, s *demopki.Signer, key crypto.Signer) ([]byte, error) {
	name := s.Leaf.Subject.CommonName
	var out bytes.Buffer
	_, err := pades.Sign(ctx, bytes.NewReader(document), int64(len(document)), &out, pades.Options{
		Request: signing.Request{Signer: key, Certificate: s.Certificate, Chain: s.Chain, Level: signing.BaselineT, Timestamper: w.stamps, Now: w.now},
		Field:   paper.SealField, Name: name,
		Appearance: &pades.Appearance{Title: "Elektron imza", Lines: []string{name, locale.For(locale.Azerbaijani).DateTime(w.now())}, Border: true},
	})
	return out.Bytes(), err
}

// signBeside signs a PDF invisibly in a field of its own, so that the place of the seal stays free.
func (w *demoWorld) signBeside(ctx context.Context, document []byte, s *demopki.Signer, key crypto.Signer) ([]byte, error) {
	var out bytes.Buffer
	_, err := pades.Sign(ctx, bytes.NewReader(document), int64(len(document)), &out, pades.Options{
		Request: signing.Request{Signer: key, Certificate: s.Certificate, Chain: s.Chain, Level: signing.BaselineT, Timestamper: w.stamps, Now: w.now}, Name: s.Leaf.Subject.CommonName,
	})
	return out.Bytes(), err
}

// letter is a registration letter signed by its head with a software key.
func (w *demoWorld) letter(ctx context.Context, head demopki.Person, number string) ([]byte, *demopki.Signer, error) {
	s, err := w.hierarchy.Person(head)
	if err != nil {
		return nil, nil, err
	}
	page, err := w.application(head, number)
	if err != nil {
		return nil, nil, err
	}
	signed, err := w.sign(ctx, page, s, s.Key)
	return signed, s, err
}

// contentRef finds the reference of the first page's content in the head of a page tree written by this program.
var contentRef = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`/Contents (\d+) 0 R`) })

// flipContent turns over one bit inside the first page's content stream.
func flipContent(document []byte) ([]byte, error) {
	m := contentRef().FindSubmatch(document)
	if m == nil {
		return nil, errors.New("no page content found")
	}
	head := append(append([]byte("\n"), m[1]...), " 0 obj"...)
	at := bytes.Index(document, head)
	body := bytes.Index(document[max(at, 0):], []byte("stream\n"))
	if at < 0 || body < 0 {
		return nil, errors.New("no page content found")
	}
	out := bytes.Clone(document)
	out[at+body+len("stream\n")+20] ^= 1
	return out, nil
}

// replacePage appends an increment that exchanges the first page's content: what an attacker does to a signed file without touching a signed
// byte.
func replacePage(document []byte) ([]byte, error) {
	d, err := pdf.Open(bytes.NewReader(document), int64(len(document)), pdf.Options{})
	if err != nil {
		return nil, err
	}
	u, err := pdf.NewUpdate(d)
	if err != nil {
		return nil, err
	}
	pages := u.Dict(d.Catalog()["Pages"])
	kids, _ := d.Resolve(pages["Kids"]).(pdf.Array)
	if len(kids) == 0 {
		return nil, errors.New("no page found")
	}
	ref, ok := u.Dict(kids[0])["Contents"].(pdf.Ref)
	if !ok {
		return nil, errors.New("no page content found")
	}
	u.Set(ref, pdf.NewStream(pdf.Dict{}, []byte("BT /F1 24 Tf 60 700 Td (Everything is approved) Tj ET")))
	var out bytes.Buffer
	if _, err := u.WriteTo(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// badLetter is a registration letter with something wrong, and the catalogue key by which it must be refused.
type badLetter struct {
	file, what, key string
	document        []byte
}

// badLetters makes the letters of step 2: each wrong in one way.
func (w *demoWorld) badLetters(ctx context.Context) ([]badLetter, error) {
	good, _, err := w.letter(ctx, landHead(), "12/4-118")
	if err != nil {
		return nil, err
	}
	flipped, err := flipContent(good)
	if err != nil {
		return nil, err
	}
	replaced, err := replacePage(good)
	if err != nil {
		return nil, err
	}
	stranger := landHead()
	stranger.Defect = demopki.UntrustedRoot
	untrusted, _, err := w.letter(ctx, stranger, "12/4-119")
	if err != nil {
		return nil, err
	}
	revoked, s, err := w.letter(ctx, landHead(), "12/4-120")
	if err != nil {
		return nil, err
	}
	if err := w.hierarchy.Revoke(s.Certificate, w.now().Add(-48*time.Hour), demopki.KeyCompromise); err != nil {
		return nil, err
	}
	unsigned, err := w.application(landHead(), "12/4-121")
	if err != nil {
		return nil, err
	}
	return []badLetter{
		{"tampered-one-byte.pdf", "one byte of the page altered", "signature.altered", flipped},
		{"tampered-page-replaced.pdf", "the page replaced by an incremental update", "signature.forbidden", replaced},
		{"untrusted-signer.pdf", "signed below a root that nobody trusts", "signature.untrusted", untrusted},
		{"revoked-signer.pdf", "signed with a certificate revoked two days before", "signature.revoked", revoked},
		{"unsigned.pdf", "not signed at all", "signature.missing", unsigned},
	}, nil
}

// sample writes a file into the demo's folder of samples and returns its path, relative to where the user stands where that is shorter.
func (w *demoWorld) sample(name string, document []byte) (string, error) {
	dir := filepath.Join(w.dir, "samples")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, document, 0o644); err != nil {
		return "", err
	}
	return shorter(path), nil
}

// shorter gives a path as seen from the working folder when it lies below it.
func shorter(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// projectFiles are the two documents of the demo's project.
func (w *demoWorld) projectFiles() (map[string][]byte, error) {
	page, err := paper.MakeApplication(paper.Application{
		Body: director().Organisation, Number: "3/2-77", Date: w.now().In(locale.Baku()), Addressee: []string{agencyName},
		Subject: "“Ekoloji müraciətlər” informasiya sisteminin texniki tapşırığı",
		Text: []string{
			"1. Məqsəd: vətəndaşların ekoloji müraciətlərinin elektron qəbulu.", "2. Əhatə: 12 elektron xidmət, 4 inteqrasiya.",
			"3. Müddət: 9 ay.",
		},
		Signatory: paper.Signatory{Position: "Rəis", Name: "Günay İsmayılova"},
	})
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"texniki-tapşırıq.pdf": page.Bytes,
		"xərclər.txt":          []byte(fmt.Sprintf("Layihənin xərcləri\r\nServerlər: 120 000 AZN\r\nProqram təminatı: 340 000 AZN\r\nTərtib edilib: %s\r\n", w.now().Format("02.01.2006"))),
	}, nil
}
