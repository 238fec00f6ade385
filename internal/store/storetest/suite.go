package storetest

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// Run runs the suite; open makes an empty store for each part, which takes tasks somewhere.
func Run(t *testing.T, open func(t *testing.T) docket.Store) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"bodies and accounts", bodies},
		{"log-in links are used once", links},
		{"the directory of accounts and bodies", directory},
		{"changes of accounts", accounts},
		{"passkeys and subjects of the portal", passkeys},
		{"wordings", wordings},
		{"registrations", registrations},
		{"one approved registration of a body", oneApproved},
		{"submissions", submissions},
		{"the list of submissions", submissionList},
		{"units and who belongs to them", units},
		{"tasks and sub-opinions", caseTasks},
		{"projects of a unit", projectsOfUnit},
		{"visas", visas},
		{"returns and versions of letters", returnsAndVersions},
		{"who did what", trail},
		{"pages of the list of submissions", submissionPages},
		{"parts of names and numbers", submissionParts},
		{"letters", letters},
		{"seal intents", intents},
		{"delegations", delegations},
		{"two delegations of one person at once", delegationsAtOnce},
		{"dispatch list, follow-ups, journals", wayOut},
		{"credentials", credentials},
		{"a quota under many at once", quota},
		{"messages", messages},
		{"messages that are being written", messageDrafts},
		{"pages of messages, and tombstones", messagePages},
		{"who has read which notification", readings},
		{"addresses that wait for their confirmation", contacts},
		{"news of cases", caseNews},
		{"the Azerbaijani order", alphabet},
		{"notices, deadlines", periods},
		{"procedures", procedures},
		{"the calendar", decreedDays},
		{"readers of what is labelled", readers},
		{"mail and SMS on their way", postOnItsWay},
		{"verifications", verifications},
		{"stored verdicts", storedVerdicts},
		{"files of stored verdicts", heldBlobs},
		{"batches", batches},
		{"seal profiles", sealProfiles},
		{"changes of profiles follow one another", profileChanges},
		{"signings in two steps", signings},
		{"one claim of a signing", oneClaim},
		{"challenges of a log-in", loginChallenges},
		{"signatures by phone", phoneOperations},
		{"one claim of a signature by phone", onePhoneClaim},
		{"access tokens", accessTokens},
		{"authorisations of signatures", signatureAuthorisations},
		{"PINs of CSC clients", cscPINs},
		{"notifications", notifications},
		{"events for programs", events},
		{"an event that is committed late", eventCommittedLate},
		{"events under many at once", eventsAtOnce},
		{"keys of programs", apiKeys},
		{"requests with a key of the program's", idempotentRequests},
		{"webhooks", webhooks},
		{"deliveries of webhooks", deliveries},
		{"one attempt of a delivery", oneAttempt},
		{"seal requests and their keys", sealRequests},
		{"the intent of a seal request", sealIntent},
		{"ends of seal requests", sealEnds},
		{"counts of seals", sealCounts},
		{"batches of seals", sealBatches},
		{"a refused unit of work leaves nothing", rollback},
		{"readers can't write", readOnly},
		{"numbers have no gap", numbers},
		{"numbers under a hundred at once", numbersAtOnce},
		{"one of many updates wins", oneWins},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, newBench(t, open(t))) })
	}
}

// bench is a store with a body and two accounts in it.
type bench struct {
	t      *testing.T
	store  docket.Store
	now    time.Time
	body   docket.Body
	person docket.User
	clerk  docket.User
	ids    atomic.Int64
}

func newBench(t *testing.T, s docket.Store) *bench {
	b := &bench{t: t, store: s, now: time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)}
	b.body = docket.Body{ID: b.id(), Name: "Əmlak Məsələləri Dövlət Xidməti", VOEN: "1234567890", Active: true}
	b.person = docket.User{ID: b.id(), Name: "Gülər İsmayılova", FIN: "1AB2CD3", Email: "a@example.az", Mobile: "+994501234567", BodyID: b.body.ID, Roles: []docket.Role{docket.RoleBodyAdmin}, Created: b.now}
	b.clerk = docket.User{ID: b.id(), Name: "Rəşad Quliyev", FIN: "7XY8ZW9", Roles: []docket.Role{docket.RoleCoordinator, docket.RoleRegistrar}, Created: b.now}
	b.tx(func(w docket.Work) error {
		return errors.Join(w.PutBody(b.ctx(), &b.body), w.AddUser(b.ctx(), &b.person), w.AddUser(b.ctx(), &b.clerk))
	})
	return b
}

func (b *bench) ctx() context.Context { return b.t.Context() }

// id makes one that sorts after those made before.
func (b *bench) id() docket.ID {
	return docket.NewID(b.now.Add(time.Duration(b.ids.Add(1)) * time.Microsecond))
}

// tx runs a unit of work that must succeed.
func (b *bench) tx(do func(docket.Work) error) {
	b.t.Helper()
	if err := b.store.InTx(b.ctx(), do); err != nil {
		b.t.Fatal(err)
	}
}

// refused runs a unit of work that must fail with want.
func (b *bench) refused(want error, do func(docket.Work) error) {
	b.t.Helper()
	if err := b.store.InTx(b.ctx(), do); !errors.Is(err, want) {
		b.t.Fatalf("got %v, want %v", err, want)
	}
}

// read reads a value that must equal want.
func read[T any](b *bench, want T, get func(docket.Work) (T, error)) {
	b.t.Helper()
	err := b.store.Read(b.ctx(), func(w docket.Work) error {
		got, err := get(w)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(got, want) {
			b.t.Errorf("read\n%+v\nwant\n%+v", got, want)
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func bodies(t *testing.T, b *bench) {
	ctx := b.ctx()
	for i, name := range []string{"Çaylar İdarəsi", "Xəzər Agentliyi", "Cari İşlər", "İqtisadiyyat Nazirliyi", "Ilıcalar 100%_lik"} {
		b.tx(func(w docket.Work) error {
			return w.PutBody(ctx, &docket.Body{ID: b.id(), Name: name, VOEN: "100000000" + string(rune('0'+i)), Active: true})
		})
	}
	b.tx(func(w docket.Work) error {
		return w.PutBody(ctx, &docket.Body{ID: b.id(), Name: "Bağlanmış Qurum", VOEN: "1999999999"})
	})
	renamed := docket.Body{ID: b.id(), Name: "Əmlak Xidməti", VOEN: b.body.VOEN, Active: true}
	b.tx(func(w docket.Work) error { return w.PutBody(ctx, &renamed) })
	if renamed.ID != b.body.ID {
		t.Errorf("renaming made a new body")
	}
	read(b, &renamed, func(w docket.Work) (*docket.Body, error) { return w.BodyByVOEN(ctx, b.body.VOEN) })
	for query, want := range map[string][]string{
		"":           {"Cari İşlər", "Çaylar İdarəsi", "Əmlak Xidməti", "Xəzər Agentliyi", "Ilıcalar 100%_lik", "İqtisadiyyat Nazirliyi"},
		"IDARESI":    {"Çaylar İdarəsi"},
		"xezer":      {"Xəzər Agentliyi"},
		"0%_":        {"Ilıcalar 100%_lik"},
		"%":          {"Ilıcalar 100%_lik"},
		"bağlanmış":  nil,
		"yoxdur!!!_": nil,
	} {
		read(b, want, func(w docket.Work) ([]string, error) {
			list, err := w.SearchBodies(ctx, query, 0)
			var names []string
			for _, x := range list {
				names = append(names, x.Name)
			}
			return names, err
		})
	}
	read(b, &b.person, func(w docket.Work) (*docket.User, error) { return w.UserByFIN(ctx, b.person.FIN, b.body.ID) })
	read(b, []docket.User{b.clerk}, func(w docket.Work) ([]docket.User, error) { return w.UsersOfBody(ctx, "") })
	b.refused(docket.ErrStale, func(w docket.Work) error {
		u := b.person
		u.ID = b.id()
		return w.AddUser(ctx, &u)
	})
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.UserByFIN(ctx, b.person.FIN, ""); return err })
	b.tx(func(w docket.Work) error { return w.SetRoles(ctx, b.clerk.ID, []docket.Role{docket.RoleAuditor}) })
	b.clerk.Roles, b.clerk.Rev = []docket.Role{docket.RoleAuditor}, 1
	read(b, &b.clerk, func(w docket.Work) (*docket.User, error) { return w.User(ctx, b.clerk.ID) })
}

func links(t *testing.T, b *bench) {
	ctx := b.ctx()
	once := docket.LoginLink{SecretHash: docket.HashOf([32]byte{1}), UserID: b.person.ID, Expires: b.now.Add(time.Hour)}
	many := docket.LoginLink{SecretHash: docket.HashOf([32]byte{2}), UserID: b.clerk.ID, Expires: b.now.Add(time.Hour), Reusable: true}
	b.tx(func(w docket.Work) error { return errors.Join(w.AddLoginLink(ctx, &once), w.AddLoginLink(ctx, &many)) })
	use := func(h docket.Hash, at time.Time) func(docket.Work) error {
		return func(w docket.Work) error {
			l, err := w.UseLoginLink(ctx, h, at)
			if err == nil && (l.UserID == "" || !l.Used.Equal(at)) {
				t.Errorf("used link %+v", l)
			}
			return err
		}
	}
	b.refused(docket.ErrNotFound, use(once.SecretHash, b.now.Add(time.Hour)))
	b.tx(use(once.SecretHash, b.now.Add(time.Hour-time.Microsecond)))
	b.refused(docket.ErrNotFound, use(once.SecretHash, b.now))
	b.tx(use(many.SecretHash, b.now))
	b.tx(use(many.SecretHash, b.now))
	b.refused(docket.ErrNotFound, use(docket.HashOf([32]byte{3}), b.now))
}

func (b *bench) registration() *docket.Registration {
	return &docket.Registration{
		ID: b.id(), Access: docket.NewSecret(), State: docket.RegistrationSubmitted, BodyID: b.body.ID, BodyName: b.body.Name, Email: "x@example.az",
		Mobile: "+994501112233", LetterName: "müraciət.pdf", Letter: docket.HashOf([32]byte{9}), LetterSize: 12345,
		Signer: docket.Signer{Name: "Gülər", FIN: "1AB2CD3", Organisation: "Əmlak", VOEN: "1234567890", SealRight: true}, Mismatch: true,
		Timestamp: []byte{0, 1, 255}, Created: b.now, Touched: b.now, Submitted: b.now.Add(time.Second),
	}
}

func registrations(t *testing.T, b *bench) {
	ctx := b.ctx()
	r, d := b.registration(), b.registration()
	d.State = docket.RegistrationDraft
	d.BodyID, d.Submitted, d.Timestamp = "", time.Time{}, nil
	b.tx(func(w docket.Work) error { return errors.Join(w.AddRegistration(ctx, r), w.AddRegistration(ctx, d)) })
	read(b, r, func(w docket.Work) (*docket.Registration, error) { return w.Registration(ctx, r.ID) })
	read(b, d, func(w docket.Work) (*docket.Registration, error) { return w.RegistrationByAccess(ctx, d.Access) })
	old := *r
	r.State, r.DecidedAt, r.DecidedBy, r.Reason = docket.RegistrationRefused, b.now.Add(time.Hour), "Rəşad", "səbəb"
	b.tx(func(w docket.Work) error { return w.UpdateRegistration(ctx, r) })
	read(b, r, func(w docket.Work) (*docket.Registration, error) { return w.Registration(ctx, r.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateRegistration(ctx, &old) })
	for _, c := range []struct {
		f    docket.RegistrationFilter
		want int
	}{
		{docket.RegistrationFilter{}, 1},
		{docket.RegistrationFilter{States: []docket.RegistrationState{docket.RegistrationDraft, docket.RegistrationRefused}}, 2},
		{docket.RegistrationFilter{Query: "EMLAK"}, 1},
		{docket.RegistrationFilter{Query: "başqa"}, 0},
		{docket.RegistrationFilter{BodyID: b.body.ID}, 1},
	} {
		read(b, c.want, func(w docket.Work) (int, error) {
			list, n, err := w.ListRegistrations(ctx, c.f)
			if len(list) != n {
				t.Errorf("%+v: %d listed, %d counted", c.f, len(list), n)
			}
			return n, err
		})
	}
	b.tx(func(w docket.Work) error {
		if n, err := w.RemoveRegistrationDrafts(ctx, b.now); n != 0 || err != nil {
			t.Errorf("removed %d young drafts: %v", n, err)
		}
		n, err := w.RemoveRegistrationDrafts(ctx, b.now.Add(time.Second))
		if n != 1 {
			t.Errorf("removed %d drafts, want 1", n)
		}
		return err
	})
}

func oneApproved(_ *testing.T, b *bench) {
	r1, r2 := b.registration(), b.registration()
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddRegistration(b.ctx(), r1), w.AddRegistration(b.ctx(), r2))
	})
	r1.State, r2.State = docket.RegistrationApproved, docket.RegistrationApproved
	b.tx(func(w docket.Work) error { return w.UpdateRegistration(b.ctx(), r1) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateRegistration(b.ctx(), r2) })
}

func (b *bench) submission(name, cover string, received time.Time) *docket.Submission {
	s := &docket.Submission{
		ID: b.id(), BodyID: b.body.ID, BodyName: b.body.Name, UserID: b.person.ID, Person: b.person.Name, State: docket.SubmissionSent,
		Form:  docket.Form{CoverNumber: cover, CoverDate: calendar.Of(2026, 2, 27), DocumentType: "e_service", ProjectName: name, NoStateSecret: true},
		Files: []docket.File{{ID: b.id(), Name: "layihə.pdf", MediaType: "application/pdf", Size: 7, Blob: docket.HashOf([32]byte{5}), Added: b.now}}, Version: 1,
		Record: docket.HashOf([32]byte{6}), Number: "9/1-01", Procedure: docket.ProcedureOpinion, ProcedureVersion: 1, Provisional: true, StillDays: 3, StillSince: calendar.Of(2026, 3, 9), Label: docket.LabelOpen, Created: b.now, Received: received, Touched: b.now, DueRule: "30 calendar days", Expert: b.clerk.ID,
	}
	if !received.IsZero() {
		s.Due = calendar.DateOf(received).AddDays(30)
	}
	return s
}

func submissions(t *testing.T, b *bench) {
	ctx := b.ctx()
	s := b.submission("Elektron reyestr", "12-a", b.now)
	b.tx(func(w docket.Work) error { return w.AddSubmission(ctx, s) })
	read(b, s, func(w docket.Work) (*docket.Submission, error) { return w.Submission(ctx, s.ID) })
	s.Correction = &docket.Draft{Form: s.Form, Files: s.Files}
	s.State = docket.SubmissionDeficient
	b.tx(func(w docket.Work) error { return w.UpdateSubmission(ctx, s) })
	read(b, s, func(w docket.Work) (*docket.Submission, error) { return w.Submission(ctx, s.ID) })
	v := docket.Version{
		SubmissionID: s.ID, N: 1, Form: s.Form, Files: s.Files, RecordJSON: []byte(`{"a":"ə"}`), Record: s.Record, Signed: docket.HashOf([32]byte{7}),
		Signer: docket.Signer{Name: "G", FIN: "1AB2CD3"}, Timestamp: []byte{1}, Received: b.now,
	}
	b.tx(func(w docket.Work) error { return w.AddVersion(ctx, &v) })
	read(b, []docket.Version{v}, func(w docket.Work) ([]docket.Version, error) { return w.Versions(ctx, s.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddVersion(ctx, &v) })
	d := b.submission("qaralama", "", time.Time{})
	d.State = docket.SubmissionDraft
	b.tx(func(w docket.Work) error { return w.AddSubmission(ctx, d) })
	b.tx(func(w docket.Work) error {
		old, err := w.OldDrafts(ctx, b.now.Add(time.Second))
		if len(old) != 1 {
			t.Errorf("%d old drafts, want 1", len(old))
		}
		return err
	})
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RemoveDraft(ctx, s.ID) })
	b.tx(func(w docket.Work) error { return w.RemoveDraft(ctx, d.ID) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.Submission(ctx, d.ID); return err })
}

func submissionList(t *testing.T, b *bench) {
	ctx := b.ctx()
	day := func(n int) time.Time { return time.Date(2026, 3, n, 20, 30, 0, 0, time.UTC) } // the next day in Baku
	for _, s := range []*docket.Submission{
		b.submission("Çay sistemi", "1-a", day(1)), b.submission("Cəza reyestri", "2-b", day(2)), b.submission("Xəritə", "10-c", day(3)),
		b.submission("İdman portalı", "11-ç", day(4)),
	} {
		b.tx(func(w docket.Work) error { return w.AddSubmission(ctx, s) })
	}
	draft := b.submission("Qaralama", "", time.Time{})
	draft.State = docket.SubmissionDraft
	b.tx(func(w docket.Work) error { return w.AddSubmission(ctx, draft) })
	m := func(d int) calendar.Date { return calendar.Of(2026, 3, d) }
	for _, c := range []struct {
		name string
		f    docket.SubmissionFilter
		want []string
	}{
		{"newest first", docket.SubmissionFilter{}, []string{"İdman portalı", "Xəritə", "Cəza reyestri", "Çay sistemi"}},
		{"by name in Azerbaijani order", docket.SubmissionFilter{Order: docket.OrderName}, []string{"Cəza reyestri", "Çay sistemi", "Xəritə", "İdman portalı"}},
		{"by due date", docket.SubmissionFilter{Order: docket.OrderDue, Limit: 2}, []string{"Çay sistemi", "Cəza reyestri"}},
		{"second page", docket.SubmissionFilter{Order: docket.OrderDue, Limit: 2, Offset: 2}, []string{"Xəritə", "İdman portalı"}},
		{"name folded", docket.SubmissionFilter{Name: "CEZA"}, []string{"Cəza reyestri"}},
		{"cover number", docket.SubmissionFilter{Number: "10-C"}, []string{"Xəritə"}},
		{"our number", docket.SubmissionFilter{Number: "9/1-01", Limit: 1}, []string{"İdman portalı"}},
		{"received, days of Baku", docket.SubmissionFilter{ReceivedFrom: m(2), ReceivedTo: m(3)}, []string{"Cəza reyestri", "Çay sistemi"}},
		{"due", docket.SubmissionFilter{DueFrom: calendar.Of(2026, 4, 4)}, []string{"İdman portalı"}},
		{"due until, drafts have none", docket.SubmissionFilter{DueTo: calendar.Of(2026, 4, 1), WithDrafts: true}, []string{"Çay sistemi"}},
		{"state", docket.SubmissionFilter{States: []docket.SubmissionState{docket.SubmissionAccepted}}, nil},
		{"drafts too", docket.SubmissionFilter{WithDrafts: true, States: []docket.SubmissionState{docket.SubmissionDraft}}, []string{"Qaralama"}},
		{"another body's", docket.SubmissionFilter{BodyID: b.person.ID}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			read(&bench{t: t, store: b.store, now: b.now}, c.want, func(w docket.Work) ([]string, error) {
				list, total, err := w.ListSubmissions(ctx, c.f)
				if total < len(list) {
					t.Errorf("total %d", total)
				}
				var names []string
				for _, s := range list {
					names = append(names, s.Form.ProjectName)
				}
				return names, err
			})
		})
	}
}
