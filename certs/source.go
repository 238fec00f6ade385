package certs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MemoryRevocation is a RevocationSource over evidence that is at hand: of a document, a folder, a test. Fill it before use; looking things up
// changes nothing, so it may then be shared.
type MemoryRevocation struct {
	crls  []RevocationData
	ocsps map[string][]RevocationData // by serial number
	all   []RevocationData
	seen  map[[32]byte]bool
}

// Add takes in evidence; the same bytes twice count once.
func (m *MemoryRevocation) Add(data ...RevocationData) {
	if m.seen == nil {
		m.seen, m.ocsps = map[[32]byte]bool{}, map[string][]RevocationData{}
	}
	for _, d := range data {
		raw := d.Raw()
		print := sha256.Sum256(raw)
		if len(raw) == 0 || m.seen[print] {
			continue
		}
		m.seen[print] = true
		m.all = append(m.all, d)
		if d.CRL != nil {
			m.crls = append(m.crls, d)
			continue
		}
		added := map[string]bool{}
		for _, r := range d.OCSP.Responses {
			if !added[r.ID.serialText] {
				added[r.ID.serialText] = true
				m.ocsps[r.ID.serialText] = append(m.ocsps[r.ID.serialText], d)
			}
		}
	}
}

// Len is the number of pieces of evidence.
func (m *MemoryRevocation) Len() int { return len(m.all) }

// All returns every piece of evidence, in the order in which it was added.
func (m *MemoryRevocation) All() []RevocationData { return slices.Clone(m.all) }

// Revocation returns the OCSP answers about the serial number and the CRLs that may speak of the certificate: its issuer's, indirect ones, and those
// of the CRL issuers that its distribution points name.
func (m *MemoryRevocation) Revocation(_ context.Context, cert, _ *Certificate) ([]RevocationData, error) {
	if m == nil {
		return nil, nil
	}
	out := append([]RevocationData(nil), m.ocsps[cert.serialKey]...)
	for _, d := range m.crls {
		if d.CRL.Issuer.Equal(cert.Issuer) || d.CRL.Scope != nil && d.CRL.Scope.Indirect {
			out = append(out, d)
		}
	}
	return out, nil
}

// Sources asks several sources, one after another, and puts their answers together.
type Sources []RevocationSource

// Revocation asks all sources; the error joins theirs.
func (s Sources) Revocation(ctx context.Context, cert, issuer *Certificate) ([]RevocationData, error) {
	var out []RevocationData
	var errs []error
	for _, src := range s {
		if src == nil {
			continue
		}
		data, err := src.Revocation(ctx, cert, issuer)
		out = append(out, data...)
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// Second asks those sources that hold something back.
func (s Sources) Second(ctx context.Context, cert, issuer *Certificate) ([]RevocationData, error) {
	var out []RevocationData
	var errs []error
	for _, src := range s {
		if second, ok := src.(SecondSource); ok {
			data, err := second.Second(ctx, cert, issuer)
			out = append(out, data...)
			errs = append(errs, err)
		}
	}
	return out, errors.Join(errs...)
}

// LoadRevocation reads CRLs and OCSP responses (DER or PEM) from files and folders. A file named on its own must hold some; in a folder, others are passed over;
// certificates that lie there are returned as candidates (responders, CRL signers), never as anchors.
func LoadRevocation(paths ...string) (*MemoryRevocation, []*Certificate, error) {
	m := &MemoryRevocation{}
	var candidates []*Certificate
	for _, p := range paths {
		read := 0
		err := walkFiles(p, func(name string) error {
			found, n, err := m.loadFile(name)
			candidates = append(candidates, found...)
			read += n
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		if info, err := os.Stat(p); err == nil && read == 0 && !info.IsDir() { // a file that was named was meant
			return nil, nil, fmt.Errorf("revocation data: %s: %w", p, errNoEvidence)
		}
	}
	return m, candidates, nil
}

// loadFile takes in a file's evidence; it returns the certificates in it, and how many pieces of either kind it held.
func (m *MemoryRevocation) loadFile(name string) (candidates []*Certificate, n int, err error) {
	b, err := readBounded(name, MaxCRLSize)
	if err != nil {
		return nil, 0, fmt.Errorf("revocation data: %w", err)
	}
	for _, der := range blocks(b) {
		if d, ok := parseRevocation(der, filepath.Base(name)); ok {
			m.Add(d)
			n++
			continue
		}
		if list, err := parseDERCertificates(der); err == nil {
			candidates = append(candidates, list...)
			n += len(list)
		}
	}
	return candidates, n, nil
}

func parseRevocation(der []byte, name string) (RevocationData, bool) {
	if l, err := ParseCRL(der); err == nil {
		return RevocationData{CRL: l, Origin: OriginInput, Source: name}, true
	}
	if o, err := ParseOCSP(der); err == nil && o.Status == 0 {
		return RevocationData{OCSP: o, Origin: OriginInput, Source: name}, true
	}
	return RevocationData{}, false
}

// blocks splits PEM into its DER parts; anything else is one part.
func blocks(b []byte) [][]byte {
	if !bytes.Contains(b, []byte("-----BEGIN ")) {
		return [][]byte{b}
	}
	var out [][]byte
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			return out
		}
		if !strings.Contains(block.Type, "KEY") {
			out = append(out, block.Bytes)
		}
	}
}
