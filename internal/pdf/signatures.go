package pdf

import (
	"io"
	"strconv"
)

// Signatures finds the filled signature fields in the order of the field tree, then the orphans in the order of the file.
func (d *Document) Signatures() ([]*Signature, error) {
	var out []*Signature
	named := map[Ref]*Signature{}
	if d.form().beyond {
		return nil, &LimitError{"form fields"}
	}
	for _, f := range d.form().list {
		if d.name(f.attribute(d, "FT")) != "Sig" {
			continue
		}
		v := f.attribute(d, "V")
		dict, ok := d.Resolve(v).(Dict)
		if !ok {
			continue
		}
		ref, _ := v.(Ref)
		if other := named[ref]; other != nil && ref != (Ref{}) {
			other.add("PDF_SIGNATURE_SHARED", 0, f.name)
			continue
		}
		if len(out) >= d.limits.Signatures {
			return nil, &LimitError{"signatures"}
		}
		s := d.signature(dict, ref, f)
		named[ref] = s
		out = append(out, s)
	}
	orphans, err := d.orphans(named, d.limits.Signatures-len(out))
	if err != nil {
		return nil, err
	}
	if d.file.refused != nil {
		return nil, d.file.refused
	}
	out = append(append(out, orphans...), d.abandoned()...)
	compareRanges(out)
	d.covered = []int64{}
	for _, s := range out {
		if !s.Orphan && s.coverage != CoversPart {
			d.covered = append(d.covered, s.end)
		}
	}
	return out, nil
}

// signature reads one signature dictionary; f is nil for an orphan.
func (d *Document) signature(dict Dict, ref Ref, f *field) *Signature {
	text := func(k Name) string { s, _ := d.Resolve(dict[k]).(String); return DecodeText(s) }
	s := &Signature{
		doc: d, Ref: ref, Orphan: f == nil, Revision: -1,
		Type: string(d.name(dict["Type"])), Filter: string(d.name(dict["Filter"])), SubFilter: string(d.name(dict["SubFilter"])),
		Name: text("Name"), Reason: text("Reason"), Location: text("Location"), ContactInfo: text("ContactInfo"),
	}
	if m, ok := d.Resolve(dict["M"]).(String); ok {
		if s.SigningTime, ok = ParseDate(m); !ok {
			s.add("PDF_SIGNING_TIME", 0, DecodeText(m))
		}
	}
	for _, c := range d.list(dict["Cert"]) {
		if b, ok := d.Resolve(c).(String); ok {
			s.Certs = append(s.Certs, b)
		}
	}
	if f != nil {
		s.FieldName, s.FieldRef = f.name, f.ref
		s.Lock = d.lock(f.attribute(d, "Lock"))
		s.SeedValue = d.dict(f.attribute(d, "SV"))
	}
	s.readContents(dict)
	s.readTransforms(dict)
	s.readByteRange(dict, f)
	return s
}

func (s *Signature) add(key string, offset int64, args ...string) {
	if len(s.Problems) >= maxProblems {
		return
	}
	s.Problems = append(s.Problems, Problem{Key: key, Args: args, Offset: offset})
}

func (s *Signature) readContents(dict Dict) {
	b, ok := s.doc.Resolve(dict["Contents"]).(String)
	if !ok || len(b) == 0 {
		s.add("PDF_CONTENTS_MISSING", 0)
		return
	}
	s.Contents = b
	n, ok := derLength(b)
	if !ok {
		s.add("PDF_CONTENTS_NOT_CMS", 0)
		return
	}
	for _, c := range b[n:] {
		if c != 0 {
			s.add("PDF_CONTENTS_TRAILING_DATA", 0, strconv.Itoa(len(b)-n))
			return
		}
	}
	s.Contents, s.Padding = b[:n], len(b)-n
}

// lock reads a /Lock dictionary or the parameters of a FieldMDP transform.
func (d *Document) lock(o Object) *FieldLock {
	dict := d.dict(o)
	if dict == nil {
		return nil
	}
	l := &FieldLock{Action: string(d.name(dict["Action"]))}
	for _, n := range d.array(dict["Fields"]) {
		if t, ok := d.Resolve(n).(String); ok {
			l.Fields = append(l.Fields, DecodeText(t))
		}
	}
	if p, ok := d.integer(dict["P"]); ok && p >= 1 && p <= 3 {
		l.P = int(p)
	}
	return l
}

// readTransforms reads /Reference (ISO 32000-2, 12.8.2).
func (s *Signature) readTransforms(dict Dict) {
	d := s.doc
	for _, o := range d.list(dict["Reference"]) {
		r := d.dict(o)
		params := d.dict(r["TransformParams"])
		switch d.name(r["TransformMethod"]) {
		case "DocMDP":
			s.DocMDP = 2
			if p, ok := d.integer(params["P"]); ok && p >= 1 && p <= 3 {
				s.DocMDP = int(p)
			}
		case "FieldMDP":
			s.FieldMDP = d.lock(params)
		}
	}
}

// SignedBytes streams the bytes that the ByteRange names; safe for concurrent use with other readers. Bytes beyond the file are not there.
func (s *Signature) SignedBytes() io.Reader {
	var parts []io.Reader
	for i := 0; i+1 < len(s.ByteRange); i += 2 {
		if s.ByteRange[i] >= 0 && s.ByteRange[i+1] > 0 {
			parts = append(parts, io.NewSectionReader(s.doc.file.src.r, s.ByteRange[i], s.ByteRange[i+1]))
		}
	}
	return io.MultiReader(parts...)
}
