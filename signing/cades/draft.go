package cades

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/tsp"
	"mohur/signing"
)

// draft is a message in the making. It is small: the content of a new signature is put in when it is written.
type draft struct {
	message []byte
	content func() io.Reader // what is signed, from its beginning
	digests map[algo.Digest][]byte
}

// read hashes the content by digests that are not known yet, in one pass.
func (d *draft) read(ctx context.Context, digests ...algo.Digest) error {
	var missing []algo.Digest
	for _, k := range digests {
		if d.digests[k] == nil {
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := cms.HashContent(&patient{ctx, d.content()}, missing...)
	if err != nil {
		return fmt.Errorf("cades: read the content: %w", err)
	}
	for k, v := range found {
		d.digests[k] = v
	}
	return nil
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// stamp adds a signature timestamp to one signer (ETSI EN 319 122-1, 5.3).
func (d *draft) stamp(ctx context.Context, s signing.Stamper, digest algo.Digest, signer int, value []byte) (time.Time, error) {
	token, err := s.Stamp(ctx, digest, digest.Sum(value))
	if err != nil {
		return time.Time{}, err
	}
	d.message, err = cms.AddSignatureTimestamp(d.message, signer, token.Raw)
	return token.Info.GenTime, err
}

// archive adds an archive timestamp of version 3 to one signer, over everything that the message holds for it (ETSI EN 319 122-1, 5.5.3). Its
// hash index goes among the unsigned attributes of the token.
func (d *draft) archive(ctx context.Context, s signing.Stamper, digest algo.Digest, signer int) (time.Time, error) {
	sd, err := cms.Parse(d.message, cms.Limits{})
	if err != nil {
		return time.Time{}, fmt.Errorf("cades: %w", err)
	}
	if err := d.read(ctx, digest); err != nil {
		return time.Time{}, err
	}
	si := sd.SignerInfos[signer]
	index, err := sd.HashIndex(si, digest)
	if err != nil {
		return time.Time{}, fmt.Errorf("cades: %w", err)
	}
	input, err := si.ArchiveInput(sd.ContentType, d.digests[digest], index)
	if err != nil {
		return time.Time{}, fmt.Errorf("cades: %w", err)
	}
	token, err := s.Stamp(ctx, digest, digest.Sum(input))
	if err != nil {
		return time.Time{}, err
	}
	raw, err := cms.AddUnsignedAttributes(token.Raw, 0, cms.EncodeAttribute(cms.OIDATSHashIndexV3, index))
	if err != nil {
		return time.Time{}, fmt.Errorf("cades: %w", err)
	}
	d.message, err = cms.AddUnsignedAttributes(d.message, signer, cms.EncodeAttribute(cms.OIDArchiveTimestampV3, raw))
	return token.Info.GenTime, err
}

// addEvidence adds the validation data of everything that the message carries to its SignedData (ETSI EN 319 122-1, 6.3). Where must says no,
// what has none is only listed.
func (d *draft) addEvidence(ctx context.Context, c *signing.Collector, must func(string) bool) ([]*signing.EvidenceError, error) {
	m, err := d.material()
	if err != nil {
		return nil, err
	}
	var missing []*signing.EvidenceError
	found := &signing.Evidence{}
	if err := m.collect(c.Asking(ctx, found, must, &missing)); err != nil {
		return nil, err
	}
	d.message, err = cms.AddValidationData(d.message, found.Certificates, found.OCSPResponses, found.CRLs)
	return missing, err
}

// material is what a message carries of signatures, timestamps and evidence.
type material struct {
	signing.Carried
	signatures []*heldSignature
	counters   []*heldSignature // countersignatures, theirs too
}

// heldSignature is a signer with its timestamps.
type heldSignature struct {
	name    string
	value   []byte
	signer  *certs.Certificate
	stamps  []*signing.CarriedStamp // over the value
	archive []*signing.CarriedStamp // of version 3, the newest first
}

// material reads the message as it stands.
func (d *draft) material() (*material, error) {
	sd, err := cms.Parse(d.message, cms.Limits{})
	if err != nil {
		return nil, fmt.Errorf("cades: %w", err)
	}
	m := &material{}
	m.AddMessage(sd)
	for i, si := range sd.SignerInfos {
		if oldArchive(si) {
			return nil, ErrOldArchive
		}
		s := &heldSignature{name: strconv.Itoa(i + 1), value: si.Signature, signer: m.Signer(si)}
		for _, raw := range si.Timestamps() {
			s.stamps = append(s.stamps, m.signatureStamp(s.name, si, raw))
		}
		for _, raw := range si.UnsignedAttributes.Values(cms.OIDArchiveTimestampV3) {
			t := m.Stamp(s.name, raw)
			t.Fits = t.Fits && d.archived(sd, si, t.Token)
			s.archive = append(s.archive, t)
		}
		slices.SortStableFunc(s.archive, func(a, b *signing.CarriedStamp) int { return cmp.Compare(b.Time().UnixNano(), a.Time().UnixNano()) })
		m.signatures = append(m.signatures, s)
		m.addCounters(s, si, maxCounters)
	}
	return m, nil
}

// maxCounters bounds how deep countersignatures that sign each other are looked at.
const maxCounters = 16

// addCounters takes in the countersignatures of a signature, and theirs, so that their signers get validation data too.
func (m *material) addCounters(of *heldSignature, si *cms.SignerInfo, depth int) {
	for i, c := range si.CounterSignatures() {
		if c.Malformed != nil || depth == 0 {
			continue
		}
		s := &heldSignature{name: fmt.Sprintf("%s.%d", of.name, i+1), value: c.Signature, signer: m.Signer(c)}
		for _, t := range of.archive {
			if depth < maxCounters || indexed(t, cms.OIDCounterSignature, c.Raw) {
				s.archive = append(s.archive, t)
			}
		}
		for _, raw := range c.Timestamps() {
			s.stamps = append(s.stamps, m.signatureStamp(s.name, c, raw))
		}
		m.counters = append(m.counters, s)
		m.addCounters(s, c, depth-1)
	}
}

// indexed says whether an archive timestamp that fits names an unsigned attribute's value in its hash index, and so proves when it existed.
func indexed(t *signing.CarriedStamp, kind asn1.ObjectIdentifier, value []byte) bool {
	if t.Token == nil {
		return false
	}
	index := t.Token.Signer().UnsignedAttributes.Values(cms.OIDATSHashIndexV3)
	return len(index) == 1 && bytes.Contains(index[0], t.Token.Info.Digest.Sum(append(asn1.OID(kind), value...)))
}

// signatureStamp reads a timestamp over a signature's value.
func (m *material) signatureStamp(name string, si *cms.SignerInfo, raw []byte) *signing.CarriedStamp {
	t := m.Stamp(name, raw)
	t.Fits = t.Fits && t.Token.MatchesDigest(t.Token.Info.Digest, t.Token.Info.Digest.Sum(si.Signature))
	return t
}

// archived says whether an archive timestamp is over its hash index, this signature and this content. Whether all that the index names is still
// here is judged when the message is verified.
func (d *draft) archived(sd *cms.SignedData, si *cms.SignerInfo, t *tsp.Token) bool {
	for _, kind := range []asn1.ObjectIdentifier{cms.OIDATSHashIndexV3, cms.OIDATSHashIndex} {
		index := t.Signer().UnsignedAttributes.Values(kind)
		if len(index) != 1 || d.read(context.Background(), t.Info.Digest) != nil {
			continue
		}
		input, err := si.ArchiveInput(sd.ContentType, d.digests[t.Info.Digest], index[0])
		if err == nil && t.MatchesDigest(t.Info.Digest, t.Info.Digest.Sum(input)) {
			return true
		}
	}
	return false
}

// collect asks for the evidence of everything, each judged for the earliest time that timestamps prove: archive timestamps from the newest, which
// is judged for now, to the oldest, then the signature timestamps, then the signers. A timestamp without evidence proves nothing.
func (m *material) collect(ask signing.AskFunc) error {
	for _, s := range slices.Concat(m.signatures, m.counters) {
		var proven time.Time
		for _, t := range s.archive {
			ok, err := ask(s.name, m.StampSubject("archive timestamp of signature", t, proven))
			if err != nil {
				return err
			}
			if ok {
				proven = signing.Earlier(proven, t.Time())
			}
		}
		best := proven
		for _, t := range s.stamps {
			ok, err := ask(s.name, m.StampSubject("timestamp of signature", t, proven))
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
