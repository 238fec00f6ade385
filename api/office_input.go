package api

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/docket/calendar"
)

// fieldKind is what a field of a body is.
type fieldKind int

const (
	textField fieldKind = iota
	flagField
	fileField
	filesField // a list
)

// field is a part of a body, in JSON and in a form alike.
type field struct {
	name     string
	kind     fieldKind
	max      int // characters of a text
	required bool
	format   string // of a text: date, email, uuid
	enum     []string
	doc      string
}

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// input is what a body held.
type input struct {
	texts map[string]string
	files map[string][]*spooled
}

func (in *input) has(name string) bool { _, ok := in.texts[name]; return ok }

func (in *input) file(name string) *spooled {
	if f := in.files[name]; len(f) > 0 {
		return f[0]
	}
	return nil
}

func (in *input) remove() {
	for _, f := range in.files {
		(&received{taken: f}).remove()
	}
}

// hash is of everything that was asked, however it was packed.
func (in *input) hash(path string) docket.Hash {
	parts := []string{path}
	for name, text := range in.texts {
		parts = append(parts, "text "+name+" "+text)
	}
	for name, files := range in.files {
		for i, f := range files {
			parts = append(parts, "file "+name+" "+strconv.Itoa(i)+" "+hex.EncodeToString(f.sha256[:])+" "+f.name)
		}
	}
	slices.Sort(parts[1:])
	return sum(parts...)
}

// content reads a spooled file from its beginning.
func (sp *spooled) content() io.Reader { return io.NewSectionReader(sp.f, 0, sp.size) }

// takeInput reads the body of a route. It has answered when it returns false; otherwise what it returns has to be removed.
func (s *server) takeInput(w http.ResponseWriter, r *http.Request, rt officeRoute) (*input, bool) {
	in := &input{texts: map[string]string{}, files: map[string][]*spooled{}}
	if rt.fields == nil {
		if n, err := io.ReadFull(r.Body, make([]byte, 1)); n > 0 || err != nil && !errors.Is(err, io.EOF) {
			s.refuse(w, r, invalid("#", "no-body"))
			return in, false
		}
		return in, true
	}
	done, ok := s.incoming(w, r)
	if !ok {
		return in, false
	}
	err := s.readInput(w, r, rt, in)
	done()
	if err == nil {
		err = in.check(rt.fields)
	}
	if err != nil {
		in.remove()
		s.refuseUpload(w, r, err)
		return in, false
	}
	return in, true
}

// readInput reads JSON, a form, or the file itself.
func (s *server) readInput(w http.ResponseWriter, r *http.Request, rt officeRoute, in *input) error {
	if c := r.Header.Get("Content-Encoding"); c != "" && c != "identity" {
		return errMediaType
	}
	l := s.Office.Desk.Limits()
	most := l.FileBytes
	if slices.ContainsFunc(rt.fields, func(f field) bool { return f.kind == filesField }) {
		most = l.SubmissionBytes
	}
	r.Body = http.MaxBytesReader(w, r.Body, most*4/3+formBytes)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "multipart/form-data":
		return s.readForm(w, r, rt, in)
	case kind == "application/json":
		return s.readJSON(r, rt, in)
	case rt.raw && kind != "application/x-www-form-urlencoded" && (err == nil || r.Header.Get("Content-Type") == ""):
		sp, err := s.spool(http.MaxBytesReader(w, r.Body, l.FileBytes), rawName(r))
		if sp != nil {
			in.files["file"] = []*spooled{sp}
		}
		return err
	}
	return errMediaType
}

// named finds a field.
func named(fields []field, name, at string) (field, error) {
	for _, f := range fields {
		if f.name == name {
			return f, nil
		}
	}
	return field{}, &jsonError{at, faultKey}
}

// readForm reads a form, files as streams.
func (s *server) readForm(w http.ResponseWriter, r *http.Request, rt officeRoute, in *input) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return errMediaType
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		f, err := named(rt.fields, part.FormName(), "#/"+part.FormName())
		switch {
		case err != nil:
			return err
		case n == maxParts:
			return &jsonError{"#", faultTooMany}
		case in.has(f.name) || f.kind == fileField && in.file(f.name) != nil:
			return &jsonError{"#/" + f.name, faultTwice}
		}
		if f.kind == fileField || f.kind == filesField {
			sp, err := s.spool(http.MaxBytesReader(w, part, s.Office.Desk.Limits().FileBytes), part.FileName())
			if sp != nil {
				in.files[f.name] = append(in.files[f.name], sp)
			}
			if err != nil {
				return err
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, maxScalar+1))
		if err != nil {
			return err
		}
		if len(b) > maxScalar {
			return &jsonError{"#/" + f.name, faultTooLong}
		}
		in.texts[f.name] = string(b)
	}
}

// readJSON reads an object; files are objects with a name and their content in base64.
func (s *server) readJSON(r *http.Request, rt officeRoute, in *input) error {
	j := newJSONStream(r.Body)
	if absent, err := j.null(); absent || err != nil {
		return errors.Join(err, &jsonError{"#", faultShape})
	}
	err := j.object("#", func(key, at string) error {
		f, err := named(rt.fields, key, at)
		if err != nil {
			return err
		}
		switch f.kind {
		case fileField:
			return s.jsonFile(j, at, f.name, in)
		case filesField:
			return j.array(at, func(at string) error { return s.jsonFile(j, at, f.name, in) })
		case flagField:
			var v *bool
			if err := j.scalar(at, &v); err != nil {
				return err
			}
			if v == nil {
				return &jsonError{at, faultShape}
			}
			in.texts[f.name] = strconv.FormatBool(*v)
		default:
			var v *string
			if err := j.scalar(at, &v); err != nil {
				return err
			}
			if v == nil {
				return &jsonError{at, faultShape}
			}
			in.texts[f.name] = *v
		}
		return nil
	})
	if err != nil {
		return err
	}
	return j.end()
}

// jsonFile reads one file.
func (s *server) jsonFile(j *jsonStream, at, name string, in *input) error {
	var sp *spooled
	var title string
	defer func() {
		if sp != nil {
			in.files[name] = append(in.files[name], sp)
		}
	}()
	err := j.object(at, func(key, at string) error {
		switch key {
		case "name":
			return j.scalar(at, &title)
		case "content":
			_, err := j.base64(at, func(r io.Reader) (err error) {
				sp, err = s.spool(io.LimitReader(r, s.Office.Desk.Limits().FileBytes+1), "")
				return err
			})
			if err == nil && sp != nil && sp.size > s.Office.Desk.Limits().FileBytes {
				err = &http.MaxBytesError{Limit: s.Office.Desk.Limits().FileBytes}
			}
			return err
		}
		return &jsonError{at, faultKey}
	})
	if err == nil && sp == nil {
		err = &jsonError{at + "/content", faultMissing}
	}
	if sp != nil {
		sp.name = title
	}
	if strings.ContainsRune(title, 0) {
		err = errors.Join(err, &jsonError{at + "/name", faultShape})
	}
	return err
}

// check holds the fields against what the document says of them. What a form of the office says of its own fields is left to the office, which answers
// with all faults at once.
func (in *input) check(fields []field) error {
	for _, f := range fields {
		text, given := in.texts[f.name]
		switch {
		case f.required && !given && f.kind != fileField && f.kind != filesField, f.required && f.kind == fileField && in.file(f.name) == nil:
			return &jsonError{"#/" + f.name, faultMissing}
		case !given:
			continue
		case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
			return &jsonError{"#/" + f.name, faultShape}
		case f.kind == flagField && text != "true" && text != "false":
			return &jsonError{"#/" + f.name, faultShape}
		case f.kind == textField:
			if err := f.checkText(text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f field) checkText(text string) error {
	wrong := func(code string) error { return &jsonError{"#/" + f.name, code} }
	switch {
	case f.max > 0 && utf8.RuneCountInString(text) > f.max:
		return wrong(faultTooLong)
	case len(f.enum) > 0 && !slices.Contains(f.enum, text):
		return wrong("choice")
	case f.format == "date" && !isoDay(text):
		return wrong("date")
	case f.format == "uuid" && !isID(text):
		return wrong("id")
	}
	return nil
}

// isoDay says whether a text is a day as RFC 3339 writes it.
func isoDay(s string) bool {
	_, err := calendar.ParseISO(s)
	return err == nil && len(s) == 10
}

// isID says whether a text has the form of an id.
func isID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}

// checkAddress holds the address's parameters against the route's: what is not known, given twice or of the wrong form is refused. It has answered when it
// returns false.
func (s *server) checkAddress(w http.ResponseWriter, r *http.Request, rt officeRoute) bool {
	for _, p := range rt.params {
		if p.In == "path" && p.Schema.fault(chi.URLParam(r, p.Name)) != "" {
			s.refuse(w, r, problemNotFound())
			return false
		}
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		s.refuse(w, r, invalid("#/query", "query"))
		return false
	}
	for name, all := range values {
		i := slices.IndexFunc(rt.params, func(p parameter) bool { return p.In == "query" && p.Name == name })
		switch {
		case i < 0:
			s.refuse(w, r, invalid("#/"+name, "unknown"))
			return false
		case len(all) > 1:
			s.refuse(w, r, invalid("#/"+name, "twice"))
			return false
		}
		if code := rt.params[i].Schema.fault(all[0]); code != "" {
			s.refuse(w, r, invalid("#/"+name, code))
			return false
		}
	}
	return true
}

// fault says in a code what is wrong with a text that an address gives for a parameter.
func (c *schema) fault(text string) string {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "query"
	case c.Type == "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != text || c.Minimum != nil && n < *c.Minimum || c.Maximum != nil && n > *c.Maximum {
			return "number"
		}
	case len(c.Enum) > 0 && !slices.Contains(c.Enum, text):
		return "choice"
	case c.MaxLength > 0 && utf8.RuneCountInString(text) > c.MaxLength:
		return faultTooLong
	case c.MinLength > 0 && utf8.RuneCountInString(text) < c.MinLength:
		return faultMissing
	case c.Format == "date" && !isoDay(text):
		return "date"
	case c.Format == "uuid" && !isID(text):
		return "id"
	}
	return ""
}
