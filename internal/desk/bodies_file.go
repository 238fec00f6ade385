package desk

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"mohur/docket"
)

// maxBodiesFile bounds a directory of bodies; a state has some thousand.
const maxBodiesFile = 16 << 20

// MaxBodies bounds how many bodies a file may name.
const MaxBodies = 20000

// BodiesFileError says what is wrong with a directory of bodies.
type BodiesFileError struct {
	Fault string // "large", "utf8", "head", "columns", "csv", "active", "name", "voen", "twice", "many" or "empty"; the catalogues have "bodies.file.FAULT"
	Line  int    // 0: of the file as a whole
	Value string // what stands there
	Other int    // line in which it stood before
	Err   error
}

// Error says it for the command line.
func (e *BodiesFileError) Error() string {
	text := map[string]string{
		"large": fmt.Sprintf("it is larger than %d MB", maxBodiesFile>>20), "utf8": "it is not UTF-8: save it as \"CSV UTF-8\"",
		"head": `it begins with no line of columns such as "name,voen"`, "columns": `its first line names no columns "name" and "voen"`,
		"active": fmt.Sprintf("active is %q, not yes or no", e.Value), "name": "the name is missing",
		"voen": fmt.Sprintf("the VÖEN %q is not ten digits", e.Value), "twice": fmt.Sprintf("the VÖEN %s stands in line %d already", e.Value, e.Other),
		"many": fmt.Sprintf("it names more than %d bodies", MaxBodies), "empty": "it names no body",
	}[e.Fault]
	if e.Err != nil {
		text = e.Err.Error()
	}
	if e.Line > 0 {
		return fmt.Sprintf("line %d: %s", e.Line, text)
	}
	return text
}

// Unwrap returns the cause.
func (e *BodiesFileError) Unwrap() error { return e.Err }

// ReadBodies reads a directory of bodies as spreadsheets write it: CSV in UTF-8 with or without a byte order mark, "," or ";" between, a first line
// with the columns' names (name or ad, voen, and active or aktiv if there is one). A fault is a *BodiesFileError, or the reader's own error.
func ReadBodies(in io.Reader) ([]docket.Body, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxBodiesFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxBodiesFile:
		return nil, &BodiesFileError{Fault: "large"}
	case !utf8.Valid(text):
		return nil, &BodiesFileError{Fault: "utf8"}
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	r := csv.NewReader(bufio.NewReader(bytes.NewReader(text)))
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.Contains(first, []byte(";")) {
		r.Comma = ';'
	}
	head, err := r.Read()
	if err != nil {
		return nil, &BodiesFileError{Fault: "head"}
	}
	columns, err := bodyFields(head)
	if err != nil {
		return nil, err
	}
	return readBodyLines(r, columns)
}

// bodyFields says in which columns name, VÖEN and active stand; active may be missing (-1).
func bodyFields(head []string) (at [3]int, err error) {
	for i, names := range [3][]string{{"name", "ad", "adı"}, {"voen", "vöen"}, {"active", "aktiv"}} {
		at[i] = slices.IndexFunc(head, func(h string) bool { return slices.Contains(names, strings.ToLower(strings.TrimSpace(h))) })
	}
	if at[0] < 0 || at[1] < 0 {
		return at, &BodiesFileError{Fault: "columns"}
	}
	return at, nil
}

// readBodyLines reads the lines below the first.
func readBodyLines(r *csv.Reader, at [3]int) ([]docket.Body, error) {
	var out []docket.Body
	seen := map[string]int{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, &BodiesFileError{Fault: "csv", Err: err}
		}
		line, _ := r.FieldPos(0)
		b := docket.Body{Name: strings.Join(strings.Fields(row[at[0]]), " "), VOEN: strings.TrimSpace(row[at[1]]), Active: true}
		if at[2] >= 0 {
			known := false
			if b.Active, known = isActive(row[at[2]]); !known {
				return nil, &BodiesFileError{Fault: "active", Line: line, Value: row[at[2]]}
			}
		}
		switch {
		case b.Name == "" || utf8.RuneCountInString(b.Name) > maxBodyName:
			return nil, &BodiesFileError{Fault: "name", Line: line}
		case !docket.ValidVOEN(b.VOEN):
			return nil, &BodiesFileError{Fault: "voen", Line: line, Value: b.VOEN}
		case seen[b.VOEN] > 0:
			return nil, &BodiesFileError{Fault: "twice", Line: line, Value: b.VOEN, Other: seen[b.VOEN]}
		case len(out) == MaxBodies:
			return nil, &BodiesFileError{Fault: "many"}
		}
		seen[b.VOEN] = line
		out = append(out, b)
	}
	if len(out) == 0 {
		return nil, &BodiesFileError{Fault: "empty"}
	}
	return out, nil
}

// isActive reads whether a body may be chosen.
func isActive(s string) (active, known bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "yes", "true", "1", "bəli", "hə":
		return true, true
	case "no", "false", "0", "xeyr", "yox":
		return false, true
	}
	return false, false
}
