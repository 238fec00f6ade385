package verify

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"mohur/internal/algo"
)

// counted counts the bytes read from a file.
type counted struct {
	*bytes.Reader
	n int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.n += n
	return n, err
}

// TestPrefixesHashAsTheWhole: whatever was hashed before, in whatever order, the digest is that of the two ranges.
func TestPrefixesHashAsTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	file := make([]byte, 100_000)
	for i := range file {
		file[i] = byte(r.Uint32())
	}
	p := &prefixes{file: bytes.NewReader(file)}
	for range 500 {
		n := r.Int64N(int64(len(file)))
		from := r.Int64N(int64(len(file)))
		second := r.Int64N(int64(len(file)) - from)
		all := algo.Digests()
		all = all[:len(all)-1] // SHAKE256 keeps no state: see below
		d := all[r.IntN(len(all))]
		got, err := p.digests([]int64{0, n, from, second}, []algo.Digest{d, d, 0})
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		if want := d.Sum(append(bytes.Clone(file[:n]), file[from:from+second]...)); !bytes.Equal(got[d], want) {
			t.Fatalf("%s over [0 %d %d %d]", d, n, from, second)
		}
	}
	if got, err := p.digests([]int64{0, 1, 1, 1}, []algo.Digest{algo.SHAKE256}); got != nil || err != nil {
		t.Errorf("SHAKE256 gives %v %v", got, err)
	}
	for _, other := range [][]int64{nil, {0, 1}, {1, 1, 1, 1}, {0, -1, 1, 1}, {0, 1, 1, 1, 1, 1}} {
		if got, err := p.digests(other, algo.Digests()); got != nil || err != nil {
			t.Errorf("%v does not begin with the file and gives %v %v", other, got, err)
		}
	}
}

// TestPrefixesReadOnce: a hundred signatures that follow each other read little more than one does.
func TestPrefixesReadOnce(t *testing.T) {
	file := &counted{Reader: bytes.NewReader(make([]byte, 1<<20))}
	p := &prefixes{file: file}
	for i := range int64(100) {
		if _, err := p.digests([]int64{0, 10_000*i + 5_000, 10_000*i + 6_000, 4_000}, []algo.Digest{algo.SHA256}); err != nil {
			t.Fatal(err)
		}
	}
	if file.n > 3<<19 {
		t.Errorf("%d bytes read of a file of %d", file.n, 1<<20)
	}
}
