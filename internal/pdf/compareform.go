package pdf

import (
	"cmp"
	"maps"
	"slices"
)

// formKeys are the keys of the form dictionary that programs set as they sign or fill in, with the permission that it takes to change one:
// NeedAppearances and the others have viewers draw the values of fields anew. /XFA is none of them.
var formKeys = map[Name]int{"SigFlags": 1, "DA": 2, "Q": 2, "NeedAppearances": 2, "CO": 2}

// compareForms compares the interactive form: its dictionary, then the fields by name.
func (x *differ) compareForms(a, b Dict) {
	for _, k := range keys(a, b) {
		switch {
		case k == "Fields":
		case formKeys[k] > 0:
			need := formKeys[k]
			if k == "DA" && a[k] == nil { // a default for fields to come
				need = 1
			}
			x.key(a, b, k, need, Change{Kind: ChangeForm, Key: "PDF_CHANGE_FORM_DICTIONARY"})
		case k == "DR":
			x.formResources(x.a.dict(a[k]), x.b.dict(b[k]))
		case k == "XFA":
			x.xfa(a[k], b[k])
		default:
			x.key(a, b, k, never, Change{Kind: ChangeForm, Key: "PDF_CHANGE_FORM_DICTIONARY"})
		}
	}
	fa, fb := x.a.form(), x.b.form()
	used := map[*field]bool{}
	for _, f := range fb.list {
		if !x.spend(len(fa.byName[f.name]) / scanned) {
			return
		}
		old := match(fa.byName[f.name], used, f.ref)
		if old == nil {
			x.newField(f, len(fa.byName[f.name]) > 0)
			continue
		}
		used[old] = true
		x.field(old, f)
	}
	x.groups(fa, fb)
	for _, f := range fa.list {
		if !used[f] {
			x.add(never, Change{Kind: ChangeForm, Key: "PDF_CHANGE_FIELD_REMOVED", Field: f.name, Object: f.ref})
		}
	}
}

// groups compares the nodes that only lead to fields. Nothing in them is for filling in: what fields inherit is compared there, and a node that
// is a widget besides must be drawn as it was.
func (x *differ) groups(a, b *fieldTree) {
	inherited := map[Name]bool{"FT": true, "DV": true, "DA": true, "Q": true, "MaxLen": true, "Opt": true, "Ff": true, "V": true}
	refs := slices.SortedFunc(maps.Keys(b.groups), func(p, q Ref) int { return cmp.Compare(p.Num, q.Num) })
	for _, r := range refs {
		f, was := b.groups[r], a.groups[r]
		if was == nil {
			if a.nodes[r] || f.dict["Subtype"] != nil { // a field became a group, or a drawn one came
				x.add(never, x.at(f, ChangeForm, "PDF_CHANGE_FIELD_DEFINITION"))
			}
			continue
		}
		for _, k := range keys(was.dict, f.dict) {
			if k != "Kids" && !inherited[k] {
				x.key(was.dict, f.dict, k, never, x.at(f, ChangeForm, "PDF_CHANGE_FIELD_DEFINITION"))
			}
		}
	}
}

// xfa compares the packets of an XML form (ISO 32000-1, 12.7.8): filling it in changes its data and the state of the form, nothing else.
func (x *differ) xfa(a, b Object) {
	if x.same(orNull(a), orNull(b)) {
		return
	}
	c := Change{Kind: ChangeForm, Key: "PDF_CHANGE_XFA"}
	was, is := x.a.array(a), x.b.array(b)
	need := 2
	if len(was) == 0 || len(was) != len(is) {
		need = never
	}
	for i := 0; i+1 < len(was) && need == 2; i += 2 {
		name, _ := x.a.Resolve(was[i]).(String)
		data := string(name) == "datasets" || string(name) == "form"
		if !x.same(was[i], is[i]) || !data && !x.same(was[i+1], is[i+1]) {
			need = never
		}
	}
	x.add(need, c)
}

// formResources compares what values are written with. Programs add fonts there, and their own drawings; but a font that was there and is
// another now would change how every value reads.
func (x *differ) formResources(a, b Dict) {
	if x.equalDicts(a, b, 0) {
		return
	}
	c := Change{Kind: ChangeForm, Key: "PDF_CHANGE_FORM_DICTIONARY", Args: []string{"DR"}}
	for _, kind := range [...]Name{"Font", "Encoding"} {
		was, is := x.a.dict(a[kind]), x.b.dict(b[kind])
		for _, n := range keys(was, nil) {
			if !x.same(was[n], orNull(is[n])) {
				c.Key, c.Args = "PDF_CHANGE_FORM_FONT", []string{string(kind), string(n)}
				x.add(never, c)
				return
			}
		}
	}
	x.add(1, c)
}

// match finds the field of the same name, by its object if there are several.
func match(list []*field, used map[*field]bool, ref Ref) *field {
	for _, f := range list {
		if !used[f] && f.ref == ref {
			return f
		}
	}
	for _, f := range list {
		if !used[f] {
			return f
		}
	}
	return nil
}

// at is a change of a field, with the page of its first widget.
func (x *differ) at(f *field, kind ChangeKind, key string) Change {
	c := Change{Kind: kind, Key: key, Field: f.name, Object: f.ref}
	for _, w := range f.widgets {
		if i, ok := x.b.pageList().annot[w.ref]; ok {
			c.Page = i + 1
			break
		}
	}
	return c
}

// newField judges a field that was not there.
func (x *differ) newField(f *field, nameTaken bool) {
	switch {
	case nameTaken:
		x.add(never, x.at(f, ChangeForm, "PDF_CHANGE_FIELD_DUPLICATE"))
	case x.b.name(f.attribute(x.b, "FT")) != "Sig":
		x.add(never, x.at(f, ChangeForm, "PDF_CHANGE_FIELD_ADDED"))
	case x.b.filled(f):
		x.signed(f, true)
	case !isNull(x.b.Resolve(f.attribute(x.b, "V"))): // something that is no signature
		x.add(never, x.at(f, ChangeForm, "PDF_CHANGE_FIELD_ADDED"))
	case x.painted(f):
		// An unsigned field with an appearance is nothing but an annotation.
		x.stamped(f)
	default:
		x.add(2, x.at(f, ChangeSignature, "PDF_CHANGE_SIGNATURE_FIELD_ADDED"))
	}
}

// filled tells that a signature field holds what [Document.Signatures] reports.
func (d *Document) filled(f *field) bool {
	_, ok := d.Resolve(f.attribute(d, "V")).(Dict)
	return ok
}

// stamped notes a field whose appearance is all there is to it: an annotation over the page.
func (x *differ) stamped(f *field) {
	c := x.at(f, ChangeAnnotation, "PDF_CHANGE_ANNOTATION_ADDED")
	c.Overlay = true
	x.add(3, c)
}

// painted tells that a field's widgets would draw something over a page.
func (x *differ) painted(f *field) bool {
	for _, w := range f.widgets {
		i, shown := x.b.pageList().annot[w.ref]
		if shown && !isNull(x.b.Resolve(w.dict["AP"])) && x.b.overlays(x.b.pageList().list[i], w.dict) {
			return true
		}
	}
	return false
}

// signed notes a signature or document timestamp that came in. A timestamp has nothing to show (ISO 32000-2, 12.8.5); a signature that brings
// its own field may lie over what was signed before.
func (x *differ) signed(f *field, newField bool) {
	v := x.b.dict(f.attribute(x.b, "V"))
	if x.stale(f.attribute(x.b, "V")) {
		x.add(never, x.at(f, ChangeForm, "PDF_CHANGE_FIELD_ADDED"))
		return
	}
	if x.b.name(v["SubFilter"]) == "ETSI.RFC3161" {
		if x.painted(f) {
			x.stamped(f)
		}
		c := x.at(f, ChangeTimestamp, "PDF_CHANGE_TIMESTAMP_ADDED")
		if newField {
			c.Args = []string{"new"}
		}
		x.add(1, c)
		return
	}
	c := x.at(f, ChangeSignature, "PDF_CHANGE_SIGNATURE_ADDED")
	if newField {
		c.Args, c.Overlay = []string{"new"}, x.painted(f)
	}
	x.add(2, c)
}

// stale tells that a signature was there before the field that names it: nobody has signed, it lends its name to what the field shows.
func (x *differ) stale(v Object) bool {
	ref, ok := v.(Ref)
	if !ok {
		return false
	}
	was, ok := x.a.Resolve(ref).(Dict)
	return ok && was["ByteRange"] != nil
}

// field compares a field that both have.
func (x *differ) field(a, b *field) {
	if x.untouchedField(a, b) {
		return
	}
	va, vb := a.attribute(x.a, "V"), b.attribute(x.b, "V")
	signature := x.b.name(b.attribute(x.b, "FT")) == "Sig" || x.a.name(a.attribute(x.a, "FT")) == "Sig"
	filledBefore, filledNow := x.a.filled(a), x.b.filled(b)
	signedNow := signature && filledNow && !filledBefore
	switch {
	case signedNow:
		x.signed(b, false)
	case x.same(va, vb):
	case signature && !filledBefore:
		x.add(never, x.at(b, ChangeForm, "PDF_CHANGE_FIELD_DEFINITION"))
	case signature && !filledNow:
		x.add(never, x.at(b, ChangeSignature, "PDF_CHANGE_SIGNATURE_REMOVED"))
	case signature:
		x.add(never, x.at(b, ChangeSignature, "PDF_CHANGE_SIGNATURE_REPLACED"))
	default:
		x.add(2, x.at(b, ChangeForm, "PDF_CHANGE_FORM_VALUE"))
	}
	for _, k := range fieldAttributes[1:] { // all but the value
		x.attribute(a, b, k, signature)
	}
	x.fieldDict(a, b, signature, signedNow)
	x.widgets(a, b, signature, signedNow)
}

// attribute compares an inheritable key.
func (x *differ) attribute(a, b *field, k Name, signature bool) {
	oa, ob := a.attribute(x.a, k), b.attribute(x.b, k)
	if x.same(oa, ob) {
		return
	}
	c := x.at(b, ChangeForm, "PDF_CHANGE_FIELD_DEFINITION")
	c.Args = []string{string(k)}
	need := never
	switch k {
	case "DA", "Q":
		need = 2 // how the viewer writes the value
	case "Ff":
		const fillFlags = 1 | 2 | 4 // read only, required, no export: set when a form is filled in or locked
		fa, _ := x.a.integer(oa)
		fb, _ := x.b.integer(ob)
		if (fa^fb)&^fillFlags == 0 {
			need = 2
		}
	}
	if signature && k != "Ff" && k != "DA" && k != "Q" {
		need = never
	}
	x.add(need, c)
}

// fieldDict compares the other keys of the field's own dictionary; those of a merged widget are the widget's.
func (x *differ) fieldDict(a, b *field, signature, signedNow bool) {
	if merged(a) && merged(b) {
		return
	}
	for _, k := range keys(a.dict, b.dict) {
		switch k {
		case "FT", "DV", "DA", "Q", "MaxLen", "Opt", "Ff", "V", "Kids":
			continue
		}
		if widgetKeys[k] && (merged(a) || merged(b)) {
			continue
		}
		x.otherKey(a.dict, b.dict, k, b, signature, signedNow)
	}
}

func merged(f *field) bool {
	for _, w := range f.widgets {
		if w.ref == f.ref && f.dict["Subtype"] != nil {
			return true
		}
	}
	return false
}

// widgetKeys belong to the annotation in a dictionary that is field and widget at once.
var widgetKeys = map[Name]bool{
	"Type": true, "Subtype": true, "Rect": true, "AP": true, "AS": true, "P": true, "F": true, "M": true, "NM": true, "H": true, "MK": true,
	"BS": true, "Border": true, "C": true, "A": true, "OC": true, "StructParent": true, "CreationDate": true,
}

// otherKey judges a key of a field or widget that is neither value nor inherited.
func (x *differ) otherKey(a, b Dict, k Name, f *field, signature, signedNow bool) {
	c := x.at(f, ChangeForm, "PDF_CHANGE_FIELD_DEFINITION")
	need := never
	switch k {
	case "AP", "AS", "MK", "M", "F", "NM", "H", "BS", "Border", "C":
		c.Key, need = "PDF_CHANGE_FORM_APPEARANCE", 2
		if signature && !signedNow && k != "M" && k != "NM" && k != "F" {
			c.Kind, c.Key, need = ChangeSignature, "PDF_CHANGE_SIGNATURE_APPEARANCE", never
		}
		if signedNow {
			need = 1 // judged as part of the signature that came with it
		}
		if k == "M" || k == "NM" {
			need = 1
		}
		if k == "F" && !signedNow && x.shown(a, b) {
			need = never
		}
	case "RV", "TI", "I":
		c.Key, need = "PDF_CHANGE_FORM_VALUE", 2
	case "Type", "StructParent": // what it means is seen in the structure tree
		return
	case "P":
		if a[k] == nil { // where it is shown is seen at the page
			return
		}
	case "A", "AA":
		c.Kind, c.Key = ChangeAction, "PDF_CHANGE_ACTIONS"
	}
	x.key(a, b, k, need, c)
}

// shown tells that a widget that the signer could not see has come to light.
func (x *differ) shown(a, b Dict) bool {
	const hidden, noView = 1 << 1, 1 << 5
	was, _ := x.a.integer(a["F"])
	is, _ := x.b.integer(b["F"])
	return was&(hidden|noView) != 0 && is&(hidden|noView) == 0
}

// widgets compares the widgets of a field one by one.
func (x *differ) widgets(a, b *field, signature, signedNow bool) {
	if len(a.widgets) != len(b.widgets) {
		c := x.at(b, ChangeForm, "PDF_CHANGE_FIELD_DEFINITION")
		c.Args = []string{"Kids"}
		x.add(never, c)
	}
	for i, wb := range b.widgets {
		j := findAnnot(a.widgets, make([]bool, len(a.widgets)), wb.ref)
		if j < 0 {
			if j = i; j >= len(a.widgets) {
				continue
			}
		}
		wa := a.widgets[j]
		for _, k := range keys(wa.dict, wb.dict) {
			switch k {
			case "FT", "DV", "DA", "Q", "MaxLen", "Opt", "Ff", "V", "Kids":
				continue
			}
			x.otherKey(wa.dict, wb.dict, k, b, signature, signedNow)
		}
	}
}
