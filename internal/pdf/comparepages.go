package pdf

import (
	"maps"
	"slices"
	"strconv"
)

// comparePages compares the pages in their order.
func (x *differ) comparePages() {
	a, b := x.a.pageList(), x.b.pageList()
	if !slices.Equal(a.repeated, b.repeated) || b.miscounted && !slices.Equal(a.counts, b.counts) {
		x.add(never, Change{Kind: ChangePage, Key: "PDF_CHANGE_PAGE_TREE"})
	}
	if len(a.list) == len(b.list) && sameOrder(a, b) {
		for i := range b.list {
			x.page(i+1, a.list[i], b.list[i])
		}
		return
	}
	last := -1
	for i, p := range b.list {
		j, known := a.index[p.ref]
		if !known || p.ref == (Ref{}) {
			x.add(never, Change{Kind: ChangePage, Key: "PDF_CHANGE_PAGE_ADDED", Page: i + 1, Object: p.ref})
			continue
		}
		if j < last {
			x.add(never, Change{Kind: ChangePage, Key: "PDF_CHANGE_PAGE_MOVED", Page: i + 1, Object: p.ref, Args: []string{strconv.Itoa(j + 1)}})
		}
		last = j
		x.page(i+1, a.list[j], p)
	}
	for j, p := range a.list {
		if _, there := b.index[p.ref]; !there || p.ref == (Ref{}) {
			x.add(never, Change{Kind: ChangePage, Key: "PDF_CHANGE_PAGE_REMOVED", Page: j + 1, Object: p.ref})
		}
	}
}

// sameOrder tells that pages may be compared place by place: no page of the one stands at another place in the other.
func sameOrder(a, b *pageTree) bool {
	for i, p := range b.list {
		if j, known := a.index[p.ref]; known && j != i {
			return false
		}
	}
	return true
}

// pageKeys says what a change of a key of a page means; what is not listed is forbidden.
var pageKeys = map[Name]struct {
	need int
	kind ChangeKind
	key  string
}{
	"Contents":      {never, ChangePage, "PDF_CHANGE_PAGE_CONTENT"},
	"Resources":     {never, ChangePage, "PDF_CHANGE_PAGE_RESOURCES"},
	"MediaBox":      {never, ChangePage, "PDF_CHANGE_PAGE_GEOMETRY"},
	"CropBox":       {never, ChangePage, "PDF_CHANGE_PAGE_GEOMETRY"},
	"Rotate":        {never, ChangePage, "PDF_CHANGE_PAGE_GEOMETRY"},
	"UserUnit":      {never, ChangePage, "PDF_CHANGE_PAGE_GEOMETRY"},
	"AA":            {never, ChangeAction, "PDF_CHANGE_ACTIONS"},
	"Metadata":      {1, ChangeMetadata, "PDF_CHANGE_METADATA"},
	"LastModified":  {1, ChangeMetadata, "PDF_CHANGE_METADATA"},
	"PieceInfo":     {1, ChangeMetadata, "PDF_CHANGE_METADATA"},
	"StructParents": {2, ChangeForm, "PDF_CHANGE_STRUCTURE_PARENTS"},
	"Tabs":          {2, ChangeForm, "PDF_CHANGE_TAB_ORDER"}, // set by programs that add a signature field
}

func (x *differ) page(number int, a, b *page) {
	at, untouched := Change{Page: number, Object: b.ref}, x.untouchedPage(a, b)
	inherit := func(p *page) Dict {
		out := Dict{}
		if !untouched {
			maps.Copy(out, p.dict)
		}
		for _, k := range inheritable {
			out[k] = orNull(p.attribute(k))
		}
		return out
	}
	da, db := inherit(a), inherit(b)
	for _, k := range keys(da, db) {
		switch k {
		case "Annots":
		default:
			m, ok := pageKeys[k]
			if !ok {
				m.need, m.kind, m.key = never, ChangePage, "PDF_CHANGE_PAGE"
			}
			c := at
			c.Kind, c.Key = m.kind, m.key
			x.key(da, db, k, m.need, c)
		}
	}
	x.annots(number, a, b)
}

// annots compares the annotations of a page. Widgets of the form are compared with their fields.
func (x *differ) annots(number int, a, b *page) {
	used := make([]bool, len(a.annots))
	aligned := true // so far each has the one at its own place
	for at, nb := range b.annots {
		i := at
		if aligned = aligned && at < len(a.annots) && a.annots[at].ref == nb.ref && nb.ref != (Ref{}); !aligned {
			if !x.spend(1 + len(a.annots)/scanned) {
				return
			}
			i = findAnnot(a.annots, used, nb.ref)
		}
		if i < 0 {
			i = x.equalAnnot(a.annots, used, nb)
		}
		if i >= 0 {
			used[i] = true
			x.annot(number, b, a.annots[i], nb)
			continue
		}
		if x.b.form().nodes[nb.ref] && nb.ref != (Ref{}) {
			x.widgetShown(number, b, nb)
			continue
		}
		x.add(3, x.annotChange("PDF_CHANGE_ANNOTATION_ADDED", number, b, nb))
	}
	for i, na := range a.annots {
		if !used[i] {
			c := Change{Kind: ChangeAnnotation, Key: "PDF_CHANGE_ANNOTATION_REMOVED", Page: number, Object: na.ref, Args: []string{string(x.a.name(na.dict["Subtype"]))}}
			need := 3
			if x.a.name(na.dict["Subtype"]) == "Widget" {
				need = never
			}
			x.add(need, c)
		}
	}
}

func (x *differ) annotChange(key string, number int, p *page, w widget) Change {
	return Change{
		Kind: ChangeAnnotation, Key: key, Page: number, Object: w.ref, Args: []string{string(x.b.name(w.dict["Subtype"]))},
		Overlay: x.b.overlays(p, w.dict),
	}
}

func findAnnot(list []widget, used []bool, ref Ref) int {
	for i, w := range list {
		if !used[i] && w.ref == ref && ref != (Ref{}) {
			return i
		}
	}
	return -1
}

// scanned is how many members of a list are looked through at the cost of one object compared.
const scanned = 64

// equalAnnot finds an annotation that only changed its object number, or is direct.
func (x *differ) equalAnnot(list []widget, used []bool, w widget) int {
	for i, c := range list {
		if !used[i] && (c.ref == (Ref{}) || w.ref == (Ref{})) && x.spend(1) && x.same(c.dict, w.dict) {
			return i
		}
	}
	return -1
}

// annot compares an annotation that both have.
func (x *differ) annot(number int, p *page, a, b widget) {
	if x.a.form().nodes[a.ref] && x.b.form().nodes[b.ref] && a.ref != (Ref{}) && b.ref != (Ref{}) {
		return
	}
	if x.untouchedWidget(a, b) || x.equalDicts(a.dict, b.dict, 0) {
		return
	}
	need := 3
	if x.b.name(b.dict["Subtype"]) == "Widget" {
		need = never
	}
	x.add(need, x.annotChange("PDF_CHANGE_ANNOTATION_CHANGED", number, p, b))
}

// widgetShown judges a widget that is new on a page. Those of new fields are reported with the field; one that lay in the form and was not
// shown before is an addition to the page.
func (x *differ) widgetShown(number int, p *page, w widget) {
	if !x.a.form().nodes[w.ref] || !x.b.overlays(p, w.dict) {
		return
	}
	for _, f := range x.b.form().list {
		for _, fw := range f.widgets {
			if fw.ref == w.ref && x.b.name(f.attribute(x.b, "FT")) == "Sig" && x.b.filled(f) {
				return
			}
		}
	}
	x.add(never, x.annotChange("PDF_CHANGE_ANNOTATION_ADDED", number, p, w))
}
