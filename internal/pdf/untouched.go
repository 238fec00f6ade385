package pdf

import "reflect"

// What no later revision wrote anew is the same parsed object in both documents, and needs no comparing key by key: only what it refers to may
// have changed. Most of a document is so in most comparisons.

// identical tells that two dictionaries are one.
func identical(a, b Dict) bool {
	return a != nil && reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}

// settled tells that everything that references lead to is the same in both documents.
func (x *differ) settled(links []Object) bool {
	mark := len(x.trail)
	if x.equalBelow(links, 0) {
		return true
	}
	x.forget(mark)
	return false
}

// untouchedWidget tells that an annotation with an object of its own, and all it leads to, is the same.
func (x *differ) untouchedWidget(a, b widget) bool {
	return a.ref == b.ref && a.ref != (Ref{}) && identical(a.dict, b.dict) && x.settled(x.a.links(a.ref))
}

// untouchedField tells the same of a field, with its widgets and what it inherits.
func (x *differ) untouchedField(a, b *field) bool {
	if len(a.parents) != len(b.parents) || len(a.widgets) != len(b.widgets) || !x.untouchedWidget(widget{a.ref, a.dict}, widget{b.ref, b.dict}) {
		return false
	}
	for i, p := range a.parents {
		if !identical(p, b.parents[i]) || !x.settled(appendLinks(nil, inheritedBy(p))) {
			return false
		}
	}
	for i, w := range a.widgets {
		if w.ref != a.ref && !x.untouchedWidget(w, b.widgets[i]) || w.ref != b.widgets[i].ref {
			return false
		}
	}
	return true
}

// inheritedBy are the values that fields take over from a node above them.
func inheritedBy(parent Dict) Array {
	var out Array
	for _, k := range fieldAttributes {
		if v, ok := parent[k]; ok {
			out = append(out, v)
		}
	}
	return out
}

// fieldAttributes are the inheritable keys of fields (ISO 32000-2, tables 226, 228, 229 and 234).
var fieldAttributes = [...]Name{"V", "FT", "DV", "DA", "Q", "MaxLen", "Opt", "Ff"}

// untouchedPage tells that a page's own dictionary and all it leads to is the same; what it inherits is not looked at.
func (x *differ) untouchedPage(a, b *page) bool {
	return x.untouchedWidget(widget{a.ref, a.dict}, widget{b.ref, b.dict})
}
