package main

import (
	"bytes"
	"io"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/demopki"
	"mohur/internal/desk"
	"mohur/internal/paper"
	"mohur/internal/pdf"
	"mohur/signing"
	"mohur/signing/pades"
)

// recordSheet is the page of a submission's record, as the desk gives it for signing.
func recordSheet(t *testing.T) []byte {
	t.Helper()
	r := &docket.Record{
		Format: "mohur-record-1", Submission: "s", Version: 1, Body: docket.RecordBody{Name: "Əmlak Xidməti", VOEN: "1400000011"},
		Person: docket.RecordPerson{Name: "Əli Həsənov", FIN: "5AZ1F2N"}, PreparedAt: demopki.Epoch(),
		Form:  docket.Form{CoverNumber: "1", CoverDate: calendar.Of(2026, 8, 1), DocumentType: "other", ProjectName: "Layihə", NoStateSecret: true},
		Files: []docket.RecordFile{{Name: "a.txt", MediaType: "text/plain", Size: 1, SHA256: docket.HashOf([32]byte{1})}},
	}
	canonical, err := r.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (officePaper{agency: paper.Agency{Name: "Agentlik"}}).Record(t.Context(), r, canonical, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// updatedSheet appends an update.
func updatedSheet(t *testing.T, sheet []byte, change func(*pdf.Update)) []byte {
	t.Helper()
	d, err := pdf.Open(bytes.NewReader(sheet), int64(len(sheet)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := pdf.NewUpdate(d)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	increment, _, err := u.Increment()
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(sheet), increment...)
}

// memoryFile is what pades writes to.
type memoryFile struct{ b []byte }

func (f *memoryFile) Write(p []byte) (int, error) { f.b = append(f.b, p...); return len(p), nil }

func (f *memoryFile) WriteAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > int64(len(f.b)) {
		return 0, io.ErrShortWrite
	}
	return copy(f.b[off:], p), nil
}

// signedSheet signs what there is.
func signedSheet(t *testing.T, sheet []byte, field string) []byte {
	t.Helper()
	h, err := demopki.New(demopki.Options{Now: demopki.Epoch})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Person(demopki.Person{})
	if err != nil {
		t.Fatal(err)
	}
	out := &memoryFile{}
	_, err = pades.Sign(t.Context(), bytes.NewReader(sheet), int64(len(sheet)), out, pades.Options{
		Field: field, Request: signing.Request{Signer: p.Key, Certificate: p.Certificate, Chain: p.Chain, Now: func() time.Time { return demopki.Epoch() }},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.b
}

// TestSignedOnly: a record comes back with signatures and nothing else, or it is refused, even where the added change is covered by the
// signature: who signs must not be able to alter what he was given to sign.
func TestSignedOnly(t *testing.T) {
	sheet := recordSheet(t)
	firstPage := func(u *pdf.Update) (pdf.Ref, pdf.Dict) {
		pages := u.Dict(u.Document().Catalog()["Pages"])
		kids, ok := u.Resolve(pages["Kids"]).(pdf.Array)
		if !ok || len(kids) == 0 {
			t.Fatal("the sheet has no page")
		}
		ref, ok := kids[0].(pdf.Ref)
		if !ok {
			t.Fatal("the page is no reference")
		}
		return ref, u.Dict(ref)
	}
	catalog := func(u *pdf.Update, key pdf.Name, o pdf.Object) {
		ref, _ := u.Document().Root()
		d := u.Dict(ref)
		d[key] = o
		u.Set(ref, d)
	}
	pageEntry := func(key pdf.Name, value func(*pdf.Update) pdf.Object) []byte {
		return updatedSheet(t, sheet, func(u *pdf.Update) {
			ref, page := firstPage(u)
			page[key] = value(u)
			u.Set(ref, page)
		})
	}
	blank := func(u *pdf.Update) pdf.Object {
		return u.Add(pdf.NewStream(pdf.Dict{}, []byte("BT ET")))
	}
	note := func(u *pdf.Update) pdf.Object {
		return pdf.Array{u.Add(pdf.Dict{
			"Type": pdf.Name("Annot"), "Subtype": pdf.Name("FreeText"), "F": pdf.Integer(4), "DA": pdf.String("/Helv 12 Tf"),
			"Rect": pdf.Array{pdf.Integer(50), pdf.Integer(700), pdf.Integer(300), pdf.Integer(740)}, "Contents": pdf.String("1 000 000"),
		})}
	}
	for name, c := range map[string]struct {
		file []byte
		want bool
	}{
		"signed in its field":               {signedSheet(t, sheet, paper.SealField), true},
		"signed in a field of its own":      {signedSheet(t, sheet, ""), true},
		"signed by two":                     {signedSheet(t, signedSheet(t, sheet, paper.SealField), ""), true},
		"not signed":                        {sheet, false},
		"page replaced, then signed":        {signedSheet(t, pageEntry("Contents", blank), ""), false},
		"page turned, then signed":          {signedSheet(t, pageEntry("Rotate", func(*pdf.Update) pdf.Object { return pdf.Integer(90) }), ""), false},
		"note put over it, then signed":     {signedSheet(t, pageEntry("Annots", note), ""), false},
		"page replaced after signing":       {updatedSheet(t, signedSheet(t, sheet, ""), func(u *pdf.Update) { ref, p := firstPage(u); p["Contents"] = blank(u); u.Set(ref, p) }), false},
		"attachments removed, then signed":  {signedSheet(t, updatedSheet(t, sheet, func(u *pdf.Update) { catalog(u, "Names", pdf.Dict{}) }), ""), false},
		"an action on opening, then signed": {signedSheet(t, updatedSheet(t, sheet, func(u *pdf.Update) { catalog(u, "OpenAction", pdf.Dict{"S": pdf.Name("Launch")}) }), ""), false},
		"bytes that are no PDF after it":    {append(bytes.Clone(sheet), "\n%%EOF"...), false},
	} {
		t.Run(name, func(t *testing.T) {
			in := desk.VerifyInput{File: bytes.NewReader(c.file), Size: int64(len(c.file))}
			got, err := deskVerifier{&judge{}}.SignedOnly(t.Context(), in, int64(len(sheet)))
			if got != c.want || err != nil {
				t.Errorf("%v, %v; want %v", got, err, c.want)
			}
		})
	}
}
