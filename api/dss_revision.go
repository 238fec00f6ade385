package api

import (
	"mohur/verify"
	"mohur/verify/report"
)

// text is a reason in words.
func (w *dssWriter) text(r verify.Reason) string { return report.Text(w.lang, r.Key, r.Args) }

// revision is the PDF part of a signature; nil outside PDF.
func (w *dssWriter) revision(s *verify.SignatureReport) *dssRevision {
	t := s.Technical
	if t.SubFilter == "" && len(t.ByteRange) == 0 {
		return nil
	}
	out := &dssRevision{SignatureField: []dssField{}, Dictionary: dssSigDict{
		SignerName: optional(s.Claims.Name), Type: new("Sig"), Filter: optional(t.Filter), SubFilter: optional(t.SubFilter), ContactInfo: optional(s.Claims.ContactInfo),
		Location: optional(s.Claims.Location), Reason: optional(s.Claims.Reason), ByteRange: dssByteRange{Value: t.ByteRange, Valid: s.Coverage != verify.CoversPartial},
		Consistent: !s.Orphan,
	}}
	if s.Name != "" {
		out.SignatureField = append(out.SignatureField, dssField{Name: s.Name})
	}
	if len(s.Changes) > 0 {
		out.ModificationDetection = w.changes(s.Changes)
	}
	return out
}

// changes sorts what later revisions did into DSS's four kinds.
func (w *dssWriter) changes(list []verify.Change) *dssChanges {
	out := &dssChanges{
		AnnotationOverlap: []dssPage{}, VisualDifference: []dssPage{}, PageDifference: []dssPage{},
		ObjectModifications: dssModifications{[]dssModification{}, []dssModification{}, []dssModification{}, []dssModification{}},
	}
	for _, c := range list {
		m := dssModification{Value: report.Text(w.lang, c.Key, c.Args), Action: "MODIFICATION", FieldName: optional(c.Field), Type: optional(c.Kind)}
		to := &out.ObjectModifications.Undefined
		switch {
		case !c.Allowed:
		case c.Kind == "annotation":
			to = &out.ObjectModifications.Annotation
		case c.Field != "":
			to = &out.ObjectModifications.Form
		default:
			to = &out.ObjectModifications.Extension
		}
		*to = append(*to, m)
		if c.Overlay {
			out.AnnotationOverlap = append(out.AnnotationOverlap, dssPage{c.Page})
		}
	}
	return out
}
