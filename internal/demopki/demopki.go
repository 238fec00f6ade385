// Package demopki makes a small national certificate hierarchy on the fly, for the demo and for tests: a root, an issuing authority for
// persons and one for bodies, delegated OCSP responders, CRLs, a time-stamping authority, and signers of every kind. Each defect that a
// verifier has to notice can be asked for by name, so that a test says what is wrong instead of carrying a file whose fault must be
// believed.
//
// It judges nothing and knows nothing of verification: it only makes. Its keys protect nothing; nothing but cmd's demo and tests may
// import it.
package demopki

import (
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// DefaultBaseURL begins the addresses that certificates name for their issuer, their CRL and their OCSP responder.
const DefaultBaseURL = "http://pki.mohur.test"

// CRLValidity is the time from a CRL's thisUpdate to its nextUpdate: the three hours within which the national rule wants the lists of
// suspended and revoked certificates refreshed (Cabinet decision 27 of 2006, 9.4). OCSP answers live as long.
const CRLValidity = 3 * time.Hour

// Options says how a hierarchy is made. The zero value gives P-256 keys, DefaultBaseURL and a clock that stands still at Epoch.
type Options struct {
	Now     func() time.Time // the clock of issuing, CRLs, OCSP answers and timestamps; nil stands still at Epoch
	Rand    io.Reader        // randomness of keys and signatures; nil is crypto/rand
	BaseURL string           // begins every URL in certificates, without a trailing slash; empty is DefaultBaseURL
	Label   string           // told apart in the authorities' names, for more than one hierarchy in a test; empty is "Milli"
	Key     KeyKind          // keys of the authorities, responders and the TSA; zero is P-256
}

// Epoch is the instant at which a hierarchy without a clock stands still.
func Epoch() time.Time { return time.Date(2026, time.September, 1, 9, 0, 0, 0, time.UTC) }

// Hierarchy is a national hierarchy in miniature. Its methods may be called from several goroutines.
type Hierarchy struct {
	opt  Options
	born time.Time // validity periods of the authorities are counted from here

	root, persons, bodies *authority
	tsa                   *TSA

	mu        sync.Mutex
	counter   uint64
	issued    map[string]*issued // by issuer slug and serial number
	untrusted *Hierarchy
	faults    map[Service]Fault
	replays   map[Service]*held // first answers, of services that repeat them
}

// New makes a hierarchy: root, two issuing authorities, their OCSP responders and a TSA.
func New(o Options) (*Hierarchy, error) {
	h := newHierarchy(o)
	h.born = h.opt.Now().UTC().Truncate(time.Hour)
	var err error
	if h.root, err = h.newAuthority("root", nil); err != nil {
		return nil, err
	}
	if h.persons, err = h.newAuthority("persons", h.root); err != nil {
		return nil, err
	}
	if h.bodies, err = h.newAuthority("bodies", h.root); err != nil {
		return nil, err
	}
	for _, a := range h.authorities() {
		if err := h.equip(a); err != nil {
			return nil, err
		}
	}
	if h.tsa, err = h.NewTSA(TSAOptions{}); err != nil {
		return nil, err
	}
	return h, nil
}

func newHierarchy(o Options) *Hierarchy {
	if o.Now == nil {
		o.Now = Epoch
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	if o.Label == "" {
		o.Label = "Milli"
	}
	return &Hierarchy{opt: o, issued: map[string]*issued{}, faults: map[Service]Fault{}}
}

// authorities lists the certificate authorities, root first.
func (h *Hierarchy) authorities() []*authority { return []*authority{h.root, h.persons, h.bodies} }

// now is the hierarchy's clock in UTC, to the second as certificates have it.
func (h *Hierarchy) now() time.Time { return h.opt.Now().UTC().Truncate(time.Second) }

// Root returns the root's certificate.
func (h *Hierarchy) Root() *x509.Certificate { return h.root.cert }

// PersonsCA returns the certificate of the authority that issues to persons.
func (h *Hierarchy) PersonsCA() *x509.Certificate { return h.persons.cert }

// BodiesCA returns the certificate of the authority that issues to state bodies.
func (h *Hierarchy) BodiesCA() *x509.Certificate { return h.bodies.cert }

// Anchors returns what a verifier of this hierarchy trusts: the root's certificate, DER.
func (h *Hierarchy) Anchors() [][]byte { return [][]byte{h.root.cert.Raw} }

// Intermediates returns the issuing authorities' certificates, DER.
func (h *Hierarchy) Intermediates() [][]byte { return [][]byte{h.persons.cert.Raw, h.bodies.cert.Raw} }

// Untrusted returns a second hierarchy with the same authority names but keys of its own, which no verifier of the first one trusts. It
// is made at the first call and stays the same.
func (h *Hierarchy) Untrusted() (*Hierarchy, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.untrusted == nil {
		u, err := New(h.opt)
		if err != nil {
			return nil, fmt.Errorf("demopki: the untrusted hierarchy: %w", err)
		}
		h.untrusted = u
	}
	return h.untrusted, nil
}
