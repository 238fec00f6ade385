package pades

import (
	"mohur/internal/pdf"
)

// checkPermissions refuses what an earlier signature forbids: any signature under DocMDP 1, a field closed by a lock, a certification of a
// document that is signed already, bytes that a new signature would hide from the judgement of an earlier one (ISO 32000-2, 12.8.2.2 and 12.8.2.4).
func checkPermissions(d *pdf.Document, field string, certification int) error {
	signatures, err := d.Signatures()
	if err != nil {
		return err
	}
	for _, s := range signatures {
		if s.Orphan {
			continue
		}
		if certification > 0 {
			return ErrNotFirst
		}
		switch {
		case s.DocMDP == 1:
			return &ForbiddenError{By: "DocMDP", Field: s.FieldName}
		case s.Lock != nil && s.Lock.P == 1:
			return &ForbiddenError{By: "Lock", Field: s.FieldName}
		case s.FieldMDP.Closes(field):
			return &ForbiddenError{By: "FieldMDP", Field: s.FieldName}
		case s.Lock.Closes(field):
			return &ForbiddenError{By: "Lock", Field: s.FieldName}
		}
		if d.UncoveredBytes() > 0 {
			return ErrUncovered
		}
	}
	return nil
}

// references writes the transforms of a signature: DocMDP for a certification, FieldMDP for what the field's own lock closes, and DocMDP
// again where that lock states a permission (ISO 32000-2, 12.8.2 and 12.7.5.5).
func references(root pdf.Ref, certification int, lock *pdf.FieldLock) pdf.Array {
	var out pdf.Array
	add := func(method string, params pdf.Dict) {
		params["Type"], params["V"] = pdf.Name("TransformParams"), pdf.Name("1.2")
		out = append(out, pdf.Dict{
			"Type": pdf.Name("SigRef"), "TransformMethod": pdf.Name(method), "TransformParams": params, "Data": root,
		})
	}
	p := certification
	if lock != nil && lock.P > 0 && (p == 0 || lock.P < p) {
		p = lock.P
	}
	if p > 0 {
		add("DocMDP", pdf.Dict{"P": pdf.Integer(p)})
	}
	if lock != nil && lock.Action != "" {
		params := pdf.Dict{"Action": pdf.Name(lock.Action)}
		if len(lock.Fields) > 0 {
			names := make(pdf.Array, len(lock.Fields))
			for i, n := range lock.Fields {
				names[i] = pdf.EncodeText(n)
			}
			params["Fields"] = names
		}
		add("FieldMDP", params)
	}
	return out
}
