package pdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// Update is an incremental update in the making (ISO 32000-2, 7.5.6): objects added or replaced, to be appended after the last byte of a
// document. Nothing before that byte is touched, and what is not set stays as it was.
type Update struct {
	doc     *Document
	next    int
	objects map[int]pending
	sig     *SignaturePlace
	sigRef  Ref
	sigDict Dict
	sigSize int
}

// pending is an object waiting to be written.
type pending struct {
	ref Ref
	obj Object
}

// SignaturePlace says where the open ends of a signature dictionary stand, as offsets in the whole updated file.
type SignaturePlace struct {
	// ByteRange are the four numbers, already written (ISO 32000-2, 12.8.1).
	ByteRange [4]int64
	// Start and End enclose the value of /Contents with its angle brackets; Digits of hexadecimal are free between them.
	Start, End int64
	Digits     int
}

// ErrShadowed says that a document can't be updated safely: its last cross-reference section is not at its end, so that appending would
// bring other objects into force than those that were read.
var ErrShadowed = errors.New("pdf: bytes after the last revision; an update would not continue what was read")

// NewUpdate begins an update of the newest revision. It returns a *[FormatError] for a document without a catalogue.
func NewUpdate(d *Document) (*Update, error) {
	if _, ok := d.Root(); !ok || len(d.Catalog()) == 0 {
		return nil, &FormatError{d.start, "document without a catalogue"}
	}
	if d.end != d.Size() {
		return nil, ErrShadowed
	}
	u := &Update{doc: d, next: d.NextObject(), objects: map[int]pending{}}
	// Some writers leave references to objects that do not exist, numbered from /Size on. A new object must not bring them to life.
	for _, o := range []Object{d.Trailer(), d.Catalog(), d.Resolve(d.Catalog()["AcroForm"]), d.Resolve(d.Catalog()["DSS"])} {
		u.next = max(u.next, highestReference(o, d.limits.Depth)+1)
	}
	return u, nil
}

// UncoveredBytes is how many bytes follow the last revision, white space aside: what no signature covers, and what a further one would
// take under its cover.
func (d *Document) UncoveredBytes() int64 {
	_, n := d.statesAfter(0)
	return n
}

// highestReference finds the highest object number that an object refers to directly, as far as numbers that may be used go.
func highestReference(o Object, depth int) (n int) {
	if depth == 0 {
		return 0
	}
	switch o := o.(type) {
	case Ref:
		if o.Num < maxObjectNumber/2 {
			return o.Num
		}
	case Array:
		for _, e := range o {
			n = max(n, highestReference(e, depth-1))
		}
	case Dict:
		for _, e := range o {
			n = max(n, highestReference(e, depth-1))
		}
	}
	return n
}

// Document is the document that is updated, without the changes.
func (u *Update) Document() *Document { return u.doc }

// Add puts a new indirect object into the update and returns its reference.
func (u *Update) Add(o Object) Ref {
	r := Ref{Num: u.next}
	u.next++
	u.objects[r.Num] = pending{r, o}
	return r
}

// Set replaces an indirect object, or gives one to a reference that Add returned. The object belongs to the update from here on.
func (u *Update) Set(r Ref, o Object) { u.objects[r.Num] = pending{r, o} }

// Resolve follows references through the update first, then through the document.
func (u *Update) Resolve(o Object) Object {
	for range 32 {
		r, ok := o.(Ref)
		if !ok {
			return u.doc.Resolve(o)
		}
		p, ok := u.objects[r.Num]
		if !ok || p.ref != r {
			return u.doc.Resolve(o)
		}
		o = p.obj
	}
	return Null{}
}

// Dict resolves to a copy of a dictionary, which the caller may change and Set; nil when the object is none.
func (u *Update) Dict(o Object) Dict {
	d, ok := u.Resolve(o).(Dict)
	if !ok {
		return nil
	}
	return maps.Clone(d)
}

// SetSignature puts the one signature dictionary of this update into place: its /ByteRange and a /Contents with room for a CMS of size bytes
// are written by Increment. Strings are encrypted as the document's, /Contents never (7.6.2).
func (u *Update) SetSignature(r Ref, d Dict, size int) {
	u.sigRef, u.sigDict, u.sigSize = r, maps.Clone(d), size
	delete(u.objects, r.Num)
}

// Increment returns the bytes to append to the document, and where the signature stands in them when there is one.
func (u *Update) Increment() ([]byte, *SignaturePlace, error) {
	var out []byte
	base := u.doc.Size()
	tail := u.doc.file.src.bytes(base-1, 1)
	if len(tail) == 1 && tail[0] != '\n' && tail[0] != '\r' {
		out = append(out, '\n')
	}
	lines := map[int]line{}
	for _, n := range slices.Sorted(maps.Keys(u.objects)) {
		p := u.objects[n]
		lines[n] = line{base + int64(len(out)), p.ref.Gen}
		var err error
		if out, err = AppendIndirect(out, p.ref, p.obj, u.encryptionFor(p.ref)); err != nil {
			return nil, nil, err
		}
	}
	u.sig = nil
	if u.sigDict != nil {
		lines[u.sigRef.Num] = line{base + int64(len(out)), u.sigRef.Gen}
		var err error
		if out, err = u.appendSignature(out, base); err != nil {
			return nil, nil, err
		}
	}
	if len(lines) == 0 {
		return nil, nil, errors.New("pdf: an update without objects")
	}
	out, err := u.appendXRef(out, base, lines)
	if err != nil {
		return nil, nil, err
	}
	if u.sig != nil {
		if base+int64(len(out)) > maxTableOffset {
			return nil, nil, &LimitError{"bytes in a file to be signed"}
		}
		u.fillByteRange(out, base)
	}
	return out, u.sig, nil
}

// WriteTo writes the document and the update after it.
func (u *Update) WriteTo(w io.Writer) (int64, error) {
	inc, _, err := u.Increment()
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, io.NewSectionReader(u.doc.Reader(), 0, u.doc.Size()))
	if err != nil {
		return n, fmt.Errorf("pdf: copy: %w", err)
	}
	m, err := w.Write(inc)
	if err != nil {
		return n + int64(m), fmt.Errorf("pdf: write: %w", err)
	}
	return n + int64(m), nil
}

// encryptionFor returns the handler for an object; the encryption dictionary itself is never encrypted.
func (u *Update) encryptionFor(r Ref) *Encryption {
	if e := u.doc.Encryption(); e != nil && e.ref != r {
		return e
	}
	return nil
}

// byteRangeWidth holds "[0 a b c]" with numbers of ten digits, all that a cross-reference table can state.
const byteRangeWidth = len("[0 1234567890 1234567890 1234567890]")

// appendSignature writes the signature dictionary key by key, so that the places of /ByteRange and /Contents are known and not searched for.
func (u *Update) appendSignature(out []byte, base int64) ([]byte, error) {
	d := u.sigDict
	delete(d, "ByteRange")
	delete(d, "Contents")
	if e := u.encryptionFor(u.sigRef); e != nil {
		var err error
		if d, err = e.encryptDict(u.sigRef, d); err != nil {
			return nil, err
		}
	}
	keys := append(slices.Collect(maps.Keys(d)), "ByteRange", "Contents")
	slices.Sort(keys)
	out = fmt.Appendf(out, "%d %d obj\n<<", u.sigRef.Num, u.sigRef.Gen)
	p := &SignaturePlace{Digits: 2 * u.sigSize}
	for _, k := range keys {
		out = append(appendName(out, k), ' ')
		switch k {
		case "ByteRange":
			p.ByteRange[0] = base + int64(len(out)) // kept here until the numbers are known
			out = append(out, bytes.Repeat([]byte{' '}, byteRangeWidth)...)
		case "Contents":
			p.Start = base + int64(len(out))
			out = append(out, '<')
			out = append(out, bytes.Repeat([]byte{'0'}, p.Digits)...)
			out = append(out, '>')
			p.End = base + int64(len(out))
		default:
			out = AppendObject(out, d[k])
		}
		out = append(out, '\n')
	}
	u.sig = p
	return append(out, ">>\nendobj\n"...), nil
}

// fillByteRange writes the numbers: everything but exactly the value of /Contents.
func (u *Update) fillByteRange(out []byte, base int64) {
	p := u.sig
	at := p.ByteRange[0] - base
	p.ByteRange = [4]int64{0, p.Start, p.End, base + int64(len(out)) - p.End}
	text := fmt.Appendf(nil, "[0 %d %d %d]", p.ByteRange[1], p.ByteRange[2], p.ByteRange[3])
	copy(out[at:], text)
}

// newID keeps the first file identifier and makes the second from what is appended (14.4).
func (u *Update) newID(increment []byte) Array {
	h := sha256.New()
	first, second := u.doc.ID()
	h.Write(first)
	h.Write(second)
	h.Write([]byte(strconv.FormatInt(u.doc.Size(), 10)))
	h.Write(increment)
	fresh := h.Sum(nil)[:16]
	if len(first) == 0 {
		first = fresh
	}
	return Array{String(first), String(fresh)}
}
