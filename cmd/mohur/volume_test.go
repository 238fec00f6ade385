//go:build load

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/store/storetest"
	"mohur/internal/store/volume"
)

// TestVolume measures every list, search, filter and page with a million submissions and five million letters on PostgreSQL, a tenth of that on SQLite,
// in one process: the 95th percentile of each stays under 100 ms. MOHUR_LOAD_SUBMISSIONS and MOHUR_LOAD_LETTERS are PostgreSQL's figures,
// MOHUR_LOAD_ENGINES chooses, MOHUR_LOAD_LIMIT is the bar in milliseconds. What it makes goes when it ends.
func TestVolume(t *testing.T) {
	submissions := loadNumber(t, "SUBMISSIONS", 1_000_000)
	letters := loadNumber(t, "LETTERS", 5*submissions)
	engines := strings.Fields(os.Getenv("MOHUR_LOAD_ENGINES"))
	if len(engines) == 0 || slices.Contains(engines, "sqlite") {
		t.Run("sqlite", func(t *testing.T) {
			fillAndMeasure(t, "sqlite:"+t.TempDir()+"/mohur.db", submissions/10, letters/10)
		})
	}
	if len(engines) == 0 || slices.Contains(engines, "postgres") {
		t.Run("postgres", func(t *testing.T) {
			postgres, err := storetest.StartPostgres()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = postgres.Stop() }()
			dsn, err := postgres.NewDatabase()
			if err != nil {
				t.Fatal(err)
			}
			fillAndMeasure(t, dsn, submissions, letters)
		})
	}
}

// question is one kind of question, asked in several ways.
type question struct {
	name string
	ask  func(ctx context.Context, i int) error
}

// crowd is who asks: one session of each kind of person.
type crowd struct {
	*town
	made *volume.Made
	rng  *rand.Rand
}

func fillAndMeasure(t *testing.T, dsn string, submissions, letters int) {
	k := newKilled(t, dsn, 1)
	n := &town{k: k, cases: map[docket.ID][]docket.ID{}}
	verdict := n.verdict(time.Now())
	begin := time.Now()
	made, err := volume.Fill(t.Context(), k.office.store, volume.Options{
		Submissions: submissions, Letters: letters, Now: time.Now(), Seed: 1, Verdict: verdict.ID, Document: verdict.Blob,
		Progress: func(i int) {
			if i%100_000 == 0 {
				t.Logf("%d submissions after %v", i, time.Since(begin).Round(time.Second))
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d submissions with %d letters made in %v", submissions, letters, time.Since(begin).Round(time.Second))
	server := httptest.NewServer(k.office.handler())
	defer server.Close()
	n.base = server.URL
	c := &crowd{town: n, made: made, rng: rand.New(rand.NewPCG(1, 1))}
	limit := time.Duration(loadNumber(t, "LIMIT", 100)) * time.Millisecond
	rounds := loadNumber(t, "ROUNDS", 50)
	busy, _ := os.ReadFile("/proc/loadavg")
	t.Logf("load average %s", strings.TrimSpace(string(busy)))
	t.Logf("%-64s %8s %8s %8s", "ms", "50 %", "95 %", "longest")
	for _, m := range c.questions(submissions) {
		times := make([]time.Duration, 0, rounds)
		for i := range rounds + 5 {
			begin := time.Now()
			if err := m.ask(t.Context(), i); err != nil {
				t.Errorf("%s: %v", m.name, err)
				break
			}
			if i >= 5 {
				times = append(times, time.Since(begin))
			}
		}
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		ms := func(part float64) float64 {
			return float64(times[min(len(times)-1, int(part*float64(len(times))))]) / float64(time.Millisecond)
		}
		t.Logf("%-64s %8.1f %8.1f %8.1f", m.name, ms(0.5), ms(0.95), ms(1))
		if ms(0.95) > float64(limit)/float64(time.Millisecond) {
			t.Errorf("%s: the 95th percentile is above %v", m.name, limit)
		}
	}
}

// questions are all that is measured.
func (c *crowd) questions(submissions int) []question {
	common, rare := volume.CommonTerms(), volume.RareTerms(submissions)
	var out []question
	for i, who := range []struct {
		name string
		user docket.User
		base string
	}{
		{"busiest body", c.made.People[0], "/submissions"},
		{"body", c.made.People[len(c.made.People)/2], "/submissions"},
		{"coordinator", c.made.Staff[0], "/incoming"},
		{"dispatch-checker", c.made.Staff[1], ""},
		{"signatory", c.made.Staff[2], ""},
		{"registrar", c.made.Staff[3], ""},
		{"auditor", c.made.Staff[4], ""},
		{"administrator", c.made.Staff[5], ""},
		{"expert", c.made.Staff[7], "/incoming"},
	} {
		p := c.enter(who.user, i)
		get := func(name string, path func(i int) string) {
			out = append(out, question{who.name + ": " + name, func(_ context.Context, i int) error {
				at := path(i)
				status, _, err := p.ask("GET", at, "", nil)
				if err == nil && status != 200 {
					err = fmt.Errorf("%s: status %d", at, status)
				}
				return err
			}})
		}
		if who.base == "" {
			c.others(who.user, get)
			continue
		}
		list := func(name, query string) { get("list, "+name, func(int) string { return who.base + "?" + query }) }
		for _, order := range []docket.SubmissionOrder{docket.OrderReceivedRev, docket.OrderReceived, docket.OrderDue, docket.OrderDueRev, docket.OrderName, docket.OrderNameRev} {
			list("by "+string(order), "order="+string(order))
			list("by "+string(order)+", in review", "state=in_review&order="+string(order))
			list("by "+string(order)+", dispatched", "state=dispatched&order="+string(order))
			get("list, by "+string(order)+", of a year", func(i int) string {
				y := time.Now().Year() - 1 - i%6
				return fmt.Sprintf("%s?received_from=01.01.%d&received_to=31.12.%d&order=%s", who.base, y, y, order)
			})
			get("list, by "+string(order)+", due in a month", func(i int) string {
				y := time.Now().Year() - 1 - i%6
				return fmt.Sprintf("%s?due_from=01.03.%d&due_to=31.03.%d&order=%s", who.base, y, y, order)
			})
			get("search, common, by "+string(order), func(i int) string {
				return who.base + "?order=" + string(order) + "&name=" + url.QueryEscape(common[i%len(common)])
			})
			get("search, rare, by "+string(order), func(i int) string {
				return who.base + "?order=" + string(order) + "&name=" + url.QueryEscape(rare[i%len(rare)])
			})
		}
		list("hundred rows", "rows=100")
		list("page 400", "page=400")
		if who.user.BodyID == "" {
			get("list, after any row", func(int) string {
				return fmt.Sprintf("%s?page=9000&after=%s", who.base, c.made.Cases[c.rng.IntN(len(c.made.Cases))])
			})
			get("list by name, before any row", func(int) string {
				return fmt.Sprintf("%s?page=9000&order=name&before=%s", who.base, c.made.Cases[c.rng.IntN(len(c.made.Cases))])
			})
		}
		get("search by number", func(i int) string { return who.base + fmt.Sprintf("?number=%d", 10000+i*17) })
		get("search by short number", func(i int) string { return who.base + fmt.Sprintf("?number=9/1-%d", 10+i) })
		get("search by name and state", func(i int) string {
			return who.base + "?state=in_review&name=" + url.QueryEscape(common[i%len(common)])
		})
		out = append(out, question{who.name + ": last page", func(ctx context.Context, _ int) error {
			_, _, err := c.k.office.desk.ListSubmissions(ctx, c.actor(who.user), docket.SubmissionFilter{Last: true})
			return err
		}})
		c.others(who.user, get)
	}
	return out
}

// others are the pages beside the list.
func (c *crowd) others(u docket.User, get func(string, func(int) string)) {
	if u.BodyID != "" {
		get("home", func(int) string { return "/home" })
		get("profile", func(int) string { return "/profile" })
		get("/notifications", func(int) string { return "/notifications" })
		get("mailbox", func(int) string { return "/letters" })
		get("mailbox, page 100", func(int) string { return "/letters?page=100" })
		var mine []docket.ID
		err := c.k.office.store.Read(c.k.Context(), func(w docket.Work) error {
			list, _, err := w.ListSubmissions(c.k.Context(), docket.SubmissionFilter{BodyID: u.BodyID, Limit: 200})
			for i := range list {
				mine = append(mine, list[i].ID)
			}
			return err
		})
		if err != nil {
			c.k.Fatal(err)
		}
		get("case", func(i int) string { return "/submissions/" + string(mine[i%len(mine)]) })
		get("correspondence", func(i int) string { return "/submissions/" + string(mine[i%len(mine)]) + "/messages" })
		return
	}
	get("home", func(int) string { return "/agency" })
	for role, paths := range map[docket.Role][]string{
		docket.RoleDispatchChecker: {"/dispatch", "/calendar", "/dispatches", "/dispatches?addressee=" + url.QueryEscape("Mərkəzi"), "/dispatches?number=9%2F14-17", "/journals/incoming", "/journals/outgoing", "/journals/outgoing?number=9%2F15-321"},
		docket.RoleSignatory:       {"/seal", "/sign", "/delegations", "/control"},
		docket.RoleRegistrar:       {"/registrations"},
		docket.RoleAuditor:         {"/audit", "/audit?action=submission.received", "/audit?action=login", "/audit?actor=" + string(c.made.People[0].ID), "/audit?subject_id=" + string(c.made.Cases[0]), "/audit?audit_from=01.03.2024&audit_to=31.03.2024"},
		docket.RoleAdmin:           {"/admin", "/admin/users", "/admin/users?name=abbas", "/admin/bodies", "/admin/bodies?name=mərkəz", "/admin/units"},
	} {
		if slices.Contains(u.Roles, role) {
			for _, path := range paths {
				get(path, func(int) string { return path })
			}
		}
	}
	get("/notifications", func(int) string { return "/notifications" })
	if slices.Contains(u.Roles, docket.RoleCoordinator) {
		get("case", func(i int) string { return "/incoming/" + string(c.made.Cases[i*37%len(c.made.Cases)]) })
		get("correspondence", func(i int) string { return "/incoming/" + string(c.made.Cases[i*37%len(c.made.Cases)]) + "/messages" })
	}
}

// actor is a person as the verbs see him.
func (c *crowd) actor(u docket.User) docket.Actor {
	return docket.Actor{UserID: u.ID, Name: u.Name, FIN: u.FIN, BodyID: u.BodyID, Roles: u.Roles}
}
