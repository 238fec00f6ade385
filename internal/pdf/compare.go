package pdf

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
)

// pair names two states of the file by their ends.
type pair struct{ from, to int64 }

// comparison is what differs between two states, whatever any signature thinks of it.
type comparison struct {
	changes   []Change
	exhausted bool // a budget ran out: there may be more
	cost      int
}

// differ compares the document as it was with the document as it became. Both are walked from the trailer; object numbers mean nothing, only
// what they lead to. So a page that points to other objects with the same content is unchanged, and one that points to the same numbers with
// other content is not.
type differ struct {
	a, b    *Document
	out     *comparison
	rootA   Ref // the catalogues
	rootB   Ref
	budget  int
	memo    map[[2]Ref]bool
	trail   [][2]Ref        // the memo's assumptions in the order they were made
	foreign map[Ref]bool    // what trailer keys lead to that no standard knows
	judged  map[[2]Ref]bool // pairs of structure elements that are compared for themselves

	readA, readB *bufio.Reader // over the bodies of streams
}

const maxCompareDepth = 20_000

// compare compares two states, once for each pair.
func (d *Document) compare(from, to int64, budget int) (*comparison, error) {
	key := pair{from, to}
	if c := d.file.pairs[key]; c != nil {
		return c, nil
	}
	a, err := d.At(from)
	if err != nil {
		return nil, err
	}
	b, err := d.At(to)
	if err != nil {
		return nil, err
	}
	x := d.file.differ(a, b, budget)
	if !sameSections(a, b) {
		x.trailer()
	}
	x.out.exhausted = x.out.exhausted || !d.walk(0)
	x.out.cost = budget - max(x.budget, 0)
	for i := range x.out.changes {
		c := &x.out.changes[i]
		c.id = fmt.Sprint(c.Key, c.Page, c.Field, c.Object, c.Args)
	}
	d.file.pairs[key] = x.out
	return x.out, d.file.src.err
}

// differ starts a comparison. A document with many signatures makes hundreds, so that each clears and takes over what the last one used.
func (f *file) differ(a, b *Document, budget int) *differ {
	x := f.last
	if x == nil {
		x = &differ{memo: map[[2]Ref]bool{}, foreign: map[Ref]bool{}, judged: map[[2]Ref]bool{}, readA: bufio.NewReader(nil), readB: bufio.NewReader(nil)}
		f.last = x
	}
	clear(x.memo)
	clear(x.foreign)
	clear(x.judged)
	x.a, x.b, x.out, x.budget, x.trail = a, b, &comparison{}, budget, x.trail[:0]
	x.rootA, _ = a.Root()
	x.rootB, _ = b.Root()
	return x
}

func sameSections(a, b *Document) bool {
	if len(a.sections) != len(b.sections) {
		return false
	}
	for i := range a.sections {
		if a.sections[i] != b.sections[i] {
			return false
		}
	}
	return true
}

// spend charges work that grows faster than what is compared; false when the budget is used up.
func (x *differ) spend(n int) bool {
	if x.budget -= n; x.budget < 0 {
		x.out.exhausted = true
	}
	return x.budget >= 0
}

// add notes a change once; need is the least DocMDP permission that allows it, never for none.
func (x *differ) add(need int, c Change) {
	c.need = need
	x.out.changes = append(x.out.changes, c)
}

// never is the need of a change that no DocMDP permission allows.
const never = 9

// same tells that two objects lead to the same graph in their documents.
func (x *differ) same(a, b Object) bool { return x.equal(a, b, 0) }

func (x *differ) equal(a, b Object, depth int) bool {
	if depth > maxCompareDepth {
		x.out.exhausted = true
		return true
	}
	ra, aRef := a.(Ref)
	rb, bRef := b.(Ref)
	if aRef && bRef {
		return x.elsewhere(ra, rb) || x.equalRefs(ra, rb, depth)
	}
	if aRef || bRef {
		return x.equal(x.a.Resolve(a), x.b.Resolve(b), depth+1)
	}
	return x.equalDirect(a, b, depth)
}

// equalRefs compares what two references lead to. A pair that is being compared is taken as equal where it is met again; should it turn out
// different, whatever was concluded from that is forgotten.
func (x *differ) equalRefs(ra, rb Ref, depth int) bool {
	key := [2]Ref{ra, rb}
	if v, ok := x.memo[key]; ok {
		return v
	}
	if x.budget--; x.budget < 0 {
		x.out.exhausted = true
		return true
	}
	mark := len(x.trail)
	x.memo[key] = true
	x.trail = append(x.trail, key)
	if x.equalTargets(ra, rb, depth+1) {
		return true
	}
	x.forget(mark)
	x.memo[key] = false
	return false
}

// forget takes back what was assumed since a mark in the trail.
func (x *differ) forget(mark int) {
	for _, k := range x.trail[mark:] {
		delete(x.memo, k)
	}
	x.trail = x.trail[:mark]
}

// drawing holds the keys that lead from what is drawn to what draws it. An object in such a place is compared there, even if it is made to be a
// page, a field or an annotation as well, of which other changes are allowed.
var drawing = map[Name]bool{
	"Resources": true, "XObject": true, "Font": true, "ExtGState": true, "ColorSpace": true, "Pattern": true, "Shading": true, "Properties": true,
	"CharProcs": true, "Encoding": true, "FontDescriptor": true, "SMask": true, "Function": true,
}

// drawn is a reference under one of these keys.
type drawn Ref

func (drawn) isObject() {}

// equalUnder compares what two dictionaries have under the same key.
func (x *differ) equalUnder(k Name, a, b Object, depth int) bool {
	ra, aRef := a.(Ref)
	rb, bRef := b.(Ref)
	if aRef && bRef && drawing[k] {
		return x.equalRefs(ra, rb, depth)
	}
	return x.equal(a, b, depth)
}

// equalTargets compares two objects. One that both documents read from the same place needs no comparing but of what it refers to.
func (x *differ) equalTargets(ra, rb Ref, depth int) bool {
	if ra == rb && x.samePlace(ra.Num) {
		return x.equalBelow(x.a.links(ra), depth)
	}
	return x.equal(x.a.Resolve(ra), x.b.Resolve(rb), depth)
}

// samePlace tells that both documents have an object at the same place of the file.
func (x *differ) samePlace(num int) bool {
	ea, okA := x.a.lookup(num)
	eb, okB := x.b.lookup(num)
	if !okA || !okB || ea != eb {
		return false
	}
	if ea.kind == entryUsed {
		return x.sameBytes(Ref{num, int(ea.extra)}, ea)
	}
	if ea.kind != entryCompressed {
		return true
	}
	ha, okA := x.a.lookup(int(ea.offset))
	hb, okB := x.b.lookup(int(ea.offset))
	if !okA || !okB || ha != hb || ha.kind != entryUsed {
		return false
	}
	l, err := x.a.indirect(Ref{int(ea.offset), int(ha.extra)}, ha)
	s, ok := l.obj.(*Stream)
	return err == nil && ok && x.a.bodyEnd(s) == x.b.bodyEnd(s)
}

// sameBytes tells that an object at one place is the same to both documents: nothing of it lies behind the end of the earlier one, where a later
// revision can put what was signed as missing or short.
func (x *differ) sameBytes(r Ref, e entry) bool {
	la, errA := x.a.indirect(r, e)
	lb, errB := x.b.indirect(r, e)
	if errA != nil || errB != nil || la.open || lb.open {
		return false
	}
	if _, stream := la.obj.(*Stream); la == lb && !stream {
		return true
	}
	s, ok := la.obj.(*Stream)
	if !ok {
		return true
	}
	t, ok := lb.obj.(*Stream)
	return ok && x.a.bodyEnd(s) == x.b.bodyEnd(t)
}

// equalBelow follows the links of an object that both documents share. It keeps its own stack: such graphs can be long chains.
func (x *differ) equalBelow(links []Object, depth int) bool {
	var room [64]Object
	stack := append(room[:0], links...)
	for len(stack) > 0 {
		o := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		r, direct := o.(Ref)
		if direct {
			if x.elsewhere(r, r) {
				continue
			}
		} else if d, ok := o.(drawn); ok {
			r = Ref(d)
		}
		next, same := x.below(r, depth)
		if !same {
			return false
		}
		stack = append(stack, next...)
	}
	return true
}

// below compares what both documents have under one number; next is what is still to be followed, if it stands at the same place.
func (x *differ) below(r Ref, depth int) (next []Object, same bool) {
	key := [2]Ref{r, r}
	if v, known := x.memo[key]; known {
		return nil, v
	}
	if !x.samePlace(r.Num) {
		return nil, x.equalRefs(r, r, depth+1)
	}
	if x.budget--; x.budget < 0 {
		x.out.exhausted = true
		return nil, true
	}
	x.memo[key] = true
	x.trail = append(x.trail, key)
	return x.a.links(r), true
}

// links are the references in what a reference leads to, each as a [Ref], or as drawn where its key says so. They are collected once.
func (d *Document) links(r Ref) []Object {
	for range maxReferences {
		l, err := d.object(r)
		if err != nil {
			d.unreadable(r, err)
			return nil
		}
		next, ok := l.obj.(Ref)
		if !ok {
			if !l.linked {
				l.links, l.linked = appendLinks(nil, l.obj), true
			}
			return l.links
		}
		r = next
	}
	return nil
}

// appendLinks adds the references in an object in the order of its keys: the same file must always give the same answer.
func appendLinks(list []Object, o Object) []Object {
	switch o := o.(type) {
	case Ref:
		return append(list, o)
	case Array:
		for _, v := range o {
			list = appendLinks(list, v)
		}
	case *Stream:
		return appendLinks(list, o.Dict)
	case Dict:
		var room [32]Name
		names := room[:0]
		for k, v := range o {
			switch v.(type) {
			case Ref, Array, Dict:
				names = append(names, k)
			}
		}
		slices.Sort(names)
		for _, k := range names {
			if r, ok := o[k].(Ref); ok && drawing[k] {
				list = append(list, drawn(r))
				continue
			}
			list = appendLinks(list, o[k])
		}
	}
	return list
}

// elsewhere tells that a reference leads to the catalogue, or to a page, a field or an annotation that both documents have: these are compared
// for themselves, and what points to them has not changed with them.
func (x *differ) elsewhere(ra, rb Ref) bool {
	if ra == x.rootA && rb == x.rootB { // as signature references do with /Data
		return true
	}
	if len(x.judged) > 0 && x.judged[[2]Ref{ra, rb}] {
		return true
	}
	if ra != rb {
		return false
	}
	return x.a.parts()[ra]&x.b.parts()[rb] != 0
}

func (x *differ) equalDirect(a, b Object, depth int) bool {
	switch a := a.(type) {
	case Array:
		o, ok := b.(Array)
		if !ok || len(a) != len(o) {
			return false
		}
		for i := range a {
			if !x.equal(a[i], o[i], depth+1) {
				return false
			}
		}
		return true
	case Dict:
		o, ok := b.(Dict)
		return ok && x.equalDicts(a, o, depth)
	case *Stream:
		o, ok := b.(*Stream)
		return ok && x.equalDicts(a.Dict, o.Dict, depth) && x.equalBodies(a, o)
	case String:
		o, ok := b.(String)
		return ok && string(a) == string(o)
	case Integer:
		if r, ok := b.(Real); ok {
			return Real(a) == r
		}
	case Real:
		if i, ok := b.(Integer); ok {
			return a == Real(i)
		}
	case nil:
		return isNull(b)
	case Null:
		return isNull(b)
	}
	switch b.(type) {
	case Array, Dict, *Stream, String:
		return false
	}
	return a == b
}

// equalDicts compares all keys; a missing key equals null. /Length of a stream is among them: a reader that trusts it sees other content when
// it changes.
func (x *differ) equalDicts(a, b Dict, depth int) bool {
	var room [32]Name
	names := slices.AppendSeq(room[:0], maps.Keys(a))
	slices.Sort(names)
	for _, k := range names {
		if !x.equalUnder(k, a[k], orNull(b[k]), depth+1) {
			return false
		}
	}
	for k, v := range b {
		if _, ok := a[k]; !ok && !isNull(x.b.Resolve(v)) {
			return false
		}
	}
	return true
}

func orNull(o Object) Object {
	if o == nil {
		return Null{}
	}
	return o
}

// equalBodies compares the encoded bodies of two streams, decrypted.
func (x *differ) equalBodies(a, b *Stream) bool {
	if a.inFile && b.inFile && a.offset == b.offset && x.a.bodyEnd(a) == x.b.bodyEnd(b) {
		return true
	}
	ra, err := x.a.RawStream(a)
	if err != nil {
		return false
	}
	rb, err := x.b.RawStream(b)
	if err != nil {
		return false
	}
	x.readA.Reset(ra)
	x.readB.Reset(rb)
	return equalReaders(x.readA, x.readB)
}

func equalReaders(a, b *bufio.Reader) bool {
	for {
		x, errA := a.ReadByte()
		y, errB := b.ReadByte()
		if errA != nil || errB != nil {
			return errA == io.EOF && errB == io.EOF
		}
		if x != y {
			return false
		}
	}
}

// keys lists the keys of two dictionaries in order, so that changes come in the same order each time.
func keys(a, b Dict) []Name {
	all := make([]Name, 0, len(a)+len(b))
	for k := range a {
		all = append(all, k)
	}
	for k := range b {
		if _, both := a[k]; !both {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}
