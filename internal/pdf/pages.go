package pdf

import "strconv"

// page is a leaf of the page tree with what it inherits.
type page struct {
	ref       Ref
	dict      Dict
	inherited Dict
	annots    []widget
}

// pageTree is the flattened tree.
type pageTree struct {
	list  []*page
	index map[Ref]int // of the pages, from 0
	nodes map[Ref]bool
	annot map[Ref]int // page of each annotation
	// repeated holds the references to nodes that were visited already, each after the page that stands before it; miscounted tells that a
	// /Count does not fit: readers differ in what they make of it.
	repeated   []Ref
	counts     []int64
	miscounted bool
}

// attribute is a key of the page or what it inherits (ISO 32000-2, 7.7.3.4).
func (p *page) attribute(k Name) Object {
	if o, ok := p.dict[k]; ok && !isNull(o) {
		return o
	}
	return p.inherited[k]
}

var inheritable = [...]Name{"Resources", "MediaBox", "CropBox", "Rotate"}

// pageList flattens the page tree once.
func (d *Document) pageList() *pageTree {
	if d.pages != nil {
		return d.pages
	}
	t := &pageTree{index: map[Ref]int{}, nodes: map[Ref]bool{}, annot: map[Ref]int{}}
	d.pages = t
	d.pageNode(d.Catalog()["Pages"], nil, 0)
	for i, p := range t.list {
		for _, o := range d.array(p.dict["Annots"]) {
			if !d.walk(1) {
				d.problem(Problem{Key: "PDF_PAGE_TREE", Args: []string{p.ref.String(), "0"}})
				break
			}
			ref, _ := o.(Ref)
			if dict, ok := d.Resolve(o).(Dict); ok {
				p.annots = append(p.annots, widget{ref, dict})
				t.annot[ref] = i
			}
		}
	}
	return t
}

// pageNode visits a node of the tree; every indirect node is visited once, which ends every loop.
func (d *Document) pageNode(o Object, inherited Dict, depth int) {
	t := d.pages
	ref, _ := o.(Ref)
	dict, ok := d.Resolve(o).(Dict)
	if !ok {
		return
	}
	if depth > d.limits.Depth || ref != (Ref{}) && t.nodes[ref] || !d.walk(1) {
		if t.repeated = append(t.repeated, ref); len(t.list) > 0 {
			t.repeated = append(t.repeated, t.list[len(t.list)-1].ref)
		}
		if len(t.repeated) <= maxProblems {
			d.problem(Problem{Key: "PDF_PAGE_TREE", Args: []string{ref.String(), strconv.Itoa(depth)}})
		}
		return
	}
	if ref != (Ref{}) {
		t.nodes[ref] = true
	}
	_, kids := d.Resolve(dict["Kids"]).(Array)
	if !kids || d.name(dict["Type"]) == "Page" {
		t.index[ref] = len(t.list)
		t.list = append(t.list, &page{ref: ref, dict: dict, inherited: inherited})
		return
	}
	below := Dict{}
	for _, k := range inheritable {
		if v, ok := dict[k]; ok {
			below[k] = v
		} else if v, ok := inherited[k]; ok {
			below[k] = v
		}
	}
	before := len(t.list)
	for _, k := range d.array(dict["Kids"]) {
		d.pageNode(k, below, depth+1)
	}
	n, ok := d.integer(dict["Count"])
	t.counts = append(t.counts, n)
	t.miscounted = t.miscounted || !ok || n != int64(len(t.list)-before)
}

// box reads a rectangle, its corners in order.
func (d *Document) box(o Object) (r [4]float64, ok bool) {
	a := d.array(o)
	if len(a) != 4 {
		return r, false
	}
	for i, v := range a {
		switch v := d.Resolve(v).(type) {
		case Integer:
			r[i] = float64(v)
		case Real:
			r[i] = float64(v)
		default:
			return r, false
		}
	}
	return [4]float64{min(r[0], r[2]), min(r[1], r[3]), max(r[0], r[2]), max(r[1], r[3])}, true
}

// overlays tells that an annotation is drawn over the page's area: it has an extent there and is neither hidden nor a pop-up.
func (d *Document) overlays(p *page, annot Dict) bool {
	const hidden = 1 << 1
	if f, _ := d.integer(annot["F"]); f&hidden != 0 || d.name(annot["Subtype"]) == "Popup" {
		return false
	}
	r, ok := d.box(annot["Rect"])
	if !ok || r[0] == r[2] || r[1] == r[3] {
		return false
	}
	area, ok := d.box(p.attribute("CropBox"))
	if !ok {
		if area, ok = d.box(p.attribute("MediaBox")); !ok {
			return true
		}
	}
	return r[0] < area[2] && r[2] > area[0] && r[1] < area[3] && r[3] > area[1]
}
