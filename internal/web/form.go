package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"mohur/docket"
)

// Bounds of a form's typed part. Files have limits of their own.
const (
	maxFields     = 100
	maxFieldBytes = 64 << 10
	maxFormBytes  = 1 << 20
)

// upload is one file of a form while it streams in.
type upload struct {
	Field string
	Name  string // as the browser gave it, without folders, at most 200 bytes
	io.Reader
}

// readForm reads a form in whatever encoding the browser chose. Values are kept in memory within bounds; each file is handed to store as a
// stream the moment it comes, and never touches the memory as a whole. An empty file input is no file. For an ordinary form store may be nil.
func readForm(r *http.Request, limit int64, store func(upload) error) (values, error) {
	return readFormInto(r, limit, values{}, store)
}

// readFormInto is readForm with the map that fills up while the form comes, for a store that needs the values before its file.
func readFormInto(r *http.Request, limit int64, v values, store func(upload) error) (values, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, limit)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, docket.Refuse(docket.CodeInvalid, docket.KeyInternal).Because(err)
	}
	if kind != "multipart/form-data" {
		return plainForm(r)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, docket.Refuse(docket.CodeInvalid, docket.KeyInternal).Because(err)
	}
	total := 0
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return v, nil
		}
		if err != nil {
			return v, tooLarge(err, limit)
		}
		if n >= maxFields {
			return v, docket.Refuse(docket.CodeTooLarge, docket.KeyTooMany).With("max", maxFields)
		}
		if err := v.take(part, &total, store); err != nil {
			return v, tooLarge(err, limit)
		}
	}
}

// take reads one part of a form.
func (v values) take(part *multipart.Part, total *int, store func(upload) error) error {
	if part.FileName() == "" {
		b, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
		if err != nil {
			return fmt.Errorf("field %s: %w", part.FormName(), err)
		}
		*total += len(b)
		if len(b) > maxFieldBytes || *total > maxFormBytes {
			return docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", maxFieldBytes)
		}
		if _, twice := v[part.FormName()]; !twice {
			v[part.FormName()] = clean(string(b))
		}
		return nil
	}
	if store == nil {
		return docket.Refuse(docket.CodeInvalid, docket.KeyFileType)
	}
	return store(upload{Field: part.FormName(), Name: fileName(part.FileName()), Reader: part})
}

// plainForm reads an application/x-www-form-urlencoded body.
func plainForm(r *http.Request) (values, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil {
		return nil, tooLarge(err, maxFormBytes)
	}
	v := values{}
	for name, all := range r.PostForm {
		if len(all) > 0 {
			v[name] = clean(all[0])
		}
	}
	return v, nil
}

// tooLarge turns the reader's own error into a refusal with the limit; anything else is passed on.
func tooLarge(err error, limit int64) error {
	var max *http.MaxBytesError
	if errors.As(err, &max) {
		return docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", limit).Because(err)
	}
	return err
}

// clean makes a typed value valid UTF-8 with plain line ends and no space around it.
func clean(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"))
}

// fileName keeps the last part of a file's name, within 200 bytes, without control characters.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	if len(name) <= 200 {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	cut := 200 - len(ext)
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ext
}

// isEmpty says whether a stream has no byte, and returns the stream with what was read put back.
func isEmpty(r io.Reader) (io.Reader, bool) {
	var one [1]byte
	n, _ := io.ReadFull(r, one[:])
	if n == 0 {
		return r, true
	}
	return io.MultiReader(strings.NewReader(string(one[:])), r), false
}
