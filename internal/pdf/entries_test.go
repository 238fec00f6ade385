package pdf

import (
	"errors"
	"math"
	"testing"
)

// TestEntriesAreFoundByNumber: in runs, in runs that overlap, and over many pieces; where a number stands twice, the first counts.
func TestEntriesAreFoundByNumber(t *testing.T) {
	var table entryTable
	for i := range 3 * entryPiece {
		table.add(10+i, entry{offset: int64(i), kind: entryUsed})
	}
	if len(table.runs) != 1 || table.sortRuns() {
		t.Fatalf("%d runs", len(table.runs))
	}
	for i := range 100 {
		table.add(i, entry{offset: 7, extra: uint32(i), kind: entryCompressed})
	}
	if !table.sortRuns() {
		t.Fatal("numbers that stand twice are not noticed")
	}
	for num, want := range map[int]entry{
		9: {7, 9, entryCompressed}, 10: {0, 0, entryUsed}, 99: {89, 0, entryUsed}, 10 + 3*entryPiece - 1: {3*entryPiece - 1, 0, entryUsed},
	} {
		if e, ok := table.own(num); !ok || e != want {
			t.Errorf("%d: %v %v", num, e, ok)
		}
	}
	for _, num := range []int{-1, 10 + 3*entryPiece, math.MaxInt64} {
		if _, ok := table.own(num); ok {
			t.Errorf("%d is there", num)
		}
	}
}

// TestPackedEntries: what is valid is kept, what is not stays invalid.
func TestPackedEntries(t *testing.T) {
	for _, e := range []entry{{}, {1 << 40, 65535, entryUsed}, {math.MaxInt32, maxMembers, entryCompressed}, {maxOffset, maxExtra, entryFree}} {
		if got := pack(e).entry(); got != e {
			t.Errorf("%v became %v", e, got)
		}
	}
	if e := pack(entry{math.MaxInt64, math.MaxUint32, entryUsed}).entry(); e.extra <= maxMembers || e.extra <= maxGeneration || e.offset < 1<<40 || e.kind != entryUsed {
		t.Errorf("too large became %v", e)
	}
}

// TestLongValueIsNoMissingSignature: a signature whose value is not read makes an error, never a document without one.
func TestLongValueIsNoMissingSignature(t *testing.T) {
	for _, extra := range []int{0, 1} {
		b := make([]byte, 2*(maxContents+extra<<13))
		for i := range b {
			b[i] = '0'
		}
		raw := one("<</Type /Catalog /AcroForm <</Fields [2 0 R]>>>>", "<</FT /Sig /T (a) /V 3 0 R>>",
			"<</Type /Sig /Filter /X /ByteRange [0 1 2 3] /Contents <"+string(b)+">>>")
		d := open(t, raw)
		list, err := d.Signatures()
		var limit *LimitError
		if refused := errors.As(err, &limit) && limit.What == tooLongContents; refused != (extra > 0) || !refused && len(list) != 1 {
			t.Errorf("%d: %d signatures, %v", extra, len(list), err)
		}
	}
}
