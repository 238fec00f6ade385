package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/store/storetest"
)

// TestKillsOfCases kills the service at random moments while bodies register, send projects, correct them, and are answered with sealed opinions: a
// few times here, as often as MOHUR_KILLS says on each database in `make kills`. What a page said was done is done, once; nothing is half done.
func TestKillsOfCases(t *testing.T) {
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any bits
	if text := os.Getenv("MOHUR_KILLS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	many, _ := strconv.Atoi(os.Getenv("MOHUR_KILLS"))
	t.Setenv("MOHUR_PROXIES", "127.0.0.1/32")
	if many == 0 {
		killCases(t, "sqlite:"+t.TempDir()+"/mohur.db", seed, 5)
		return
	}
	postgres, err := storetest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = postgres.Stop() }()
	t.Run("sqlite", func(t *testing.T) { killCases(t, "sqlite:"+t.TempDir()+"/mohur.db", seed, many) })
	t.Run("postgres", func(t *testing.T) {
		dsn, err := postgres.NewDatabase()
		if err != nil {
			t.Fatal(err)
		}
		killCases(t, dsn, seed, many)
	})
}

// killCases runs the service through so many kills while bodies are at work, one after another, and checks what is left.
func killCases(t *testing.T, dsn string, seed uint64, kills int) {
	t.Logf("seed %d", seed)
	n := &caseKills{killed: newKilled(t, dsn, seed)}
	n.hire()
	n.start()
	stop := make(chan struct{})
	var work sync.WaitGroup
	workers := 3
	if kills < 50 {
		workers = 2
	}
	for i := range workers {
		work.Go(func() {
			for turn := 0; ; turn++ {
				select {
				case <-stop:
					return
				default:
				}
				if !n.life(i, turn) {
					return
				}
			}
		})
	}
	for int(n.kills.Load()+n.drivers.Load()) < kills {
		time.Sleep(time.Duration(30+n.rng.IntN(1500)) * time.Millisecond)
		if n.rng.IntN(6) == 0 {
			if n.killDriver() {
				n.drivers.Add(1)
			}
			continue
		}
		n.kill()
		n.kills.Add(1)
		n.start()
	}
	close(stop)
	work.Wait()
	n.settle()
	n.checkCases()
	n.kill()
}

// caseKills is the killed service with the agency's people and what the bodies have done.
type caseKills struct {
	*killed
	staff map[string]docket.User // by role, experts and heads by their unit too
	units map[string]docket.ID
	chief *demopki.Signer // signs opinions

	mu    sync.Mutex
	lives []*life
}

// life is one body's way: registered, sent, answered.
type life struct {
	name string // of body and project: each is there once
	head *demopki.Signer
	body docket.ID
	user docket.User
	sub  docket.ID
	acks int
	rng  *rand.Rand
	// how far it came, as its pages or the database said
	corrected, answered bool
}

// hire makes the agency's people, through the office's own store: three units with an expert and a head each, and who decides.
func (n *caseKills) hire() {
	n.Helper()
	n.staff, n.units = map[string]docket.User{}, map[string]docket.ID{}
	i := 0
	n.tx(func(w docket.Work) error {
		add := func(key string, unit docket.ID, role docket.Role) error {
			i++
			u := docket.User{
				ID: docket.NewID(time.Now()), Name: "Əməkdaş " + strconv.Itoa(i), FIN: fmt.Sprintf("7KL%02dNP", i), UnitID: unit, Roles: []docket.Role{role}, Created: time.Now(),
			}
			n.staff[key] = u
			if err := w.AddUser(n.Context(), &u); err != nil || unit == "" {
				return err
			}
			return w.SetUnit(n.Context(), u.ID, unit)
		}
		for _, code := range asked() {
			u := &docket.Unit{ID: docket.NewID(time.Now()), Code: code, Name: code, Active: true}
			if err := w.PutUnit(n.Context(), u); err != nil {
				return err
			}
			n.units[code] = u.ID
			if err := errors.Join(add("expert "+code, u.ID, docket.RoleExpert), add("head "+code, u.ID, docket.RoleVisaGiver)); err != nil {
				return err
			}
		}
		for _, role := range []docket.Role{docket.RoleRegistrar, docket.RoleCoordinator, docket.RoleDispatchChecker, docket.RoleSignatory} {
			if err := add(string(role), "", role); err != nil {
				return err
			}
		}
		return nil
	})
	head := n.staff[string(docket.RoleSignatory)]
	signer, err := n.world.hierarchy.Person(demopki.Person{GivenName: "Rəis", Surname: "Sınaqlı", FIN: head.FIN, Organisation: agencyName, Title: "Rəis"})
	if err != nil {
		n.Fatal(err)
	}
	n.chief = signer
}

// clerkOf is one of the agency's people at a browser of his own.
func (n *caseKills) clerkOf(key string, at int) *clerk { return n.newClerk(n.staff[key].ID, 3000+at) }

// life walks one body's whole way; false ends the worker, for the test has failed.
func (n *caseKills) life(worker, turn int) bool {
	number := worker*1000 + turn
	l := &life{name: fmt.Sprintf("Sınaq orqanı %d", number), rng: rand.New(rand.NewPCG(n.seed, uint64(number)))}
	n.mu.Lock()
	n.lives = append(n.lives, l)
	n.mu.Unlock()
	return n.enrol(l, number) && n.send(l, number) && n.answer(l, number)
}

// read looks into the database.
func (n *caseKills) read(do func(docket.Work) error) {
	if err := n.office.store.Read(n.Context(), do); err != nil {
		n.Errorf("seed %d: %v", n.seed, err)
	}
}

// enrol registers the body and has it approved.
func (n *caseKills) enrol(l *life, number int) bool {
	person := demopki.Person{GivenName: "Rəhbər", Surname: fmt.Sprintf("Sınaqov %d", number), FIN: fmt.Sprintf("8Q%05d", number), Organisation: l.name, VOEN: fmt.Sprintf("16%08d", number), Title: "Direktor", SealRight: true}
	b := &docket.Body{ID: docket.NewID(time.Now()), Name: l.name, VOEN: person.VOEN, Active: true}
	if err := n.office.store.InTx(n.Context(), func(w docket.Work) error { return w.PutBody(n.Context(), b) }); err != nil {
		n.Error(err)
		return false
	}
	l.body = b.ID
	letter, head, err := n.world.letter(n.Context(), person, strconv.Itoa(number))
	if err != nil {
		n.Error(err)
		return false
	}
	l.head = head
	visitor := n.newClerk("", number)
	var reg docket.Registration
	stands := func(states ...docket.RegistrationState) func() bool {
		return func() bool {
			var list []docket.Registration
			n.read(func(w docket.Work) (err error) {
				list, _, err = w.ListRegistrations(n.Context(), docket.RegistrationFilter{BodyID: b.ID, States: states})
				return err
			})
			if len(list) > 0 {
				reg = list[0]
			}
			return len(list) > 0
		}
	}
	register := func() pageAnswer {
		return visitor.upload("/register", "letter", "muraciet.pdf", letter, "body", string(b.ID), "email", fmt.Sprintf("orqan%d@orqan.test", number), "mobile", "+994501112233", "no_state_secret", "yes")
	}
	if !visitor.step("register "+l.name, register, stands(docket.RegistrationSubmitted)) {
		return false
	}
	registrar := n.clerkOf(string(docket.RoleRegistrar), number)
	approve := func() pageAnswer { return registrar.post("/registrations/" + string(reg.ID) + "/approve") }
	if !registrar.step("approve "+l.name, approve, stands(docket.RegistrationApproved)) {
		return false
	}
	n.read(func(w docket.Work) error {
		users, err := w.UsersOfBody(n.Context(), b.ID)
		if err == nil && len(users) != 1 {
			n.Errorf("seed %d: %s has %d people", n.seed, l.name, len(users))
		}
		for _, u := range users {
			l.user = u
		}
		return err
	})
	l.acks += visitor.acks + registrar.acks
	return l.user.ID != ""
}

// stateOf reads where the project stands.
func (n *caseKills) stateOf(l *life) (s docket.Submission) {
	n.read(func(w docket.Work) error {
		p, err := w.Submission(n.Context(), l.sub)
		if err == nil {
			s = *p
		}
		return err
	})
	return s
}

// in says whether the project stands in one of the states.
func (n *caseKills) in(l *life, states ...docket.SubmissionState) func() bool {
	return func() bool {
		now := n.stateOf(l).State
		for _, s := range states {
			if now == s {
				return true
			}
		}
		return false
	}
}

// send drafts the project, signs its record and sends it.
func (n *caseKills) send(l *life, number int) bool {
	c := n.newClerk(l.user.ID, number)
	defer func() { l.acks += c.acks }()
	begin := func() pageAnswer {
		a := c.post("/submit")
		if a.status == 303 && strings.HasPrefix(a.location, "/submit/") {
			l.sub = docket.ID(strings.TrimPrefix(a.location, "/submit/"))
		}
		return a
	}
	if !c.step("begin "+l.name, begin, func() bool { return l.sub != "" && n.stateOf(l).State == docket.SubmissionDraft }) {
		return false
	}
	page := "/submit/" + string(l.sub)
	data := func() pageAnswer {
		return c.post(page, "cover_number", "1-"+strconv.Itoa(number), "cover_date", "1.11.2026", "document_type", "e_service", "project_name", l.name, "no_state_secret", "yes")
	}
	if !c.step("data of "+l.name, data, func() bool { return n.stateOf(l).Form.ProjectName == l.name }) {
		return false
	}
	file := func() pageAnswer {
		return c.upload(page+"/files", "files", "texniki tapşırıq.txt", []byte("Tapşırıq "+l.name))
	}
	if !c.step("file of "+l.name, file, func() bool { return len(n.stateOf(l).Files) > 0 }) {
		return false
	}
	return n.sign(c, l, page, docket.SubmissionSent)
}

// sign prepares the record, signs it with the head's key and sends it.
func (n *caseKills) sign(c *clerk, l *life, page string, then ...docket.SubmissionState) bool {
	prepared := func() bool {
		s := n.stateOf(l)
		return s.Record != ""
	}
	if !c.step("prepare "+l.name, func() pageAnswer { return c.post(page + "/check") }, prepared) {
		return false
	}
	var record []byte
	fetch := func() pageAnswer {
		a := c.ask("GET", page+"/record", "", nil)
		if a.status == 200 {
			record = a.body
		}
		return pageAnswer{status: 0}
	}
	if !c.step("record of "+l.name, fetch, func() bool { return record != nil }) {
		return false
	}
	signed, err := n.world.sign(n.Context(), record, l.head, l.head.Key)
	if err != nil {
		n.Error(err)
		return false
	}
	return c.step("send "+l.name, func() pageAnswer { return c.upload(page+"/sign", "file", "imzali.pdf", signed) }, n.in(l, then...))
}
