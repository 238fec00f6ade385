package pades

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/internal/pdf"
	"mohur/signing"
)

const (
	defaultReserve = 8192 // octets for a timestamp token whose authority says nothing of its size
	spare          = 256  // octets for lengths that grow around attributes added later
	chunk          = 256 << 10
)

// job is one signing, from the checked request to the finished increment.
type job struct {
	doc   growing // the input; the signature's increment is added when it is done
	o     Options
	party *signing.Party
	field string

	update  *pdf.Update
	sigRef  pdf.Ref
	sigDict pdf.Dict

	pending   *cms.Pending
	increment []byte
	place     *pdf.SignaturePlace
	result    signing.Result
}

// newJob checks everything that can be checked without the key, and builds the update.
func newJob(in io.ReaderAt, size int64, o Options) (*job, error) {
	party, err := signing.NewParty(o.Request)
	if err != nil {
		return nil, err
	}
	if o.Certification < 0 || o.Certification > 3 || o.Page < 0 {
		return nil, fmt.Errorf("%w: certification %d, page %d", ErrOptions, o.Certification, o.Page)
	}
	doc, err := pdf.Open(in, size, o.Open)
	if err != nil {
		return nil, err
	}
	u, err := pdf.NewUpdate(doc)
	if err != nil {
		return nil, err
	}
	j := &job{doc: growing{in: in, size: size, open: o.Open}, o: o, party: party, update: u}
	field, err := j.chooseField()
	if err != nil {
		return nil, err
	}
	j.result = signing.Result{
		Level: party.Level(), ClaimedTime: party.ClaimedTime, Certificate: party.Certificate, DigestAlgorithm: party.Digest, SignatureAlgorithm: party.Algorithm,
	}
	j.field = field.Name
	return j, j.build(field)
}

// chooseField finds the empty field to sign or makes one, after asking every earlier signature.
func (j *job) chooseField() (pdf.SignatureField, error) {
	fields := j.update.SignatureFields()
	i := slices.IndexFunc(fields, func(f pdf.SignatureField) bool { return f.Name == j.o.Field && j.o.Field != "" })
	if i >= 0 && fields[i].Filled {
		return pdf.SignatureField{}, fmt.Errorf("%w: %q", ErrFieldFilled, j.o.Field)
	}
	if i < 0 && j.o.Field != "" && j.update.HasField(j.o.Field) {
		return pdf.SignatureField{}, fmt.Errorf("%w: %q is no signature field", ErrFieldKind, j.o.Field)
	}
	if i < 0 {
		f, err := j.update.AddSignatureField(j.o.Field, max(j.o.Page, 1), j.o.Rect)
		if err != nil {
			return f, err
		}
		return f, checkPermissions(j.update.Document(), f.Name, j.o.Certification)
	}
	f := fields[i]
	if f.Ref == (pdf.Ref{}) || f.Widget == (pdf.Ref{}) && j.o.Appearance != nil {
		return f, fmt.Errorf("%w: %q is not an object of its own", ErrFieldKind, f.Name)
	}
	if err := checkPermissions(j.update.Document(), f.Name, j.o.Certification); err != nil {
		return f, err
	}
	seed := seedValue{u: j.update, d: f.SeedValue, o: &j.o, party: j.party}
	if err := seed.check(); err != nil {
		return f, err
	}
	if seed.lock { // ISO 32000-2, table 237: as a field lock that permits no change does
		locked := pdf.FieldLock{}
		if f.Lock != nil {
			locked = *f.Lock
		}
		locked.P = 1
		f.Lock = &locked
	}
	return f, nil
}

// build puts the signature dictionary, the field's value, the appearance and a certification's permission into the update
// (ISO 32000-2, 12.8.1; ETSI EN 319 142-1, 6.3: the claimed time stands in /M).
func (j *job) build(f pdf.SignatureField) error {
	root, _ := j.update.Document().Root()
	j.sigDict = pdf.Dict{
		"Type": pdf.Name("Sig"), "Filter": pdf.Name(filterName), "SubFilter": pdf.Name(subFilterName), "M": pdf.String(pdf.EncodeDate(j.party.ClaimedTime)),
	}
	for key, text := range map[pdf.Name]string{"Name": j.o.Name, "Reason": j.o.Reason, "Location": j.o.Location, "ContactInfo": j.o.ContactInfo} {
		if text != "" {
			j.sigDict[key] = pdf.EncodeText(text)
		}
	}
	if r := references(root, j.o.Certification, f.Lock); len(r) > 0 {
		j.sigDict["Reference"] = r
	}
	appearance := pdf.Ref{}
	if j.o.Appearance != nil {
		var err error
		if appearance, err = j.o.Appearance.draw(j.update, f.Rect, f.Rotation); err != nil {
			return err
		}
	}
	j.sigRef = j.update.Add(pdf.Null{})
	j.update.FillSignatureField(f, j.sigRef, appearance)
	if j.o.Certification > 0 {
		j.certify(root)
	}
	return nil
}

// certify names the signature in the catalogue's /Perms and keeps its other entries (ISO 32000-2, 12.8.6).
func (j *job) certify(root pdf.Ref) {
	catalog := j.update.Dict(root)
	perms := j.update.Dict(catalog["Perms"])
	if perms == nil {
		perms = pdf.Dict{}
	}
	perms["DocMDP"] = j.sigRef
	if r, ok := catalog["Perms"].(pdf.Ref); ok {
		j.update.Set(r, perms)
		return
	}
	catalog["Perms"] = perms
	j.update.Set(root, catalog)
}

// hashInput reads the document once, for the signature, for a document timestamp after it, and for the hash of what was approved.
func (j *job) hashInput(ctx context.Context) error {
	if err := j.doc.readOnce(ctx, algo.SHA256, j.party.Digest, signing.ImprintDigest(j.party.Digest)); err != nil {
		return err
	}
	sum, err := j.doc.sum(algo.SHA256)
	if err != nil {
		return err
	}
	copy(j.result.InputSHA256[:], sum)
	if want := j.o.InputSHA256; want != nil && string(want) != string(sum) {
		return signing.ErrInputDiffers
	}
	return nil
}

func (j *job) builder() cms.Builder {
	chain := j.party.Chain()
	return cms.Builder{Certificate: chain[0], Chain: chain[1:], Digest: j.party.Digest, PSS: j.o.PSS}
}

// estimate computes the room for /Contents from a message with the real certificates and the longest value the key can make.
func (j *job) estimate() (int, error) {
	p, err := j.builder().Prepare(make([]byte, j.party.Digest.Size()))
	if err != nil {
		return 0, fmt.Errorf("pades: %w", err)
	}
	room := p.MaxSize()
	if room == 0 {
		return 0, errors.New("pades: the size of the signature can't be computed")
	}
	if j.party.Level().Reaches(signing.BaselineT) {
		room += j.reserve() + spare
	}
	return room, nil
}

// reserveFor is the room for a token: as the caller says, as the authority's tokens were, or what is enough for most.
func reserveFor(t signing.Timestamper, asked int) int {
	if asked > 0 {
		return asked
	}
	if s, ok := t.(interface{ TokenSize() int }); ok && s.TokenSize() > 0 {
		return s.TokenSize()
	}
	return defaultReserve
}

func (j *job) reserve() int {
	return reserveFor(j.o.Timestamper, j.o.Reserve)
}

// layOut writes the increment with room for a message of so many octets and prepares the attributes over its digest.
func (j *job) layOut(room int) error {
	j.update.SetSignature(j.sigRef, j.sigDict, room)
	var err error
	if j.increment, j.place, err = j.update.Increment(); err != nil {
		return err
	}
	size := j.doc.size
	digest, err := j.doc.sum(j.party.Digest, j.increment[:j.place.Start-size], j.increment[j.place.End-size:])
	if err != nil {
		return err
	}
	j.pending, err = j.builder().Prepare(digest)
	return err
}

// complete makes the message from the value and puts it into its place. With ErrTooLong it returns the octets that would be needed.
func (j *job) complete(ctx context.Context, value []byte) (int, error) {
	message, err := j.pending.Finish(value)
	if err != nil {
		return 0, errors.Join(signing.ErrBadValue, err)
	}
	if j.party.Level().Reaches(signing.BaselineT) {
		token, at, err := j.party.Timestamp(ctx, value)
		if err != nil {
			return 0, err
		}
		j.result.Timestamp = at
		if message, err = cms.AddSignatureTimestamp(message, 0, token); err != nil {
			return 0, fmt.Errorf("pades: %w", err)
		}
	}
	if 2*len(message) > j.place.Digits {
		return len(message), ErrTooLong
	}
	hex.Encode(j.increment[j.place.Start-j.doc.size+1:], message)
	return len(message), nil
}

// release brings the signature to its level and writes the document.
func (j *job) release(ctx context.Context, out io.Writer) (*signing.Result, error) {
	j.doc.tail = j.increment
	if j.party.Level().Reaches(signing.BaselineLT) {
		if err := j.prolong(ctx); err != nil {
			return nil, err
		}
	}
	sum, size, err := j.doc.write(ctx, out)
	if err != nil {
		return nil, err
	}
	copy(j.result.SHA256[:], sum)
	j.result.Size = size
	j.result.ClaimedTime = j.result.ClaimedTime.Truncate(time.Second)
	return &j.result, nil
}

// prolong adds the validation data of this signature, and of others as far as they can be had, and for B-LTA a document timestamp over them.
func (j *job) prolong(ctx context.Context) error {
	missing, _, err := j.doc.addEvidence(ctx, j.o.Evidence, func(field string) bool { return field == j.field })
	if err != nil {
		return err
	}
	j.result.Incomplete = missing
	if j.party.Level() != signing.BaselineLTA {
		return nil
	}
	j.result.ArchiveTimestamp, err = j.doc.addTimestamp(ctx, stampRequest{
		stamper: j.party.Stamper(), digest: signing.ImprintDigest(j.party.Digest), room: j.reserve(),
	})
	return err
}
