package pdf

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestEarlierStatesAreThePrefix: a view of an earlier state, which shares all it can with the newest, has the same objects as the file cut off
// there.
func TestEarlierStatesAreThePrefix(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	b := signed("", "", "")
	ends := []int{b.Len()}
	for i := range 40 {
		for range 1 + r.IntN(3) {
			switch n := oNext + r.IntN(12); r.IntN(4) {
			case 0:
				b.free(n)
			case 1:
				b.stream(n, "", fmt.Sprint(i))
			default:
				b.obj(n, fmt.Sprintf("<</A %d /B [%d 0 R]>>", i, oNext+r.IntN(12)))
			}
		}
		root(b)
		ends = append(ends, b.Len())
	}
	raw := b.Bytes()
	whole, err := Open(bytes.NewReader(raw), int64(len(raw)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range r.Perm(len(ends)) {
		view, err := whole.At(int64(ends[k]))
		if err != nil {
			t.Fatal(err)
		}
		cut, err := Open(bytes.NewReader(raw[:ends[k]]), int64(ends[k]), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(view.Revisions(), cut.Revisions()) {
			t.Fatalf("state %d: revisions %v, cut off %v", k, view.Revisions(), cut.Revisions())
		}
		for n := range oNext + 14 {
			e, known := view.lookup(n)
			f, want := cut.lookup(n)
			if known != want || e != f || view.sectionOf(n) != cut.sectionOf(n) {
				t.Fatalf("state %d, object %d: %v %v, cut off %v %v", k, n, e, known, f, want)
			}
			if got, want := AppendObject(nil, plain(view, n)), AppendObject(nil, plain(cut, n)); !bytes.Equal(got, want) {
				t.Fatalf("state %d, object %d: %s, cut off %s", k, n, got, want)
			}
		}
	}
}

// plain is an object with its body, if it is a stream.
func plain(d *Document, n int) Object {
	o := d.Resolve(Ref{Num: n})
	if s, ok := o.(*Stream); ok {
		body, _ := d.DecodeStream(s)
		return Array{s.Dict, String(body)}
	}
	return o
}
