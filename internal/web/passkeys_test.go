package web

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/auth"
	"mohur/internal/browser"
	"mohur/internal/store/sqlstore"
)

// fakePasskeys keeps what it was asked.
type fakePasskeys struct {
	asked   []string
	refusal error
}

func (f *fakePasskeys) ask(what ...string) error {
	f.asked = append(f.asked, strings.Join(what, " "))
	return f.refusal
}

func (f *fakePasskeys) StartRegistration(_ context.Context, _ docket.Hash, user docket.ID) (*auth.Ceremony, error) {
	return &auth.Ceremony{Options: json.RawMessage(`{"publicKey":{}}`), State: "state"}, f.ask("start", string(user))
}

func (f *fakePasskeys) Register(_ context.Context, _ docket.Hash, user docket.ID, state, name string, answer []byte) (*docket.Passkey, error) {
	return nil, f.ask("register", string(user), state, name, string(answer))
}

func (f *fakePasskeys) StartLogIn(context.Context, docket.Hash) (*auth.Ceremony, error) {
	return &auth.Ceremony{Options: json.RawMessage(`{"publicKey":{}}`), State: "state"}, nil
}

func (f *fakePasskeys) LogIn(_ context.Context, _ docket.Hash, state string, answer []byte) (*docket.User, error) {
	return &docket.User{ID: "registrar"}, f.ask("log in", state, string(answer))
}

func (f *fakePasskeys) List(context.Context, docket.ID) ([]docket.Passkey, error) {
	return []docket.Passkey{
		{ID: "k1", Name: "İş noutbuku", Created: noon.AddDate(0, -1, 0), LastUsed: noon},
		{ID: "k2", Name: "Köhnə açar", Created: noon.AddDate(-1, 0, 0), Suspect: noon},
	}, nil
}

func (f *fakePasskeys) Rename(_ context.Context, user, id docket.ID, name string) error {
	return f.ask("rename", string(user), string(id), name)
}

func (f *fakePasskeys) Remove(_ context.Context, user, id docket.ID) error {
	return f.ask("remove", string(user), string(id))
}

func TestPasskeysOnThePages(t *testing.T) {
	p := &fakePasskeys{}
	with := func(o *Options) { o.Passkeys = p }
	v := site0(t, newFakeDesk(), with)
	v.get("/log-in").has(t, `data-passkey="log-in"`, `src="/static/passkey.js"`)
	if a := v.ask("/log-in/passkey/start", "{}"); a.body != `{"publicKey":{}}` {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if a := v.ask("/log-in/passkey", `{"answer":{"id":"x"}}`); a.body != `{"location":"/agency"}` {
		t.Errorf("%d %s", a.code, a.body)
	}
	v.get("/passkeys").has(t, "İş noutbuku", "surəti çıxarılmış ola bilər", `data-passkey="make"`)
	v.ask("/passkeys/start", "{}")
	if a := v.ask("/passkeys", `{"name":"Telefon","answer":{"id":"y"}}`); a.body != `{"location":"/passkeys"}` {
		t.Errorf("%d %s", a.code, a.body)
	}
	v.ask("/passkeys", `{"name":"Telefon","answer":{"id":"y"}}`) // the answer has one try: the state is gone
	v.post("/passkeys/k1/rename", "passkey_name", "Ev")
	v.post("/passkeys/k1/remove")
	want := `log in state {"id":"x"}|start registrar|register registrar state Telefon {"id":"y"}|register registrar  Telefon {"id":"y"}|rename registrar k1 Ev|remove registrar k1`
	if got := strings.Join(p.asked, "|"); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
	p.refusal = docket.Refuse(docket.CodeForbidden, docket.KeyPasskeySuspect)
	if a := v.ask("/log-in/passkey", `{"answer":{}}`); a.code != http.StatusForbidden {
		t.Errorf("%d", a.code)
	} else {
		a.has(t, `"key":"login.passkey.suspect"`)
	}
	p.refusal = docket.Invalid("passkey_name", docket.KeyRequired)
	if a := v.post("/passkeys/k1/rename", "passkey_name", ""); a.code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.code)
	} else {
		a.has(t, `href="#name-k1"`)
	}
	if a := site0(t, newFakeDesk(), with).logIn("body").get("/passkeys"); a.code != http.StatusForbidden {
		t.Errorf("a body's person: %d", a.code)
	}
}

// realPasskeys are set once the address is known.
type realPasskeys struct{ *auth.Passkeys }

// Requirements 9 (log-in): a clerk makes a passkey in a browser with an authenticator, leaves, and comes back with it; without it nobody is in.
func TestPasskeyInABrowser(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	store, err := sqlstore.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "db"))
	must(t, err)
	defer func() { _ = store.Close() }()
	must(t, store.InTx(ctx, func(w docket.Work) error {
		return w.AddUser(ctx, &docket.User{ID: "registrar", Name: "Rəşad Quliyev", FIN: "7XY8ZW9", Roles: []docket.Role{docket.RoleRegistrar}, Created: noon})
	}))
	real := &realPasskeys{} // its origin has the port, which the server chooses
	site := site0(t, newFakeDesk(), func(o *Options) { o.Passkeys = real })
	port := site.url[strings.LastIndex(site.url, ":"):]
	keys, err := auth.NewPasskeys(auth.PasskeyOptions{Store: store, Origin: "http://localhost" + port, Now: time.Now})
	must(t, err)
	real.Passkeys = keys
	b, stop, err := browser.Start(ctx, browser.Options{Profile: t.TempDir(), Screenshots: os.Getenv("MOHUR_SCREENSHOTS")})
	must(t, err)
	defer stop()
	v, leave, err := b.Visitor("http://localhost" + port)
	must(t, err)
	defer leave()
	must(t, v.Open("/log-in"))
	must(t, v.PlugIn())
	const start, alert = "[data-passkey] [data-start]", "document.querySelector('[data-passkey] [data-alert]').textContent"
	must(t, v.Click(start))
	must(t, v.Await(alert+` !== ""`)) // the authenticator holds no key of ours
	must(t, v.Open("/log-in/registrar"))
	must(t, v.Open("/passkeys"))
	_, err = v.Do(`document.getElementById("passkey_name").value = "Noutbuk"`)
	must(t, err)
	must(t, v.Click(start))
	must(t, v.Await(`document.querySelector("main section h3") && document.querySelector("main section h3").textContent === "Noutbuk"`))
	_, err = v.Do(`document.querySelector("form[action='/logout'] button").click()`)
	must(t, err)
	must(t, v.Await(`location.pathname === "/"`))
	must(t, v.Open("/log-in"))
	must(t, v.Click(start))
	must(t, v.Await(`location.pathname === "/agency"`))
	list, err := keys.List(ctx, "registrar")
	must(t, err)
	if len(list) != 1 || list[0].LastUsed.IsZero() || list[0].SignCount < 2 {
		t.Errorf("%+v", list)
	}
}
