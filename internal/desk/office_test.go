package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/release"
	"mohur/internal/store/blob"
	"mohur/internal/store/sqlstore"
	"mohur/verify/etsi"
)

const mark = "\n%SIG " // what the tests' signatures look like: a line after the content

// signed appends a signature as the fake verifier reads it.
func signed(content string, sigs ...docket.SignatureVerdict) string {
	for _, g := range sigs {
		b, _ := json.Marshal(g)
		content += mark + string(b)
	}
	return content
}

// fakeVerifier believes what the marks say.
type fakeVerifier struct {
	mu      sync.Mutex
	version string
	err     error
	during  func()                    // runs inside Verify: somebody else acts meanwhile
	instead []docket.SignatureVerdict // found in every file, whatever it says
	promote bool                      // what lacked revocation data passes: it came in
}

func (f *fakeVerifier) PolicyVersion(string) string { return f.version }

func readAll(in VerifyInput) string {
	b, _ := io.ReadAll(io.NewSectionReader(in.File, 0, in.Size))
	return string(b)
}

func (f *fakeVerifier) Verify(_ context.Context, in VerifyInput) (*docket.Verification, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.during != nil {
		f.during()
	}
	if f.err != nil {
		return nil, f.err
	}
	v := &docket.Verification{Format: "PAdES", Indication: etsi.NoSignatureFound, Report: []byte("{}"), Evidence: []docket.Evidence{{Kind: "CRL", DER: []byte("a CRL")}}}
	for i, part := range strings.Split(readAll(in), mark)[1:] {
		var g docket.SignatureVerdict
		if err := json.Unmarshal([]byte(part), &g); err != nil {
			return nil, err
		}
		g.ID = fmt.Sprintf("S-%d", i)
		if i < len(f.instead) {
			g = f.instead[i]
		}
		if f.promote && g.RevocationMissing {
			g.Indication, g.SubIndication, g.RevocationMissing = etsi.TotalPassed, "", false
		}
		v.Signatures = append(v.Signatures, g)
		if i == 0 || release.Rank(g.Indication) < release.Rank(v.Indication) {
			v.Indication, v.SubIndication = g.Indication, g.SubIndication
		}
	}
	return v, nil
}

func (f *fakeVerifier) SignedOnly(_ context.Context, in VerifyInput, base int64) (bool, error) {
	return strings.HasPrefix(readAll(in)[base:], mark), nil
}

// fakeSealer appends a mark, or what the test asks for.
type fakeSealer struct {
	cert    docket.Hash
	perDay  int
	others  []docket.Hash // of members that stand in for the first, which is called "1"
	err     error         // of Seal
	sealed  int           // C_Sign calls
	write   func(in SealInput, out io.Writer) error
	profErr error
}

func (f *fakeSealer) Profile(_ context.Context, _ string, except ...string) (SealProfile, error) {
	for i, cert := range append([]docket.Hash{f.cert}, f.others...) {
		if member := strconv.Itoa(i + 1); !slices.Contains(except, member) {
			return SealProfile{
				Name: "default", Member: member, PerDay: f.perDay, Unit: "Elektron sənəd dövriyyəsi", Key: "seal-" + member, Certificate: cert, Level: "PAdES-BASELINE-T",
			}, f.profErr
		}
	}
	return SealProfile{}, errDead
}

func (f *fakeSealer) Seal(_ context.Context, in SealInput, out docket.BlobWriter) error {
	f.sealed++
	if f.err != nil {
		return f.err
	}
	if f.write != nil {
		return f.write(in, out)
	}
	return f.seal(in, out, nil)
}

// seal writes the input and a mark, changed as the test wants.
func (f *fakeSealer) seal(in SealInput, out io.Writer, change func(*docket.SignatureVerdict)) error {
	b, err := io.ReadAll(io.NewSectionReader(in.File, 0, in.Size))
	if err != nil {
		return err
	}
	g := docket.SignatureVerdict{Level: "PAdES-BASELINE-T", Indication: etsi.TotalPassed, Intact: true, Covers: "whole", Modified: "none", Certificate: in.Certificate}
	if change != nil {
		change(&g)
	}
	_, err = io.WriteString(out, signed(string(b), g))
	return err
}

type fakeStamper struct{ err error }

func (f *fakeStamper) Stamp(_ context.Context, h docket.Hash) ([]byte, error) {
	return []byte("token over " + string(h)), f.err
}

// fakePaper writes its input as JSON.
type fakePaper struct{}

func (fakePaper) Record(_ context.Context, _ *docket.Record, canonical []byte, w io.Writer) error {
	_, err := w.Write(append([]byte("%PDF-record "), canonical...))
	return err
}

func (fakePaper) Letter(_ context.Context, p *docket.LetterPage, w io.Writer) (docket.Place, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return docket.Place{}, err
	}
	_, err = w.Write(append([]byte("%PDF-letter "), b...))
	return docket.Place{Page: 1, X2: 10, Y2: 10}, err
}

// brokenBlobs refuses to store while broken is set: a full disk.
type brokenBlobs struct {
	docket.Blobs
	broken bool
	rot    map[docket.Hash]docket.Hash // a file whose bytes are another's by now
}

func (b *brokenBlobs) Open(ctx context.Context, h docket.Hash) (docket.BlobReader, error) {
	if other, ok := b.rot[h]; ok {
		h = other
	}
	return b.Blobs.Open(ctx, h)
}

var errDisk = docket.Refuse(docket.CodeUnavailable, docket.KeyDisk)

func (b *brokenBlobs) Put(ctx context.Context, r io.Reader, limit int64) (docket.Blob, error) {
	if b.broken {
		return docket.Blob{}, errDisk
	}
	return b.Blobs.Put(ctx, r, limit)
}

func (b *brokenBlobs) Create(ctx context.Context, limit int64) (docket.BlobWriter, error) {
	if b.broken {
		return nil, errDisk
	}
	return b.Blobs.Create(ctx, limit)
}

// office is a desk over SQLite, a directory and fakes, with a body and people.
type office struct {
	*Service
	t        *testing.T
	mu       sync.Mutex
	db       *sqlstore.Store
	clock    time.Time
	verifier *fakeVerifier
	sealer   *fakeSealer
	stamper  *fakeStamper
	disk     *brokenBlobs
	tasks    []docket.Task

	body                                                             docket.Body
	registrar, coordinator, expert, head, checker, signatory, person docket.Actor
	units                                                            map[string]docket.Unit // by code
}

const fin, voen = "1AB2CD3", "1234567890"

func newOffice(t *testing.T) *office {
	t.Helper()
	return newOfficeOn(t, "sqlite:"+filepath.Join(t.TempDir(), "mohur.db"))
}

// newOfficeOn is an office over a database.
func newOfficeOn(t *testing.T, dsn string) *office {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlstore.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	blobs, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{
		t: t, db: db, clock: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), verifier: &fakeVerifier{version: "1"}, stamper: &fakeStamper{},
		sealer: &fakeSealer{cert: docket.HashOf([32]byte{0xce})}, disk: &brokenBlobs{Blobs: blobs},
	}
	db.UseQueue(func(_ context.Context, _ *sql.Tx, tasks []docket.Task) error {
		o.tasks = append(o.tasks, tasks...)
		return nil
	})
	o.Service = o.another("first")
	bodies := []docket.Body{{Name: "Əmlak Xidməti", VOEN: voen, Active: true}, {Name: "Başqa Qurum", VOEN: "0987654321", Active: true}}
	if err := o.ImportBodies(o.ctx(), docket.System(), bodies); err != nil {
		t.Fatal(err)
	}
	o.body = bodies[0]
	for fin, p := range map[string]struct {
		who  *docket.Actor
		role docket.Role
	}{
		"AAAAAA1": {&o.registrar, docket.RoleRegistrar}, "AAAAAA2": {&o.coordinator, docket.RoleCoordinator}, "AAAAAA3": {&o.expert, docket.RoleExpert},
		"AAAAAA4": {&o.checker, docket.RoleDispatchChecker}, "AAAAAA5": {&o.signatory, docket.RoleSignatory}, "AAAAAA6": {&o.head, docket.RoleVisaGiver},
	} {
		*p.who = o.user("", fin, p.role)
	}
	o.units = map[string]docket.Unit{}
	for _, u := range docket.DefaultUnits() {
		o.units[u.Code] = *must[*docket.Unit](t)(o.PutUnit(o.ctx(), docket.System(), u))
	}
	o.expert, o.head = o.into("it", o.expert), o.into("it", o.head)
	return o
}

// into puts one of the agency's people into a unit.
func (o *office) into(unit string, who docket.Actor) docket.Actor {
	o.t.Helper()
	if err := o.SetUnit(o.ctx(), docket.System(), who.UserID, o.units[unit].ID); err != nil {
		o.t.Fatal(err)
	}
	return must[docket.Actor](o.t)(o.Actor(o.ctx(), who.UserID))
}

// lead is the one task of a small review: the unit it, answered by the expert, leads.
func (o *office) lead() []TaskInput {
	return []TaskInput{{Unit: o.units["it"].ID, Person: o.expert.UserID, Lead: true}}
}

// answerTask writes the sub-opinion of the leading task.
func (o *office) answerTask(sub *docket.Submission) {
	o.t.Helper()
	v := must[*SubmissionView](o.t)(o.Submission(o.ctx(), o.expert, sub.ID))
	must[*docket.SubOpinion](o.t)(o.WriteSubOpinion(o.ctx(), o.expert, v.Group.Tasks[0].ID, SubOpinionInput{Text: "Texniki cəhətdən məqsədəuyğundur.", Outcome: "positive"}))
}

// withVisas asks for the visas of a drafted page and has them given.
func (o *office) withVisas(l *docket.Letter) {
	o.t.Helper()
	must[*docket.Letter](o.t)(o.RequestVisas(o.ctx(), o.expert, l.ID))
	for _, v := range must[[]VisaRow](o.t)(o.VisaQueue(o.ctx(), o.head)) {
		if v.LetterID == l.ID {
			must[*docket.Visa](o.t)(o.GiveVisa(o.ctx(), o.head, v.ID, l.Unsealed))
		}
	}
}

// check is the dispatch check of a page with every point confirmed.
func (o *office) check(who docket.Actor, l *docket.Letter, seen docket.Hash) (*docket.Letter, error) {
	return o.CheckDispatch(o.ctx(), who, CheckDispatchInput{Letter: l.ID, Seen: seen, Points: docket.Checklist()})
}

// approvedPage brings a drafted page through visas and dispatch check.
func (o *office) approvedPage(l *docket.Letter) *docket.Letter {
	o.t.Helper()
	o.withVisas(l)
	return must[*docket.Letter](o.t)(o.check(o.checker, l, l.Unsealed))
}

// another makes a second process over the same database and disk.
func (o *office) another(owner string) *Service {
	s, err := New(Options{
		Store: o.db, Blobs: o.disk, Verifier: o.verifier, Sealer: o.sealer, Stamper: o.stamper, Paper: fakePaper{}, Owner: owner,
		Webhooks: fakeSecrets{}, Now: o.tick, Config: Config{BaseURL: "https://mohur.test/", SealWithoutSignature: true},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// tick reads the clock, which goes on by a microsecond each time, so that ids sort.
func (o *office) tick() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clock = o.clock.Add(time.Microsecond)
	return o.clock
}

func (o *office) ctx() context.Context { return o.t.Context() }

// later moves the clock.
func (o *office) later(d time.Duration) { o.clock = o.clock.Add(d) }

func (o *office) user(body docket.ID, fin string, roles ...docket.Role) docket.Actor {
	o.t.Helper()
	u, err := o.AddUser(o.ctx(), docket.System(), AddUserInput{Name: "Şəxs " + fin, FIN: fin, BodyID: body, Roles: roles})
	if err != nil {
		o.t.Fatal(err)
	}
	who, err := o.Actor(o.ctx(), u.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	return who
}

// good is a signature that passes, of the body's first person.
func good(change ...func(*docket.SignatureVerdict)) docket.SignatureVerdict {
	g := docket.SignatureVerdict{
		Level: "PAdES-BASELINE-T", Indication: etsi.TotalPassed, Intact: true, Covers: "whole", Modified: "none",
		Signer: docket.Signer{Name: "Gülər İsmayılova", FIN: fin, Organisation: "Əmlak", VOEN: voen, SealRight: true},
	}
	for _, c := range change {
		c(&g)
	}
	return g
}

// bad gives a signature another outcome.
func bad(i etsi.Indication, sub etsi.SubIndication) func(*docket.SignatureVerdict) {
	return func(g *docket.SignatureVerdict) { g.Indication, g.SubIndication = i, sub }
}

func (o *office) form(letter string) RegisterBodyInput {
	return RegisterBodyInput{BodyID: o.body.ID, Email: "office@example.az", Mobile: "050 123 45 67", LetterName: "müraciət.pdf", Letter: strings.NewReader(letter)}
}

// must stops the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// register registers and approves the body; o.person is its first person.
func (o *office) register() *docket.Registration {
	o.t.Helper()
	r := must[*docket.Registration](o.t)(o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF-letter", good()))))
	r = must[*docket.Registration](o.t)(o.ApproveBody(o.ctx(), o.registrar, ApproveBodyInput{ID: r.ID}))
	o.read(func(w docket.Work) error {
		u, err := w.UserByFIN(o.ctx(), fin, o.body.ID)
		if err == nil {
			o.person, err = o.actor(o.ctx(), w, u.ID)
		}
		return err
	})
	return r
}

func (o *office) read(do func(docket.Work) error) {
	o.t.Helper()
	if err := o.db.Read(o.ctx(), do); err != nil {
		o.t.Fatal(err)
	}
}

func projectForm() docket.Form {
	return docket.Form{CoverNumber: "12/5-340", CoverDate: calendar.Of(2026, 2, 27), DocumentType: "e_service", ProjectName: "Elektron reyestr", NoStateSecret: true}
}

// prepared makes a draft with a file and its record.
func (o *office) prepared() *docket.Submission {
	o.t.Helper()
	sub := must[*docket.Submission](o.t)(o.DraftSubmission(o.ctx(), o.person))
	must[*docket.Submission](o.t)(o.SaveSubmission(o.ctx(), o.person, sub.ID, projectForm()))
	must[*docket.File](o.t)(o.AddFile(o.ctx(), o.person, sub.ID, "layihə.pdf", strings.NewReader("%PDF-1.7 layihə")))
	return must[*docket.Submission](o.t)(o.PrepareRecord(o.ctx(), o.person, sub.ID))
}

// content reads a download.
func (o *office) content(d *Download, err error) string {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	defer d.Content.Close()
	b, err := io.ReadAll(d.Content)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(b)
}

// record is the page to sign.
func (o *office) record(sub *docket.Submission) string {
	o.t.Helper()
	return o.content(o.DownloadRecord(o.ctx(), o.person, sub.ID))
}

// sent sends a project.
func (o *office) sent() *docket.Submission {
	o.t.Helper()
	sub := o.prepared()
	return must[*docket.Submission](o.t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(sub), good()))))
}

// inReview brings a project to its expert.
func (o *office) inReview() *docket.Submission {
	o.t.Helper()
	sub := o.sent()
	must[*docket.Submission](o.t)(o.AcceptSubmission(o.ctx(), o.coordinator, sub.ID))
	sub = must[*docket.Submission](o.t)(o.ReviewSubmission(o.ctx(), o.coordinator, sub.ID, o.lead()))
	o.answerTask(sub)
	return sub
}

func opinion(sub *docket.Submission) OpinionInput {
	return OpinionInput{SubmissionID: sub.ID, Subject: "Rəy", Text: "Layihə məqsədəuyğundur.", Outcome: "positive"}
}

// approvedOpinion brings an opinion to its signatory.
func (o *office) approvedOpinion() *docket.Letter {
	o.t.Helper()
	sub := o.inReview()
	l := must[*docket.Letter](o.t)(o.DraftOpinion(o.ctx(), o.expert, opinion(sub)))
	return o.approvedPage(l)
}

// wantKey fails unless err is the refusal.
func (o *office) wantKey(err error, key string) {
	o.t.Helper()
	if err == nil {
		o.t.Fatalf("not refused, want %s", key)
	}
	if errs := docket.AsErrors(err); len(errs) == 0 || errs[0].Key != key {
		o.t.Fatalf("refused with %v, want %s", err, key)
	}
}

// numbersOf lists a series of the year.
func (o *office) numbersOf(j docket.Journal, caseNo string) (list []docket.Number) {
	o.read(func(w docket.Work) (err error) { list, err = w.Numbers(o.ctx(), o.series(j, caseNo), 2026); return err })
	return list
}

// auditActions lists what the log says, oldest first.
func (o *office) auditActions() (list []string) {
	rows, err := o.db.DB().QueryContext(o.ctx(), "SELECT action FROM audit_log ORDER BY id")
	if err != nil {
		o.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var a string
		if err := rows.Scan(&a); err != nil {
			o.t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

var errDead = errors.New("connection refused")
