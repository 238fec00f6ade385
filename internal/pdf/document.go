package pdf

import (
	"bytes"
	"io"
	"slices"
	"strconv"
)

// Options says how to open a document; the zero value is safe.
type Options struct {
	// Password is tried as the user's and as the owner's after the empty one; in UTF-8.
	Password []byte
	// Limits bounds what reading may cost.
	Limits Limits
}

// Document is a PDF file as it stands at the end of one of its revisions. It is not safe for concurrent use, except for the readers that
// [Signature.SignedBytes] gives.
type Document struct {
	file     *file
	limits   Limits
	end      int64            // nothing from here on is seen
	sections []*section       // newest first
	start    int64            // where the newest section begins
	newest   *Document        // the whole file, when this view is what it was before its first few sections; else nil
	later    int              // how many sections newest has before those of this view
	history  map[int][]int    // of the newest view: the sections that speak of an object, for those that more than one does
	position map[*section]int // of the newest view: of its sections
	reach    []int64          // of the newest view: where the last of a section and those before it ends
	entries  map[int]inForce
	loading  map[int]bool
	failed   map[int]error // objects that can't be read, so that each is tried once

	revisions []Revision // once asked for
	fields    *fieldTree
	pages     *pageTree
	roles     map[Ref]part
	covered   []int64 // where the signatures' ByteRanges end
}

// file is what all views of one file share.
type file struct {
	src      *source
	password []byte
	header   int64 // where %PDF stands
	shift    int64 // to be added to offsets: bytes before the header that the writer did not know of
	sections map[int64]*section
	entries  int
	inflated int64
	objects  map[int64]*loaded
	cached   int64
	members  map[body]*objectStream
	parsed   int // values of the objects parsed in members
	problems []Problem
	newest   *Document
	idle     []inflater // to inflate with again
	decoding bytes.Buffer
	walked   int // fields, pages and annotations listed so far
	known    map[string]bool
	enc      *Encryption
	pairs    map[pair]*comparison
	last     *differ // its maps serve the next comparison
	views    map[int64]*Document

	evidence     map[body][]byte // decoded streams of the DSS
	evidenceSize int64

	refused error // a signature's value that is too long to be read
}

// loaded is a parsed indirect object.
type loaded struct {
	ref  Ref
	obj  Object
	end  int64 // after the object, for a stream after its dictionary
	open bool  // it reaches to the end of the view: one that ends later may have another object here
	cost int   // how many values it holds, as Limits.Elements counts them
	err  error // it is more than the limits allow, in every view

	contents []contentsToken

	links  []Object // what it refers to, once asked for
	linked bool
}

// maxViews is how many earlier states of the file are remembered.
const maxViews = 32

// cacheLimit is how many bytes of parsed source the object cache holds; an object of many small values counts valueSize for each.
const cacheLimit, valueSize = 8 << 20, 24

// Open reads the header, the cross-reference data and the encryption dictionary. It returns [ErrNotPDF], [ErrPassword], *[EncryptionError],
// *[LimitError], *[FormatError], *[FilterError] or the reader's error.
func Open(r io.ReaderAt, size int64, o Options) (*Document, error) {
	f := &file{
		src: newSource(r, size), password: o.Password, sections: map[int64]*section{}, objects: map[int64]*loaded{},
		members: map[body]*objectStream{}, known: map[string]bool{}, pairs: map[pair]*comparison{},
		views: map[int64]*Document{}, evidence: map[body][]byte{},
	}
	i := bytes.Index(f.src.bytes(0, firstChunk), []byte("%PDF-"))
	if i < 0 {
		i = bytes.Index(f.src.bytes(0, lastChunk), []byte("%PDF-"))
	}
	if i < 0 {
		if f.src.err != nil {
			return nil, f.src.err
		}
		return nil, ErrNotPDF
	}
	f.header = int64(i)
	d := f.view(size, o.Limits.withDefaults())
	if i > 0 {
		d.problem(Problem{Key: "PDF_LEADING_BYTES", Args: []string{strconv.Itoa(i)}})
	}
	if err := d.load(); err != nil {
		if f.src.err != nil {
			return nil, f.src.err
		}
		return nil, err
	}
	if err := d.openEncryption(); err != nil {
		return nil, err
	}
	f.newest = d
	d.position, d.reach, d.history = make(map[*section]int, len(d.sections)), make([]int64, len(d.sections)), map[int][]int{}
	for i, s := range slices.Backward(d.sections) {
		d.position[s], d.reach[i] = i, s.last
		if i+1 < len(d.sections) {
			d.reach[i] = max(s.last, d.reach[i+1])
		}
	}
	return d, nil
}

func (f *file) view(end int64, l Limits) *Document {
	return &Document{file: f, limits: l, end: end, entries: map[int]inForce{}, loading: map[int]bool{}, failed: map[int]error{}}
}

// At opens the document as it was when it ended at a byte offset, for example at the end of a revision.
func (d *Document) At(end int64) (*Document, error) {
	if end <= 0 || end > d.file.src.size {
		return nil, &FormatError{end, "no revision can end here"}
	}
	if end == d.end {
		return d, nil
	}
	if v := d.file.views[end]; v != nil {
		return v, nil
	}
	v := d.file.view(end, d.limits)
	if err := v.load(); err != nil {
		return nil, err
	}
	v.descend(d.file.newest)
	if len(d.file.views) >= maxViews {
		clear(d.file.views)
	}
	d.file.views[end] = v
	return v, nil
}

// maxProblems is how many problems are noted.
const maxProblems = 1000

func (p Problem) same(o Problem) bool {
	return p.Key == o.Key && p.Offset == o.Offset && slices.Equal(p.Args, o.Args)
}

// walk counts nodes of trees that are listed for a state of the file, and says whether there may be more.
func (d *Document) walk(n int) bool {
	d.file.walked += n
	return d.file.walked <= d.limits.Walked
}

// problem notes something wrong once.
func (d *Document) problem(p Problem) {
	if n := len(d.file.problems); n >= maxProblems || n > 0 && d.file.problems[n-1].same(p) {
		return
	}
	key := p.Key + strconv.FormatInt(p.Offset, 10)
	for _, a := range p.Args {
		key += " " + a
	}
	if !d.file.known[key] {
		d.file.known[key] = true
		d.file.problems = append(d.file.problems, p)
	}
}

// Problems lists what was found wrong in the file so far, in the order it was met.
func (d *Document) Problems() []Problem { return d.file.problems }

// Size is the length of the file in bytes.
func (d *Document) Size() int64 { return d.file.src.size }

// End is where this view of the file ends: its length, or the offset given to [Document.At].
func (d *Document) End() int64 { return d.end }

// Reader gives the bytes of the file.
func (d *Document) Reader() io.ReaderAt { return d.file.src.r }

// Trailer is the trailer dictionary of the newest section (for a cross-reference stream, its dictionary).
func (d *Document) Trailer() Dict { return d.sections[0].trailer }

// XRefKind is the form of the newest cross-reference section; an update must use the same.
func (d *Document) XRefKind() XRefKind { return d.sections[0].kind }

// StartXRef is the value an update writes as /Prev: the offset that the file's last startxref states.
func (d *Document) StartXRef() int64 { return d.start - d.file.shift }

// OffsetShift is the number of bytes before the header that the offsets of the file do not count; usually 0.
func (d *Document) OffsetShift() int64 { return d.file.shift }

// NextObject is the first object number that nothing uses: /Size of the trailer, or more if the cross-reference data knows higher numbers.
func (d *Document) NextObject() int {
	next := 1
	for _, s := range d.sections {
		if n, ok := s.trailer["Size"].(Integer); ok && n > Integer(next) && n <= maxObjectNumber {
			next = int(n)
		}
		s.numbers(func(n int) { next = max(next, n+1) })
	}
	return next
}

// Root is the reference of the catalogue; ok is false when the trailer has none.
func (d *Document) Root() (Ref, bool) {
	r, ok := d.Trailer()["Root"].(Ref)
	return r, ok
}

// Catalog is the document catalogue, empty when it can't be read.
func (d *Document) Catalog() Dict { return d.dict(d.Trailer()["Root"]) }

// ID returns the two file identifiers of the trailer, nil when there are none.
func (d *Document) ID() (first, second []byte) {
	id := d.array(d.Trailer()["ID"])
	if len(id) != 2 {
		return nil, nil
	}
	a, _ := d.Resolve(id[0]).(String)
	b, _ := d.Resolve(id[1]).(String)
	return a, b
}

// Version is the PDF version in force: the greater of the header's and the catalogue's.
func (d *Document) Version() string {
	head := string(d.file.src.bytes(d.file.header+5, 3))
	if v, ok := d.Resolve(d.Catalog()["Version"]).(Name); ok && string(v) > head {
		return string(v)
	}
	return head
}
