package main

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

// readBodies reads a directory of bodies as spreadsheets write it: CSV in UTF-8 with or without a byte order mark, "," or ";" between, a
// first line with the columns' names. A fault is named by its line.
func readBodies(in io.Reader) ([]docket.Body, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxBodiesFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxBodiesFile:
		return nil, fmt.Errorf("it is larger than %d MB", maxBodiesFile>>20)
	case !utf8.Valid(text):
		return nil, errors.New("it is not UTF-8: save it as \"CSV UTF-8\"")
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	r := csv.NewReader(bufio.NewReader(bytes.NewReader(text)))
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.Contains(first, []byte(";")) {
		r.Comma = ';'
	}
	head, err := r.Read()
	if err != nil {
		return nil, errors.New(`it begins with no line of columns such as "name,voen"`)
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
		return at, errors.New(`its first line names no columns "name" and "voen"`)
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
			return nil, err
		}
		line, _ := r.FieldPos(0)
		b := docket.Body{Name: strings.Join(strings.Fields(row[at[0]]), " "), VOEN: strings.TrimSpace(row[at[1]]), Active: true}
		if at[2] >= 0 {
			if b.Active, err = isActive(row[at[2]]); err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
		}
		before, twice := seen[b.VOEN]
		switch {
		case b.Name == "":
			return nil, fmt.Errorf("line %d: the name is missing", line)
		case !docket.ValidVOEN(b.VOEN):
			return nil, fmt.Errorf("line %d: the VÖEN %q is not ten digits", line, b.VOEN)
		case twice:
			return nil, fmt.Errorf("line %d: the VÖEN %s stands in line %d already", line, b.VOEN, before)
		}
		seen[b.VOEN] = line
		out = append(out, b)
	}
	if len(out) == 0 {
		return nil, errors.New("it names no body")
	}
	return out, nil
}

// isActive reads whether a body may be chosen.
func isActive(s string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "yes", "true", "1", "bəli", "hə":
		return true, nil
	case "no", "false", "0", "xeyr", "yox":
		return false, nil
	}
	return false, fmt.Errorf("active is %q, not yes or no", s)
}
