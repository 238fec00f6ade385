package desk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

// step is one verb of the case.
type step struct {
	name string
	do   func() error
	// partly names tables in which a failed verb may leave something, which the next try takes up: a draft, a committed intent (which raises
	// the project's revision).
	partly []string
	again  func() error // how it is taken up; nil: the verb is called again
}

// walk is the case as steps that keep what they made.
func (o *office) walk() []step {
	ctx := o.ctx()
	var r *docket.Registration
	var sub *docket.Submission
	var l *docket.Letter
	var secret string
	var other docket.ID // the lawyers' task
	access := ""
	answer := func() error {
		_, err := o.WriteSubOpinion(ctx, o.expert, o.taskOf(sub.ID, "it"), SubOpinionInput{Text: "Məqsədəuyğundur.", Outcome: "positive", Attachments: []Attachment{{Name: "a.txt", Content: strings.NewReader("əlavə")}}})
		return err
	}
	submit := func() error {
		file := signed(o.record(sub), good())
		_, err := o.Submit(ctx, o.person, sub.ID, strings.NewReader(file))
		return err
	}
	sealed := func() error {
		got, err := o.letter(ctx, l.ID)
		if err == nil && got.State != docket.LetterSealed {
			_, err = o.SealResponse(ctx, o.signatory, l.ID)
		}
		return err
	}
	return []step{
		{"register", func() error {
			in := o.form(signed("%PDF", good()))
			in.Access = access
			got, err := o.RegisterBody(ctx, docket.Public(), in)
			if got != nil {
				r, access = got, got.Access
			}
			return err
		}, []string{"registrations"}, nil},
		{"approve", func() error { _, err := o.ApproveBody(ctx, o.registrar, ApproveBodyInput{ID: r.ID}); return err }, nil, nil},
		{"find the link", func() error {
			return o.db.Read(ctx, func(w docket.Work) error {
				list, err := w.Outgoing(ctx, "", 0)
				for _, n := range list {
					if n.Secret {
						secret = strings.TrimPrefix(n.Link, PathLogIn)
					}
				}
				return err
			})
		}, nil, nil},
		{"log in", func() (err error) { o.person, err = o.LogIn(ctx, secret); return err }, nil, nil},
		{"draft", func() (err error) { sub, err = o.DraftSubmission(ctx, o.person); return err }, nil, nil},
		{"save", func() error { _, err := o.SaveSubmission(ctx, o.person, sub.ID, projectForm()); return err }, nil, nil},
		{"add a file", func() error {
			_, err := o.AddFile(ctx, o.person, sub.ID, "a.txt", strings.NewReader("mətn"))
			return err
		}, nil, nil},
		{"prepare", func() error { _, err := o.PrepareRecord(ctx, o.person, sub.ID); return err }, nil, nil},
		{"submit", submit, nil, nil},
		{"accept", func() error { _, err := o.AcceptSubmission(ctx, o.coordinator, sub.ID); return err }, nil, nil},
		{"review", func() error { _, err := o.ReviewSubmission(ctx, o.coordinator, sub.ID, o.lead()); return err }, nil, nil},
		{"ask the lawyers too", func() error {
			t, err := o.GiveTask(ctx, o.coordinator, sub.ID, TaskInput{Unit: o.units["legal"].ID, Ask: "hüquqi əsas"})
			if err == nil {
				other = t.ID
			}
			return err
		}, nil, nil},
		{"let them lead", func() error { _, err := o.LeadTask(ctx, o.coordinator, other); return err }, nil, nil},
		{"let the first lead again", func() error { _, err := o.LeadTask(ctx, o.coordinator, o.taskOf(sub.ID, "it")); return err }, nil, nil},
		{"name who answers", func() error {
			_, err := o.NameTaskPerson(ctx, o.head, o.taskOf(sub.ID, "it"), o.expert.UserID)
			return err
		}, nil, nil},
		{"ask the lawyers no more", func() error { _, err := o.TakeBackTask(ctx, o.coordinator, other, "lazım deyil"); return err }, nil, nil},
		{"message", func() error { _, err := o.WriteMessage(ctx, o.person, sub.ID, "sual", nil); return err }, nil, nil},
		{"read messages", func() error { _, err := o.ReadMessages(ctx, o.coordinator, sub.ID, docket.MessageFilter{}); return err }, nil, nil},
		{"notify", func() error {
			_, err := o.NotifyDeficiency(ctx, o.coordinator, sub.ID, []string{"ərizə"})
			return err
		}, nil, nil},
		{"correct", func() error { _, err := o.Correct(ctx, o.person, sub.ID); return err }, nil, nil},
		{"prepare again", func() error { _, err := o.PrepareRecord(ctx, o.person, sub.ID); return err }, nil, nil},
		{"submit again", submit, nil, nil},
		{"answer the task", answer, nil, nil},
		{"write the opinion", func() (err error) { l, err = o.DraftOpinion(ctx, o.expert, opinion(sub)); return err }, nil, nil},
		{"send it back", func() error {
			_, err := o.SendBack(ctx, o.checker, SendBackInput{Letter: l.ID, Reason: "səbəb", Points: []string{"form"}})
			return err
		}, nil, nil},
		{"write it anew", func() (err error) { l, err = o.DraftOpinion(ctx, o.expert, opinion(sub)); return err }, nil, nil},
		{"ask for the visa", func() error { _, err := o.RequestVisas(ctx, o.expert, l.ID); return err }, nil, nil},
		{"refuse it", func() error { _, err := o.RefuseVisa(ctx, o.head, o.visaOf(l.ID), "rəqəm səhvdir"); return err }, nil, nil},
		{"correct the answer", answer, nil, nil},
		{"write it again", func() (err error) { l, err = o.DraftOpinion(ctx, o.expert, opinion(sub)); return err }, nil, nil},
		{"ask for the visa again", func() error { _, err := o.RequestVisas(ctx, o.expert, l.ID); return err }, nil, nil},
		{"give it", func() error { _, err := o.GiveVisa(ctx, o.head, o.visaOf(l.ID), l.Unsealed); return err }, nil, nil},
		{"check it", func() error { _, err := o.check(o.checker, l, l.Unsealed); return err }, nil, nil},
		{"the head sends it back", func() error {
			_, err := o.SendBack(ctx, o.signatory, SendBackInput{Letter: l.ID, Reason: "dəqiqləşdirin"})
			return err
		}, nil, nil},
		{"write it once more", func() (err error) { l, err = o.DraftOpinion(ctx, o.expert, opinion(sub)); return err }, nil, nil},
		{"ask once more", func() error { _, err := o.RequestVisas(ctx, o.expert, l.ID); return err }, nil, nil},
		{"give it once more", func() error { _, err := o.GiveVisa(ctx, o.head, o.visaOf(l.ID), l.Unsealed); return err }, nil, nil},
		{"approve it", func() error { _, err := o.check(o.checker, l, l.Unsealed); return err }, nil, nil},
		{"sign it", func() error {
			_, err := o.SignLetter(ctx, o.signatory, l.ID, strings.NewReader(signed(o.page(l), o.headsOwn())))
			return err
		}, nil, nil},
		{"seal", func() error { _, err := o.SealResponse(ctx, o.signatory, l.ID); return err }, []string{"events", "letters", "seal_intents", "numbers", "credential_uses", "number_counters", "submissions"}, sealed},
		{"dispatch", func() error { _, err := o.Dispatch(ctx, o.signatory, l.ID); return err }, nil, nil},
		{"download", func() error {
			d, err := o.DownloadLetter(ctx, o.person, l.ID)
			if err == nil {
				err = d.Content.Close()
			}
			return err
		}, nil, nil},
	}
}

// taskOf finds a unit's task that stands.
func (o *office) taskOf(sub docket.ID, unit string) (id docket.ID) {
	o.t.Helper()
	o.read(func(w docket.Work) error {
		tasks, err := w.CaseTasks(o.ctx(), sub)
		for _, t := range tasks {
			if t.Stands() && t.UnitID == o.units[unit].ID {
				id = t.ID
			}
		}
		return err
	})
	return id
}

// visaOf finds a visa of a letter that is asked for.
func (o *office) visaOf(letter docket.ID) (id docket.ID) {
	o.t.Helper()
	o.read(func(w docket.Work) error {
		l, err := w.Letter(o.ctx(), letter)
		if err != nil {
			return err
		}
		visas, err := w.VisasOf(o.ctx(), l.SubmissionID)
		for _, v := range visas {
			if v.LetterID == letter && v.State == docket.VisaAsked {
				id = v.ID
			}
		}
		return err
	})
	return id
}

// dump spells every table but those that refusals and verdicts are written to in transactions of their own.
func (o *office) dump() map[string]string {
	o.t.Helper()
	out := map[string]string{}
	for _, table := range o.tables() {
		if table == "verifications" || table == "audit_log" {
			continue
		}
		rows, err := o.db.DB().QueryContext(o.ctx(), "SELECT * FROM "+table+" ORDER BY 1")
		if err != nil {
			o.t.Fatal(err)
		}
		cols, _ := rows.Columns()
		for rows.Next() {
			row := make([]any, len(cols))
			for i := range row {
				row[i] = new(any)
			}
			if err := rows.Scan(row...); err != nil {
				o.t.Fatal(err)
			}
			for _, v := range row {
				out[table] += fmt.Sprintf("%v|", *v.(*any))
			}
		}
		if err := rows.Close(); err != nil {
			o.t.Fatal(err)
		}
	}
	return out
}

func (o *office) tables() (list []string) {
	rows, err := o.db.DB().QueryContext(o.ctx(), "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name")
	if err != nil {
		o.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			o.t.Fatal(err)
		}
		list = append(list, name)
	}
	return list
}

// exec runs a statement of the test's own.
func (o *office) exec(query string) {
	o.t.Helper()
	if _, err := o.db.DB().ExecContext(o.ctx(), query); err != nil {
		o.t.Fatal(err)
	}
}

// TestNothingHalfDone walks the case once for every table and kind of writing, in a database that refuses just that. Each verb either does
// all of its work or leaves everything as it was, and goes through once the database is well again; no number is lost, nothing is
// released twice.
func TestNothingHalfDone(t *testing.T) {
	for _, table := range newOffice(t).tables() {
		if slices.Contains([]string{"sessions", "audit_head", "bodies", "decreed_days", "login_links", "users", "units"}, table) {
			continue // not written by a verb of the case, or only beside a table that is
		}
		for _, op := range []string{"INSERT", "UPDATE"} {
			t.Run(op+" "+table, func(t *testing.T) {
				o := newOffice(t)
				failed := 0
				for _, s := range o.walk() {
					if o.refusing(table, op, s) {
						failed++
					}
					o.later(o.cfg.Lease + time.Second)
					if _, _, err := o.Reconcile(o.ctx()); err != nil {
						t.Fatalf("%s: %v", s.name, err)
					}
					o.invariant()
				}
				o.everythingSealed()
				t.Logf("%d verbs failed and went through later", failed)
			})
		}
	}
}

// refusing runs a step with the database refusing one kind of writing; if it fails, what it left is checked and it is done without.
func (o *office) refusing(table, op string, s step) (failed bool) {
	o.t.Helper()
	before := o.dump()
	o.exec("CREATE TRIGGER refuse BEFORE " + op + " ON " + table + " BEGIN SELECT RAISE(ABORT, 'refused by the test'); END")
	err := s.do()
	o.exec("DROP TRIGGER refuse")
	if err == nil {
		return false
	}
	if docket.CodeOf(err) == docket.CodeInternal {
		o.t.Errorf("%s: an error without a key: %v", s.name, err)
	}
	for name, after := range o.dump() {
		if after != before[name] && !slices.Contains(s.partly, name) {
			o.t.Errorf("%s failed and left in %s\n%s\nbefore\n%s", s.name, name, after, before[name])
		}
	}
	if s.again != nil {
		o.later(o.cfg.Lease + time.Second)
		if _, _, err := o.Reconcile(o.ctx()); err != nil {
			o.t.Fatal(err)
		}
		s.do = s.again
	}
	if err := s.do(); err != nil {
		o.t.Fatalf("%s does not go through later: %v", s.name, err)
	}
	return true
}

// everythingSealed holds that what failed on the way was made up for.
func (o *office) everythingSealed() {
	o.t.Helper()
	o.read(func(w docket.Work) error {
		for _, state := range []docket.LetterState{docket.LetterDraft, docket.LetterApproved, docket.LetterSealing, docket.LetterSealingFailed, docket.LetterSealed} {
			left, err := w.LettersInState(o.ctx(), state)
			if err != nil {
				return err
			}
			for _, l := range left {
				o.t.Errorf("a %s is still %s", l.Kind, l.State)
			}
		}
		return nil
	})
	for i, want := range map[string]int{"14": 1, "15": 1} {
		if n := o.numbersOf(docket.JournalOutgoing, i); len(n) != want {
			o.t.Errorf("series %s: %d numbers, want %d", i, len(n), want)
		}
	}
}
