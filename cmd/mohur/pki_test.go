package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mohur/internal/demopki"
	"mohur/pkcs11"
	"mohur/signing"
	"mohur/signing/pades"
)

// pkiDefects are the defects that scripts ask for by name.
var pkiDefects = map[string]demopki.Defect{
	"expired": demopki.Expired, "notyet": demopki.NotYetValid, "usage": demopki.WrongKeyUsage, "untrusted": demopki.UntrustedRoot,
	"sha1": demopki.SHA1Signature, "nointermediate": demopki.MissingIntermediate,
}

// pkiMain is the program "pki" of the scripts:
//
//	pki new                        a hierarchy in ./pki; pki/root.crt is the anchor
//	pki seal URI PINFILE [DEFECT]  a body's certificate for a key on a token, stored there and as ./URI's object.pem with chain.pem
//	pki revoke FILE                revokes the certificate in a file, an hour ago
//	pki crls DIR                   today's CRLs
//	pki pdf FILE                   a one-page PDF
//	pki signed FILE                a one-page PDF that a person signed; without the issuer's certificate
func pkiMain() {
	if err := pki(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pki:", err)
		os.Exit(1)
	}
}

func pki(args []string) error {
	if len(args) == 0 {
		return errors.New("what?")
	}
	if args[0] == "new" {
		h, err := demopki.New(demopki.Options{Now: time.Now})
		if err != nil {
			return err
		}
		return h.Save("pki")
	}
	if args[0] == "pdf" {
		return os.WriteFile(args[1], onePage(), 0o600)
	}
	h, err := demopki.Load("pki", demopki.Options{Now: time.Now})
	if err != nil {
		return err
	}
	switch args[0] {
	case "signed":
		err = pkiSigned(h, args[1])
	case "seal":
		err = pkiSeal(h, args[1:])
	case "revoke":
		err = pkiRevoke(h, args[1])
	case "crls":
		err = pkiCRLs(h, args[1])
	default:
		err = fmt.Errorf("no %q", args[0])
	}
	return errors.Join(err, h.Save("pki"))
}

// pkiSeal certifies a token's key.
func pkiSeal(h *demopki.Hierarchy, args []string) error {
	ctx := context.Background()
	u, err := pkcs11.ParseURI(args[0])
	if err != nil {
		return err
	}
	path, err := pkcs11.SoftHSM()
	if err != nil {
		return err
	}
	m, err := pkcs11.Open(pkcs11.Options{Path: path})
	if err != nil {
		return err
	}
	defer m.Close()
	t, err := m.Token(ctx, u, pkcs11.TokenOptions{PIN: pkcs11.FilePIN(args[1])})
	if err != nil {
		return err
	}
	defer t.Close()
	k, err := t.Key(ctx, u)
	if err != nil {
		return err
	}
	profile := demopki.Profile{PublicKey: k.Public()}
	if len(args) > 2 {
		profile.Defect = pkiDefects[args[2]]
	}
	s, err := h.Body(demopki.Body{Profile: profile, Organisation: "Dövlət İnformasiya Agentliyi"})
	if err != nil {
		return err
	}
	if err := t.ImportCertificate(ctx, k, s.Certificate); err != nil {
		return err
	}
	return errors.Join(writePEM(u.Object+".pem", s.Certificate), writePEM("chain.pem", s.Chain...))
}

// pkiSigned makes a document whose signature lacks its chain.
func pkiSigned(h *demopki.Hierarchy, path string) error {
	s, err := h.Person(demopki.Person{})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	plain := onePage()
	if _, err := pades.Sign(context.Background(), bytes.NewReader(plain), int64(len(plain)), &out, pades.Options{
		Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Now: time.Now},
	}); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}

func writePEM(path string, certificates ...[]byte) error {
	var b bytes.Buffer
	for _, der := range certificates {
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return err
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o600)
}

func pkiRevoke(h *demopki.Hierarchy, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(b)
	return h.Revoke(block.Bytes, time.Now().Add(-time.Hour), demopki.KeyCompromise)
}

func pkiCRLs(h *demopki.Hierarchy, dir string) error {
	lists, err := h.CRLs()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for i, der := range lists {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.crl", i)), der, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// onePage makes a small PDF with one line of text.
func onePage() []byte {
	content := "BT /F1 24 Tf 72 720 Td (Cavab mektubu) Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}
