package pdf

import (
	"bufio"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
)

// FilterError names a stream filter that this package does not undo.
type FilterError struct{ Filter string }

// Error implements error.
func (e *FilterError) Error() string { return "pdf: filter " + e.Filter + " is not undone here" }

const maxFilters = 8

// filters chains the decoders that a stream's /Filter names (ISO 32000-2, 7.4).
func (d *Document) filters(s *Stream, r io.Reader) (io.Reader, error) {
	names, parms := d.list(s.Dict["Filter"]), d.list(s.Dict["DecodeParms"])
	if len(names) > maxFilters {
		return nil, &LimitError{"filters"}
	}
	for i, n := range names {
		var p Dict
		if i < len(parms) {
			p = d.dict(parms[i])
		}
		var err error
		if r, err = d.filter(d.name(n), p, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// list turns one object or an array of them into an array.
func (d *Document) list(o Object) Array {
	switch o := d.Resolve(o).(type) {
	case Array:
		return o
	case Null:
		return nil
	default:
		return Array{o}
	}
}

func (d *Document) filter(name Name, p Dict, r io.Reader) (io.Reader, error) {
	switch name {
	case "FlateDecode", "Fl":
		return d.predictor(p, &flateReader{r: r, file: d.file})
	case "LZWDecode", "LZW":
		early := int64(1)
		if n, ok := d.integer(p["EarlyChange"]); ok {
			early = n
		}
		return d.predictor(p, newLZW(r, early != 0))
	case "ASCIIHexDecode", "AHx":
		return &hexReader{r: bufio.NewReader(r)}, nil
	case "ASCII85Decode", "A85":
		return &base85Reader{r: bufio.NewReader(r)}, nil
	case "RunLengthDecode", "RL":
		return &runLengthReader{r: bufio.NewReader(r)}, nil
	case "Crypt":
		return r, nil // undone with the encryption
	}
	return nil, &FilterError{string(name)}
}

// flateReader inflates; a stream that is cut short or has a wrong checksum gives what was there, as the viewers do.
type flateReader struct {
	r     io.Reader
	file  *file // lends readers that others have finished with: a new one takes 40 KB
	z     inflater
	begun bool
}

// inflater is what zlib's readers are.
type inflater interface {
	io.Reader
	zlib.Resetter
}

// open begins to inflate with a reader that is free, or a new one.
func (f *flateReader) open() error {
	in := bufio.NewReader(f.r)
	if n := len(f.file.idle); n > 0 {
		z := f.file.idle[n-1]
		f.file.idle = f.file.idle[:n-1]
		if err := z.Reset(in, nil); err != nil {
			return err
		}
		f.z = z
		return nil
	}
	r, err := zlib.NewReader(in)
	if err != nil {
		return err
	}
	f.z, _ = r.(inflater)
	return nil
}

func (f *flateReader) Read(p []byte) (int, error) {
	if !f.begun {
		f.begun = true
		if err := f.open(); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return 0, io.EOF
			}
			return 0, corrupt(err)
		}
	}
	if f.z == nil {
		return 0, io.EOF
	}
	n, err := f.z.Read(p)
	if errors.Is(err, zlib.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	if errors.Is(err, io.EOF) {
		f.file.idle, f.z = append(f.file.idle, f.z), nil
	}
	return n, corrupt(err)
}

// corrupt tells errors of the data from those of the reader below.
func corrupt(err error) error {
	if errors.As(err, new(flate.CorruptInputError)) || errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrDictionary) {
		return &FormatError{-1, err.Error()}
	}
	return err
}

// hexReader undoes ASCIIHexDecode (7.4.2).
type hexReader struct{ r *bufio.Reader }

func (h *hexReader) Read(p []byte) (int, error) {
	for n := range p {
		hi, ok := h.digit()
		if !ok {
			return n, io.EOF
		}
		lo, ok := h.digit()
		if !ok {
			p[n] = byte(hi << 4)
			return n + 1, io.EOF
		}
		p[n] = byte(hi<<4 | lo)
	}
	return len(p), nil
}

func (h *hexReader) digit() (int, bool) {
	for {
		b, err := h.r.ReadByte()
		if err != nil || b == '>' {
			h.r = bufio.NewReader(&io.LimitedReader{})
			return 0, false
		}
		if v := unhex(int(b)); v >= 0 {
			return v, true
		}
	}
}

// base85Reader undoes ASCII85Decode (7.4.3).
type base85Reader struct {
	r    *bufio.Reader
	out  []byte
	done bool
}

func (a *base85Reader) Read(p []byte) (int, error) {
	for len(a.out) == 0 {
		if a.done {
			return 0, io.EOF
		}
		a.group()
	}
	n := copy(p, a.out)
	a.out = a.out[n:]
	return n, nil
}

func (a *base85Reader) group() {
	var v uint32
	n := 0
	for n < 5 {
		b, err := a.r.ReadByte()
		switch {
		case err != nil || b == '~':
			a.done = true
			a.partial(v, n)
			return
		case b == 'z' && n == 0:
			a.out = append(a.out, 0, 0, 0, 0)
			return
		case b < '!' || b > 'u':
			continue
		}
		v = v*85 + uint32(b-'!')
		n++
	}
	a.out = append(a.out, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func (a *base85Reader) partial(v uint32, n int) {
	if n < 2 {
		return
	}
	for range 5 - n {
		v = v*85 + 84
	}
	b := []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8)}
	a.out = append(a.out, b[:n-1]...)
}

// runLengthReader undoes RunLengthDecode (7.4.5).
type runLengthReader struct {
	r    *bufio.Reader
	out  []byte
	done bool
	room [128]byte
}

func (l *runLengthReader) Read(p []byte) (int, error) {
	for len(l.out) == 0 {
		if l.done {
			return 0, io.EOF
		}
		l.run()
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

func (l *runLengthReader) run() {
	b, err := l.r.ReadByte()
	if err != nil || b == 128 {
		l.done = true
		return
	}
	if b < 128 {
		buf := l.room[:int(b)+1]
		n, err := io.ReadFull(l.r, buf)
		l.out, l.done = buf[:n], err != nil
		return
	}
	v, err := l.r.ReadByte()
	if err != nil {
		l.done = true
		return
	}
	l.out = l.room[:257-int(b)]
	for i := range l.out {
		l.out[i] = v
	}
}
