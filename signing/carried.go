package signing

import (
	"context"
	"errors"
	"slices"
	"time"

	"mohur/certs"
	"mohur/internal/cms"
	"mohur/internal/tsp"
)

// Carried is what a signed document carries of certificates and revocation data, for its signatures to be extended. The zero value is empty.
type Carried struct {
	candidates []*certs.Certificate
	known      certs.MemoryRevocation
}

// AddCertificates takes in certificates; what can't be read is no candidate.
func (c *Carried) AddCertificates(ders [][]byte) []*certs.Certificate {
	var out []*certs.Certificate
	for _, der := range ders {
		if k, err := certs.Parse(der); err == nil {
			out = append(out, k)
		}
	}
	c.candidates = append(c.candidates, out...)
	return out
}

// AddRevocation takes in CRLs and OCSP responses; what can't be read is no evidence.
func (c *Carried) AddRevocation(o certs.Origin, lists, responses [][]byte) {
	for _, der := range lists {
		if l, err := certs.ParseCRL(der); err == nil {
			c.known.Add(certs.RevocationData{CRL: l, Origin: o})
		}
	}
	for _, der := range responses {
		if r, err := certs.ParseOCSP(der); err == nil && r.Status == 0 {
			c.known.Add(certs.RevocationData{OCSP: r, Origin: o})
		}
	}
}

// AddMessage takes in what a message and the attributes of its signatures carry.
func (c *Carried) AddMessage(sd *cms.SignedData) {
	c.AddCertificates(sd.Certificates)
	c.AddRevocation(certs.OriginSignature, sd.CRLs, sd.OCSPResponses)
	for _, si := range sd.SignerInfos {
		if values, err := si.CertificateValues(); err == nil {
			c.AddCertificates(values)
		}
		for _, read := range []func() (cms.RevocationValues, error){si.RevocationValues, si.AdobeRevocation} {
			if v, err := read(); err == nil {
				c.AddRevocation(certs.OriginSignature, v.CRLs, v.OCSPResponses)
			}
		}
	}
}

// Signer finds the certificate that a signature names, by its signed hash where there is one (RFC 5035, 5.4.1); nil when it is not there.
func (c *Carried) Signer(si *cms.SignerInfo) *certs.Certificate {
	ids, _ := si.SigningCertificateIDs()
	for _, k := range c.candidates {
		id, err := cms.IdentifyCertificate(k.Raw)
		if err != nil || !si.IdentifiedBy(id) || len(ids) > 0 && !ids[0].MatchesHash(k.Raw) {
			continue
		}
		return k
	}
	return nil
}

// CarriedStamp is a timestamp token in a document.
type CarriedStamp struct {
	Name   string
	Token  *tsp.Token         // nil when it can't be read
	Signer *certs.Certificate // nil when it is not there
	// Fits says that the token is by whom it says. The caller takes it back when it is not over what it must be over.
	Fits bool
}

// Time is the time that the token states; zero when it can't be read.
func (t *CarriedStamp) Time() time.Time {
	if t.Token == nil {
		return time.Time{}
	}
	return t.Token.Info.GenTime
}

// Stamp reads a token and verifies its signature.
func (c *Carried) Stamp(name string, raw []byte) *CarriedStamp {
	t := &CarriedStamp{Name: name}
	token, err := tsp.ParseToken(raw)
	if err != nil {
		return t
	}
	t.Token = token
	c.AddRevocation(certs.OriginTimestamp, token.CMS.CRLs, token.CMS.OCSPResponses)
	c.AddCertificates(token.CMS.Certificates)
	var more [][]byte
	for _, k := range c.candidates {
		more = append(more, k.Raw)
	}
	der := token.SignerCertificate(more...)
	if der == nil {
		return t
	}
	if t.Signer, err = certs.Parse(der); err != nil {
		return t
	}
	o, err := token.Verify(der, t.Signer.PublicKey)
	t.Fits = err == nil && o.Valid()
	return t
}

// StampSubject is the subject for a timestamp, of which a later one proves that it existed at a time; zero is now. One that does not fit has
// no certificate.
func (c *Carried) StampSubject(kind string, t *CarriedStamp, proven time.Time) Subject {
	s := c.Subject(kind+" "+t.Name, nil, proven)
	if t.Fits {
		s.Certificate = t.Signer
	}
	return s
}

// Subject is the subject for a certificate with all that the document carries.
func (c *Carried) Subject(name string, k *certs.Certificate, proven time.Time) Subject {
	return Subject{Name: name, Certificate: k, Candidates: slices.Clone(c.candidates), Known: &c.known, Time: proven}
}

// AskFunc gets the evidence for a subject; false says that there is none and that the caller knows. name is that of the signature or field.
type AskFunc func(name string, s Subject) (bool, error)

// Earlier is the earlier of two times, of which zero is none.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Asking makes an AskFunc that collects into found. What must have evidence and has none ends it with its *EvidenceError; anything else is
// added to missing.
func (c *Collector) Asking(ctx context.Context, found *Evidence, must func(name string) bool, missing *[]*EvidenceError) AskFunc {
	return func(name string, s Subject) (bool, error) {
		err := c.Collect(ctx, s, found)
		e := (*EvidenceError)(nil)
		if err == nil || !errors.As(err, &e) || must(name) {
			return err == nil, err
		}
		*missing = append(*missing, e)
		return false, nil
	}
}
