package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mohur/pkcs11"
)

// objectLine is one key or certificate in the output of list.
type objectLine struct {
	Class       string `json:"class"`
	Label       string `json:"label"`
	ID          string `json:"id"`
	Kind        string `json:"kind"`
	Subject     string `json:"subject,omitempty"`
	NotAfter    string `json:"notAfter,omitempty"`
	Sign        bool   `json:"sign,omitempty"`
	PINEach     bool   `json:"pinForEachSignature,omitempty"`
	Extractable bool   `json:"extractable,omitempty"`
	PublicKey   string `json:"publicKey,omitempty"` // PEM
	Certificate string `json:"certificate,omitempty"`
}

func tokenList(ctx context.Context, o *tokenOptions, rest []string, std streams) int {
	u, err := oneURI(rest)
	if err != nil {
		return complain(std, "token list", err)
	}
	login := o.pinFile != "" || o.pinEnv != "" || u.PINSource != ""
	m, t, err := o.open(ctx, u, std, login)
	if err != nil {
		return complain(std, "token list", err)
	}
	defer m.Close()
	defer t.Close()
	objects, err := t.Objects(ctx, login)
	if err != nil {
		return complain(std, "token list", err)
	}
	lines := []objectLine{}
	for _, x := range objects {
		lines = append(lines, describeObject(x))
	}
	if o.json {
		return emit(std, lines, exitPassed)
	}
	info := t.Info()
	fmt.Fprintf(std.Out, "token %q, serial %s, %s %s %v\n", info.Label, info.Serial, info.Manufacturer, info.Model, info.Flags.Names())
	for _, l := range lines {
		fmt.Fprintf(std.Out, "  %-8s %-9s %q id %s%s\n", l.Class, l.Kind, l.Label, l.ID, l.notes())
	}
	if !login {
		fmt.Fprintln(std.Err, "mohur token list: private keys show after logging in: --pin-file")
	}
	return exitPassed
}

// describeObject makes the output of one object; a certificate that can't be read is shown without its contents.
func describeObject(x pkcs11.Object) objectLine {
	l := objectLine{
		Class: x.Class, Label: x.Label, ID: hex.EncodeToString(x.ID), Kind: pkcs11.DescribeKey(x.Public),
		Sign: x.Sign, PINEach: x.AlwaysAuthenticate, Extractable: x.Extractable,
	}
	if spki, err := x509.MarshalPKIXPublicKey(x.Public); err == nil && x.Class != "cert" {
		l.PublicKey = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	}
	if cert, err := x509.ParseCertificate(x.Certificate); err == nil {
		l.Subject, l.NotAfter = cert.Subject.String(), cert.NotAfter.UTC().Format("2006-01-02")
		l.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: x.Certificate}))
	}
	return l
}

// notes says what is worth knowing about an object.
func (l objectLine) notes() string {
	var out []string
	if l.Subject != "" {
		out = append(out, l.Subject+", until "+l.NotAfter)
	}
	if l.Class == "private" && !l.Sign {
		out = append(out, "may not sign")
	}
	if l.PINEach {
		out = append(out, "wants the PIN for each signature")
	}
	if l.Extractable {
		out = append(out, "can be copied off the token")
	}
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, "; ")
}

// tokenInit makes a SoftHSM2 token and, when asked, a key on it.
func tokenInit(ctx context.Context, o *tokenOptions, rest []string, std streams) int {
	if len(rest) > 0 || o.dir == "" || o.label == "" || o.pinFile == "" {
		return complain(std, "token init", errors.New("--dir, --label and --pin-file are needed, and nothing else stands beside the options"))
	}
	if err := o.initialize(ctx, std); err != nil {
		return complain(std, "token init", err)
	}
	return exitPassed
}

func (o *tokenOptions) initialize(ctx context.Context, std streams) error {
	full, err := filepath.Abs(o.pinFile)
	if err != nil {
		return err
	}
	source := pkcs11.FilePIN(full)
	pin, _, err := source.PIN(ctx, pkcs11.PINRequest{})
	if err != nil {
		return err
	}
	module, err := pkcs11.SoftHSM()
	if err != nil {
		return err
	}
	if err := pkcs11.UseSoftHSM(o.dir); err != nil {
		return err
	}
	m, err := o.loader().Open(pkcs11.Options{Path: module, Now: clock})
	if err != nil {
		return err
	}
	defer m.Close()
	officer, err := officerPIN()
	if err != nil {
		return err
	}
	info, err := m.InitToken(ctx, o.label, officer, pin)
	if err != nil {
		return err
	}
	u := info.URI()
	if o.key != "" {
		if u, err = o.generate(ctx, m, u, source); err != nil {
			return err
		}
	}
	u.ModulePath = module
	fmt.Fprintf(std.Out, "%s\n", u)
	fmt.Fprintf(std.Err, "mohur token init: set SOFTHSM2_CONF=%s for programs that use this token\n", os.Getenv("SOFTHSM2_CONF"))
	return nil
}

// generate makes the key of a new token.
func (o *tokenOptions) generate(ctx context.Context, m *pkcs11.Module, u pkcs11.URI, source pkcs11.PINSource) (pkcs11.URI, error) {
	t, err := m.Token(ctx, u, pkcs11.TokenOptions{PIN: source})
	if err != nil {
		return u, err
	}
	defer t.Close()
	name := o.object
	if name == "" {
		name = o.label
	}
	k, err := t.GenerateKey(ctx, pkcs11.KeySpec{Label: name, ID: []byte{1}, Kind: o.key})
	if err != nil {
		return u, err
	}
	return k.URI(), nil
}

// officerPIN is a random PIN for the security officer of a soft token. Nobody learns it: a soft token that needs its officer is thrown away.
func officerPIN() (pkcs11.PIN, error) {
	b := make([]byte, 12)
	if _, err := io.ReadFull(rand.Reader, b); err != nil {
		return pkcs11.PIN{}, err
	}
	return pkcs11.NewPIN([]byte(hex.EncodeToString(b))), nil
}
