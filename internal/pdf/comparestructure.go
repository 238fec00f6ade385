package pdf

// structure compares the structure tree (ISO 32000-2, 14.7). Programs that add a signature field to a tagged document give it an element
// there; a tree that only grew by elements for form fields is part of that. Everything else changes what is read aloud or copied.
func (x *differ) structure(a, b Object) {
	if x.same(orNull(a), orNull(b)) {
		return
	}
	c := Change{Kind: ChangeStructure, Key: "PDF_CHANGE_STRUCTURE_TREE"}
	c.Object, _ = b.(Ref)
	x.judge(a, b)
	need := never
	if x.grown(x.a.dict(a), x.b.dict(b), 0) {
		c.Kind, need = ChangeForm, 2
	}
	x.add(need, c)
}

// judge marks two references as compared here, so that what points back to them is not compared again; false if they were marked already.
func (x *differ) judge(a, b Object) bool {
	ra, ok1 := a.(Ref)
	rb, ok2 := b.(Ref)
	if !ok1 || !ok2 {
		return true
	}
	key := [2]Ref{ra, rb}
	if x.judged[key] {
		return false
	}
	x.judged[key] = true
	return true
}

// grown tells that an element of the tree stayed as it was but for new elements of form fields below it.
func (x *differ) grown(a, b Dict, depth int) bool {
	if x.budget--; x.budget < 0 || depth > x.a.limits.Depth {
		x.out.exhausted = true
		return false
	}
	for _, k := range keys(a, b) {
		switch k {
		case "K", "P", "ParentTree", "ParentTreeNextKey", "IDTree":
		case "Type", "RoleMap", "Namespaces":
			if a[k] != nil && !x.same(a[k], orNull(b[k])) {
				return false
			}
		default:
			if !x.same(orNull(a[k]), orNull(b[k])) {
				return false
			}
		}
	}
	return x.grownKids(x.a.list(orNull(a["K"])), x.b.list(orNull(b["K"])), depth+1)
}

// grownKids matches the old kids in their order with new ones; what is between them must be for form fields.
func (x *differ) grownKids(a, b Array, depth int) bool {
	i := 0
	for _, kid := range b {
		if i < len(a) && x.sameKid(a[i], kid, depth) {
			i++
			continue
		}
		if !x.formElement(kid, depth) {
			return false
		}
	}
	return i == len(a)
}

func (x *differ) sameKid(a, b Object, depth int) bool {
	da, ok1 := x.a.Resolve(a).(Dict)
	db, ok2 := x.b.Resolve(b).(Dict)
	if !ok1 || !ok2 || da["S"] == nil || db["S"] == nil { // marked content, object references
		return x.same(a, b)
	}
	if ra, _ := a.(Ref); ra != (Ref{}) {
		if rb, _ := b.(Ref); rb != ra {
			return false
		}
	}
	if !x.judge(a, b) {
		return false
	}
	return x.grown(da, db, depth)
}

// formElement tells that a new element holds nothing but widgets of the form.
func (x *differ) formElement(o Object, depth int) bool {
	if x.budget--; x.budget < 0 || depth > x.b.limits.Depth {
		x.out.exhausted = true
		return false
	}
	d, ok := x.b.Resolve(o).(Dict)
	if !ok {
		return false
	}
	if x.b.name(d["Type"]) == "OBJR" {
		r, ok := d["Obj"].(Ref)
		return ok && x.b.form().nodes[r]
	}
	kids := x.b.list(orNull(d["K"]))
	for _, k := range kids {
		if !x.formElement(k, depth+1) {
			return false
		}
	}
	return d["S"] != nil && len(kids) > 0
}
