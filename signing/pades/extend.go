package pades

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/pdf"
	"mohur/signing"
)

const documentTimestamp = "ETSI.RFC3161"

// Extension says how a signed document is brought to a higher level (ETSI EN 319 142-1, 5.5 and 6.3). Level, Timestamper (but for B-LT of
// what is stamped already), Now and, from B-LT on, Evidence are needed.
type Extension struct {
	// Level is what the document's signatures shall reach: B-T adds a document timestamp where a signature has no timestamp, B-LT validation
	// data, B-LTA a document timestamp over those. B-LTA again renews: data about the last timestamp, and another one.
	Level       signing.Level
	Timestamper signing.Timestamper
	// TimestampTrust judges the authority; nil checks no path.
	TimestampTrust *certs.TrustStore
	// TimestampRevocation is asked about the authority's certificate; nil asks nobody.
	TimestampRevocation certs.RevocationSource
	Evidence            *signing.Collector
	// Digest is that of document timestamps; zero is SHA-256.
	Digest algo.Digest
	Now    func() time.Time
	// InputSHA256, when set, is the hash of the document that is meant; any other is refused.
	InputSHA256 []byte
	// AllowIncomplete goes on when a signature or timestamp has no valid path or no revocation data; they are in Extended.Incomplete.
	AllowIncomplete bool
	Open            pdf.Options
	// Reserve is the room for a token, as in Options.
	Reserve int
}

// Extended says what was added.
type Extended struct {
	Level       signing.Level
	Timestamps  []time.Time // of the document timestamps that were added, in their order
	Values      int         // certificates and revocation data added to the document security store
	Incomplete  []*signing.EvidenceError
	InputSHA256 [32]byte
	Size        int64
	SHA256      [32]byte
}

var (
	// ErrUnsigned says that a document without signature or timestamp has nothing that could be extended.
	ErrUnsigned = errors.New("pades: the document carries no signature")
	// ErrNothingToAdd says that the document has the level already. Nothing was written.
	ErrNothingToAdd = errors.New("pades: the document has this level already")
)

// Extend brings the signatures of a document to a higher level and writes it to out: first the bytes of in, unchanged, then increments with
// validation data and document timestamps, which every signature permits (ISO 32000-2, 12.8.2.2). Nothing is written before all of it is
// there. Errors: those of package signing, above all *signing.EvidenceError, of [pdf.Open], and of out.
func Extend(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, o Extension) (*Extended, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Digest == 0 {
		o.Digest = algo.SHA256
	}
	g := &growing{in: in, size: size, open: o.Open}
	m, err := g.material()
	if err != nil {
		return nil, err
	}
	if len(m.signatures)+len(m.stamps) == 0 {
		return nil, ErrUnsigned
	}
	if err := g.readOnce(ctx, algo.SHA256, o.Digest); err != nil {
		return nil, err
	}
	r := &Extended{Level: o.Level}
	sum, err := g.sum(algo.SHA256)
	if err != nil {
		return nil, err
	}
	if copy(r.InputSHA256[:], sum); o.InputSHA256 != nil && string(sum) != string(o.InputSHA256) {
		return nil, signing.ErrInputDiffers
	}
	if err := g.extend(ctx, m, o, r); err != nil {
		return nil, err
	}
	if len(g.tail) == 0 {
		return nil, ErrNothingToAdd
	}
	if sum, r.Size, err = g.write(ctx, out); err != nil {
		return nil, err
	}
	copy(r.SHA256[:], sum)
	return r, nil
}

func (o *Extension) check() error {
	switch {
	case !o.Level.Known() || o.Level == signing.BaselineB || o.Now == nil:
		return fmt.Errorf("%w: a level above B-B and a clock are needed", signing.ErrRequest)
	case o.Level != signing.BaselineLT && o.Timestamper == nil:
		return fmt.Errorf("%w: level %s needs a timestamp authority", signing.ErrRequest, o.Level)
	case o.Level.Reaches(signing.BaselineLT):
		return o.Evidence.Check()
	}
	return nil
}

// extend goes up level by level.
func (g *growing) extend(ctx context.Context, m *material, o Extension, r *Extended) error {
	stamp := func() error {
		if o.Timestamper == nil {
			return fmt.Errorf("%w: a signature without timestamp needs a timestamp authority", signing.ErrRequest)
		}
		at, err := g.addTimestamp(ctx, stampRequest{
			stamper: signing.Stamper{Timestamper: o.Timestamper, Trust: o.TimestampTrust, Revocation: o.TimestampRevocation, Now: o.Now}, digest: o.Digest,
			room: reserveFor(o.Timestamper, o.Reserve),
		})
		r.Timestamps = append(r.Timestamps, at)
		return err
	}
	if slices.ContainsFunc(m.signatures, func(s *heldSignature) bool { return !m.stamped(s) }) {
		if err := stamp(); err != nil {
			return err
		}
	}
	if !o.Level.Reaches(signing.BaselineLT) {
		return nil
	}
	var err error
	if r.Incomplete, r.Values, err = g.addEvidence(ctx, o.Evidence, func(string) bool { return !o.AllowIncomplete }); err != nil {
		return err
	}
	if o.Level != signing.BaselineLTA {
		return nil
	}
	return stamp()
}

// material reads what the document carries, and refuses to add to one whose end no one has signed.
func (g *growing) material() (*material, error) {
	d, err := g.document()
	if err != nil {
		return nil, err
	}
	m, err := readMaterial(d)
	if err != nil {
		return nil, err
	}
	if len(m.signatures) > 0 && d.UncoveredBytes() > 0 {
		return nil, ErrUncovered
	}
	return m, nil
}

// addEvidence adds an increment with the validation data of what the document carries. Where must says no, what has none is only listed.
func (g *growing) addEvidence(ctx context.Context, c *signing.Collector, must func(field string) bool) ([]*signing.EvidenceError, int, error) {
	m, err := g.material()
	if err != nil {
		return nil, 0, err
	}
	var missing []*signing.EvidenceError
	found := &signing.Evidence{}
	if err := m.collect(c.Asking(ctx, found, must, &missing)); err != nil {
		return nil, 0, err
	}
	u, err := g.update()
	if err != nil {
		return nil, 0, err
	}
	n, err := u.AddDSS(found.Certificates, found.OCSPResponses, found.CRLs)
	if err != nil || n == 0 {
		return missing, 0, err
	}
	increment, _, err := u.Increment()
	g.tail = append(g.tail, increment...)
	return missing, n, err
}

func (g *growing) update() (*pdf.Update, error) {
	d, err := g.document()
	if err != nil {
		return nil, err
	}
	return pdf.NewUpdate(d)
}

// stampRequest is a document timestamp to be made.
type stampRequest struct {
	stamper signing.Stamper
	digest  algo.Digest
	room    int
}

// addTimestamp adds an increment with a document timestamp over everything before it, in an invisible field of its own (ETSI EN 319 142-1,
// 5.4.3; ISO 32000-2, 12.8.5). It returns the time that the token proves.
func (g *growing) addTimestamp(ctx context.Context, r stampRequest) (time.Time, error) {
	for range attempts {
		u, err := g.update()
		if err != nil {
			return time.Time{}, err
		}
		increment, place, err := timestampIncrement(u, r.room)
		if err != nil {
			return time.Time{}, err
		}
		base := g.length()
		sum, err := g.sum(r.digest, increment[:place.Start-base], increment[place.End-base:])
		if err != nil {
			return time.Time{}, err
		}
		token, err := r.stamper.Stamp(ctx, r.digest, sum)
		if err != nil {
			return time.Time{}, err
		}
		if 2*len(token.Raw) > place.Digits {
			r.room = len(token.Raw) + spare
			continue
		}
		hex.Encode(increment[place.Start-base+1:], token.Raw)
		g.tail = append(g.tail, increment...)
		return token.Info.GenTime, nil
	}
	return time.Time{}, ErrTooLong
}

// timestampIncrement lays out the field and the dictionary with room for a token.
func timestampIncrement(u *pdf.Update, room int) ([]byte, *pdf.SignaturePlace, error) {
	name := "Timestamp1"
	for i := 2; u.HasField(name); i++ {
		name = "Timestamp" + strconv.Itoa(i)
	}
	f, err := u.AddSignatureField(name, 1, [4]float64{})
	if err != nil {
		return nil, nil, err
	}
	ref := u.Add(pdf.Null{})
	u.FillSignatureField(f, ref, pdf.Ref{})
	u.SetSignature(ref, pdf.Dict{"Type": pdf.Name("DocTimeStamp"), "Filter": pdf.Name(filterName), "SubFilter": pdf.Name(documentTimestamp)}, room)
	return u.Increment()
}
