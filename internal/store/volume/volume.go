// Package volume fills an empty database with made-up cases by the million, so that lists and searches are measured with what years of use leave
// behind. Names are Azerbaijani, numbers have no gap, every sealed letter has its intent, and the log is chained: `mohur fsck` finds nothing.
//
// It knows the nouns of docket and what a finished case leaves in the tables; it calls no verb, verifies and seals nothing.
package volume

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/store/sqlstore"
)

// Options say how much. Submissions, Letters and Now are needed.
type Options struct {
	Submissions int
	Letters     int // official letters of all submissions together; at least two for each
	Bodies      int // 0: 2,000
	Years       int // back from Now; 0: 8
	Now         time.Time
	Seed        uint64
	// Verdict stands for the verdict on every signed record; its row is in the database already.
	Verdict docket.ID
	// Document is the hash that stands for every file, in the store of files already.
	Document docket.Hash
	Progress func(submissions int) // told now and then; nil: nobody is
}

// Made says what there is to look at.
type Made struct {
	Staff  []docket.User // of the agency: coordinator, dispatch-checker, signatory, registrar, auditor, admin, then experts
	Bodies []docket.Body // the busiest first
	People []docket.User // one of each body, in that order
	Cases  []docket.ID   // some
}

// filler makes the rows.
type filler struct {
	Options
	Made
	ctx   context.Context //nolint:containedctx // of one call of Fill
	bulk  *sqlstore.Bulk
	rng   *rand.Rand
	seq   map[string]int
	units []docket.ID
	at    time.Time // in the story
}

// Fill fills the database.
func Fill(ctx context.Context, store *sqlstore.Store, o Options) (*Made, error) {
	if o.Bodies == 0 {
		o.Bodies = min(len(places)*len(offices), max(20, o.Submissions/500))
	}
	if o.Years == 0 {
		o.Years = 8
	}
	o.Now = o.Now.UTC().Truncate(time.Microsecond)
	bulk, err := store.Bulk(ctx)
	if err != nil {
		return nil, err
	}
	f := &filler{Options: o, ctx: ctx, bulk: bulk, rng: rand.New(rand.NewPCG(o.Seed, 0)), seq: map[string]int{}}
	f.at = o.Now.AddDate(-o.Years, 0, 0)
	if err := f.people(); err != nil {
		return nil, err
	}
	span, began := o.Now.Sub(f.at), f.at
	for i := range o.Submissions {
		f.at = began.Add(time.Duration(float64(span) * (float64(i) + f.rng.Float64()) / float64(o.Submissions))).Truncate(time.Microsecond)
		if err := f.submission(i); err != nil {
			return nil, err
		}
		if o.Progress != nil && (i+1)%10000 == 0 {
			o.Progress(i + 1)
		}
	}
	return &f.Made, bulk.Close(ctx)
}

// person makes up a name.
func (f *filler) person() string {
	g, s := given[f.rng.IntN(len(given))], family[f.rng.IntN(len(family))]
	return g + " " + s + [...]string{"ov", "ova", "li", "zadə"}[f.rng.IntN(4)]
}

// fin makes up a FİN that nobody else has.
func fin(n int) string {
	const letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	b := []byte("V000000")
	for i := len(b) - 1; n > 0; i-- {
		b[i] = letters[n%len(letters)]
		n /= len(letters)
	}
	return string(b)
}

// experts is where they begin among the staff.
const experts = 6

// people makes the agency's staff, the bodies, their registrations and who represents them.
func (f *filler) people() error {
	for i, u := range []docket.Unit{{Code: "v-it", Name: "İKT şöbəsi", Kind: docket.UnitIT}, {Code: "v-xidmet", Name: "Elektron xidmətlər şöbəsi", Kind: docket.UnitEServices}, {Code: "v-huquq", Name: "Hüquq şöbəsi", Kind: docket.UnitLegal}} {
		u.ID, u.Active, u.Order = docket.NewID(f.at), true, 90+i
		f.units = append(f.units, u.ID)
		if err := f.bulk.Add(f.ctx, &u); err != nil {
			return err
		}
	}
	roles := [experts]docket.Role{docket.RoleCoordinator, docket.RoleDispatchChecker, docket.RoleSignatory, docket.RoleRegistrar, docket.RoleAuditor, docket.RoleAdmin}
	for i := range 40 {
		u := docket.User{ID: docket.NewID(f.at), Name: f.person(), FIN: fin(i), Created: f.at, Roles: []docket.Role{docket.RoleExpert}}
		if i < len(roles) {
			u.Roles = roles[i : i+1]
		} else {
			u.UnitID = f.units[i%len(f.units)]
		}
		f.Staff = append(f.Staff, u)
		if err := f.bulk.Add(f.ctx, &u); err != nil {
			return err
		}
	}
	for i := range f.Options.Bodies {
		if err := f.body(i); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) body(i int) error {
	b := docket.Body{ID: docket.NewID(f.at), Name: places[i%len(places)] + " " + offices[i/len(places)%len(offices)], VOEN: fmt.Sprintf("29%08d", i), Active: true}
	u := docket.User{ID: docket.NewID(f.at), Name: f.person(), FIN: fin(1000 + i), Email: fmt.Sprintf("n%d@orqan.test", i), Mobile: fmt.Sprintf("+99450%07d", i), BodyID: b.ID, Created: f.at, Roles: []docket.Role{docket.RoleBodyAdmin}}
	r := docket.Registration{
		ID: docket.NewID(f.at), Access: docket.NewSecret(), State: docket.RegistrationApproved, BodyID: b.ID, BodyName: b.Name, Email: u.Email, Mobile: u.Mobile,
		LetterName: "müraciət.pdf", Letter: f.Document, LetterSize: 48211, VerificationID: f.Verdict, Signer: docket.Signer{Name: u.Name, FIN: u.FIN, Organisation: b.Name, VOEN: b.VOEN, SealRight: true},
		Created: f.at, Touched: f.at, Submitted: f.at, DecidedAt: f.at, DecidedBy: f.Staff[3].Name,
	}
	f.Made.Bodies, f.People = append(f.Made.Bodies, b), append(f.People, u)
	return f.bulk.Add(f.ctx, &b, &u, &r)
}

// number takes the next of a journal's case.
func (f *filler) number(j docket.Journal, caseNo string, subject docket.ID, at time.Time) (*docket.Number, error) {
	day := calendar.DateOf(at)
	key := fmt.Sprintf("%s %s %d", j, caseNo, day.Year)
	f.seq[key]++
	n := &docket.Number{
		Series: docket.Series{Journal: j, Unit: "9", Case: caseNo, Template: "{unit}/{case}-{seq:02}"}, Year: day.Year, Seq: f.seq[key], Date: day, Subject: subject, Taken: at,
		By: string(f.Staff[0].ID),
	}
	var err error
	if n.Text, err = n.Series.Format(n.Year, n.Seq); err != nil {
		return nil, err
	}
	return n, f.bulk.Add(f.ctx, n)
}

// state is where a case of such an age stands.
func (f *filler) state(age time.Duration) docket.SubmissionState {
	x := f.rng.Float64()
	if age > 60*24*time.Hour {
		switch {
		case x < 0.55:
			return docket.SubmissionArchived
		case x < 0.93:
			return docket.SubmissionAnswered
		case x < 0.97:
			return docket.SubmissionWithdrawn
		case x < 0.995:
			return docket.SubmissionReturned
		}
	}
	open := [...]docket.SubmissionState{docket.SubmissionSent, docket.SubmissionAccepted, docket.SubmissionInReview, docket.SubmissionInReview, docket.SubmissionDeficient, docket.SubmissionAnswered}
	return open[f.rng.IntN(len(open))]
}

// submission makes one case with all that belongs to it.
func (f *filler) submission(i int) error {
	body := int(float64(f.Options.Bodies) * math.Pow(f.rng.Float64(), 2.5)) // a few send most
	b, u, expert := &f.Made.Bodies[body], &f.People[body], &f.Staff[experts+f.rng.IntN(len(f.Staff)-experts)]
	name := subjects[f.rng.IntN(len(subjects))] + " üzrə " + kinds[f.rng.IntN(len(kinds))] + " (" + places[f.rng.IntN(len(places))] + ", " + ownNumber(i) + ")"
	s := &docket.Submission{
		ID: docket.NewID(f.at), BodyID: b.ID, BodyName: b.Name, UserID: u.ID, Person: u.Name, State: f.state(f.Now.Sub(f.at)), Version: 1, Created: f.at, Received: f.at, Touched: f.at,
		Due: calendar.DateOf(f.at).AddDays(30), DueRule: "30 calendar days",
		Form: docket.Form{CoverNumber: fmt.Sprintf("%d/%d-%d", 1+f.rng.IntN(20), 1+f.rng.IntN(90), f.rng.IntN(100000)), CoverDate: calendar.DateOf(f.at), DocumentType: docket.DocumentTypes()[f.rng.IntN(6)], ProjectName: name, NoStateSecret: true},
	}
	for j := range 1 + f.rng.IntN(4) {
		s.Files = append(s.Files, docket.File{ID: docket.NewID(f.at), Name: fmt.Sprintf("əlavə %d.pdf", j+1), MediaType: "application/pdf", Size: int64(10000 + f.rng.IntN(900000)), Blob: f.Document, Added: f.at})
	}
	if s.State != docket.SubmissionSent && s.State != docket.SubmissionAccepted {
		s.Expert = expert.ID
	}
	n, err := f.number(docket.JournalIncoming, "1", s.ID, f.at)
	if err != nil {
		return err
	}
	s.Number = n.Text
	v := &docket.Version{SubmissionID: s.ID, N: 1, Form: s.Form, Files: s.Files, RecordJSON: []byte(`{"format":"mohur-record-1"}`), Record: f.Document, Signed: f.Document, VerificationID: f.Verdict, Signer: docket.Signer{Name: u.Name, FIN: u.FIN, Organisation: b.Name, VOEN: b.VOEN}, Received: f.at}
	d := &docket.Deadline{ID: docket.NewID(f.at), SubmissionID: s.ID, Kind: "review", Start: calendar.DateOf(f.at), Due: s.Due, Rule: s.DueRule}
	if !s.State.Open() {
		d.Closed = f.at.Add(20 * 24 * time.Hour)
	}
	if len(f.Cases) < 5000 && f.rng.IntN(f.Submissions/5000+1) == 0 {
		f.Cases = append(f.Cases, s.ID)
	}
	if err := f.bulk.Add(f.ctx, s, v, d); err != nil {
		return err
	}
	if err := f.letters(i, s); err != nil {
		return err
	}
	if err := f.talk(s, u, expert); err != nil {
		return err
	}
	return f.bulk.Log(f.ctx, &docket.AuditEntry{ID: docket.NewID(f.at), At: f.at, Actor: u.ID, Role: string(u.Roles[0]), Action: docket.AuditSubmissionReceived, Subject: s.ID, Blob: f.Document, Detail: map[string]string{"number": s.Number}})
}

// letters makes the receipt, notices, and the opinion of an answered case: as many as bring the total nearest to what was asked.
func (f *filler) letters(i int, s *docket.Submission) error {
	want := f.Letters*(i+1)/f.Submissions - f.Letters*i/f.Submissions
	answered := s.State == docket.SubmissionAnswered || s.State == docket.SubmissionArchived
	for j := range want {
		kind, caseNo, at := docket.LetterNotice, "15", f.at.Add(time.Duration(j)*time.Hour)
		switch {
		case j == 0:
			kind = docket.LetterReceipt
		case j == want-1 && answered:
			kind, caseNo = docket.LetterOpinion, "14"
		}
		if at.After(f.Now) {
			at = f.Now
		}
		if err := f.letter(s, kind, caseNo, at); err != nil {
			return err
		}
	}
	return nil
}

// letter makes a letter that was sealed and delivered: number, intent, line of the dispatch list.
func (f *filler) letter(s *docket.Submission, kind docket.LetterKind, caseNo string, at time.Time) error {
	l := &docket.Letter{
		ID: docket.NewID(at), Kind: kind, State: docket.LetterDispatched, SubmissionID: s.ID, BodyID: s.BodyID, BodyName: s.BodyName, Subject: "“" + s.Form.ProjectName + "” haqqında",
		Text: f.text(2), Profile: "default", Unsealed: f.Document, Approved: f.Document, Sealed: f.Document, Public: docket.NewSecret(), ControlCode: docket.NewControlCode(),
		Drafter: s.Expert, SealedBy: "Elektron sənəd dövriyyəsi", VerificationID: f.Verdict, Created: at, SealedAt: at, Dispatched: at, Rev: 2,
	}
	l.Number, l.NumberDate = s.Number, calendar.DateOf(s.Received)
	if kind == docket.LetterOpinion {
		l.Outcome = docket.Outcomes()[f.rng.IntN(4)]
	}
	rows := []any{l}
	if kind != docket.LetterReceipt {
		n, err := f.number(docket.JournalOutgoing, caseNo, l.ID, at)
		if err != nil {
			return err
		}
		l.Number, l.NumberDate = n.Text, n.Date
	}
	if f.rng.IntN(10) > 0 {
		l.FirstRead, l.FirstReadBy = at.Add(time.Minute), s.Person
	}
	rows = append(rows, &docket.SealIntent{ID: docket.NewID(at), LetterID: l.ID, Document: f.Document, Profile: "default", Key: "seal", Number: l.Number, Attempts: 1, Released: f.Document, ReleasedAt: at, Created: at})
	switch kind {
	case docket.LetterOpinion:
		rows = append(rows, &docket.DispatchEntry{ID: docket.NewID(at), LetterID: l.ID, SubmissionID: s.ID, Kind: kind, Number: l.Number, Day: calendar.DateOf(at), BodyID: s.BodyID, Addressee: s.BodyName, Channel: docket.DispatchMailbox, Added: at, Delivered: at})
	case docket.LetterNotice:
		notice := &docket.Notice{ID: docket.NewID(at), SubmissionID: s.ID, LetterID: l.ID, Items: []string{sentences[f.rng.IntN(len(sentences))]}, Created: at, Due: calendar.DateOf(at).AddDays(9)}
		if s.State != docket.SubmissionDeficient {
			notice.Answered = at.Add(time.Minute)
		}
		rows = append(rows, notice)
	}
	return f.bulk.Add(f.ctx, rows...)
}

// text makes up some sentences.
func (f *filler) text(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = sentences[f.rng.IntN(len(sentences))]
	}
	return strings.Join(out, " ")
}

// talk makes messages, a task and what the pages told.
func (f *filler) talk(s *docket.Submission, u, expert *docket.User) error {
	var rows []any
	for j := range f.rng.IntN(5) {
		m := &docket.Message{ID: docket.NewID(f.at), SubmissionID: s.ID, FromAgency: j%2 == 1, AuthorID: u.ID, Author: u.Name, Text: f.text(1), Sent: f.at.Add(time.Duration(j) * time.Hour)}
		if m.FromAgency {
			m.AuthorID, m.Author = expert.ID, expert.Name
		}
		if f.rng.IntN(20) > 0 {
			m.FirstRead, m.FirstReadBy = m.Sent.Add(time.Minute), u.Name
		}
		rows = append(rows, m)
	}
	if s.Expert != "" {
		t := &docket.CaseTask{ID: docket.NewID(f.at), SubmissionID: s.ID, UnitID: expert.UnitID, Lead: true, Person: expert.ID, Due: s.Due, State: docket.CaseTaskAnswered, Given: f.at, GivenBy: f.Staff[0].ID, Answered: f.at}
		if s.State.Open() {
			t.State, t.Answered = docket.CaseTaskOpen, time.Time{}
		}
		rows = append(rows, t)
	}
	for j, agency := range []bool{false, true} {
		n := &docket.Notification{ID: docket.NewID(f.at), Channel: docket.ChannelSystem, BodyID: s.BodyID, ForAgency: agency, Key: docket.NotifyReceived, Case: s.Number, Link: "/submissions/" + string(s.ID), SubmissionID: s.ID, Created: f.at, Sent: f.at}
		rows = append(rows, n)
		if j == 0 && f.rng.IntN(3) == 0 {
			m := *n
			m.ID, m.Channel, m.To, m.UserID = docket.NewID(f.at), docket.ChannelMail, u.Email, u.ID
			rows = append(rows, &m)
		}
	}
	return f.bulk.Add(f.ctx, rows...)
}
