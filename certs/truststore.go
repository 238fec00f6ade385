package certs

import (
	"fmt"
	"slices"
	"time"
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
	twice     []*TrustAnchor // certificates that were given once more
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
		s.twice = append(s.twice, a)
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

// TrustWarning is something about a store that its operator should look at. It changes no verdict.
type TrustWarning struct {
	Key    string // one of the Trust* keys
	Anchor *TrustAnchor
	First  string // with TrustDuplicate: the source that gave the certificate first
}

// What an operator should look at in a store.
const (
	TrustDuplicate   = "TRUST_DUPLICATE"     // the same certificate stands in two files
	TrustNotCA       = "TRUST_NOT_A_CA"      // the certificate is no authority: it vouches for itself and for nobody else
	TrustExpired     = "TRUST_EXPIRED"       // the certificate has expired: what it issued lately is believed all the same
	TrustNotYetValid = "TRUST_NOT_YET_VALID" // the certificate is not valid yet
	TrustKey         = "TRUST_KEY"           // the key can't be read, so that the anchor verifies nothing
)

// Warnings looks a store over at a time.
func (s *TrustStore) Warnings(at time.Time) []TrustWarning {
	if s == nil {
		return nil
	}
	var out []TrustWarning
	for _, a := range s.anchors {
		c := a.Certificate
		if !c.isCA() && (c.Version == 3 || !c.IsSelfIssued()) { // before version 3 there was no way to say so
			out = append(out, TrustWarning{Key: TrustNotCA, Anchor: a})
		}
		switch {
		case at.After(c.NotAfter):
			out = append(out, TrustWarning{Key: TrustExpired, Anchor: a})
		case at.Before(c.NotBefore):
			out = append(out, TrustWarning{Key: TrustNotYetValid, Anchor: a})
		}
		if c.PublicKey == nil {
			out = append(out, TrustWarning{Key: TrustKey, Anchor: a})
		}
	}
	for _, a := range s.twice {
		if first := s.byPrint[a.Certificate.fingerprint]; first.Source != a.Source {
			out = append(out, TrustWarning{Key: TrustDuplicate, Anchor: a, First: first.Source})
		}
	}
	return out
}

// String says the warning in an English sentence, for logs and the command line.
func (w TrustWarning) String() string {
	name := w.Anchor.Certificate.Subject.Display()
	if w.Anchor.Source != "" {
		name = w.Anchor.Source + ": " + name
	}
	switch w.Key {
	case TrustDuplicate:
		return name + " stands in " + w.First + " already"
	case TrustNotCA:
		return name + " is no certification authority: nothing that it issued is believed"
	case TrustExpired:
		return name + " expired on " + w.Anchor.Certificate.NotAfter.UTC().Format(time.DateOnly)
	case TrustNotYetValid:
		return name + " is not valid before " + w.Anchor.Certificate.NotBefore.UTC().Format(time.DateOnly)
	default:
		return name + " has a key that can't be used"
	}
}

// remarksPerKey is how many warnings of one kind are written out.
const remarksPerKey = 5

// Remarks writes warnings as lines for logs and the command line: a few of each kind, and how many more there are. A system's certificate folder holds
// each certificate several times.
func (s *TrustStore) Remarks(at time.Time) []string {
	var out []string
	count := map[string]int{}
	for _, w := range s.Warnings(at) {
		if count[w.Key]++; count[w.Key] <= remarksPerKey {
			out = append(out, w.String())
		}
	}
	for _, key := range []string{TrustDuplicate, TrustNotCA, TrustExpired, TrustNotYetValid, TrustKey} {
		if more := count[key] - remarksPerKey; more > 0 {
			out = append(out, fmt.Sprintf("and %d more of the kind %s", more, key))
		}
	}
	return out
}
