package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/locale"
)

//go:embed templates
var templateFiles embed.FS

// view is what every template sees: the words of the visitor's language, who he is, and what the handler put into Data.
type view struct {
	*locale.Printer
	Path     string // of the request, for the navigation
	Return   string // path and query of a GET, where the language switch leads back to
	Actor    docket.Actor
	LoggedIn bool
	Demo     bool
	Profiles bool // the pages of seal profiles are there
	Passkeys bool // staff may log in with passkeys
	// HeadSigns says that opinions wait for the head's own signature before the seal.
	HeadSigns bool
	Session   *session // when it ends; nil where nobody is logged in
	Said      string   // what was done just now
	Unread    int      // notifications that the actor has not read, to a hundred
	Errors    []fieldError
	Form      values
	Data      any
}

// values are the typed values of a form, shown again when it is refused.
type values map[string]string

// fieldError is a refusal shown in the summary and, if it has a field, above that field.
type fieldError struct {
	Field, Text string
	Bare        bool // the text says nothing without the field's name
}

// field is what the partials for inputs need.
type field struct {
	ID, Name, Label, Hint, Error, Value          string
	Type, Autocomplete, InputMode, Class, Accept string
	Required, Spellcheck                         bool
	Options                                      []option
	DescribedBy                                  string
}

// option is a line of a select.
type option struct{ Value, Text string }

// Field describes an input: its name, the key of its label and pairs of attribute and value. "hint" is a key as well.
func (v *view) Field(name, label string, attributes ...string) field {
	f := field{ID: name, Name: name, Label: v.T(label), Value: v.Form[name], Type: "text"}
	for i := 0; i+1 < len(attributes); i += 2 {
		f.set(attributes[i], attributes[i+1], v)
	}
	for _, e := range v.Errors {
		if e.Field == name {
			f.Error = e.Text
			break
		}
	}
	var described []string
	if f.Hint != "" {
		described = append(described, f.ID+"-hint")
	}
	if f.Error != "" {
		described = append(described, f.ID+"-error")
	}
	f.DescribedBy = strings.Join(described, " ")
	return f
}

// set takes one attribute of Field.
func (f *field) set(name, value string, v *view) {
	switch name {
	case "hint":
		f.Hint = v.T(value)
	case "hinttext":
		f.Hint = value
	case "type":
		f.Type = value
	case "autocomplete":
		f.Autocomplete = value
	case "inputmode":
		f.InputMode = value
	case "class":
		f.Class = value
	case "accept":
		f.Accept = value
	case "value":
		f.Value = value
	}
}

// With returns the field with the lines of a select.
func (f field) With(options []option) field {
	f.Options = options
	return f
}

// FieldError is the message of one field, empty if it has none.
func (v *view) FieldError(name string) string {
	for _, e := range v.Errors {
		if e.Field == name {
			return e.Text
		}
	}
	return ""
}

// Is says whether the request is for the section of the navigation that begins with prefix.
func (v *view) Is(prefix string) bool {
	return v.Path == prefix || strings.HasPrefix(v.Path, prefix+"/")
}

// Has says whether the actor holds one of the roles; templates name them.
func (v *view) HasRole(roles ...string) bool {
	for _, r := range roles {
		if v.Actor.Has(docket.Role(r)) {
			return true
		}
	}
	return false
}

// Day writes a legal date.
func (v *view) Day(d calendar.Date) string { return v.LegalDate(d.String()) }

// Clock writes the time of day of an instant, in Baku.
func (v *view) Clock(t time.Time) string {
	_, clock, _ := strings.Cut(v.DateTime(t), ", ")
	return clock
}

// ISO writes an instant for the datetime attribute of <time>.
func (v *view) ISO(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Count writes a number of things for people.
func (v *view) Count(n int) string { return v.Number(int64(n)) }

// Count64 writes a large number of things for people.
func (v *view) Count64(n int64) string { return v.Number(n) }

// Bytes writes a size for people.
func (v *view) Bytes(n int64) string { return v.Size(n) }

// pages are the parsed templates, one set per page.
type pages map[string]*template.Template

// parsedPages are parsed once: they are part of the program and safe for concurrent use.
var parsedPages = sync.OnceValues(parsePages)

// parsePages parses the layout with its partials once, and each page on a copy of it. A page fills the blocks "title" and "main".
func parsePages() (pages, error) {
	base, err := template.New("layout.html").Funcs(template.FuncMap{
		"dict": dict, "initial": initial, "inc": func(n int) int { return n + 1 }, "sum": func(a, b int) int { return a + b }, "at": at,
	}).ParseFS(templateFiles, "templates/layout.html", "templates/partials/*.html")
	if err != nil {
		return nil, fmt.Errorf("web: layout: %w", err)
	}
	names, err := fs.Glob(templateFiles, "templates/pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("web: pages: %w", err)
	}
	out := pages{}
	for _, name := range names {
		clone, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("web: %s: %w", name, err)
		}
		t, err := clone.ParseFS(templateFiles, name)
		if err != nil {
			return nil, fmt.Errorf("web: %s: %w", name, err)
		}
		out[strings.TrimSuffix(path.Base(name), ".html")] = t.Option("missingkey=error")
	}
	return out, nil
}

// dict makes the argument of a partial out of pairs.
func dict(pairs ...any) map[string]any {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if k, ok := pairs[i].(string); ok {
			out[k] = pairs[i+1]
		}
	}
	return out
}

// at is an instant that a template can ask "with" about: nil for none.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// initial shortens a hash for the eye.
func initial(h docket.Hash) string {
	if len(h) < 16 {
		return string(h)
	}
	return string(h[:16]) + "…"
}

// render writes a page whole or not at all, so that a template's failure is a clean error page.
func (s *site) render(w http.ResponseWriter, status int, page string, v *view) error {
	t, ok := s.pages[page]
	if !ok {
		return fmt.Errorf("web: no page %q", page)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout.html", v); err != nil {
		return fmt.Errorf("web: page %s: %w", page, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(v.Lang()))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	if err != nil {
		return nil // the visitor left
	}
	return nil
}
