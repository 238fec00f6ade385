package web

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// noon is when everything in these tests happens.
var noon = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// fakeDesk answers with one case in the state that a test sets, and keeps what it was asked. A method that a test does not expect is nil
// and fails it.
type fakeDesk struct {
	suspensions []docket.Suspension
	Desk
	mu            sync.Mutex
	asked         []string
	refusal       error // what verbs answer
	sub           docket.Submission
	registered    *docket.Registration
	letters       []docket.Letter
	events        []string
	regState      docket.RegistrationState
	regEvents     []string
	notices       []docket.Notice
	versions      []docket.Version
	form          docket.Form
	filter        docket.SubmissionFilter
	uploaded      string
	writing       docket.MessageDraft
	unread        int
	contact       *docket.Contact
	older         int
	messageFilter docket.MessageFilter
	users         docket.UserFilter
	user          desk.UserInput
	rows          int
	group         *desk.WorkingGroup
}

func newFakeDesk() *fakeDesk {
	return &fakeDesk{regState: docket.RegistrationSubmitted, rows: 1, sub: docket.Submission{
		ID: "s1", BodyID: "b1", BodyName: "Dövlət Statistika Komitəsi", UserID: "u1", Person: "Nigar Əliyeva", State: docket.SubmissionSent,
		Form: docket.Form{
			CoverNumber: "12/5-340", CoverDate: calendar.Of(2026, 11, 20), DocumentType: "information_system",
			ProjectName: "Əhalinin elektron uçotu sistemi <b>", NoStateSecret: true,
		},
		Files: []docket.File{
			{ID: "f1", Name: "texniki tapşırıq.pdf", Size: 345678, Blob: docket.Hash(strings.Repeat("ab", 32))},
			{ID: "f2", Name: "smeta.xlsx", Size: 12345, Blob: docket.Hash(strings.Repeat("cd", 32)), Extra: true},
		},
		Version: 1, Number: "1/1-07", Received: noon, Due: calendar.Of(2026, 12, 22), Record: docket.Hash(strings.Repeat("ef", 32)), Created: noon,
	}}
}

func (f *fakeDesk) ask(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, what)
	return f.refusal
}

func (f *fakeDesk) Limits() desk.Limits {
	return desk.Limits{FileBytes: 1 << 20, Files: 20, SubmissionBytes: 4 << 20, SealedBytes: 1 << 20}
}

func (f *fakeDesk) Bodies(context.Context, string, int) ([]docket.Body, error) {
	return []docket.Body{{ID: "b1", Name: "Dövlət Statistika Komitəsi", VOEN: "1234567890"}, {ID: "b2", Name: "Xəzər Limanı"}}, nil
}

func (f *fakeDesk) Actor(_ context.Context, user docket.ID) (docket.Actor, error) {
	roles := map[docket.ID]docket.Actor{
		"body":        {Name: "Nigar Əliyeva", FIN: "1AB2CD3", BodyID: "b1", BodyName: "Dövlət Statistika Komitəsi", Roles: []docket.Role{docket.RoleBodyAdmin}},
		"clerk":       {Name: "Elçin Şıxəliyev", BodyID: "b1", BodyName: "Dövlət Statistika Komitəsi", Roles: []docket.Role{docket.RoleRepresentative}},
		"registrar":   {Name: "Rəşad Quliyev", Roles: []docket.Role{docket.RoleRegistrar}},
		"coordinator": {Name: "İlham Şükürov", Roles: []docket.Role{docket.RoleCoordinator}},
		"head":        {Name: "Sevil Qasımova", UnitID: "un1", Roles: []docket.Role{docket.RoleVisaGiver}},
		"expert":      {Name: "Günay Həsənova", UnitID: "un1", Roles: []docket.Role{docket.RoleExpert}},
		"checker":     {Name: "Cavid Məmmədov", Roles: []docket.Role{docket.RoleDispatchChecker}},
		"signatory":   {Name: "Ülviyyə Ağayeva", Roles: []docket.Role{docket.RoleSignatory}},
		"admin":       {Name: "Vüsal Kərimov", Roles: []docket.Role{docket.RoleAdmin}},
		"auditor":     {Name: "Xəyal Jafarov", Roles: []docket.Role{docket.RoleAuditor, docket.RoleAdmin}},
	}
	a, ok := roles[user]
	if !ok {
		return docket.Actor{}, docket.ErrNotFound
	}
	a.UserID = user
	return a, nil
}

func (f *fakeDesk) LogIn(ctx context.Context, secret string) (docket.Actor, error) {
	a, err := f.Actor(ctx, docket.ID(secret))
	if err != nil {
		return a, docket.Refuse(docket.CodeForbidden, docket.KeyLinkInvalid)
	}
	return a, nil
}

func (f *fakeDesk) registration() docket.Registration {
	return docket.Registration{
		ID: "r1", Access: "secretkey", State: f.regState, BodyID: "b1", BodyName: "Dövlət Statistika Komitəsi", Email: "nigar@stat.example",
		Mobile: "+994501234567", LetterName: "müraciət.pdf", LetterSize: 54321, Submitted: noon, Letter: docket.Hash(strings.Repeat("01", 32)),
		Signer: docket.Signer{Name: "Nigar Əliyeva", FIN: "1AB2CD3", Organisation: "Dövlət Statistika Komitəsi", VOEN: "1234567890", SealRight: true},
	}
}

func (f *fakeDesk) RegisterBody(_ context.Context, _ docket.Actor, in desk.RegisterBodyInput) (*docket.Registration, error) {
	name := in.LetterName
	if in.Letter != nil {
		b, err := io.ReadAll(in.Letter)
		if err != nil {
			return nil, err
		}
		f.uploaded = string(b)
	} else if f.registered != nil {
		name = f.registered.LetterName
	}
	r := &docket.Registration{
		ID: "r1", Access: "secretkey", State: docket.RegistrationDraft, BodyID: in.BodyID, Email: in.Email, Mobile: in.Mobile,
		LetterName: name, LetterSize: int64(len(f.uploaded)),
	}
	err := f.ask("register " + string(in.BodyID) + " " + in.Email + " " + in.Mobile)
	if err == nil {
		whole := f.registration()
		r = &whole
	}
	f.registered = r
	return r, err
}

func (f *fakeDesk) RegistrationDraft(_ context.Context, access string) (*docket.Registration, error) {
	if f.registered == nil || access != f.registered.Access {
		return nil, docket.ErrNotFound
	}
	return f.registered, nil
}

func (f *fakeDesk) DraftLetter(_ context.Context, access string) (*desk.Download, error) {
	if f.registered == nil || access != f.registered.Access {
		return nil, docket.ErrNotFound
	}
	return &desk.Download{Name: f.registered.LetterName, Content: memoryBlob{strings.NewReader("unsigned")}}, nil
}

func (f *fakeDesk) RemoveLetter(context.Context, string) (*docket.Registration, error) {
	f.registered.LetterName, f.registered.LetterSize = "", 0
	return f.registered, f.ask("remove letter")
}

func (f *fakeDesk) ListRegistrations(_ context.Context, _ docket.Actor, filter docket.RegistrationFilter) ([]docket.Registration, int, error) {
	for _, st := range filter.States {
		if st == f.regState {
			return []docket.Registration{f.registration()}, 1, nil
		}
	}
	return nil, 0, nil
}

func (f *fakeDesk) Registration(_ context.Context, _ docket.Actor, id docket.ID) (*desk.RegistrationView, error) {
	if id != "r1" {
		return nil, docket.ErrNotFound
	}
	v := storedVerdict(etsi.TotalPassed, "")
	return &desk.RegistrationView{Registration: f.registration(), Body: docket.Body{ID: "b1", VOEN: "1234567890"}, Verification: &v, Events: f.regEvents}, nil
}

func (f *fakeDesk) ApproveBody(_ context.Context, _ docket.Actor, in desk.ApproveBodyInput) (*docket.Registration, error) {
	return nil, f.ask("approve " + string(in.ID))
}

func (f *fakeDesk) RefuseBody(_ context.Context, _ docket.Actor, _ docket.ID, reason string) (*docket.Registration, error) {
	return nil, f.ask("refuse " + reason)
}

func (f *fakeDesk) DraftSubmission(context.Context, docket.Actor) (*docket.Submission, error) {
	f.sub.State = docket.SubmissionDraft
	return &f.sub, f.ask("draft")
}

func (f *fakeDesk) SaveSubmission(_ context.Context, _ docket.Actor, _ docket.ID, form docket.Form) (*docket.Submission, error) {
	f.form = form
	f.sub.Form = form
	return &f.sub, f.ask("save")
}

func (f *fakeDesk) AddFile(_ context.Context, _ docket.Actor, _ docket.ID, name string, content io.Reader) (*docket.File, error) {
	b, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	f.uploaded = string(b)
	return &docket.File{Name: name}, f.ask("file " + name)
}

func (f *fakeDesk) RemoveFile(_ context.Context, _ docket.Actor, _, file docket.ID) error {
	return f.ask("remove " + string(file))
}

func (f *fakeDesk) PrepareRecord(context.Context, docket.Actor, docket.ID) (*docket.Submission, error) {
	return &f.sub, f.ask("prepare")
}

func (f *fakeDesk) Submit(_ context.Context, _ docket.Actor, _ docket.ID, signed io.Reader) (*docket.Submission, error) {
	b, err := io.ReadAll(signed)
	if err != nil {
		return nil, err
	}
	f.uploaded = string(b)
	if err := f.ask("submit"); err != nil {
		return nil, err
	}
	f.sub.State = docket.SubmissionSent
	return &f.sub, nil
}

func (f *fakeDesk) CheckSigner(who docket.Actor, g docket.Signer) error {
	if g.FIN != who.FIN {
		return docket.SignerRefused(docket.KeySigOtherPerson, docket.Actor{FIN: "1AB2CD3"}, g)
	}
	return nil
}

func (f *fakeDesk) Receipt(context.Context, docket.Actor, docket.ID) (*docket.Letter, error) {
	return &docket.Letter{ID: "l9"}, f.ask("receipt")
}

func (f *fakeDesk) SendReceipt(context.Context, docket.Actor, docket.ID) error { return f.ask("mail") }

func (f *fakeDesk) Correct(context.Context, docket.Actor, docket.ID) (*docket.Submission, error) {
	return &f.sub, f.ask("correct")
}

func (f *fakeDesk) WithdrawFor(_ context.Context, _ docket.Actor, _ docket.ID, reason string) (*docket.Submission, error) {
	if reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	return &f.sub, f.ask("withdraw " + reason)
}

func (f *fakeDesk) AddDocument(_ context.Context, _ docket.Actor, _ docket.ID, name string, content io.Reader) (*docket.File, error) {
	b, _ := io.ReadAll(content)
	f.uploaded = string(b)
	return nil, f.ask("document " + name)
}

func (f *fakeDesk) period() desk.Period {
	if len(f.suspensions) > 0 {
		return desk.Period{Received: calendar.Of(2026, 11, 22), Due: f.sub.Due, Used: 25, Left: 5, Still: 9, Suspended: true, Provisional: true, Rule: "30 working same_day next_working suspend"}
	}
	return desk.Period{Received: calendar.Of(2026, 11, 22), Due: f.sub.Due, Used: 25, Left: 5, Rule: "30 calendar"}
}

func (f *fakeDesk) ListSubmissions(_ context.Context, _ docket.Actor, filter docket.SubmissionFilter) ([]desk.SubmissionRow, int, error) {
	f.filter = filter
	if f.rows == 0 {
		return nil, 0, nil
	}
	read := f.message()
	read.FirstRead, read.FirstReadBy = noon, "Nigar Əliyeva"
	news := docket.CaseNews{Told: map[string]time.Time{docket.NotifyReceived: noon, docket.NotifyAccepted: noon, docket.NotifyDeficient: noon}, Came: &read, Sent: new(f.message())}
	return []desk.SubmissionRow{{Submission: f.sub, Period: f.period(), Unread: 2, News: news, Events: f.events}}, 1 + f.rows*20 - 20, f.refusal
}

func (f *fakeDesk) message() docket.Message {
	return docket.Message{ID: "m1", FromAgency: true, Author: "İlham Şükürov", Text: "Xahiş edirik dəqiqləşdirin.", Sent: noon}
}

func (f *fakeDesk) Submission(_ context.Context, _ docket.Actor, id docket.ID) (*desk.SubmissionView, error) {
	if id != "s1" {
		return nil, docket.ErrNotFound
	}
	return &desk.SubmissionView{
		Submission: f.sub, Period: f.period(), Letters: f.letters, Notices: f.notices, Events: f.events, Unread: 2, Versions: f.versions, Group: f.group, Suspensions: f.suspensions,
		Verifications: map[docket.ID]docket.Verification{"v1": storedVerdict(etsi.TotalPassed, "")},
	}, nil
}

func (f *fakeDesk) AcceptSubmission(context.Context, docket.Actor, docket.ID) (*docket.Submission, error) {
	return &f.sub, f.ask("accept")
}

func (f *fakeDesk) NotifyDeficiency(_ context.Context, _ docket.Actor, _ docket.ID, items []string) (*docket.Notice, error) {
	return nil, f.ask("deficient " + strings.Join(items, "|"))
}

func (f *fakeDesk) SealResponse(context.Context, docket.Actor, docket.ID) (*docket.Letter, error) {
	if err := f.ask("seal"); err != nil {
		return nil, err
	}
	f.letters[0].State = docket.LetterSealed
	l := f.letters[0]
	return &l, nil
}

func (f *fakeDesk) Dispatch(context.Context, docket.Actor, docket.ID) (*docket.Letter, error) {
	f.letters[0].State = docket.LetterDispatched
	return &f.letters[0], f.ask("dispatch")
}

func (f *fakeDesk) AnnulLetter(_ context.Context, _ docket.Actor, _ docket.ID, reason string) (*docket.Letter, error) {
	return nil, f.ask("annul " + reason)
}

func (f *fakeDesk) MessageDraft(context.Context, docket.Actor, docket.ID) (*docket.MessageDraft, error) {
	return &f.writing, nil
}

func (f *fakeDesk) SaveMessageDraft(_ context.Context, _ docket.Actor, _ docket.ID, text string) error {
	f.writing.Text = text
	return nil
}

func (f *fakeDesk) AttachToMessage(_ context.Context, _ docket.Actor, _ docket.ID, name string, content io.Reader) (*docket.File, error) {
	b, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".zip") {
		return nil, docket.Invalid("file", docket.KeyFileType).With("type", "application/zip")
	}
	if len(b) > 1<<20 {
		return nil, docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", 1<<20).On("file")
	}
	file := docket.File{ID: docket.ID("w" + strconv.Itoa(len(f.writing.Attachments))), Name: name, Size: int64(len(b))}
	f.writing.Attachments = append(f.writing.Attachments, file)
	return &file, f.ask("attach " + name + "=" + string(b))
}

func (f *fakeDesk) DetachFromMessage(_ context.Context, _ docket.Actor, _, file docket.ID) error {
	f.writing.Attachments = slices.DeleteFunc(f.writing.Attachments, func(x docket.File) bool { return x.ID == file })
	return f.ask("detach " + string(file))
}

func (f *fakeDesk) SendMessage(_ context.Context, _ docket.Actor, _ docket.ID, text string) (*docket.Message, error) {
	if text == "" {
		return nil, docket.Invalid("text", docket.KeyRequired)
	}
	if err := f.ask("message " + text); err != nil {
		return nil, err
	}
	f.writing = docket.MessageDraft{}
	return nil, nil
}

func (f *fakeDesk) WithdrawMessage(_ context.Context, _ docket.Actor, _, message docket.ID, reason string) error {
	if reason == "" {
		return docket.Invalid("reason", docket.KeyRequired)
	}
	return f.ask("take back " + string(message) + " " + reason)
}

func (f *fakeDesk) OpenWaiting(_ context.Context, _ docket.Actor, _, file docket.ID) (*desk.Download, error) {
	return f.download("waiting " + string(file))
}

func (f *fakeDesk) ReadMessages(_ context.Context, _ docket.Actor, _ docket.ID, filter docket.MessageFilter) ([]docket.Message, error) {
	out := []docket.Message{
		{ID: "m1", FromAgency: true, Author: "İlham Şükürov", Text: "Xahiş edirik dəqiqləşdirin.\nSəhifə 3.", Sent: noon, FirstRead: noon, FirstReadBy: "Nigar Əliyeva"},
		{ID: "m2", Author: "Nigar Əliyeva", AuthorID: "body", Text: "Əlavə olunur.", Sent: noon, Attachments: []docket.File{{ID: "f3", Name: "əlavə.pdf", Size: 2048}}},
		{ID: "m3", Author: "Nigar Əliyeva", AuthorID: "body", Sent: noon, Withdrawn: noon, WithdrawnBy: "Nigar Əliyeva", Withdrawal: "Səhv layihəyə yazılıb"},
		{ID: "m4", FromAgency: true, Author: "İlham Şükürov", Text: "Sağ olun.", Sent: noon},
	}
	for i := range f.older {
		out = append(out, docket.Message{ID: docket.ID("o" + strconv.Itoa(i)), Text: "x", Sent: noon})
	}
	f.messageFilter = filter
	return out, nil
}

func (f *fakeDesk) opinion(state docket.LetterState) docket.Letter {
	return docket.Letter{
		ID: "l1", Kind: docket.LetterOpinion, State: state, SubmissionID: "s1", BodyID: "b1", BodyName: "Dövlət Statistika Komitəsi",
		Subject: "Əhalinin elektron uçotu sistemi haqqında", Text: "Layihəyə baxıldı.\n\nRəy müsbətdir.", Outcome: "positive",
		Unsealed: docket.Hash(strings.Repeat("11", 32)), Sealed: docket.Hash(strings.Repeat("22", 32)), Number: "9/14-05", NumberDate: calendar.Of(2026, 11, 22),
		Public: "abcdefghijklmnopqrstuvwxyz", ControlCode: "4K7M-Q2XD", DrafterName: "Günay Həsənova", SealedBy: "Elektron sənəd dövriyyəsi",
		SealedAt: noon, Dispatched: noon,
	}
}

func (f *fakeDesk) Mailbox(context.Context, docket.Actor, int, int) ([]docket.Letter, int, error) {
	return []docket.Letter{f.opinion(docket.LetterDispatched)}, 1, nil
}

func (f *fakeDesk) Letter(context.Context, docket.Actor, docket.ID) (*docket.Letter, error) {
	l := f.opinion(docket.LetterDispatched)
	return &l, nil
}

func (f *fakeDesk) Notifications(context.Context, docket.Actor, int) ([]docket.Notification, error) {
	return []docket.Notification{
		{ID: "n2", Key: docket.NotifyMessage, Case: "1/1-07", SubmissionID: "s1", Created: noon},
		{ID: "n1", Key: docket.NotifyReceived, Case: "1/1-07", SubmissionID: "s1", Created: noon, Read: noon},
	}, nil
}

func (f *fakeDesk) UnreadNotifications(context.Context, docket.Actor) (int, error) {
	return f.unread, nil
}

func (f *fakeDesk) ReadNotification(_ context.Context, _ docket.Actor, id docket.ID) (string, error) {
	if id != "n2" {
		return "", docket.ErrNotFound
	}
	return "/submissions/s1", f.ask("read " + string(id))
}

func (f *fakeDesk) ReadNotifications(context.Context, docket.Actor) error { return f.ask("read all") }

func (f *fakeDesk) Profile(context.Context, docket.Actor) (*docket.User, error) {
	u := f.people()[0]
	return &u, nil
}

func (f *fakeDesk) people() []docket.User {
	return []docket.User{
		{ID: "body", Name: "Nigar Əliyeva", FIN: "1AB2CD3", Email: "nigar@stat.example", Mobile: "+994501234567", BodyID: "b1", Roles: []docket.Role{docket.RoleBodyAdmin}, LastLogIn: noon, Contact: f.contact},
		{ID: "p2", Name: "Elçin Şıxəliyev", FIN: "7•••••9", BodyID: "b1", Roles: []docket.Role{docket.RoleRepresentative}, From: calendar.Of(2026, 11, 1), To: calendar.Of(2026, 11, 20), Mobile: "+994557654321", Contact: &docket.Contact{Email: "elcin@stat.example"}},
		{ID: "p3", Name: "Zərifə Ağayeva", FIN: "5•••••2", BodyID: "b1", Roles: []docket.Role{docket.RoleRepresentative}, Suspended: noon},
	}
}

func (f *fakeDesk) People(context.Context, docket.Actor) ([]docket.User, error) {
	return f.people(), nil
}

func (f *fakeDesk) ChangeContacts(_ context.Context, _ docket.Actor, email, number string) (*docket.User, error) {
	u := f.people()[0]
	if email != u.Email {
		u.Contact = &docket.Contact{Email: email}
	}
	return &u, f.ask("contacts " + email + " " + number)
}

func (f *fakeDesk) ConfirmContact(_ context.Context, secret string) error {
	if secret != "abc" {
		return docket.Refuse(docket.CodeForbidden, docket.KeyLinkInvalid)
	}
	return f.ask("confirm")
}

func (f *fakeDesk) AddPerson(_ context.Context, _ docket.Actor, in desk.PersonInput) (*docket.User, error) {
	return nil, f.ask("add " + in.Name + " " + in.FIN + " " + in.Email + " " + in.Mobile + " " + in.From.String() + " " + in.To.String())
}

func (f *fakeDesk) SetPersonPeriod(_ context.Context, _ docket.Actor, id docket.ID, from, to calendar.Date) error {
	return f.ask("period " + string(id) + " " + from.String() + " " + to.String())
}

func (f *fakeDesk) RevokePerson(_ context.Context, _ docket.Actor, id docket.ID) error {
	return f.ask("revoke " + string(id))
}

func (f *fakeDesk) RestorePerson(_ context.Context, _ docket.Actor, id docket.ID) error {
	return f.ask("give back " + string(id))
}

func (f *fakeDesk) SuspendBody(_ context.Context, _ docket.Actor, _ docket.ID, reason string) (*docket.Registration, error) {
	return nil, f.ask("suspend " + reason)
}

func (f *fakeDesk) RestoreBody(_ context.Context, _ docket.Actor, _ docket.ID, reason string) (*docket.Registration, error) {
	return nil, f.ask("restore " + reason)
}

type memoryBlob struct{ *strings.Reader }

func (memoryBlob) Close() error { return nil }

func (m memoryBlob) Size() int64 { return m.Reader.Size() }

func (f *fakeDesk) download(what string) (*desk.Download, error) {
	if err := f.ask("download " + what); err != nil {
		return nil, err
	}
	return &desk.Download{Name: "sənəd <1>.html", MediaType: "text/html", Hash: docket.Hash(strings.Repeat("33", 32)), Content: memoryBlob{strings.NewReader("<script>" + what)}}, nil
}

func (f *fakeDesk) DownloadRecord(context.Context, docket.Actor, docket.ID) (*desk.Download, error) {
	return f.download("record")
}

func (f *fakeDesk) DownloadSigned(context.Context, docket.Actor, docket.ID, int) (*desk.Download, error) {
	return f.download("signed")
}

func (f *fakeDesk) DownloadFile(_ context.Context, _ docket.Actor, s, file docket.ID) (*desk.Download, error) {
	return f.download("file " + string(file))
}

func (f *fakeDesk) DownloadAttachment(context.Context, docket.Actor, docket.ID, docket.ID) (*desk.Download, error) {
	return f.download("attachment")
}

func (f *fakeDesk) DownloadLetter(_ context.Context, _ docket.Actor, letter docket.ID) (*desk.Download, error) {
	return f.download("letter " + string(letter))
}

func (f *fakeDesk) DownloadApplication(context.Context, docket.Actor, docket.ID) (*desk.Download, error) {
	return f.download("application")
}

func (f *fakeDesk) LookUpAddress(_ context.Context, address string) (*desk.PublicLetter, error) {
	if address != "abcdefghijklmnopqrstuvwxyz" {
		return nil, docket.Refuse(docket.CodeNotFound, docket.KeyLookup)
	}
	return &desk.PublicLetter{Number: "9/14-05", Date: calendar.Of(2026, 11, 22), Unit: "Elektron sənəd dövriyyəsi", Verification: storedVerdict(etsi.TotalPassed, "")}, nil
}

func (f *fakeDesk) LookUpNumber(ctx context.Context, number string, _ calendar.Date, code string) (*desk.PublicLetter, error) {
	if number != "9/14-05" || code != "4K7M-Q2XD" {
		return nil, docket.Refuse(docket.CodeNotFound, docket.KeyLookup)
	}
	return f.LookUpAddress(ctx, "abcdefghijklmnopqrstuvwxyz")
}

// storedVerdict is a verdict as the desk stores it.
func storedVerdict(i etsi.Indication, sub etsi.SubIndication) docket.Verification {
	b := reportJSON(sampleReport(i, sub))
	return docket.Verification{
		ID: "v1", Policy: "basic", At: noon, Indication: i, SubIndication: sub, Report: b,
		Signatures: []docket.SignatureVerdict{{
			Indication: i, Intact: true, Signer: docket.Signer{Name: "Nigar Əliyeva", Organisation: "Dövlət Statistika Komitəsi"},
			Reasons: []docket.Reason{{Key: "HASH_FAILURE"}},
		}},
	}
}

// sampleReport is a report with one signature.
func sampleReport(i etsi.Indication, sub etsi.SubIndication) *verify.Report {
	outcome := verify.StageYes
	severity := verify.SeverityWarning
	if i == etsi.TotalFailed {
		outcome, severity = verify.StageNo, verify.SeverityError
	}
	claimed := noon.Add(-time.Minute)
	return &verify.Report{
		Name: "rəy.pdf", Format: verify.FormatPDF, Indication: i, SubIndication: sub, Time: noon, Policy: verify.PolicyReference{Name: "basic"},
		Signatures: []*verify.SignatureReport{{
			ID: "S-1", Format: verify.FormatPAdES, Level: "PAdES-BASELINE-T", Indication: i, SubIndication: sub, Intact: i == etsi.TotalPassed,
			Coverage: "whole", Modified: "none", Signer: verify.Signer{CommonName: "Nigar Əliyeva", Organisation: "Dövlət Statistika Komitəsi"},
			DigestAlgorithm: "SHA256", SignatureAlgorithm: "ECDSA", ClaimedSigningTime: &claimed, BestSignatureTime: noon,
			Stages: []verify.Stage{
				{Key: verify.StageCertificateOfHolder, Outcome: verify.StageYes},
				{Key: verify.StageCertificateInForce, Outcome: verify.StageUnproven},
				{Key: verify.StageSignatureGenuine, Outcome: outcome},
			},
			Reasons:    []verify.Reason{{Key: "HASH_FAILURE", Severity: severity}},
			Timestamps: []*verify.TimestampReport{{Type: verify.SignatureTimestamp, Indication: "PASSED", Time: noon, ProducedBy: "Vaxt möhürü xidməti"}},
		}},
	}
}

func reportJSON(r *verify.Report) []byte {
	d := report.Simple(r, "az")
	return mustJSON(d)
}
