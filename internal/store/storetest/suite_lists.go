package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mohur/docket"
)

// submissionPages: in every order and with every kind of filter, the pages that follow one another by their last rows are those of the whole list, and
// so are they backwards from its end.
func submissionPages(t *testing.T, b *bench) {
	ctx, rng := b.ctx(), rand.New(rand.NewPCG(1, 2))
	names := []string{"Əmlak reyestri", "Çay sistemi", "İdman portalı", "Elektron növbə", "Vətəndaş müraciəti sistemi"}
	states := []docket.SubmissionState{docket.SubmissionSent, docket.SubmissionAccepted, docket.SubmissionAnswered}
	b.tx(func(w docket.Work) error {
		for i := range 57 {
			s := b.submission(names[rng.IntN(len(names))], fmt.Sprintf("%d-a", i), time.Date(2026, 3, 1+rng.IntN(9), 9, 0, 0, 0, time.UTC))
			s.State = states[rng.IntN(len(states))]
			if err := w.AddSubmission(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	for _, f := range []docket.SubmissionFilter{
		{},
		{Order: docket.OrderReceived},
		{Order: docket.OrderDue},
		{Order: docket.OrderDueRev},
		{Order: docket.OrderName},
		{Order: docket.OrderNameRev},
		{Name: "SISTEMI", Order: docket.OrderName},
		{States: states[:1], Order: docket.OrderDue},
		{BodyID: b.body.ID, Name: "r", Number: "-A"},
	} {
		t.Run(fmt.Sprintf("%s %q %v", f.Order, f.Name, f.States), func(t *testing.T) {
			b := &bench{t: t, store: b.store, now: b.now, body: b.body}
			f.Limit = 200
			whole, total := b.page(f)
			if len(whole) != total || total == 0 {
				t.Fatalf("%d listed, %d counted", len(whole), total)
			}
			f.Limit = 7
			var forward, back []docket.ID
			for list, _ := b.page(f); len(list) > 0; list, _ = b.page(f) {
				forward = append(forward, list...)
				f.After = list[len(list)-1]
			}
			f.After, f.Last = "", true
			for list, _ := b.page(f); len(list) > 0; list, _ = b.page(f) {
				back = append(slices.Clone(list), back...)
				f.Last, f.Before = false, list[0]
			}
			if !slices.Equal(forward, whole) || !slices.Equal(back, whole) {
				t.Errorf("by pages\n%v\n%v\nat once\n%v", forward, back, whole)
			}
		})
	}
	b.t = t
	err := b.store.Read(ctx, func(w docket.Work) error {
		_, _, err := w.ListSubmissions(ctx, docket.SubmissionFilter{After: b.id()})
		return err
	})
	if docket.CodeOf(err) != docket.CodeNotFound {
		t.Errorf("after a row that is not there: %v", err)
	}
}

// page lists a page by its ids.
func (b *bench) page(f docket.SubmissionFilter) (ids []docket.ID, total int) {
	b.t.Helper()
	err := b.store.Read(b.ctx(), func(w docket.Work) error {
		list, n, err := w.ListSubmissions(b.ctx(), f)
		for i := range list {
			if list[i].Files != nil {
				b.t.Error("a list reads files")
			}
			ids = append(ids, list[i].ID)
		}
		total = n
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return ids, total
}

// submissionParts: every part of a name or number is found, whatever signs it holds, as it stands now.
func submissionParts(t *testing.T, b *bench) {
	ctx := b.ctx()
	s := b.submission(`Əlil "İmtiyaz" 50%_lik * AND portalı`, "12/5-340 (ə)", b.now)
	b.tx(func(w docket.Work) error { return w.AddSubmission(ctx, s) })
	finds := func(name, number string, want int) {
		t.Helper()
		if _, n := b.page(docket.SubmissionFilter{Name: name, Number: number}); n != want {
			t.Errorf("%q %q: %d found, want %d", name, number, n, want)
		}
	}
	for _, part := range []string{"elil", "ƏLİL", `"imt`, `z" 5`, "50%_", "* and", "p", "rt", "  elil   \"imtiyaz\" ", "%", "_l"} {
		finds(part, "", 1)
	}
	for _, part := range []string{"elill", `""`, "elil*", "and portal and", "name_fold", "50%lik", "_%", "əlil OR x"} {
		finds(part, "", 0)
	}
	finds("", "12/5-34", 1)
	finds("", "(E)", 1)
	finds("elil", "9/1-01", 1)
	finds("12/5", "", 0)
	s.Form.ProjectName = "Yeni ad"
	b.tx(func(w docket.Work) error { return w.UpdateSubmission(ctx, s) })
	finds("imtiyaz", "", 0)
	finds("yeni ad", "12/5", 1)
	s.State = docket.SubmissionDraft
	b.tx(func(w docket.Work) error { return w.UpdateSubmission(ctx, s) })
	b.tx(func(w docket.Work) error { return w.RemoveDraft(ctx, s.ID) })
	finds("yeni ad", "", 0)
}
