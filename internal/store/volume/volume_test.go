package volume

import (
	"os"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/audit"
	"mohur/internal/store/sqlstore"
	"mohur/internal/store/storetest"
)

var engines storetest.Engines // of this test binary

func TestMain(m *testing.M) { os.Exit(engines.Main(m)) }

// TestFill: what is made up is as many as asked, found by its words, without a gap in its numbers, and its log is whole.
func TestFill(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		s, err := sqlstore.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		v := &docket.Verification{ID: docket.NewID(time.Now()), At: time.Now(), Policy: "basic"}
		if err := s.InTx(t.Context(), func(w docket.Work) error { return w.AddVerification(t.Context(), v) }); err != nil {
			t.Fatal(err)
		}
		made, err := Fill(t.Context(), s, Options{Submissions: 3000, Letters: 15000, Now: time.Now(), Verdict: v.ID, Document: docket.HashOf([32]byte{1})})
		if err != nil {
			t.Fatal(err)
		}
		f, err := audit.Check(t.Context(), s, nil, time.Now())
		if err != nil || !f.Intact() || f.Entries != 3000 {
			t.Errorf("%+v %v", f, err)
		}
		err = s.Read(t.Context(), func(w docket.Work) error {
			total := 0
			for year := time.Now().Year() - 9; year <= time.Now().Year(); year++ {
				for journal, caseNo := range map[docket.Journal]string{docket.JournalIncoming: "1", docket.JournalOutgoing: "15"} {
					list, err := w.Numbers(t.Context(), docket.Series{Journal: journal, Unit: "9", Case: caseNo}, year)
					if err != nil {
						return err
					}
					for i := range list {
						if list[i].Seq != i+1 {
							t.Fatalf("%s %s of %d: number %d is %d", journal, caseNo, year, i+1, list[i].Seq)
						}
					}
					total += len(list)
				}
			}
			if total < 6000 {
				t.Errorf("%d numbers", total)
			}
			for _, c := range []struct {
				terms     []string
				from, til int
			}{{RareTerms(3000), 1, 1}, {CommonTerms(), 10, 3000}} {
				for _, term := range c.terms {
					_, n, err := w.ListSubmissions(t.Context(), docket.SubmissionFilter{Name: term})
					if err != nil || n < c.from || n > c.til {
						t.Errorf("%q: %d found, %v", term, n, err)
					}
				}
			}
			letters, err := w.LettersOf(t.Context(), made.Cases[0])
			if err != nil || len(letters) != 5 || letters[0].Kind != docket.LetterReceipt {
				t.Errorf("%d letters, %v", len(letters), err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		longLists(t, s)
		err = s.InTx(t.Context(), func(w docket.Work) error { // the counters go on where the journals end
			_, err := w.TakeNumber(t.Context(), docket.Series{Journal: docket.JournalIncoming, Unit: "9", Case: "1", Template: "{seq}"}, "one more", "", time.Now())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// longLists: where so many rows fit that an order's index is walked, its pages still hold every row once, in order.
func longLists(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	from, to := calendar.DateOf(time.Now()).AddDays(-7*365), calendar.DateOf(time.Now()).AddDays(-100)
	for _, f := range []docket.SubmissionFilter{
		{Order: docket.OrderDue, ReceivedFrom: from},
		{Order: docket.OrderDueRev, ReceivedFrom: from, ReceivedTo: to},
		{Order: docket.OrderDueRev, ReceivedTo: to},
		{Order: docket.OrderReceived, DueFrom: from},
		{Order: docket.OrderReceived, DueFrom: from, DueTo: to},
		{Order: docket.OrderReceivedRev, DueTo: to},
		{Order: docket.OrderName},
		{Order: docket.OrderNameRev, ReceivedFrom: from},
	} {
		err := s.Read(t.Context(), func(w docket.Work) error {
			f.Limit = 190
			_, total, err := w.ListSubmissions(t.Context(), f)
			if err != nil || total <= 2000 {
				t.Fatalf("%+v: %d, %v", f, total, err)
			}
			seen := map[docket.ID]bool{}
			var last docket.Submission
			for {
				list, _, err := w.ListSubmissions(t.Context(), f)
				if err != nil {
					return err
				}
				if len(list) == 0 {
					break
				}
				for _, sub := range list {
					wrong := f.Order == docket.OrderDue && sub.Due.Before(last.Due) || f.Order == docket.OrderDueRev && !last.Due.IsZero() && last.Due.Before(sub.Due)
					if wrong || seen[sub.ID] {
						t.Fatalf("%s: %s after %s", f.Order, sub.Due, last.Due)
					}
					seen[sub.ID], last = true, sub
				}
				f.After = last.ID
			}
			if len(seen) != total {
				t.Errorf("%s from %s to %s: %d on the pages, %d counted", f.Order, f.ReceivedFrom, f.ReceivedTo, len(seen), total)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
