package demopki

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// register is what a saved hierarchy remembers besides keys and certificates.
type register struct {
	Label   string    `json:"label"`
	BaseURL string    `json:"baseURL"`
	Born    time.Time `json:"born"`
	Counter uint64    `json:"counter"`
	Issued  []struct {
		Issuer string  `json:"issuer"`
		Serial string  `json:"serial"` // hexadecimal
		Events []event `json:"events,omitempty"`
	} `json:"issued"`
}

// Save writes the hierarchy into a folder, keys as PKCS #8 PEM files that only their owner may read. It is for a demo on the owner's own
// machine: nothing encrypts the keys.
func (h *Hierarchy) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("demopki: saving: %w", err)
	}
	for name, pair := range h.pairs() {
		if err := savePair(dir, name, *pair.key, *pair.cert); err != nil {
			return err
		}
	}
	r := register{Label: h.opt.Label, BaseURL: h.opt.BaseURL, Born: h.born}
	h.mu.Lock()
	r.Counter = h.counter
	for _, i := range h.issued {
		r.Issued = append(r.Issued, struct {
			Issuer string  `json:"issuer"`
			Serial string  `json:"serial"`
			Events []event `json:"events,omitempty"`
		}{i.issuer.slug, i.serial.Text(16), i.events})
	}
	h.mu.Unlock()
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("demopki: saving: %w", err)
	}
	return writeWhole(filepath.Join(dir, "register.json"), b)
}

// Load reads a hierarchy that Save wrote. Of the options only the clock, the randomness and the key kind of what will be made later
// count; the label and the addresses are the saved ones.
func Load(dir string, o Options) (*Hierarchy, error) {
	b, err := os.ReadFile(filepath.Join(dir, "register.json"))
	if err != nil {
		return nil, fmt.Errorf("demopki: loading: %w", err)
	}
	var r register
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("demopki: loading register.json: %w", err)
	}
	o.Label, o.BaseURL = r.Label, r.BaseURL
	h := newHierarchy(o)
	h.born, h.counter = r.Born, r.Counter
	h.root = &authority{slug: "root"}
	h.persons, h.bodies = &authority{slug: "persons", parent: h.root}, &authority{slug: "bodies", parent: h.root}
	h.tsa = &TSA{h: h, now: h.opt.Now}
	for name, pair := range h.pairs() {
		if *pair.key, *pair.cert, err = loadPair(dir, name); err != nil {
			return nil, err
		}
	}
	for _, i := range r.Issued {
		serial, ok := new(big.Int).SetString(i.Serial, 16)
		issuer := h.named(i.Issuer, "")
		if !ok || issuer == nil {
			return nil, fmt.Errorf("demopki: loading: register.json names certificate %q of %q", i.Serial, i.Issuer)
		}
		h.issued[recordKey(i.Issuer, serial)] = &issued{issuer: issuer, serial: serial, events: i.Events}
	}
	return h, nil
}

// keyPair points at a key and a certificate of the hierarchy.
type keyPair struct {
	key  *crypto.Signer
	cert **x509.Certificate
}

// pairs lists everything that has a key, by file name.
func (h *Hierarchy) pairs() map[string]keyPair {
	out := map[string]keyPair{"tsa": {&h.tsa.key, &h.tsa.cert}}
	for _, a := range h.authorities() {
		out[a.slug] = keyPair{&a.key, &a.cert}
		out[a.slug+"-ocsp"] = keyPair{&a.responderKey, &a.responderCert}
	}
	return out
}

// Save writes a signer as NAME.key.pem (when it has a key), NAME.crt and the issuing authority as NAME.chain.pem.
func (s *Signer) Save(dir, name string) error {
	if s.Key != nil {
		if err := savePair(dir, name, s.Key, s.Leaf); err != nil {
			return err
		}
	} else if err := writeWhole(filepath.Join(dir, name+".crt"), s.Certificate); err != nil {
		return err
	}
	var chain []byte
	for _, der := range s.Chain {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return writeWhole(filepath.Join(dir, name+".chain.pem"), chain)
}

// LoadSigner reads what Signer.Save wrote. A signer saved without a key comes back without one.
func LoadSigner(dir, name string) (*Signer, error) {
	key, cert, err := loadPair(dir, name)
	if errors.Is(err, os.ErrNotExist) {
		key = nil
		cert, err = loadCertificate(filepath.Join(dir, name+".crt"))
	}
	if err != nil {
		return nil, err
	}
	s := &Signer{Key: key, Leaf: cert, Certificate: cert.Raw}
	rest, err := os.ReadFile(filepath.Join(dir, name+".chain.pem"))
	if err != nil {
		return nil, fmt.Errorf("demopki: loading: %w", err)
	}
	for block, more := pem.Decode(rest); block != nil; block, more = pem.Decode(more) {
		s.Chain = append(s.Chain, block.Bytes)
	}
	return s, nil
}

func savePair(dir, name string, key crypto.Signer, cert *x509.Certificate) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("demopki: saving the key of %s: %w", name, err)
	}
	if err := writeWhole(filepath.Join(dir, name+".key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, name+".crt"), cert.Raw)
}

func loadPair(dir, name string) (crypto.Signer, *x509.Certificate, error) {
	b, err := os.ReadFile(filepath.Join(dir, name+".key.pem"))
	if err != nil {
		return nil, nil, fmt.Errorf("demopki: loading: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, nil, fmt.Errorf("demopki: %s.key.pem holds no PEM block", name)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("demopki: the key of %s: %w", name, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, nil, fmt.Errorf("demopki: the key of %s can't sign", name)
	}
	cert, err := loadCertificate(filepath.Join(dir, name+".crt"))
	return signer, cert, err
}

func loadCertificate(path string) (*x509.Certificate, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("demopki: loading: %w", err)
	}
	return x509.ParseCertificate(b)
}

// writeWhole replaces a file in one step, readable by its owner alone.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("demopki: saving: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("demopki: saving %s: %w", filepath.Base(path), err), os.Remove(f.Name()))
	}
	return nil
}
