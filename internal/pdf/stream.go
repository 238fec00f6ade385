package pdf

import (
	"bytes"
	"errors"
	"io"
)

// bodyEnd is where the encoded body of a stream ends: where /Length says if "endstream" follows there, else before the next "endstream"
// (Problem PDF_STREAM_LENGTH). Two readers that measure differently see two documents, so the disagreement is always reported.
func (d *Document) bodyEnd(s *Stream) int64 {
	if end, ok := d.measured(s); ok {
		return end
	}
	d.problem(Problem{Key: "PDF_STREAM_LENGTH", Args: []string{s.ref.String()}, Offset: s.offset})
	end := d.find("endstream", s.offset)
	if end < 0 {
		return d.end
	}
	tail := d.file.src.bytes(max(end-2, s.offset), min(2, end-s.offset))
	switch {
	case bytes.HasSuffix(tail, []byte("\r\n")):
		return end - 2
	case bytes.HasSuffix(tail, []byte("\n")), bytes.HasSuffix(tail, []byte("\r")):
		return end - 1
	}
	return end
}

// measured is where /Length ends the encoded body, if "endstream" follows there.
func (d *Document) measured(s *Stream) (end int64, ok bool) {
	if s.sound > 0 && s.sound <= d.end {
		return s.end, true
	}
	n, ok := d.integer(s.Dict["Length"])
	if !ok || n < 0 || n > d.end-s.offset {
		return 0, false
	}
	c := d.file.src.cursor(s.offset+n, d.end)
	ok = c.keyword("endstream") && !c.hit
	if _, direct := s.Dict["Length"].(Integer); ok && direct {
		s.end, s.sound = s.offset+n, c.pos+1
	}
	return s.offset + n, ok
}

// find returns where a word next stands in the file from an offset on, -1 if nowhere.
func (d *Document) find(word string, from int64) int64 {
	chunk := int64(firstChunk)
	for lo := from; lo < d.end; {
		b := d.file.src.bytes(lo, min(chunk+int64(len(word)), d.end-lo))
		if i := bytes.Index(b, []byte(word)); i >= 0 {
			return lo + int64(i)
		}
		lo, chunk = lo+chunk, min(2*chunk, lastChunk)
	}
	return -1
}

// RawStream reads the encoded body of a stream, decrypted but with its filters still on.
func (d *Document) RawStream(s *Stream) (io.Reader, error) {
	if !s.inFile {
		return bytes.NewReader(s.Data), nil
	}
	r := d.encodedBody(s)
	if d.file.enc == nil || s.clear {
		return r, nil
	}
	return d.file.enc.streamReader(d, s, r)
}

// encodedBody reads the body as the file has it.
func (d *Document) encodedBody(s *Stream) *io.SectionReader {
	return io.NewSectionReader(d.file.src.r, s.offset, d.bodyEnd(s)-s.offset)
}

// DecodeStream returns the body of a stream with all its filters undone, within the budgets of [Limits]. Filters that make images
// (DCTDecode, JPXDecode, CCITTFaxDecode, JBIG2Decode) are not undone: a *[FilterError] names the first one.
func (d *Document) DecodeStream(s *Stream) ([]byte, error) { return d.decode(s, d.budget()) }

// budget is how many bytes of one more stream may be decoded.
func (d *Document) budget() int64 { return min(d.limits.Stream, d.limits.Inflated-d.file.inflated) }

// decode is DecodeStream within a budget. A stream of more than a megabyte is first decoded to be measured and then into its place: a buffer that
// grows while it is read would take several times as much memory.
func (d *Document) decode(s *Stream, budget int64) ([]byte, error) {
	r, err := d.decoder(s, budget)
	if err != nil {
		return nil, err
	}
	buf := &d.file.decoding
	buf.Reset()
	if _, err = buf.ReadFrom(io.LimitReader(r, maxDecoding)); errors.As(err, new(*LimitError)) {
		return nil, err
	} else if err != nil || buf.Len() < maxDecoding {
		return bytes.Clone(buf.Bytes()), err
	}
	more, err := io.Copy(io.Discard, r)
	if err != nil {
		return nil, err
	}
	out := make([]byte, maxDecoding+more)
	if more == 0 {
		copy(out, buf.Bytes())
		return out, nil
	}
	if r, err = d.unfiltered(s); err == nil {
		_, err = io.ReadFull(r, out)
	}
	return out, err
}

// maxDecoding is the size of the buffer into which streams are decoded.
const maxDecoding = 1 << 20

// unfiltered reads the body of a stream with all its filters undone.
func (d *Document) unfiltered(s *Stream) (io.Reader, error) {
	raw, err := d.RawStream(s)
	if err != nil {
		return nil, err
	}
	return d.filters(s, raw)
}

// decoder is unfiltered for a budget, beyond which it fails; what is read counts for the document.
func (d *Document) decoder(s *Stream, budget int64) (io.Reader, error) {
	r, err := d.unfiltered(s)
	if err != nil {
		return nil, err
	}
	return &budgetReader{r: r, left: budget, spent: &d.file.inflated}, nil
}

// budgetReader fails where more than a budget is read.
type budgetReader struct {
	r     io.Reader
	left  int64
	spent *int64
}

// Read implements io.Reader.
func (b *budgetReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	*b.spent += int64(n)
	if b.left -= int64(n); b.left < 0 {
		return 0, &LimitError{"inflated bytes"}
	}
	return n, err
}

// Load returns a copy of a stream with its encoded, decrypted body in memory, ready to be written elsewhere. Limits.Stream bounds it.
func (d *Document) Load(s *Stream) (*Stream, error) {
	raw, err := d.RawStream(s)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(raw, d.limits.Stream+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > d.limits.Stream {
		return nil, &LimitError{"bytes in a stream"}
	}
	return NewStream(s.Dict, b), nil
}
