package certs

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	maxTrustFile  = 64 << 20 // bytes of one file of anchors
	maxTrustFiles = 20000    // files in all
)

// LoadTrustStore reads anchors from files and folders (all files below; links to folders are not followed): PEM with any number of certificates, one DER
// certificate, or PKCS#7 with certificates only. Each path must give a certificate: an empty folder is refused, not taken for a wish to trust nobody.
// In a folder, files of other things are passed over; a bundle that was cut off, or a damaged file that is named as a certificate, is refused.
// Folders and files of revocation data must not be given here: what lies there is never an anchor.
func LoadTrustStore(paths ...string) (*TrustStore, error) {
	s := &TrustStore{}
	for _, p := range paths {
		found, err := loadCertificates(p)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("%s: %w", p, errNoCertificate)
		}
		if err != nil {
			return nil, fmt.Errorf("trust anchors: %w", err)
		}
		for _, f := range found {
			s.add(&TrustAnchor{Certificate: f.cert, Source: f.name})
		}
	}
	return s, nil
}

// LoadCertificates reads certificates as LoadTrustStore does, to be used as candidates for intermediates; a folder without any is no fault.
func LoadCertificates(paths ...string) ([]*Certificate, error) {
	var out []*Certificate
	for _, p := range paths {
		found, err := loadCertificates(p)
		if err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
		for _, f := range found {
			out = append(out, f.cert)
		}
	}
	return out, nil
}

type loaded struct {
	cert *Certificate
	name string
}

func loadCertificates(path string) ([]loaded, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		list, err := loadFile(path)
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("%s: %w", path, errNoCertificate)
		}
		return list, err
	}
	var out []loaded
	read := map[string]bool{} // files that links lead to as well count once
	err = walkFiles(path, func(name string) error {
		if real, err := filepath.EvalSymlinks(name); err == nil {
			if read[real] {
				return nil
			}
			read[real] = true
		}
		list, err := loadFile(name)
		var cut *PEMError
		var pe *ParseError
		if errors.As(err, &pe) && !errors.As(err, &cut) && !namedCertificate(name) {
			return nil // something else that lies there: a key, a list
		}
		if err == nil && len(list) == 0 && namedCertificate(name) {
			err = fmt.Errorf("%s: %w", name, errNoCertificate)
		}
		out = append(out, list...)
		return err
	})
	return out, err
}

// namedCertificate says whether a file's name promises certificates.
func namedCertificate(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".cer", ".crt", ".der", ".p7b", ".p7c":
		return true
	}
	return false
}

// walkFiles visits the files below a folder, in the order of their names: regular ones, and links to such, as mounted configuration and the system's
// certificate folder have them. Links to folders are not followed.
func walkFiles(root string, visit func(string) error) error {
	n := 0
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
			return nil //nolint:nilerr // a dangling link or a device is not a file of certificates
		}
		if n++; n > maxTrustFiles {
			return fmt.Errorf("%s: %w", root, errTooLarge)
		}
		return visit(p)
	})
}

func readBounded(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: %w", name, errTooLarge)
	}
	return os.ReadFile(name)
}

func loadFile(name string) ([]loaded, error) {
	b, err := readBounded(name, maxTrustFile)
	if err != nil {
		return nil, err
	}
	list, err := ParseCertificates(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out := make([]loaded, len(list))
	for i, c := range list {
		out[i] = loaded{c, filepath.Base(name)}
	}
	return out, nil
}

// ParseCertificates reads all certificates of a file: PEM, one DER certificate, or PKCS#7 with certificates only (PEM or DER). Text without any
// certificate gives none and no error; a certificate that can't be read is a *ParseError, and in PEM a *PEMError inside that names its line.
func ParseCertificates(b []byte) ([]*Certificate, error) {
	if !bytes.Contains(b, []byte(pemBegin)) {
		return parseDERCertificates(b)
	}
	var out []*Certificate
	for line := 1; ; {
		var part pemPart
		part, b, line = nextPEM(b, line)
		if part.line == 0 {
			return out, nil
		}
		if !part.certificates() {
			continue
		}
		if part.fault != nil {
			return nil, &ParseError{What: "certificate", Err: &PEMError{Line: part.line, Err: part.fault}}
		}
		list, err := parseDERCertificates(part.der)
		if err == nil && len(list) == 0 {
			err = errNoCertificate
		}
		if err != nil {
			return nil, &ParseError{What: "certificate", Err: &PEMError{Line: part.line, Err: err}}
		}
		out = append(out, list...)
	}
}

const pemBegin = "-----BEGIN "

// PEMError says where a file of PEM is damaged: what begins at the line has no end, or is no certificate.
type PEMError struct {
	Line int // from 1, of the BEGIN line
	Err  error
}

// Error names the line and the cause.
func (e *PEMError) Error() string { return fmt.Sprintf("PEM from line %d on: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *PEMError) Unwrap() error { return e.Err }

// pemPart is one encapsulated part of a PEM file (RFC 7468, 2); line 0 is none.
type pemPart struct {
	line  int // of its BEGIN
	label string
	der   []byte
	fault error // why it can't be read
}

// certificates says whether the label promises certificates.
func (p pemPart) certificates() bool {
	if p.fault != nil && strings.HasPrefix("CERTIFICATE", p.label) { // cut off within its very first line
		return true
	}
	return strings.Contains(p.label, "CERTIFICATE") && !strings.Contains(p.label, "REQUEST") || p.label == "PKCS7" || p.label == "CMS"
}

// nextPEM takes the next part out of a file. encoding/pem passes damaged parts by in silence, so that a bundle that was cut off would look like a
// shorter one; here each BEGIN is answered for. It returns what is left, and its line.
func nextPEM(b []byte, line int) (pemPart, []byte, int) {
	at := bytes.Index(b, []byte(pemBegin))
	for at > 0 && b[at-1] != '\n' { // in the midst of a line it is text
		next := bytes.Index(b[at+1:], []byte(pemBegin))
		if next < 0 {
			return pemPart{}, nil, line
		}
		at += 1 + next
	}
	if at < 0 {
		return pemPart{}, nil, line
	}
	line += bytes.Count(b[:at], []byte("\n"))
	b = b[at:]
	part := pemPart{line: line}
	first, _, _ := bytes.Cut(b, []byte("\n"))
	label, closed := bytes.CutSuffix(bytes.TrimRight(first, " \t\r"), []byte("-----"))
	part.label = string(bytes.TrimPrefix(label, []byte(pemBegin)))
	end := bytes.Index(b, []byte("-----END "+part.label+"-----"))
	following := bytes.Index(b[1:], []byte("\n"+pemBegin))
	if !closed || end < 0 || following >= 0 && following < end {
		part.fault = errCutOff
		skip := len(first)
		return part, b[skip:], line
	}
	end += len("-----END " + part.label + "-----")
	block, _ := pem.Decode(append(bytes.Clone(b[:end]), '\n'))
	if block == nil {
		part.fault = errBase64
	} else {
		part.der = block.Bytes
	}
	return part, b[end:], line + bytes.Count(b[:end], []byte("\n"))
}

func parseDERCertificates(b []byte) ([]*Certificate, error) {
	if c, err := Parse(b); err == nil {
		return []*Certificate{c}, nil
	}
	if ders, ok := pkcs7Certificates(b); ok {
		var out []*Certificate
		for _, der := range ders {
			c, err := Parse(der)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
		return out, nil
	}
	if len(b) == 0 || b[0] != 0x30 {
		return nil, nil
	}
	return nil, &ParseError{What: "certificate", Err: errDER}
}
