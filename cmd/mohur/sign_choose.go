package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"mohur/certs"
	"mohur/internal/webeid"
	"mohur/pkcs11"
)

// choose finds the key to sign with where --key names none, or only the token: the key of the one signing certificate that is plugged in, or the
// one that the person at the terminal picks from a list.
func (s *documentSigner) choose(ctx context.Context, u pkcs11.URI) (pkcs11.URI, error) {
	search := tokenSearch{loader: s.o.loader(), log: s.std.Err, now: clock()}
	if u.ModulePath != "" {
		search.modules = []string{u.ModulePath}
	}
	all, err := search.certificates(ctx)
	if err != nil {
		return u, err
	}
	list := slices.DeleteFunc(all, func(c tokenCertificate) bool {
		return !serves(c.cert, forSigning, false) || !c.inForce(search.now) || u.Token != "" && u.Token != c.token.Label || u.Serial != "" && u.Serial != c.token.Serial
	})
	i := 0
	switch {
	case len(list) == 0:
		return u, errors.New("no token with a signing certificate in force was found: plug it in, or name the key by --key ('mohur token scan' shows what is there)")
	case len(list) > 1:
		if i, err = s.pick(list); err != nil {
			return u, err
		}
	}
	return list[i].key(), nil
}

// key names the key of a certificate as well as the token's public objects can: by the id that both share.
func (c tokenCertificate) key() pkcs11.URI {
	u := c.token.URI()
	u.ID, u.ModulePath = c.id, c.module
	if len(u.ID) == 0 {
		u.Object = c.label
	}
	return u
}

// pick shows the certificates and reads a number.
func (s *documentSigner) pick(list []tokenCertificate) (int, error) {
	for i, c := range list {
		fmt.Fprintf(s.std.Err, "%d  %s\n   %s\n", i+1, c.holder(), s.p.T("sign.choice",
			"issuer", oneLineText(c.cert.Issuer.Display(), 60), "until", s.p.Date(c.cert.NotAfter), "token", oneLineText(c.token.Label, 32), "serial", c.token.Serial))
	}
	in, ok := s.std.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		var names []string
		for _, c := range list {
			names = append(names, "'"+c.key().String()+"'")
		}
		return 0, fmt.Errorf("there are %d signing certificates and no terminal to ask on: name one by --key %s", len(list), strings.Join(names, " or "))
	}
	for {
		fmt.Fprint(s.std.Err, s.p.T("sign.which", "n", len(list))+" ")
		text, err := typedLine(in)
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 1 && n <= len(list) {
			return n - 1, nil
		}
	}
}

// typedLine reads a line byte by byte: what was typed after it is the PIN, and not for here.
func typedLine(in io.Reader) (string, error) {
	var line []byte
	for len(line) < 100 {
		var b [1]byte
		if _, err := io.ReadFull(in, b[:]); err != nil {
			return "", errors.New("nothing was chosen")
		}
		if b[0] == '\n' {
			break
		}
		line = append(line, b[0])
	}
	return string(line), nil
}

// announce shows what is about to be signed, by whom and with which token, before the PIN is asked for. The hashes are kept: a file that changes
// afterwards is not signed.
func (s *documentSigner) announce(ctx context.Context, u pkcs11.URI) error {
	s.shown = map[string][sha256.Size]byte{}
	for _, path := range s.o.paths {
		hash, size, err := hashFile(path)
		if err != nil {
			return err
		}
		s.shown[path] = hash
		fmt.Fprintln(s.std.Err, s.p.T("sign.file", "file", oneLineText(filepath.Base(path), 200), "size", s.p.Size(size), "code", webeid.Fingerprint(hash[:])))
	}
	info := s.token.Info()
	if holder := s.holder(ctx, u); holder != "" {
		fmt.Fprintln(s.std.Err, s.p.T("sign.holder", "holder", holder))
	}
	fmt.Fprintln(s.std.Err, s.p.T("sign.token", "token", oneLineText(info.Label, 32), "serial", info.Serial))
	return nil
}

// holder is who the certificate says will sign, as far as that is known before the log-in: from --cert, or from the certificate on the token that
// has the key's id or label.
func (s *documentSigner) holder(ctx context.Context, u pkcs11.URI) string {
	if s.o.cert != "" {
		if list, err := certs.LoadCertificates(s.o.cert); err == nil && len(list) == 1 {
			return oneLineText(list[0].Subject.Display(), 100)
		}
		return ""
	}
	objects, err := s.token.Objects(ctx, false)
	if err != nil {
		return "" // signing will say why
	}
	for _, o := range objects {
		if o.Class != "cert" || len(u.ID) > 0 && string(u.ID) != string(o.ID) || u.Object != "" && u.Object != o.Label {
			continue
		}
		if c, err := certs.Parse(o.Certificate); err == nil {
			return oneLineText(c.Subject.Display(), 100)
		}
	}
	return ""
}

// unchanged says whether a file is still the one that was shown.
func (s *documentSigner) unchanged(path string, in io.ReaderAt, size int64) error {
	want, shown := s.shown[path]
	if !shown {
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(in, 0, size)); err != nil {
		return err
	}
	if [sha256.Size]byte(h.Sum(nil)) != want {
		return errors.New("the file has changed since it was shown; it is not signed")
	}
	return nil
}

// hashFile is a file's SHA-256 and size.
func hashFile(path string) ([sha256.Size]byte, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return [sha256.Size]byte{}, 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return [sha256.Size]byte(h.Sum(nil)), n, err
}
