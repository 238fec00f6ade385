package pdf

// field is a node of the form's field tree that carries a value: a terminal field with its widgets.
type field struct {
	name    string
	ref     Ref // zero when it is direct
	dict    Dict
	parents []Dict // from the nearest up, for inherited keys
	widgets []widget
}

// widget is one appearance of a field on a page; a field with a single one is often merged with it.
type widget struct {
	ref  Ref
	dict Dict
}

// fieldTree is the flattened form.
type fieldTree struct {
	list   []*field
	byName map[string][]*field
	groups map[Ref]*field // nodes on the way to fields: what lies in them is inherited, but they can be drawn as well
	nodes  map[Ref]bool   // every field and widget dictionary
	beyond bool           // there are more than are read
}

// attribute is a key of the field or the nearest ancestor that has it (ISO 32000-2, 12.7.4.1).
func (f *field) attribute(d *Document, k Name) Object {
	if o := d.Resolve(f.dict[k]); o != Object(Null{}) {
		return f.dict[k]
	}
	for _, p := range f.parents {
		if isNull(d.Resolve(p[k])) {
			continue
		}
		return p[k]
	}
	return Null{}
}

func isNull(o Object) bool {
	_, null := o.(Null)
	return o == nil || null
}

// form flattens the field tree once.
func (d *Document) form() *fieldTree {
	if d.fields != nil {
		return d.fields
	}
	roots := d.array(d.dict(d.Catalog()["AcroForm"])["Fields"])
	if len(roots) > d.limits.Fields { // none is read in vain
		d.fields = &fieldTree{beyond: true}
		d.problem(Problem{Key: "PDF_FIELD_COUNT"})
		return d.fields
	}
	room := min(len(roots), 1000)
	t := &fieldTree{byName: make(map[string][]*field, room), groups: map[Ref]*field{}, nodes: make(map[Ref]bool, room), list: make([]*field, 0, room)}
	d.fields = t
	w := fieldWalk{d: d, t: t}
	for _, k := range roots {
		w.node(k, "", nil, 0)
	}
	return t
}

type fieldWalk struct {
	d     *Document
	t     *fieldTree
	loops int
	count int // fields and widgets
	cost  int // values in them
}

// formValues is how many values the fields of a form may hold in any file, and one more for 32 of its bytes.
const formValues = 100_000

// weigh counts what a field or widget holds. A form stays in memory as a whole, so that a small file may not have one of very many values.
func (w *fieldWalk) weigh(o Object) {
	if r, ok := o.(Ref); ok {
		if l, err := w.d.object(r); err == nil {
			w.cost += l.cost
		}
	}
	w.t.beyond = w.t.beyond || w.count > w.d.limits.Fields || int64(w.cost) > formValues+w.d.file.src.size/32
}

// node visits a field and its kids. Every indirect dictionary is visited once, which ends every loop.
func (w *fieldWalk) node(o Object, prefix string, parents []Dict, depth int) {
	w.count++
	w.weigh(o)
	if w.t.beyond || !w.d.walk(1) {
		w.d.problem(Problem{Key: "PDF_FIELD_COUNT"})
		return
	}
	ref, _ := o.(Ref)
	dict, ok := w.d.Resolve(o).(Dict)
	if !ok || depth > w.d.limits.Depth || ref != (Ref{}) && w.t.nodes[ref] {
		if w.loops++; ok && w.loops <= maxProblems {
			w.d.problem(Problem{Key: "PDF_FIELD_LOOP", Args: []string{ref.String()}})
		}
		return
	}
	if ref != (Ref{}) {
		w.t.nodes[ref] = true
	}
	name := prefix
	if t, ok := w.d.Resolve(dict["T"]).(String); ok {
		if name != "" {
			name += "."
		}
		name += DecodeText(t)
	}
	f := &field{name: name, ref: ref, dict: dict, parents: parents}
	kids := w.d.array(dict["Kids"])
	var below []Dict
	if len(kids) > 0 {
		below = append([]Dict{dict}, parents...)
	}
	fields := 0
	for _, k := range kids {
		kid, ok := w.d.Resolve(k).(Dict)
		if !ok {
			continue
		}
		kref, _ := k.(Ref)
		if _, named := kid["T"]; named || kid["Kids"] != nil {
			fields++
			w.node(k, name, below, depth+1)
			continue
		}
		if kref != (Ref{}) {
			w.t.nodes[kref] = true
		}
		w.count++
		w.weigh(k)
		f.widgets = append(f.widgets, widget{kref, kid})
	}
	if fields > 0 && len(f.widgets) == 0 && isNull(w.d.Resolve(dict["V"])) {
		w.t.groups[ref] = f // only a node on the way
		return
	}
	if w.d.name(dict["Subtype"]) == "Widget" {
		f.widgets = append(f.widgets, widget{ref, dict})
	}
	w.t.list = append(w.t.list, f)
	w.t.byName[name] = append(w.t.byName[name], f)
}
