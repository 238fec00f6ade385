package pdf

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SignatureField is a signature field as a signer meets it, filled or empty.
type SignatureField struct {
	Name      string // fully qualified (ISO 32000-2, 12.7.4.2)
	Ref       Ref    // of the field dictionary, zero when it is direct
	Widget    Ref    // of its first widget annotation: the field itself when the two are merged
	Filled    bool
	Rect      [4]float64 // of the widget; all zero for an invisible one
	Rotation  int        // of its page, clockwise: 0, 90, 180 or 270
	Lock      *FieldLock // which fields signing it closes
	SeedValue Dict       // /SV, nil when there is none
}

var (
	// ErrFieldName says that a name can't be that of a new field: it stands already, or contains a period.
	ErrFieldName = errors.New("pdf: this name can't be used for a new field")
	// ErrPage says that the document has no such page.
	ErrPage = errors.New("pdf: no such page")
)

// SignatureFields lists the signature fields of the document in the order of its field tree.
func (u *Update) SignatureFields() []SignatureField {
	var out []SignatureField
	for _, f := range u.doc.form().list {
		if u.doc.name(f.attribute(u.doc, "FT")) != "Sig" {
			continue
		}
		s := SignatureField{Name: f.name, Ref: f.ref, Filled: !isNull(u.doc.Resolve(f.dict["V"])), Lock: u.doc.lock(f.attribute(u.doc, "Lock"))}
		s.SeedValue, _ = u.doc.Resolve(f.attribute(u.doc, "SV")).(Dict)
		if len(f.widgets) > 0 {
			w := f.widgets[0]
			s.Widget, s.Rect, s.Rotation = w.ref, u.rectangle(w.dict["Rect"]), u.rotation(w.dict["P"])
		}
		out = append(out, s)
	}
	return out
}

// HasField says whether the form has a field of this name, of whatever kind, or fields below it.
func (u *Update) HasField(name string) bool {
	return slices.ContainsFunc(u.doc.form().list, func(f *field) bool { return f.name == name || strings.HasPrefix(f.name, name+".") })
}

// Closes says whether a lock forbids changes of a field: itself or one of its parents is named (12.8.2.4).
func (l *FieldLock) Closes(field string) bool {
	if l == nil {
		return false
	}
	named := slices.ContainsFunc(l.Fields, func(n string) bool { return n == field || strings.HasPrefix(field, n+".") })
	switch l.Action {
	case "All":
		return true
	case "Include":
		return named
	case "Exclude":
		return !named
	}
	return false
}

func (u *Update) rectangle(o Object) (r [4]float64) {
	a, _ := u.Resolve(o).(Array)
	if len(a) != 4 {
		return r
	}
	for i, n := range a {
		switch n := u.Resolve(n).(type) {
		case Integer:
			r[i] = float64(n)
		case Real:
			r[i] = float64(n)
		}
	}
	return [4]float64{min(r[0], r[2]), min(r[1], r[3]), max(r[0], r[2]), max(r[1], r[3])}
}

// rotation reads /Rotate of a page, which it may inherit (7.7.3.4).
func (u *Update) rotation(page Object) int {
	for range u.doc.limits.Depth {
		d := u.Dict(page)
		if d == nil {
			return 0
		}
		if n, ok := u.Resolve(d["Rotate"]).(Integer); ok {
			return int((n%360 + 360) % 360)
		}
		page = d["Parent"]
	}
	return 0
}

// AddSignatureField makes an empty signature field with a merged widget on a page (from 1). An empty name takes the first free one of
// Signature1, Signature2 and so on; an all-zero rectangle makes the field invisible. Everything else of the form and of the page stays.
func (u *Update) AddSignatureField(name string, page int, rect [4]float64) (SignatureField, error) {
	name, err := u.freeName(name)
	if err != nil {
		return SignatureField{}, err
	}
	pageRef, err := u.page(page)
	if err != nil {
		return SignatureField{}, err
	}
	box := make(Array, 4)
	for i, v := range rect {
		box[i] = Real(v)
		if v == float64(int64(v)) {
			box[i] = Integer(v)
		}
	}
	widget := Dict{
		"Type": Name("Annot"), "Subtype": Name("Widget"), "FT": Name("Sig"), "T": EncodeText(name), "F": Integer(132), // print, locked
		"Rect": box, "P": pageRef,
	}
	if rect[0] != rect[2] && rect[1] != rect[3] { // a visible annotation has an appearance, be it an empty one (ISO 19005-2, 6.3.3)
		widget["AP"] = Dict{"N": u.Add(NewStream(Dict{
			"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": Array{Integer(0), Integer(0), Real(rect[2] - rect[0]), Real(rect[3] - rect[1])},
		}, nil))}
	}
	ref := u.Add(widget)
	u.appendTo(pageRef, "Annots", ref)
	u.addToForm(ref)
	return SignatureField{Name: name, Ref: ref, Widget: ref, Rect: rect, Rotation: u.rotation(pageRef)}, nil
}

// freeName checks the name of a new field, or finds one.
func (u *Update) freeName(name string) (string, error) {
	if name != "" {
		if u.HasField(name) || strings.Contains(name, ".") {
			return "", fmt.Errorf("%w: %q", ErrFieldName, name)
		}
		return name, nil
	}
	for i := 1; ; i++ {
		if name = "Signature" + strconv.Itoa(i); !u.HasField(name) {
			return name, nil
		}
	}
}

// appendTo adds a reference to an array under a key of an indirect dictionary, whether the array is direct, indirect or missing.
func (u *Update) appendTo(holder Ref, key Name, r Ref) {
	d := u.Dict(holder)
	list, _ := u.Resolve(d[key]).(Array)
	list = append(slices.Clone(list), r)
	if indirect, ok := d[key].(Ref); ok {
		u.Set(indirect, list)
		return
	}
	d[key] = list
	u.Set(holder, d)
}

// addToForm adds a field to the interactive form, making one when there is none (12.7.3).
func (u *Update) addToForm(field Ref) {
	root, _ := u.doc.Root()
	catalog := u.Dict(root)
	formRef, indirect := catalog["AcroForm"].(Ref)
	form := u.Dict(catalog["AcroForm"])
	if form == nil {
		catalog["AcroForm"] = u.Add(Dict{"Fields": Array{field}, "SigFlags": Integer(3)})
		u.Set(root, catalog)
		return
	}
	if list, ok := form["Fields"].(Ref); ok {
		fields, _ := u.Resolve(list).(Array)
		u.Set(list, append(slices.Clone(fields), field))
	} else {
		fields, _ := u.Resolve(form["Fields"]).(Array)
		form["Fields"] = append(slices.Clone(fields), field)
	}
	form["SigFlags"] = u.signatureFlags(form)
	if indirect {
		u.Set(formRef, form)
		return
	}
	catalog["AcroForm"] = form
	u.Set(root, catalog)
}

// signatureFlags sets SignaturesExist and AppendOnly (12.7.3, table 225) and keeps the rest.
func (u *Update) signatureFlags(form Dict) Integer {
	flags, _ := u.Resolve(form["SigFlags"]).(Integer)
	return flags | 3
}

// FillSignatureField points a field at the signature dictionary that SetSignature names, and its widget at an appearance stream unless that
// reference is zero.
func (u *Update) FillSignatureField(f SignatureField, value, appearance Ref) {
	d := u.Dict(f.Ref)
	d["V"] = value
	u.Set(f.Ref, d)
	if appearance != (Ref{}) {
		w := u.Dict(f.Widget)
		w["AP"] = Dict{"N": appearance}
		flags, _ := u.Resolve(w["F"]).(Integer)
		w["F"] = flags&^(1<<1|1<<5) | 1<<2 // neither hidden nor without view; printed
		u.Set(f.Widget, w)
	}
	root, _ := u.doc.Root()
	catalog := u.Dict(root)
	form := u.Dict(catalog["AcroForm"])
	if old, _ := u.Resolve(form["SigFlags"]).(Integer); old&3 == 3 {
		return
	}
	form["SigFlags"] = u.signatureFlags(form)
	if r, ok := catalog["AcroForm"].(Ref); ok {
		u.Set(r, form)
		return
	}
	catalog["AcroForm"] = form
	u.Set(root, catalog)
}

// page finds the n-th leaf of the page tree, from 1 (7.7.3).
func (u *Update) page(n int) (Ref, error) {
	if n < 1 {
		return Ref{}, fmt.Errorf("%w: %d", ErrPage, n)
	}
	left := n
	seen := map[Ref]bool{}
	var walk func(o Object, depth int) (Ref, error)
	walk = func(o Object, depth int) (Ref, error) {
		r, ok := o.(Ref)
		if !ok || seen[r] || depth > u.doc.limits.Depth {
			return Ref{}, nil
		}
		seen[r] = true
		d := u.Dict(r)
		kids, branch := u.Resolve(d["Kids"]).(Array)
		if !branch {
			if left--; left == 0 && d != nil {
				return r, nil
			}
			return Ref{}, nil
		}
		for _, k := range kids {
			if found, err := walk(k, depth+1); err != nil || found != (Ref{}) {
				return found, err
			}
		}
		return Ref{}, nil
	}
	found, err := walk(u.Dict(u.doc.Trailer()["Root"])["Pages"], 0)
	if err == nil && found == (Ref{}) {
		err = fmt.Errorf("%w: %d", ErrPage, n)
	}
	return found, err
}
