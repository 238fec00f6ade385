package docket

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"mohur/docket/calendar"
)

// Record is what a representative signs: every field and every file's SHA-256 (S1-12). Its JSON is canonical: fields in this order, files
// by position, no white space, UTF-8. The page that people read is made from it and carries it as an attachment.
type Record struct {
	Format     string       `json:"format"` // "mohur-record-1"
	Submission ID           `json:"submission"`
	Version    int          `json:"version"`
	Body       RecordBody   `json:"body"`
	Person     RecordPerson `json:"person"`
	Form       Form         `json:"form"`
	Files      []RecordFile `json:"files"`
	PreparedAt time.Time    `json:"preparedAt"` // UTC, whole seconds
}

// RecordBody names the body.
type RecordBody struct {
	Name string `json:"name"`
	VOEN string `json:"voen"`
}

// RecordPerson names the responsible person.
type RecordPerson struct {
	Name string `json:"name"`
	FIN  string `json:"fin"`
}

// RecordFile names a file and binds its bytes.
type RecordFile struct {
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"`
	SHA256    Hash   `json:"sha256"`
}

// Canonical returns the record's bytes.
func (r *Record) Canonical() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // names are spelled as they are
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// LetterPage is what internal/paper needs to make the page of an official letter as PDF/A-2b. The number may be empty: then it stands in
// the appearance of the seal, so that the text that was approved is, byte for byte, the text that is sealed.
type LetterPage struct {
	Kind        LetterKind
	Number      string
	Date        calendar.Date
	Addressee   string
	Reference   string // number and date of what is answered: "12/5-340, 01.11.2026"
	Subject     string
	Text        string // paragraphs are separated by empty lines
	Outcome     Outcome
	Attachments []string
	Signatory   string
	Executor    string
	LookupURL   string // in the QR code
	ControlCode string
	Facts       []Fact // rows of a receipt: label key and value
	Files       []File // of a receipt
	Received    time.Time
	Due         calendar.Date
	MadeAt      time.Time
}

// Fact is a labelled value; Label is a catalogue key.
type Fact struct{ Label, Value string }
