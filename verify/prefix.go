package verify

import (
	"hash"
	"io"

	"mohur/internal/algo"
)

// prefixes hashes what the signatures of one PDF sign. Each signs the file from its first byte on, so that a later one signs again what the
// earlier ones did: the states of the hashes are kept and gone on from, and a byte is read once, however many signatures there are.
type prefixes struct {
	file   io.ReaderAt
	states map[algo.Digest][]prefix
	buffer []byte
}

// prefix is a hash over the first bytes of a file.
type prefix struct {
	length int64
	state  hash.Cloner
}

// sum is the digest of the two ranges; nil when the state of the hash can't be copied.
func (p *prefixes) sum(d algo.Digest, byteRange []int64) ([]byte, error) {
	h, err := p.upTo(d, byteRange[1])
	if err != nil || h == nil {
		return nil, err
	}
	if err := p.read(h, byteRange[2], byteRange[3]); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// upTo returns the state after so many bytes, from the longest prefix of them that is known.
func (p *prefixes) upTo(d algo.Digest, length int64) (hash.Hash, error) {
	var from prefix
	for _, known := range p.states[d] {
		if known.length <= length && (from.state == nil || known.length > from.length) {
			from = known
		}
	}
	if from.state == nil {
		first, ok := d.New().(hash.Cloner)
		if !ok {
			return nil, nil
		}
		from.state = first
	}
	h, err := from.state.Clone()
	if err != nil {
		return nil, err
	}
	if err := p.read(h, from.length, length-from.length); err != nil {
		return nil, err
	}
	kept, err := h.Clone()
	if err != nil {
		return nil, err
	}
	if p.states == nil {
		p.states = map[algo.Digest][]prefix{}
	}
	p.states[d] = append(p.states[d], prefix{length, kept})
	return h, nil
}

func (p *prefixes) read(h io.Writer, off, n int64) error {
	if p.buffer == nil {
		p.buffer = make([]byte, 32<<10)
	}
	_, err := io.CopyBuffer(h, io.NewSectionReader(p.file, off, n), p.buffer)
	return err
}

// digests computes what is wanted over a ByteRange, nil where that does not begin with the file or a hash has no state to keep.
func (p *prefixes) digests(byteRange []int64, want []algo.Digest) (map[algo.Digest][]byte, error) {
	if len(byteRange) != 4 || byteRange[0] != 0 || min(byteRange[1], byteRange[2], byteRange[3]) < 0 {
		return nil, nil
	}
	out := map[algo.Digest][]byte{}
	for _, d := range want {
		if !d.Valid() || out[d] != nil {
			continue
		}
		sum, err := p.sum(d, byteRange)
		if err != nil || sum == nil {
			return nil, err
		}
		out[d] = sum
	}
	return out, nil
}
