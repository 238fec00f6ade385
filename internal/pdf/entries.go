package pdf

import (
	"cmp"
	"slices"
	"sort"
)

type entryKind uint8

const (
	entryFree entryKind = iota
	entryUsed
	entryCompressed
)

// entry is one line of cross-reference data.
type entry struct {
	offset int64 // in the file; for a compressed object the number of its object stream
	extra  uint32
	kind   entryKind
}

// packed is an entry in eight bytes, for a small file can state a million of them: two bits for the kind, 18 for the generation or the index in
// an object stream, 44 for the offset. Larger values stay larger than anything valid: no generation is above 65,535, no object stream has so many
// objects (maxMembers), no file so many bytes.
type packed uint64

const (
	extraBits, offsetBits = 18, 44
	maxExtra, maxOffset   = 1<<extraBits - 1, 1<<offsetBits - 1
)

func pack(e entry) packed {
	return packed(e.kind)<<(extraBits+offsetBits) | packed(min(e.extra, maxExtra))<<offsetBits | packed(min(e.offset, maxOffset))
}

func (p packed) entry() entry {
	return entry{offset: int64(p & maxOffset), extra: uint32(p >> offsetBits & maxExtra), kind: entryKind(p >> (extraBits + offsetBits))}
}

// run is a contiguous range of object numbers; at is where its entries begin in the table.
type run struct{ first, count, at uint32 }

// numbered is the place of an object's entry in the table.
type numbered struct{ num, at uint32 }

// entryTable holds the entries of a section in the order they were read, in pieces so that none is copied when more come.
type entryTable struct {
	pieces [][]packed
	count  int
	runs   []run
	index  []numbered // by number, instead of runs where these overlap
}

const entryPiece = 1 << 12

// add appends the entry of an object number.
func (t *entryTable) add(num int, e entry) {
	if t.count%entryPiece == 0 {
		room := entryPiece
		if t.count == 0 { // most have few
			room = 16
		}
		t.pieces = append(t.pieces, make([]packed, 0, room))
	}
	last := len(t.pieces) - 1
	t.pieces[last] = append(t.pieces[last], pack(e))
	if k := len(t.runs) - 1; k >= 0 && uint64(t.runs[k].first)+uint64(t.runs[k].count) == uint64(num) {
		t.runs[k].count++
	} else {
		t.runs = append(t.runs, run{uint32(num), 1, uint32(t.count)})
	}
	t.count++
}

func (t *entryTable) at(i uint32) entry { return t.pieces[i/entryPiece][i%entryPiece].entry() }

// own finds an entry in the section's own runs.
func (t *entryTable) own(num int) (entry, bool) {
	if num < 0 || int64(num) > 1<<32-1 {
		return entry{}, false
	}
	n := uint32(num)
	if t.index != nil {
		i, ok := slices.BinarySearchFunc(t.index, n, func(a numbered, n uint32) int { return cmp.Compare(a.num, n) })
		if !ok {
			return entry{}, false
		}
		return t.at(t.index[i].at), true
	}
	i := sort.Search(len(t.runs), func(i int) bool { return t.runs[i].first > n }) - 1
	if i < 0 || n-t.runs[i].first >= t.runs[i].count {
		return entry{}, false
	}
	return t.at(t.runs[i].at + n - t.runs[i].first), true
}

// each calls f for the object number of each entry.
func (t *entryTable) each(f func(int)) {
	for _, r := range t.runs {
		for i := range int(r.count) {
			f(int(r.first) + i)
		}
	}
}

// sortRuns prepares the table for look-ups and tells whether an object number stood there twice; then the first entry counts, as in the viewers.
func (t *entryTable) sortRuns() (twice bool) {
	slices.SortStableFunc(t.runs, func(a, b run) int { return cmp.Compare(a.first, b.first) })
	for i := 1; i < len(t.runs); i++ {
		twice = twice || uint64(t.runs[i-1].first)+uint64(t.runs[i-1].count) > uint64(t.runs[i].first)
	}
	if !twice {
		return false
	}
	t.index = make([]numbered, 0, t.count)
	for _, r := range t.runs {
		for i := range r.count {
			t.index = append(t.index, numbered{r.first + i, r.at + i})
		}
	}
	slices.SortFunc(t.index, func(a, b numbered) int { return cmp.Or(cmp.Compare(a.num, b.num), cmp.Compare(a.at, b.at)) })
	t.index = slices.CompactFunc(t.index, func(a, b numbered) bool { return a.num == b.num })
	return true
}
