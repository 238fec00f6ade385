package sqlstore

import (
	"context"
	"slices"
	"strings"

	"mohur/docket"
)

// Shelf is one of the office's stores of files: what stays, and what ends.
type Shelf string

// The shelves.
const (
	ShelfCases    Shelf = "blobs"    // of cases, letters, messages and the evidence of verdicts: they stay
	ShelfVerdicts Shelf = "verdicts" // of verdicts that programs keep for a time, and of signatures in two steps
	ShelfSeals    Shelf = "seals"    // of what programs had sealed
)

// Shelves lists them.
func Shelves() []Shelf { return []Shelf{ShelfCases, ShelfVerdicts, ShelfSeals} }

// FileRef is a file that a row names: the row, and where the file lies.
type FileRef struct {
	Shelf  Shelf
	Hash   docket.Hash
	Table  string
	Column string
	Row    string // its key, or what comes first in it
}

// fileColumns are the columns that hold the hash of a file as it is. Files within JSON are found by their key "blob", and those of moreKeys.
func fileColumns(table string) []string {
	switch table {
	case "registrations":
		return []string{"letter"}
	case "submissions":
		return []string{"record", "record_data"}
	case "submission_versions":
		return []string{"record", "signed"}
	case "letters":
		return []string{"unsealed", "signed", "sealed"}
	case "seal_intents":
		return []string{"document", "released"}
	case "visas", "letter_returns", "letter_versions":
		return []string{"page"}
	case "stored_verdicts":
		return []string{"file", "report"}
	case "signings":
		return []string{"document", "signed"}
	case "phone_operations":
		return []string{"document"}
	case "seal_requests":
		return []string{"document", "released"}
	}
	return nil
}

// jsonKeys are the keys by which JSON in a column names files.
func jsonKeys(table string) []string {
	switch table {
	case "submissions":
		return []string{"blob", "signed"} // signed: a record that could not be judged yet
	case "stored_verdicts":
		return []string{"blob", "file"}
	case "seal_profiles":
		return []string{"image"}
	}
	return []string{"blob"}
}

// shelfOf is where a table's files lie.
func shelfOf(table string) Shelf {
	switch table {
	case "stored_verdicts", "signings", "phone_operations":
		return ShelfVerdicts
	case "seal_requests":
		return ShelfSeals
	}
	return ShelfCases
}

// FilesOf returns what finds the files that a row of a table names, given its values in the order of the fields.
func FilesOf(table string, fields []Field) func(values []any, do func(FileRef) error) error {
	plain, keys, shelf := fileColumns(table), jsonKeys(table), shelfOf(table)
	kept, kind := -1, -1
	for i, f := range fields {
		switch {
		case table == "seal_requests" && f.Name == "kept":
			kept = i
		case table == "seal_requests" && f.Name == "kind":
			kind = i
		}
	}
	return func(values []any, do func(FileRef) error) error {
		if kept >= 0 && values[kept] != true {
			return nil
		}
		row, _ := values[0].(string)
		for i, f := range fields {
			text, ok := values[i].(string)
			if !ok || text == "" {
				continue
			}
			ref := FileRef{Shelf: shelf, Table: table, Column: f.Name, Row: row}
			if slices.Contains(plain, f.Name) {
				if kind >= 0 && (values[kind] == string(docket.SealHashes) || values[kind] == string(docket.SealDigest) && f.Name == "document") {
					continue // hashes of what the client keeps
				}
				ref.Hash = docket.Hash(text)
				if err := do(ref); err != nil {
					return err
				}
				continue
			}
			if text[0] != '{' && text[0] != '[' {
				continue
			}
			if err := inJSON(text, keys, func(h docket.Hash) error { ref.Hash = h; return do(ref) }); err != nil {
				return err
			}
		}
		return nil
	}
}

// inJSON finds hashes behind keys in JSON of our own writing.
func inJSON(text string, keys []string, do func(docket.Hash) error) error {
	for _, key := range keys {
		for rest := text; ; {
			_, after, found := strings.Cut(rest, `"`+key+`":"`)
			if !found {
				break
			}
			if len(after) > 64 && after[64] == '"' && docket.Hash(after[:64]).Valid() {
				if err := do(docket.Hash(after[:64])); err != nil {
					return err
				}
			}
			rest = after
		}
	}
	return nil
}

// Files names every file that a row names, again for each row, as the tables stand at one moment.
func (s *Store) Files(ctx context.Context, do func(FileRef) error) error {
	return s.read(ctx, func(w *work) error {
		tables, err := w.tables(ctx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if slices.Contains([]string{"audit_log", "events", "numbers", "notifications"}, t) {
				continue // long, and without files
			}
			err := w.exportTable(ctx, t, func(table string, fields []Field) (func([]any) error, error) {
				find := FilesOf(table, fields)
				return func(values []any) error { return find(values, do) }, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
