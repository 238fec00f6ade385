package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/desk"
)

// The columns of the access table that are no roles of requirements 2a. The roles have their own names, and those of a body are people of the
// body whose case the routes are tried on.
const (
	nobody     = "nobody"
	anotherOne = "another-body"     // the head of a body that has a case of its own
	elsewhere  = "expert-elsewhere" // an expert whom the case was not given to
)

// access is the real program, a case that went all its way, and a session for each column of the table.
type access struct {
	*testing.T
	demo     *demo
	handler  http.Handler
	columns  []string
	accounts map[string]docket.ID
	cookies  map[string]string
	fin      int
}

// newAccess walks the case and makes an account for every role that docket knows: a new role is a new column, without a line here.
func newAccess(t *testing.T, configure func(*config)) *access {
	t.Helper()
	var out bytes.Buffer
	d := &demo{o: demoOptions{dir: filepath.Join(t.TempDir(), "demo"), port: 8750, configure: configure}, out: &out, started: time.Now()}
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(out.String())
		}
	})
	ctx := t.Context()
	s := &story{staff: map[docket.Role]docket.Actor{}, bodies: map[string]docket.Body{}}
	d.story = s
	if err := d.prepare(ctx); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func(context.Context, *story) ([]string, error){d.history, d.register, d.approve, d.submit, d.answer} {
		if _, err := step(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	a := &access{T: t, demo: d, handler: d.world.office.handler(), accounts: map[string]docket.ID{}, cookies: map[string]string{}}
	a.people()
	return a
}

// people gives each column its account.
func (a *access) people() {
	a.Helper()
	s := a.demo.story
	a.columns = []string{nobody, anotherOne, elsewhere}
	a.accounts[anotherOne] = a.demo.older.UserID
	a.accounts[elsewhere] = a.newUser("", docket.RoleExpert)
	for _, role := range docket.Roles() {
		name := string(role)
		switch {
		case role == docket.RoleSystem || role == docket.RolePublic:
			continue
		case role == docket.RoleBodyAdmin && s.rep.Has(role):
			a.accounts[name] = s.rep.UserID
		case role == docket.RoleBodyAdmin || role == docket.RoleRepresentative:
			a.accounts[name] = a.newUser(s.rep.BodyID, role)
		case s.staff[role].UserID != "":
			a.accounts[name] = s.staff[role].UserID
		default:
			a.accounts[name] = a.newUser("", role)
		}
		a.columns = append(a.columns, name)
	}
}

// newUser makes an account.
func (a *access) newUser(body docket.ID, role docket.Role) docket.ID {
	a.Helper()
	a.fin++
	u, err := a.desk().AddUser(a.Context(), docket.System(), desk.AddUserInput{
		Name: "Şəxs " + string(role), FIN: "9ZZ9Z" + strconv.Itoa(10+a.fin), BodyID: body, Roles: []docket.Role{role},
	})
	a.must(err)
	return u.ID
}

func (a *access) desk() *desk.Service { return a.demo.world.office.desk }

func (a *access) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(a.demo.inWords(err))
	}
}

// link is a new log-in link of a column's account.
func (a *access) link(column string) string {
	a.Helper()
	secret, err := a.desk().IssueLoginLink(a.Context(), docket.System(), a.accounts[column], desk.LinkOptions{Time: time.Hour})
	a.must(err)
	return secret
}

// reply is what came back.
type reply struct {
	code     int
	location string
	body     string
}

// refused says whether somebody was kept out: 403 or 404, and for who is not logged in 401 or the way to the log-in.
func (w reply) refused(column string) bool {
	if w.code == http.StatusForbidden || w.code == http.StatusNotFound {
		return true
	}
	return column == nobody && (w.code == http.StatusUnauthorized || w.code == http.StatusSeeOther && w.location == "/log-in")
}

// ask sends a request with the session of a column.
func (a *access) ask(method, path, form, column string) reply {
	a.Helper()
	r := httptest.NewRequestWithContext(a.Context(), method, path, strings.NewReader(form))
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if column != nobody {
		r.AddCookie(&http.Cookie{Name: "mohur", Value: a.session(column)})
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == "mohur" && c.Value != a.cookies[column] { // the answer ended the session, or began another's
			delete(a.cookies, column)
		}
	}
	return reply{w.Code, w.Header().Get("Location"), w.Body.String()}
}

// session logs the column's account in, once.
func (a *access) session(column string) string {
	a.Helper()
	if c := a.cookies[column]; c != "" {
		return c
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, httptest.NewRequestWithContext(a.Context(), http.MethodPost, desk.PathLogIn+a.link(column), http.NoBody))
	for _, c := range w.Result().Cookies() {
		if c.Name == "mohur" {
			a.cookies[column] = c.Value
		}
	}
	if a.cookies[column] == "" {
		a.Fatalf("%s can't log in: %d", column, w.Code)
	}
	return a.cookies[column]
}

// routesOf lists what a router answers, as "GET /path/{id}". A handler for every method stands once, as "* /path".
func routesOf(t *testing.T, h http.Handler) []string {
	t.Helper()
	r, ok := h.(chi.Routes)
	if !ok {
		t.Fatalf("%T has no routes to list", h)
	}
	methods := map[string][]string{}
	err := chi.Walk(r, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		methods[route] = append(methods[route], method)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for route, list := range methods {
		if len(list) > 5 {
			list = []string{"*"}
		}
		for _, m := range list {
			out = append(out, m+" "+route)
		}
	}
	slices.Sort(out)
	return out
}

// named fails for a route that the table does not name, for a row that no route answers and for one that stands there twice.
func named(t *testing.T, routes, table []string) {
	t.Helper()
	rows := map[string]bool{}
	for _, row := range table {
		if rows[row] {
			t.Errorf("%s stands twice in the table", row)
		}
		if !slices.Contains(routes, row) {
			t.Errorf("%s stands in the table and is answered by nobody", row)
		}
		rows[row] = true
	}
	for _, route := range routes {
		if !rows[route] {
			t.Errorf("%s: the table of who may does not name it", route)
		}
	}
}

// accessIDs says what stands for a part of a path. Its key is the path's pattern up to the end of the part; or the whole pattern, a space and
// the part, where a route needs something else than those beside it; a field of a form stands in the same way.
type accessIDs map[string]func(whoAsks) string

// whoAsks is who asks: what the request uses up, or what must be his own, is made for him.
type whoAsks struct {
	column  string
	account docket.ID // empty for nobody and for programs
	may     bool      // the table lets him in
}

// path fills a pattern with ids.
func (a *access) path(pattern string, ids accessIDs, who whoAsks) string {
	a.Helper()
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		id, ok := ids[pattern+" "+part]
		if !ok {
			id, ok = ids[strings.Join(strings.Split(pattern, "/")[:i+1], "/")]
		}
		if !ok {
			a.Errorf("ids in access_table_test.go do not say what %s is of %s", part, pattern)
			return ""
		}
		parts[i] = id(who)
	}
	return strings.Replace(strings.Join(parts, "/"), "*", "mohur.css", 1)
}

// TestEveryPageAsEveryRole tries every route of the pages as every role of requirements 2a, as another body and as nobody, over a real case
// (S1-09; issue 6, access control). Who is not in the route's row gets 403 or 404; another body gets 404 for whatever is not its own. Nobody's
// answer says a word of a case that he may not see.
func TestEveryPageAsEveryRole(t *testing.T) {
	a := newAccess(t, nil)
	table := accessTable()
	list := make([]string, len(table))
	for i, row := range table {
		list[i] = row.route
	}
	named(t, routesOf(t, a.demo.world.office.pages), list)
	ids := a.ids()
	for _, row := range table {
		method, pattern, _ := strings.Cut(row.route, " ")
		if method == "*" {
			method = http.MethodGet
		}
		may := row.columns(t, a.columns)
		for _, column := range slices.Concat(without(a.columns, may), may) { // who may last: it can change what the others are tried on
			lets := slices.Contains(may, column)
			who := whoAsks{column, a.accounts[column], lets}
			path, form := a.path(pattern, ids, who), ""
			if row.form != "" {
				value, ok := ids[pattern+" "+row.form]
				if !ok {
					t.Fatalf("ids in access_table_test.go do not say what stands in %s of %s", row.form, pattern)
				}
				form = row.form + "=" + url.QueryEscape(value(who))
			}
			a.judge(row, column, lets, a.ask(method, path, form, column))
		}
	}
}

// judge holds an answer against its row.
func (a *access) judge(row accessRow, column string, may bool, got reply) {
	a.Helper()
	switch {
	case got.code >= http.StatusInternalServerError:
		a.Errorf("%s as %s: %d", row.route, column, got.code)
	case row.who == everybody: // what is refused here is refused for the form's sake
	case may && got.refused(column):
		a.Errorf("%s as %s: %d %s, the table says that he may", row.route, column, got.code, got.location)
	case !may && !got.refused(column):
		a.Errorf("%s as %s: %d %s, the table says that he may not", row.route, column, got.code, got.location)
	case !may && column == anotherOne && row.may(a.columns, string(docket.RoleRepresentative)) && got.code != http.StatusNotFound:
		a.Errorf("%s as another body: %d, an id of a case that is not its own is not found", row.route, got.code)
	}
	if name := a.demo.story.project.Form.ProjectName; slices.Contains(outOfTheCase(), column) && strings.Contains(got.body, name) {
		a.Errorf("%s as %s names the case's project", row.route, column)
	}
}

// without returns what is in list and not in out.
func without(list, out []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(out, s) })
}
