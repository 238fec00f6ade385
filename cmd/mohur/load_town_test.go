//go:build load

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
	"mohur/verify/etsi"
)

// town is the bodies, the agency's staff and their cases.
type town struct {
	k       *killed
	base    string
	bodies  []docket.ID
	users   []docket.User
	cases   map[docket.ID][]docket.ID // of each body
	open    []docket.ID               // in review: notices may be sent
	all     []docket.ID
	next    atomic.Int64 // of open
	notices atomic.Int64
}

// Words of project names: some stand in many, each of the rare ones in a few.
var (
	townCommon = []string{"informasiya", "sistemi", "elektron", "xidmət", "reyestr", "ehtiyatı", "layihəsi", "uçotu", "texniki", "tapşırıq"}
	townPlaces = []string{"Şəki", "Gəncə", "Bakı", "Quba", "Lənkəran", "İsmayıllı", "Göyçay", "Ağdam", "Şuşa", "Zaqatala"}
)

// newTown fills the database through the store's own ports, a few hundred rows a transaction.
func newTown(k *killed, cases int) *town {
	k.Helper()
	cfg, err := loadConfig(k.config, nil)
	if err != nil {
		k.Fatal(err)
	}
	n := &town{k: k, base: cfg.PublicURL, cases: map[docket.ID][]docket.ID{}}
	now := time.Now().UTC()
	for i := range 60 {
		n.addBody(i, now)
	}
	for i := range 80 {
		role := [][]docket.Role{{docket.RoleCoordinator}, {docket.RoleCoordinator}, {docket.RoleDispatchChecker}, {docket.RoleSignatory}}[i%4]
		n.addUser(&docket.User{Name: fmt.Sprintf("Əməkdaş %d", i), FIN: fmt.Sprintf("A%06d", i), Roles: role}, now)
	}
	verdict := n.verdict(now)
	for from := 0; from < cases; from += 250 {
		k.tx(func(w docket.Work) error {
			for i := from; i < min(from+250, cases); i++ {
				if err := n.addCase(w, i, now, verdict.ID); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return n
}

// verdict stores what the judge says of a letter that is really signed; every case of the town shows it.
func (n *town) verdict(now time.Time) *docket.Verification {
	n.k.Helper()
	letter, _, err := n.k.world.letter(n.k.Context(), director(), "1/1")
	if err != nil {
		n.k.Fatal(err)
	}
	b, err := n.k.office.blobs.Put(n.k.Context(), bytes.NewReader(letter), 1<<20)
	if err != nil {
		n.k.Fatal(err)
	}
	v, err := deskVerifier{n.k.office.judge}.Verify(n.k.Context(), desk.VerifyInput{File: bytes.NewReader(letter), Size: b.Size, Name: "record.pdf", Policy: "basic"})
	if err != nil || v.Indication != etsi.TotalPassed {
		n.k.Fatalf("%+v %v", v, err)
	}
	v.ID, v.Blob, v.At = docket.NewID(now), b.Hash, now
	for i := range v.Evidence {
		v.Evidence[i].Blob = b.Hash
	}
	n.k.tx(func(w docket.Work) error { return w.AddVerification(n.k.Context(), v) })
	return v
}

func (n *town) addUser(u *docket.User, now time.Time) {
	n.k.Helper()
	u.ID, u.Created = docket.NewID(now), now
	n.k.tx(func(w docket.Work) error { return w.AddUser(n.k.Context(), u) })
	n.users = append(n.users, *u)
}

// addBody adds a body that may use the service, with two people.
func (n *town) addBody(i int, now time.Time) {
	b := &docket.Body{ID: docket.NewID(now), Name: fmt.Sprintf("Nümunə orqanı %03d", i), VOEN: fmt.Sprintf("15%08d", i), Active: true}
	r := &docket.Registration{
		ID: docket.NewID(now), Access: docket.NewSecret(), State: docket.RegistrationApproved, BodyID: b.ID, BodyName: b.Name, Email: fmt.Sprintf("orqan%d@orqan.test", i),
		Mobile: "+994501112233", Created: now, Touched: now, Submitted: now, DecidedAt: now, DecidedBy: "sınaq",
	}
	n.k.tx(func(w docket.Work) error {
		return errors.Join(w.PutBody(n.k.Context(), b), w.AddRegistration(n.k.Context(), r))
	})
	n.bodies = append(n.bodies, b.ID)
	for j := range 2 {
		n.addUser(&docket.User{Name: fmt.Sprintf("Nümayəndə %d-%d", i, j), FIN: fmt.Sprintf("B%04d%02d", i, j), BodyID: b.ID, Roles: []docket.Role{docket.RoleRepresentative}}, now)
	}
}

// addCase adds a received project with a version, a deadline and some messages.
func (n *town) addCase(w docket.Work, i int, now time.Time, verdict docket.ID) error {
	ctx, body := n.k.Context(), i%len(n.bodies)
	received := now.Add(-time.Duration(i%(3*365*24)) * time.Hour)
	states := []docket.SubmissionState{docket.SubmissionAnswered, docket.SubmissionAnswered, docket.SubmissionSent, docket.SubmissionInReview, docket.SubmissionAccepted}
	s := &docket.Submission{
		ID: docket.NewID(now), BodyID: n.bodies[body], BodyName: fmt.Sprintf("Nümunə orqanı %03d", body), UserID: n.users[2*body].ID, Person: n.users[2*body].Name,
		State: states[i%len(states)], Version: 1, Number: fmt.Sprintf("1-%06d", i), Created: received, Received: received, Touched: received,
		Due: calendar.DateOf(received).AddDays(30), DueRule: docket.DefaultTerms().Rule(), Procedure: docket.ProcedureOpinion, ProcedureVersion: 1,
		Form: docket.Form{
			CoverNumber: fmt.Sprintf("7/%d-%d", i%40, i), CoverDate: calendar.DateOf(received), DocumentType: docket.DocumentTypes()[i%6], NoStateSecret: true,
			ProjectName: fmt.Sprintf("%s %s %s %05d", townPlaces[i%10], townCommon[i/10%10], townCommon[i/100%10], i),
		},
	}
	if err := w.AddSubmission(ctx, s); err != nil {
		return err
	}
	v := &docket.Version{SubmissionID: s.ID, N: 1, Form: s.Form, RecordJSON: []byte("{}"), VerificationID: verdict, Signer: docket.Signer{Name: s.Person}, Received: received}
	if err := w.AddVersion(ctx, v); err != nil {
		return err
	}
	for j := range 5 {
		m := &docket.Message{ID: docket.NewID(now), SubmissionID: s.ID, FromAgency: j%2 == 0, AuthorID: s.UserID, Author: s.Person, Text: "Sənədlər haqqında sual və cavab.", Sent: received}
		if err := w.AddMessage(ctx, m); err != nil {
			return err
		}
	}
	n.cases[s.BodyID] = append(n.cases[s.BodyID], s.ID)
	n.all = append(n.all, s.ID)
	if s.State == docket.SubmissionInReview {
		n.open = append(n.open, s.ID)
	}
	return nil
}

// townsman is a person at the pages.
type townsman struct {
	n       *town
	client  *http.Client
	rng     *rand.Rand
	agency  bool
	notices bool // a coordinator
	address string
	lists   []string
	mine    []docket.ID
}

// people logs so many in: three of a body for two of the agency.
func (n *town) people(users int) []*townsman {
	n.k.Helper()
	var bodies, staff []docket.User
	for _, u := range n.users {
		if u.BodyID == "" {
			staff = append(staff, u)
		} else {
			bodies = append(bodies, u)
		}
	}
	var out []*townsman
	for i := range users {
		u := bodies[i%len(bodies)]
		if i%5 > 2 {
			u = staff[i%len(staff)]
		}
		out = append(out, n.enter(u, i))
	}
	return out
}

// enter logs a person in by a link.
func (n *town) enter(u docket.User, i int) *townsman {
	n.k.Helper()
	jar, _ := cookiejar.New(nil)
	p := &townsman{
		n: n, rng: rand.New(rand.NewPCG(uint64(i), 7)), agency: u.BodyID == "", address: fmt.Sprintf("10.%d.%d.7", i/200, i%200),
		client: &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		mine:   n.cases[u.BodyID],
		lists:  []string{"/submissions", "/letters", "/submissions?state=in_review", "/submissions?order=-due&rows=50", "/submissions?page=2", "/home"},
	}
	if p.agency {
		p.notices = slices.Contains(u.Roles, docket.RoleCoordinator)
		p.mine = n.all
		p.lists = []string{"/incoming", "/incoming?state=sent", "/incoming?state=in_review&order=due", "/incoming?order=name&rows=50", "/incoming?page=3", "/agency"}
	}
	secret, err := n.k.office.desk.IssueLoginLink(n.k.Context(), docket.System(), u.ID, desk.LinkOptions{Time: time.Hour})
	if err != nil {
		n.k.Fatal(err)
	}
	if status, _, err := p.ask(http.MethodPost, desk.PathLogIn+secret, "", nil); err != nil || status != http.StatusSeeOther {
		n.k.Fatalf("logging in: %d %v", status, err)
	}
	return p
}

// ask sends one request and reads its answer whole.
func (p *townsman) ask(method, path, kind string, body io.Reader) (int, http.Header, error) {
	req, err := http.NewRequestWithContext(p.n.k.Context(), method, p.n.base+path, body)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("X-Forwarded-For", p.address)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := p.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header, err
}

// timed is ask, counted under a kind; a status other than expected is an error of the run.
func (p *townsman) timed(sum *waits, kind, method, path, media string, body io.Reader) http.Header {
	begin := time.Now()
	status, head, err := p.ask(method, path, media, body)
	if err != nil || !ok(status) {
		p.fail(sum, "%s %s: %d %v", method, path, status, err)
		return nil
	}
	sum.add(kind, time.Since(begin))
	return head
}

func (p *townsman) get(sum *waits, kind, path string) {
	p.timed(sum, kind, http.MethodGet, path, "", nil)
}

func (p *townsman) pick(list []string) string { return list[p.rng.IntN(len(list))] }

// aCase is the address of one of his cases, or of its correspondence.
func (p *townsman) aCase() string {
	return p.caseBase() + string(p.mine[p.rng.IntN(len(p.mine))]) + p.pick([]string{"", "", "/messages"})
}

func (p *townsman) caseBase() string {
	if p.agency {
		return desk.PathIncoming
	}
	return desk.PathSubmission
}

// term is one of 50 rare or 50 common search terms.
func (p *townsman) term() string {
	if p.rng.IntN(2) == 0 {
		return fmt.Sprintf("%05d", p.rng.IntN(50)*37)
	}
	return url.QueryEscape(p.pick(townPlaces) + " " + p.pick(townCommon[:5]))
}

// message writes into a case's correspondence.
func (p *townsman) message(sum *waits) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	_ = form.WriteField("text", "Sənədlərin tərkibi haqqında sual.")
	_ = form.Close()
	p.timed(sum, "write", http.MethodPost, p.caseBase()+string(p.mine[p.rng.IntN(len(p.mine))])+"/messages", form.FormDataContentType(), &b)
}

// draft begins a project and fills in its data.
func (p *townsman) draft(sum *waits) {
	head := p.timed(sum, "write", http.MethodPost, "/submit", "application/x-www-form-urlencoded", nil)
	if head == nil {
		return
	}
	data := url.Values{
		"cover_number": {"5/1-7"}, "cover_date": {"1.11.2026"}, "document_type": {"e_service"}, "project_name": {"Yük sınağının layihəsi"}, "no_state_secret": {"yes"},
	}
	p.timed(sum, "write", http.MethodPost, head.Get("Location"), "application/x-www-form-urlencoded", strings.NewReader(data.Encode()))
}

// notice sends a deficiency notice about a case nobody has taken: a number is taken, a letter sealed.
func (p *townsman) notice(sum *waits) {
	i := int(p.n.next.Add(1)) - 1
	if !p.notices || i >= len(p.n.open) {
		p.message(sum)
		return
	}
	form := url.Values{"items": {"Smeta yoxdur\nİmza səhifəsi yoxdur"}}
	if p.timed(sum, "notice", http.MethodPost, desk.PathIncoming+string(p.n.open[i])+"/deficiency", "application/x-www-form-urlencoded", strings.NewReader(form.Encode())) != nil {
		p.n.notices.Add(1)
	}
}

// waits is how long people waited, by kind.
type waits struct {
	mu     sync.Mutex
	times  map[string][]time.Duration
	errors []string
}

func (s *waits) add(kind string, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times == nil {
		s.times = map[string][]time.Duration{}
	}
	s.times[kind] = append(s.times[kind], took)
}

// reset forgets the warm-up's times; its errors stay.
func (s *waits) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = nil
}

// kinds lists them in order.
func (s *waits) kinds() []string { return slices.Sorted(maps.Keys(s.times)) }
