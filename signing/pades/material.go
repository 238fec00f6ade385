package pades

import (
	"cmp"
	"slices"
	"time"

	"mohur/certs"
	"mohur/internal/cms"
	"mohur/internal/pdf"
	"mohur/internal/tsp"
	"mohur/signing"
)

// material is what a document carries of signatures, timestamps and evidence.
type material struct {
	signatures []*heldSignature
	stamps     []*heldStamp // document timestamps, the one that covers most first
	candidates []*certs.Certificate
	known      *certs.MemoryRevocation
}

// heldSignature is a signature with its own timestamps.
type heldSignature struct {
	name       string
	end        int64 // of what it covers
	signer     *certs.Certificate
	candidates []*certs.Certificate
	stamps     []*heldStamp
}

// heldStamp is a timestamp token in the document.
type heldStamp struct {
	name   string
	end    int64 // of what it proves to have existed: for a signature timestamp, where its signature ends
	own    bool  // it is inside of a signature
	token  *tsp.Token
	signer *certs.Certificate
	fits   bool // over what it must be over, and by whom it says
}

// readMaterial reads every signature and document timestamp of the form.
func readMaterial(d *pdf.Document) (*material, error) {
	m := &material{known: &certs.MemoryRevocation{}}
	list, err := d.Signatures()
	if err != nil {
		return nil, err
	}
	dss, err := d.DSS()
	if err != nil {
		return nil, err
	}
	if dss != nil {
		m.candidates = parsed(dss.Certs)
		m.remember(certs.OriginDSS, dss.CRLs, dss.OCSPs)
	}
	for _, s := range list {
		switch {
		case s.Orphan:
		case s.IsDocumentTimestamp():
			t := m.stamp(s.FieldName, s.End(), s.Contents)
			if t.token != nil {
				covers, err := t.token.MatchesImprint(s.SignedBytes())
				if err != nil {
					return nil, err
				}
				t.fits = t.fits && covers && s.Coverage() != pdf.CoversPart
			}
			m.stamps = append(m.stamps, t)
		default:
			m.signatures = append(m.signatures, m.signature(s))
		}
	}
	slices.SortStableFunc(m.stamps, func(a, b *heldStamp) int { return cmp.Compare(b.end, a.end) })
	return m, nil
}

func (m *material) remember(o certs.Origin, lists, responses [][]byte) {
	for _, der := range lists {
		if l, err := certs.ParseCRL(der); err == nil {
			m.known.Add(certs.RevocationData{CRL: l, Origin: o})
		}
	}
	for _, der := range responses {
		if r, err := certs.ParseOCSP(der); err == nil && r.Status == 0 {
			m.known.Add(certs.RevocationData{OCSP: r, Origin: o})
		}
	}
}

// parsed reads certificates; what can't be read is no candidate.
func parsed(ders [][]byte) []*certs.Certificate {
	var out []*certs.Certificate
	for _, der := range ders {
		if c, err := certs.Parse(der); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// signature reads one signature. Without a legible message its signer stays unknown.
func (m *material) signature(s *pdf.Signature) *heldSignature {
	h := &heldSignature{name: s.FieldName, end: s.End()}
	sd, err := cms.Parse(s.Contents, cms.Limits{})
	if err != nil || len(sd.SignerInfos) != 1 {
		return h
	}
	si := sd.SignerInfos[0]
	h.candidates = parsed(sd.Certificates)
	m.remember(certs.OriginSignature, sd.CRLs, sd.OCSPResponses)
	for _, read := range []func() (cms.RevocationValues, error){si.RevocationValues, si.AdobeRevocation} {
		if v, err := read(); err == nil {
			m.remember(certs.OriginSignature, v.CRLs, v.OCSPResponses)
		}
	}
	h.signer = signerAmong(si, slices.Concat(h.candidates, m.candidates))
	for _, raw := range si.Timestamps() {
		t := m.stamp(s.FieldName, s.End(), raw)
		t.own = true
		t.fits = t.fits && t.token.MatchesDigest(t.token.Info.Digest, t.token.Info.Digest.Sum(si.Signature))
		h.stamps = append(h.stamps, t)
	}
	return h
}

// signerAmong finds the certificate that a signature names, by its signed hash where there is one (RFC 5035, 5.4.1).
func signerAmong(si *cms.SignerInfo, list []*certs.Certificate) *certs.Certificate {
	ids, _ := si.SigningCertificateIDs()
	for _, c := range list {
		id, err := cms.IdentifyCertificate(c.Raw)
		if err != nil || !si.IdentifiedBy(id) || len(ids) > 0 && !ids[0].MatchesHash(c.Raw) {
			continue
		}
		return c
	}
	return nil
}

// stamp reads a token and verifies its signature. Whether it is over the right thing is asked by the caller.
func (m *material) stamp(name string, end int64, raw []byte) *heldStamp {
	t := &heldStamp{name: name, end: end}
	token, err := tsp.ParseToken(raw)
	if err != nil {
		return t
	}
	t.token = token
	m.remember(certs.OriginTimestamp, token.CMS.CRLs, token.CMS.OCSPResponses)
	var more [][]byte
	for _, c := range m.candidates {
		more = append(more, c.Raw)
	}
	der := token.SignerCertificate(more...)
	if der == nil {
		return t
	}
	if t.signer, err = certs.Parse(der); err != nil {
		return t
	}
	o, err := token.Verify(der, t.signer.PublicKey)
	t.fits = err == nil && o.Valid()
	return t
}

// stamped says whether a signature has a timestamp of any kind.
func (m *material) stamped(s *heldSignature) bool {
	return len(s.stamps) > 0 || slices.ContainsFunc(m.stamps, func(t *heldStamp) bool { return t.end >= s.end })
}

// collectFunc gets the evidence for a subject in a field; false says that there is none and that the caller knows.
type collectFunc func(field string, s signing.Subject) (bool, error)

// collect asks for the evidence of everything, each judged for the earliest time that timestamps prove: document timestamps from the newest,
// which is judged for now, to the oldest, then the signatures' own timestamps, then the signers. A timestamp without evidence proves nothing.
func (m *material) collect(ask collectFunc) error {
	var believed []*heldStamp
	for _, t := range m.stamps {
		ok, err := m.askStamp(ask, t, "document timestamp", believed)
		if err != nil {
			return err
		}
		if ok {
			believed = append(believed, t)
		}
	}
	for _, s := range m.signatures {
		all := slices.Clone(believed)
		for _, t := range s.stamps {
			ok, err := m.askStamp(ask, t, "timestamp of signature", believed)
			if err != nil {
				return err
			}
			if ok {
				all = append(all, t)
			}
		}
		if _, err := ask(s.name, signing.Subject{
			Name: "signature " + s.name, Certificate: s.signer, Candidates: slices.Concat(s.candidates, m.candidates), Known: m.known,
			Time: earliest(all, s.end), Fresh: true,
		}); err != nil {
			return err
		}
	}
	return nil
}

// askStamp asks for the evidence of one timestamp. One that does not fit counts as unreadable.
func (m *material) askStamp(ask collectFunc, t *heldStamp, kind string, believed []*heldStamp) (bool, error) {
	s := signing.Subject{Name: kind + " " + t.name, Candidates: m.candidates, Known: m.known, Time: earliest(believed, t.end)}
	if t.fits {
		s.Certificate, s.Candidates = t.signer, slices.Concat(parsed(t.token.CMS.Certificates), s.Candidates)
	}
	return ask(t.name, s)
}

// earliest is the earliest time that timestamps prove for what ends at a place; zero without any.
func earliest(stamps []*heldStamp, end int64) time.Time {
	var at time.Time
	for _, t := range stamps {
		if g := t.token.Info.GenTime; (t.end > end || t.own) && (at.IsZero() || g.Before(at)) {
			at = g
		}
	}
	return at
}
