package pades

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
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
	in    io.ReaderAt
	size  int64
	o     Options
	party *signing.Party

	update  *pdf.Update
	sigRef  pdf.Ref
	sigDict pdf.Dict

	content hash.Cloner // state of the signature's digest after the input
	whole   hash.Cloner // state of SHA-256 after the input

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
	j := &job{in: in, size: size, o: o, party: party, update: u}
	j.result = signing.Result{
		Level: party.Level(), ClaimedTime: party.ClaimedTime, Certificate: party.Certificate, DigestAlgorithm: party.Digest, SignatureAlgorithm: party.Algorithm,
	}
	field, err := j.chooseField()
	if err != nil {
		return nil, err
	}
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
	return f, seed.check()
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

// hashInput reads the document once, for the signature's digest and for the hash of what was approved.
func (j *job) hashInput(ctx context.Context) error {
	whole := sha256.New()
	content := whole
	w := io.Writer(whole)
	if j.party.Digest != algo.SHA256 {
		content = j.party.Digest.New()
		w = io.MultiWriter(whole, content)
	}
	if err := copyAll(ctx, w, j.in, j.size); err != nil {
		return err
	}
	whole.Sum(j.result.InputSHA256[:0])
	if want := j.o.InputSHA256; want != nil && string(want) != string(j.result.InputSHA256[:]) {
		return signing.ErrInputDiffers
	}
	var ok1, ok2 bool
	j.whole, ok1 = whole.(hash.Cloner)
	j.content, ok2 = content.(hash.Cloner)
	if !ok1 || !ok2 {
		return &algo.UnsupportedError{What: "digest " + j.party.Digest.String() + " whose state can't be kept"}
	}
	return nil
}

// copyAll copies the first size bytes in chunks, looking at the context between them.
func copyAll(ctx context.Context, w io.Writer, in io.ReaderAt, size int64) error {
	buf := make([]byte, chunk)
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		if n == 0 && err != nil {
			return fmt.Errorf("pades: read the document: %w", err)
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return fmt.Errorf("pades: write: %w", err)
		}
		off += int64(n)
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
	if j.party.Level() == signing.BaselineT {
		room += j.reserve() + spare
	}
	return room, nil
}

func (j *job) reserve() int {
	if j.o.Reserve > 0 {
		return j.o.Reserve
	}
	if s, ok := j.o.Timestamper.(interface{ TokenSize() int }); ok && s.TokenSize() > 0 {
		return s.TokenSize()
	}
	return defaultReserve
}

// layOut writes the increment with room for a message of so many octets and prepares the attributes over its digest.
func (j *job) layOut(room int) error {
	j.update.SetSignature(j.sigRef, j.sigDict, room)
	var err error
	if j.increment, j.place, err = j.update.Increment(); err != nil {
		return err
	}
	state, err := j.content.Clone()
	if err != nil {
		return fmt.Errorf("pades: %w", err)
	}
	state.Write(j.increment[:j.place.Start-j.size])
	state.Write(j.increment[j.place.End-j.size:])
	j.pending, err = j.builder().Prepare(state.Sum(nil))
	return err
}

// complete makes the message from the value and puts it into its place. With ErrTooLong it returns the octets that would be needed.
func (j *job) complete(ctx context.Context, value []byte) (int, error) {
	message, err := j.pending.Finish(value)
	if err != nil {
		return 0, errors.Join(signing.ErrBadValue, err)
	}
	if j.party.Level() == signing.BaselineT {
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
	hex.Encode(j.increment[j.place.Start-j.size+1:], message)
	return len(message), nil
}

// write copies the document and appends the increment.
func (j *job) write(ctx context.Context, out io.Writer) (*signing.Result, error) {
	if err := copyAll(ctx, out, j.in, j.size); err != nil {
		return nil, err
	}
	if _, err := out.Write(j.increment); err != nil {
		return nil, fmt.Errorf("pades: write: %w", err)
	}
	state, err := j.whole.Clone()
	if err != nil {
		return nil, fmt.Errorf("pades: %w", err)
	}
	state.Write(j.increment)
	state.Sum(j.result.SHA256[:0])
	j.result.Size = j.size + int64(len(j.increment))
	j.result.ClaimedTime = j.result.ClaimedTime.Truncate(time.Second)
	return &j.result, nil
}
