package pades

import (
	"cmp"
	"slices"
	"time"

	"mohur/certs"
	"mohur/internal/cms"
	"mohur/internal/pdf"
	"mohur/signing"
)

// material is what a document carries of signatures, timestamps and evidence.
type material struct {
	signing.Carried
	signatures []*heldSignature
	stamps     []*heldStamp // document timestamps, the one that covers most first
}

// heldSignature is a signature with its own timestamps.
type heldSignature struct {
	name   string
	end    int64 // of what it covers
	signer *certs.Certificate
	stamps []*heldStamp
}

// heldStamp is a timestamp token in the document.
type heldStamp struct {
	*signing.CarriedStamp
	end int64 // of what it proves to have existed; of a signature timestamp, where its signature ends
}

// readMaterial reads every signature and document timestamp of the form.
func readMaterial(d *pdf.Document) (*material, error) {
	m := &material{}
	list, err := d.Signatures()
	if err != nil {
		return nil, err
	}
	dss, err := d.DSS()
	if err != nil {
		return nil, err
	}
	if dss != nil {
		m.AddCertificates(dss.Certs)
		m.AddRevocation(certs.OriginDSS, dss.CRLs, dss.OCSPs)
	}
	for _, s := range list {
		switch {
		case s.Orphan:
		case s.IsDocumentTimestamp():
			t := &heldStamp{m.Stamp(s.FieldName, s.Contents), s.End()}
			if t.Fits {
				if t.Fits, err = t.Token.MatchesImprint(s.SignedBytes()); err != nil {
					return nil, err
				}
				t.Fits = t.Fits && s.Coverage() != pdf.CoversPart
			}
			m.stamps = append(m.stamps, t)
		default:
			m.signatures = append(m.signatures, m.signature(s))
		}
	}
	slices.SortStableFunc(m.stamps, func(a, b *heldStamp) int { return cmp.Compare(b.end, a.end) })
	return m, nil
}

// signature reads one signature. Without a legible message its signer stays unknown.
func (m *material) signature(s *pdf.Signature) *heldSignature {
	h := &heldSignature{name: s.FieldName, end: s.End()}
	sd, err := cms.Parse(s.Contents, cms.Limits{})
	if err != nil || len(sd.SignerInfos) != 1 {
		return h
	}
	m.AddMessage(sd)
	si := sd.SignerInfos[0]
	h.signer = m.Signer(si)
	for _, raw := range si.Timestamps() {
		t := &heldStamp{m.Stamp(s.FieldName, raw), s.End()}
		t.Fits = t.Fits && t.Token.MatchesDigest(t.Token.Info.Digest, t.Token.Info.Digest.Sum(si.Signature))
		h.stamps = append(h.stamps, t)
	}
	return h
}

// stamped says whether a signature has a timestamp of any kind.
func (m *material) stamped(s *heldSignature) bool {
	return len(s.stamps) > 0 || slices.ContainsFunc(m.stamps, func(t *heldStamp) bool { return t.end >= s.end })
}

// collect asks for the evidence of everything, each judged for the earliest time that timestamps prove: document timestamps from the newest,
// which is judged for now, to the oldest, then the signatures' own timestamps, then the signers. A timestamp without evidence proves nothing.
func (m *material) collect(ask signing.AskFunc) error {
	var believed []*heldStamp
	for _, t := range m.stamps {
		ok, err := ask(t.Name, m.StampSubject("document timestamp", t.CarriedStamp, earliest(believed, t.end)))
		if err != nil {
			return err
		}
		if ok {
			believed = append(believed, t)
		}
	}
	for _, s := range m.signatures {
		proven := earliest(believed, s.end)
		best := proven
		for _, t := range s.stamps {
			ok, err := ask(s.name, m.StampSubject("timestamp of signature", t.CarriedStamp, proven))
			if err != nil {
				return err
			}
			if ok {
				best = signing.Earlier(best, t.Time())
			}
		}
		subject := m.Subject("signature "+s.name, s.signer, best)
		subject.Fresh = true
		if _, err := ask(s.name, subject); err != nil {
			return err
		}
	}
	return nil
}

// earliest is the earliest time that document timestamps prove for what ends at a place; zero without any.
func earliest(stamps []*heldStamp, end int64) time.Time {
	var at time.Time
	for _, t := range stamps {
		if t.end > end {
			at = signing.Earlier(at, t.Time())
		}
	}
	return at
}
