package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"mohur/api"
	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/audit"
	"mohur/internal/sealing"
	"mohur/internal/store/storetest"
	"mohur/verify"
	"mohur/verify/etsi"
)

// TestKills kills the service, and the process that its token lies in, at random moments while programs ask for seals and letters are sealed: a few
// times here, as often as MOHUR_KILLS says on each database in `make kills`. MOHUR_KILLS_SEED repeats a run's choices.
func TestKills(t *testing.T) {
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any bits
	if text := os.Getenv("MOHUR_KILLS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	many, _ := strconv.Atoi(os.Getenv("MOHUR_KILLS"))
	if many == 0 {
		killAndCheck(t, "sqlite:"+t.TempDir()+"/mohur.db", seed, 10, 0)
		return
	}
	postgres, err := storetest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = postgres.Stop() }()
	t.Run("sqlite", func(t *testing.T) { killAndCheck(t, "sqlite:"+t.TempDir()+"/mohur.db", seed, many, many/5) })
	t.Run("postgres", func(t *testing.T) {
		dsn, err := postgres.NewDatabase()
		if err != nil {
			t.Fatal(err)
		}
		killAndCheck(t, dsn, seed, many, many/5)
	})
}

// killAndCheck runs the service through so many kills, while so many letters are sealed besides, and checks what is left.
func killAndCheck(t *testing.T, dsn string, seed uint64, kills, letters int) {
	t.Logf("seed %d", seed)
	k := newKilled(t, dsn, seed)
	base, err := k.world.application(director(), "1")
	if err != nil {
		t.Fatal(err)
	}
	k.start()
	stop := make(chan struct{})
	wishes := &wishes{}
	var clients sync.WaitGroup
	for i, name := range []string{"erp", "erp", "crm", "dms"} {
		clients.Go(func() { k.asking(wishes, name, i, base, stop) })
	}
	for i := 0; int(k.kills.Load()+k.drivers.Load()) < kills; i++ {
		time.Sleep(time.Duration(50+k.rng.IntN(1200)) * time.Millisecond)
		if letters > 0 && i%5 == 0 {
			k.addLetter(base)
		}
		if k.rng.IntN(4) == 0 {
			if k.killDriver() {
				k.drivers.Add(1)
			}
			continue
		}
		k.kill()
		k.kills.Add(1)
		k.start()
	}
	close(stop)
	clients.Wait()
	k.settle()
	k.check(wishes)
	k.kill()
}

// wish is one seal that a client asked for.
type wish struct {
	client, key string
	async       bool
	id          docket.ID
	status      int
	sealed      string
	posts       int
}

// wishes is what all clients asked for.
type wishes struct {
	mu  sync.Mutex
	all []*wish
}

// asking asks for one seal after another, and each until its end is known: a program that does what the interface says.
func (k *killed) asking(all *wishes, client string, number int, base []byte, stop chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond):
		}
		w := &wish{client: client, key: fmt.Sprintf("%d-%d", number, n), async: n%5 == 4}
		all.mu.Lock()
		all.all = append(all.all, w)
		all.mu.Unlock()
		document := fmt.Appendf(bytes.Clone(base), "%%%s\n", w.key)
		var until time.Time // while the service is killed all the time a request may wait: its end is due once that is over
		for !k.ask(w, document) {
			select {
			case <-stop:
				if until.IsZero() {
					until = time.Now().Add(3 * time.Minute)
				}
			default:
			}
			if !until.IsZero() && time.Now().After(until) {
				k.Errorf("seed %d: %s %s has no end: %d", k.seed, client, w.key, w.status)
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n%3 == 0 { // once more: the same answer
			again := *w
			if k.ask(&again, document) && (again.id != w.id || again.sealed != w.sealed) {
				k.Errorf("seed %d: %s %s: %s %s, and then %s %s", k.seed, client, w.key, w.id, w.sealed, again.id, again.sealed)
			}
		}
	}
}

// ask sends the request once; true says that its end is known.
func (k *killed) ask(w *wish, document []byte) bool {
	req, err := http.NewRequestWithContext(k.Context(), http.MethodPost, k.base+"/v1/seals?profile="+killsProfile, bytes.NewReader(document))
	if err != nil {
		k.Error(err)
		return true
	}
	req.Header.Set("Idempotency-Key", w.key)
	req.Header.Set("Content-Type", "application/pdf")
	if w.async {
		req.Header.Set("Prefer", "respond-async")
	}
	w.posts++
	res, err := k.clients[w.client].Do(req)
	if err != nil {
		return false // the service is dead, or died
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return false
	}
	w.status = res.StatusCode
	switch res.StatusCode {
	case http.StatusCreated:
		var a api.SealAnswer
		if err := json.Unmarshal(body, &a); err != nil || a.Sealed == nil {
			k.Errorf("%s: %v", body, err)
			return true
		}
		w.id, w.sealed = a.ID, a.Sealed.SHA256
		return true
	case http.StatusServiceUnavailable: // a clear problem: ended only if there is a request
		return res.Header.Get("Location") != ""
	case http.StatusAccepted, http.StatusConflict, http.StatusTooManyRequests:
		return false
	}
	k.Errorf("seed %d: %s: %d %s", k.seed, w.key, res.StatusCode, body)
	return true
}

// addLetter commits to a letter as a verb of the desk does: number, intent and task in one transaction. The service seals it.
func (k *killed) addLetter(page []byte) {
	k.Helper()
	b, err := k.office.blobs.Put(k.Context(), bytes.NewReader(page), 1<<20)
	if err != nil {
		k.Fatal(err)
	}
	now := time.Now().UTC()
	l := &docket.Letter{
		ID: docket.NewID(now), Kind: docket.LetterRefusal, State: docket.LetterSealing, Subject: "sınaq", Profile: defaultCredential, Unsealed: b.Hash, Approved: b.Hash,
		Public: docket.NewSecret(), ControlCode: docket.NewControlCode(), Created: now,
	}
	cert, err := k.office.sealer.Profile(k.Context(), defaultCredential)
	if err != nil {
		k.Fatal(err)
	}
	k.tx(func(w docket.Work) error {
		n, err := w.TakeNumber(k.Context(), lettersOfKills(), l.ID, "", now)
		if err != nil {
			return err
		}
		l.Number, l.NumberDate, l.Rev = n.Text, n.Date, 0
		if err := w.AddLetter(k.Context(), l); err != nil {
			return err
		}
		i := &docket.SealIntent{ID: docket.NewID(now), LetterID: l.ID, Document: b.Hash, Profile: defaultCredential, Key: cert.Key, Certificate: cert.Certificate, Number: n.Text, Created: now}
		if err := w.AddIntent(k.Context(), i); err != nil {
			return err
		}
		return w.Enqueue(k.Context(), docket.Task{Kind: docket.TaskSeal, Subject: l.ID})
	})
}

// lettersOfKills is the series of the letters' numbers.
func lettersOfKills() docket.Series {
	return docket.Series{Journal: docket.JournalOutgoing, Unit: "9", Case: "16", Template: "{unit}/{case}-{seq:02}"}
}

// settle waits until nothing is open any more.
func (k *killed) settle() {
	k.Helper()
	for until := time.Now().Add(5 * time.Minute); time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		open := 0
		err := k.office.store.Read(k.Context(), func(w docket.Work) error {
			list, err := w.OpenSealRequests(k.Context(), time.Now().Add(24*time.Hour), time.Now().Add(24*time.Hour), 1000)
			if err != nil {
				return err
			}
			open = len(list)
			for _, state := range []docket.LetterState{docket.LetterSealing, docket.LetterSealingFailed} {
				letters, err := w.LettersInState(k.Context(), state)
				if err != nil {
					return err
				}
				open += len(letters)
			}
			return nil
		})
		if err != nil {
			k.Fatal(err)
		}
		if open == 0 {
			return
		}
	}
	k.fatalWithLog("something is open for ever")
}

// check holds the database, the files, the token's count and the log against each other.
func (k *killed) check(all *wishes) {
	k.Helper()
	rows := map[docket.ID]*docket.SealRequest{}
	intents, releases, failed, retried := map[string]int{}, 0, 0, 0
	for _, w := range all.all {
		var r *docket.SealRequest
		err := k.office.store.Read(k.Context(), func(work docket.Work) (err error) {
			r, err = work.SealRequestByKey(k.Context(), w.client, w.key)
			return err
		})
		if err != nil {
			k.Errorf("seed %d: %s %s: %v", k.seed, w.client, w.key, err)
			continue
		}
		rows[r.ID] = r
		if !r.Intended.IsZero() {
			intents["profile "+r.Profile]++
			intents["client "+r.Client]++
		}
		if r.Attempts > 1 {
			retried++
		}
		switch r.State {
		case docket.SealReleased:
			releases++
			k.checkReleased(r)
		case docket.SealFailed:
			failed++
		default:
			k.Errorf("seed %d: %s ends %s", k.seed, w.key, r.State)
		}
		if w.sealed != "" && (w.id != r.ID || w.sealed != string(r.Released)) || (w.status == http.StatusCreated) != (r.State == docket.SealReleased) {
			k.Errorf("seed %d: %s: the client was told %d %s, the row says %s %s", k.seed, w.key, w.status, w.sealed, r.State, r.Released)
		}
	}
	letters := k.checkLetters()
	k.checkCounts(intents, letters)
	k.checkLog(rows, letters)
	total := intents[sealing.ProfileScope(killsProfile)]
	if releases > total || k.signatures() < releases+letters || releases == 0 {
		k.Errorf("seed %d: %d intents, %d releases, %d letters, %d signatures", k.seed, total, releases, letters, k.signatures())
	}
	posts := 0
	for _, w := range all.all {
		posts += w.posts
	}
	k.Logf("seed %d: %d kills of the service, %d of the driver; %d requests in %d posts: %d intents, %d released, %d failed, %d taken up again; %d letters; %d C_Sign",
		k.seed, k.kills.Load(), k.drivers.Load(), len(all.all), posts, total, releases, failed, retried, letters, k.signatures())
}

// checkReleased verifies a released file, and that it begins with the document.
func (k *killed) checkReleased(r *docket.SealRequest) {
	k.Helper()
	path := func(h docket.Hash) string { return filepath.Join(k.dir, "seals", "blobs", string(h[:2]), string(h)) }
	sealed, err := os.ReadFile(path(r.Released))
	if err != nil {
		k.Error(err)
		return
	}
	document, err := os.ReadFile(path(r.Document))
	if err != nil || !bytes.HasPrefix(sealed, document) {
		k.Errorf("%s: not the document: %v", r.Key, err)
	}
	rep, err := k.office.judge.Verify(k.Context(), verify.Input{Content: bytes.NewReader(sealed), Size: int64(len(sealed))}, verify.PolicyBasic)
	if err != nil || rep.Indication != etsi.TotalPassed || len(rep.Signatures) != 1 || rep.Signatures[0].Signer.SHA256 != string(r.Certificate) {
		k.Errorf("seed %d: %s: released, and not TOTAL-PASSED: %v", k.seed, r.Key, err)
	}
}

// checkLetters: every number is a letter's, without a gap, and every letter is sealed once with its number.
func (k *killed) checkLetters() (n int) {
	k.Helper()
	err := k.office.store.Read(k.Context(), func(w docket.Work) error {
		numbers, err := w.Numbers(k.Context(), lettersOfKills(), calendar.DateOf(time.Now()).Year)
		if err != nil {
			return err
		}
		for i, number := range numbers {
			l, err := w.Letter(k.Context(), number.Subject)
			if err != nil {
				return err
			}
			intent, err := w.IntentOfLetter(k.Context(), l.ID)
			if err != nil {
				return err
			}
			if number.Seq != i+1 || l.Number != number.Text || intent.Released != l.Sealed || l.Sealed == "" || l.State != docket.LetterDispatched {
				k.Errorf("seed %d: number %d: %s of a letter that is %s with %s, released %s", k.seed, i+1, number.Text, l.State, l.Number, intent.Released)
			}
		}
		n = len(numbers)
		return nil
	})
	if err != nil {
		k.Error(err)
	}
	return n
}

// checkCounts: what was counted is what was intended, exactly; the credential counts attempts, so never less.
func (k *killed) checkCounts(intents map[string]int, letters int) {
	k.Helper()
	err := k.office.store.Read(k.Context(), func(w docket.Work) error {
		counts, err := w.SealCounts(k.Context(), calendar.Date{})
		counted := map[string]int{}
		for _, c := range counts {
			counted[c.Scope] += c.N
		}
		for scope, n := range intents {
			if counted[scope] != n {
				k.Errorf("seed %d: %s: %d counted, %d intended", k.seed, scope, counted[scope], n)
			}
		}
		if len(counted) != len(intents) {
			k.Errorf("seed %d: counts %v, intents %v", k.seed, counted, intents)
		}
		uses, uerr := w.CredentialUses(k.Context(), calendar.Date{})
		used := 0
		for _, u := range uses {
			used += u.Used
		}
		if used < intents[sealing.ProfileScope(killsProfile)] {
			k.Errorf("seed %d: the credential counted %d, intended were %d and %d letters", k.seed, used, intents[sealing.ProfileScope(killsProfile)], letters)
		}
		if err == nil {
			err = uerr
		}
		return err
	})
	if err != nil {
		k.Error(err)
	}
}

// checkLog: the chain is whole, and tells of each release once.
func (k *killed) checkLog(rows map[docket.ID]*docket.SealRequest, letters int) {
	k.Helper()
	if _, err := audit.LinkAll(k.Context(), k.office.store); err != nil {
		k.Error(err)
	}
	f, err := audit.Check(k.Context(), k.office.store, nil, time.Now())
	if err != nil || !f.Intact() {
		k.Errorf("seed %d: the log's chain: %+v %v", k.seed, f, err)
	}
	intended, released := map[docket.ID]int{}, map[docket.ID]int{}
	for after := int64(0); ; {
		links, err := k.office.store.Links(k.Context(), after, 500)
		if err != nil || len(links) == 0 {
			if err != nil {
				k.Error(err)
			}
			break
		}
		for _, l := range links {
			after = l.N
			switch l.Entry.Action {
			case docket.AuditSealIntended:
				intended[l.Entry.Subject]++
			case docket.AuditSealReleased:
				released[l.Entry.Subject]++
			}
		}
	}
	for id, r := range rows {
		want := 0
		if r.State == docket.SealReleased {
			want = 1
		}
		if released[id] != want || (intended[id] == 1) != !r.Intended.IsZero() {
			k.Errorf("seed %d: %s (%s): the log tells of %d intents and %d releases", k.seed, r.Key, r.State, intended[id], released[id])
		}
		delete(released, id)
	}
	if len(released) != letters {
		k.Errorf("seed %d: the log tells of %d releases of letters, there are %d letters", k.seed, len(released), letters)
	}
}
