//go:build load

package main

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/store/storetest"
)

// loadOptions say how much; `make load` names the figures of the bar, each an environment variable MOHUR_LOAD_NAME.
type loadOptions struct {
	users, cases int
	warm, time   time.Duration
	think        time.Duration
}

// loadNumber reads a whole number of the environment.
func loadNumber(t *testing.T, name string, def int) int {
	t.Helper()
	text := os.Getenv("MOHUR_LOAD_" + name)
	if text == "" {
		return def
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("MOHUR_LOAD_%s: %q", name, text)
	}
	return n
}

// TestLoad is 200 people at their work: one request, then five seconds of thinking; 60 in 100 lists, 20 pages of cases, 10 searches, 10 writings.
// Service, database and people share the machine. A refusal, a broken answer, a number twice or a gap fails it, and so does a page whose 95th
// percentile is 300 ms or more; uploads are counted apart.
func TestLoad(t *testing.T) {
	o := loadOptions{
		users: loadNumber(t, "USERS", 200), cases: loadNumber(t, "CASES", 20000), think: 5 * time.Second,
		warm: time.Duration(loadNumber(t, "WARM", 60)) * time.Second, time: time.Duration(loadNumber(t, "SECONDS", 300)) * time.Second,
	}
	engines := strings.Fields(os.Getenv("MOHUR_LOAD_ENGINES"))
	if len(engines) == 0 || slices.Contains(engines, "sqlite") {
		t.Run("sqlite", func(t *testing.T) { loadAndMeasure(t, "sqlite:"+t.TempDir()+"/mohur.db", o) })
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
			loadAndMeasure(t, dsn, o)
		})
	}
}

// loadAndMeasure fills a database, lets people work on it, and says how long they waited.
func loadAndMeasure(t *testing.T, dsn string, o loadOptions) {
	t.Setenv("MOHUR_PROXIES", "127.0.0.1/32") // each person comes from a network of his own
	k := newKilled(t, dsn, 1)
	begin := time.Now()
	town := newTown(k, o.cases)
	t.Logf("%d cases of %d bodies made in %v", o.cases, len(town.bodies), time.Since(begin).Round(time.Second))
	k.start()
	defer k.kill()
	people := town.people(o.users)
	ends := time.Now().Add(o.warm + o.time)
	sum := &waits{}
	var all sync.WaitGroup
	for i, p := range people {
		all.Go(func() {
			time.Sleep(o.think * time.Duration(i) / time.Duration(len(people)))
			for time.Now().Before(ends) {
				p.act(sum)
				time.Sleep(o.think*3/4 + time.Duration(p.rng.Int64N(int64(o.think/2))))
			}
		})
	}
	time.Sleep(o.warm)
	before := town.histogram()
	sum.reset()
	all.Wait()
	after := town.histogram()
	k.settle()
	busy, _ := os.ReadFile("/proc/loadavg")
	t.Logf("load average at the end: %s", strings.TrimSpace(string(busy)))
	town.report(before, after, sum)
	town.numbers()
}

// numbers holds the journal of the notices that people sent against what they were told: each number once, no gap, a row for every notice.
func (n *town) numbers() {
	n.k.Helper()
	series := docket.Series{Journal: docket.JournalOutgoing, Unit: "9", Case: "15", Template: "{unit}/{case}-{seq:02}"}
	var list []docket.Number
	err := n.k.office.store.Read(n.k.Context(), func(w docket.Work) (err error) {
		list, err = w.Numbers(n.k.Context(), series, calendar.DateOf(time.Now()).Year)
		return err
	})
	if err != nil {
		n.k.Fatal(err)
	}
	seen := map[docket.ID]bool{}
	for i, num := range list {
		if num.Seq != i+1 || seen[num.Subject] {
			n.k.Errorf("number %d of the journal is %d, of %s", i+1, num.Seq, num.Subject)
		}
		seen[num.Subject] = true
	}
	if sent := int(n.notices.Load()); len(list) != sent || sent == 0 {
		n.k.Errorf("%d notices were sent, %d numbers taken", sent, len(list))
	}
	n.k.Logf("%d notices numbered and sealed meanwhile, no gap, none twice", len(list))
}

// act is one request of a person, or what belongs together as one.
func (p *townsman) act(sum *waits) {
	switch x := p.rng.IntN(100); {
	case x < 60:
		p.get(sum, "list", p.pick(p.lists))
	case x < 80:
		p.get(sum, "case", p.aCase())
	case x < 90:
		p.get(sum, "search", p.lists[0]+"?name="+p.term())
	default:
		p.write(sum)
	}
}

// write is a message, a draft's data, or a coordinator's notice.
func (p *townsman) write(sum *waits) {
	switch x := p.rng.IntN(10); {
	case p.agency && x < 2:
		p.notice(sum)
	case !p.agency && x < 4:
		p.draft(sum)
	default:
		p.message(sum)
	}
}

// fail records what must not happen.
func (p *townsman) fail(sum *waits, format string, args ...any) {
	sum.mu.Lock()
	defer sum.mu.Unlock()
	sum.errors = append(sum.errors, fmt.Sprintf(format, args...))
}

// ok says whether an answer is a page or leads to one.
func ok(status int) bool { return status == http.StatusOK || status == http.StatusSeeOther }
