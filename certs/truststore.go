package certs

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mohur/internal/asn1"
)

// TrustAnchor is a certificate that is believed without further reasons: a root, or any other that the operator chose.
type TrustAnchor struct {
	Certificate *Certificate
	Source      string // where it came from, for the report: the file's name, or what the caller says
}

// TrustStore is a set of anchors. Nothing changes it once made, so it may be shared.
type TrustStore struct {
	anchors   []*TrustAnchor
	byName    map[string][]*TrustAnchor
	byPrint   map[[32]byte]*TrustAnchor
	byKeyName map[[32]byte][]*TrustAnchor
}

// NewTrustStore makes a store of certificates in memory.
func NewTrustStore(anchors ...*Certificate) *TrustStore {
	s := &TrustStore{}
	for _, c := range anchors {
		s.add(&TrustAnchor{Certificate: c})
	}
	return s
}

func (s *TrustStore) add(a *TrustAnchor) {
	if s.byPrint == nil {
		s.byName, s.byPrint, s.byKeyName = map[string][]*TrustAnchor{}, map[[32]byte]*TrustAnchor{}, map[[32]byte][]*TrustAnchor{}
	}
	c := a.Certificate
	if s.byPrint[c.fingerprint] != nil {
		return
	}
	s.anchors = append(s.anchors, a)
	s.byPrint[c.fingerprint] = a
	s.byName[c.nameKey] = append(s.byName[c.nameKey], a)
	s.byKeyName[c.keyDigest] = append(s.byKeyName[c.keyDigest], a)
}

// Anchors returns the anchors in the order in which they were added.
func (s *TrustStore) Anchors() []*TrustAnchor {
	if s == nil {
		return nil
	}
	return slices.Clone(s.anchors)
}

// Len is the number of anchors; a nil store has none.
func (s *TrustStore) Len() int {
	if s == nil {
		return 0
	}
	return len(s.anchors)
}

// Anchor returns the anchor that is this very certificate, or certifies the same name and key; nil if there is none.
func (s *TrustStore) Anchor(c *Certificate) *TrustAnchor {
	if s == nil {
		return nil
	}
	if a := s.byPrint[c.fingerprint]; a != nil {
		return a
	}
	for _, a := range s.byKeyName[c.keyDigest] {
		if a.Certificate.nameKey == c.nameKey {
			return a
		}
	}
	return nil
}

// Contains says whether the certificate itself, byte by byte, is an anchor.
func (s *TrustStore) Contains(c *Certificate) bool {
	return s != nil && s.byPrint[c.fingerprint] != nil
}

// named returns the anchors with that subject.
func (s *TrustStore) named(key string) []*TrustAnchor {
	if s == nil {
		return nil
	}
	return s.byName[key]
}

const (
	maxTrustFile  = 64 << 20 // bytes of one file of anchors
	maxTrustFiles = 20000    // files in all
)

// LoadTrustStore reads anchors from files and folders (all files below; links to folders are not followed): PEM with any number of certificates, one DER
// certificate, or PKCS#7 with certificates only. A file named on its own must hold a certificate; in a folder, files that hold none are passed
// over. Folders and files of revocation data must not be given here: what lies there is never an anchor.
func LoadTrustStore(paths ...string) (*TrustStore, error) {
	s := &TrustStore{}
	for _, p := range paths {
		found, err := loadCertificates(p)
		if err != nil {
			return nil, fmt.Errorf("trust anchors: %w", err)
		}
		for _, f := range found {
			s.add(&TrustAnchor{Certificate: f.cert, Source: f.name})
		}
	}
	return s, nil
}

// LoadCertificates reads certificates as LoadTrustStore does, to be used as candidates for intermediates.
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
	err = walkFiles(path, func(name string) error {
		list, err := loadFile(name)
		var pe *ParseError
		if errors.As(err, &pe) {
			return nil
		}
		out = append(out, list...)
		return err
	})
	return out, err
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
// certificate gives none and no error; a certificate that can't be read is a *ParseError.
func ParseCertificates(b []byte) ([]*Certificate, error) {
	if !bytes.Contains(b, []byte("-----BEGIN ")) {
		return parseDERCertificates(b)
	}
	var out []*Certificate
	for {
		var block *pem.Block
		block, b = pem.Decode(b)
		if block == nil {
			return out, nil
		}
		if !strings.Contains(block.Type, "CERTIFICATE") && block.Type != "PKCS7" && block.Type != "CMS" || strings.Contains(block.Type, "REQUEST") {
			continue
		}
		list, err := parseDERCertificates(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
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

// pkcs7Certificates takes the certificates out of a degenerate SignedData (RFC 5652, 5.1 and RFC 2797), which Windows and many CAs hand out.
func pkcs7Certificates(b []byte) ([][]byte, bool) {
	info := asn1.NewReader(b, asn1.Limits{})
	outer, err := info.Expect(asn1.TagSequence)
	if err != nil {
		return nil, false
	}
	r := outer.Children()
	typ, err := r.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return nil, false
	}
	if oid, err := typ.ObjectIdentifier(); err != nil || oid != "1.2.840.113549.1.7.2" {
		return nil, false
	}
	content, err := r.Expect(asn1.Context(0))
	if err != nil {
		return nil, false
	}
	signed, err := content.Children().Expect(asn1.TagSequence)
	if err != nil {
		return nil, false
	}
	var out [][]byte
	for parts := signed.Children(); parts.More(); {
		p, err := parts.Next()
		if err != nil {
			return nil, false
		}
		if p.Tag != asn1.Context(0) {
			continue
		}
		for list := p.Children(); list.More(); {
			c, err := list.Next()
			if err != nil {
				return nil, false
			}
			if c.Tag == asn1.TagSequence {
				out = append(out, c.Raw)
			}
		}
	}
	return out, true
}
