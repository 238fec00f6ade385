package paper

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// RecordFileName is the name of the machine-readable part inside a submission record.
const RecordFileName = "mohur-record.json"

// recordSchema names the version of the machine-readable form; a change of its keys needs another name.
const recordSchema = "mohur-submission-record/1"

// SubmissionRecord is what a body's representative signs (requirements 8, 15; S1-12): every field and every file's SHA-256, once for
// people and once for machines, made from the same values.
type SubmissionRecord struct {
	Labels Labels
	Agency Agency
	ID     string    // of the submission
	MadeAt time.Time // in the agency's time zone
	Fields []Field   // keys unique and not empty
	Files  []File
	// Machine is the machine-readable form to attach, where the caller has a canonical one of its own; nil: Canonical of these values.
	Machine []byte
}

// Canonical returns the machine-readable record: JSON with sorted keys, no white space, times in UTC, hashes in lower-case hexadecimal.
func (r SubmissionRecord) Canonical() ([]byte, error) {
	if r.ID == "" || r.MadeAt.IsZero() || len(r.Fields) == 0 {
		return nil, incomplete("submission record")
	}
	fields := map[string]string{}
	for _, f := range r.Fields {
		if _, twice := fields[f.Key]; twice || f.Key == "" {
			return nil, incomplete(fmt.Sprintf("the key %q of a field is empty or stands twice", f.Key))
		}
		fields[f.Key] = f.Value
	}
	files := make([]map[string]any, 0, len(r.Files))
	for _, f := range r.Files {
		files = append(files, map[string]any{"name": f.Name, "size": f.Size, "sha256": hex.EncodeToString(f.SHA256[:])})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(map[string]any{
		"schema": recordSchema, "id": r.ID, "madeAt": r.MadeAt.UTC().Format(time.RFC3339), "agency": r.Agency.Name, "fields": fields, "files": files,
	})
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// MakeSubmissionRecord lays the record out as PDF/A-3b with the canonical JSON attached (/AF, /AFRelationship /Data).
func MakeSubmissionRecord(r SubmissionRecord) (*Document, error) {
	data, err := r.Canonical()
	if err != nil {
		return nil, err
	}
	if r.Machine != nil {
		data = r.Machine
	}
	s, err := newSheet(r.Labels.orDefault(), r.MadeAt, false)
	if err != nil {
		return nil, err
	}
	if r.Agency.Name != "" {
		s.head(r.Agency)
	}
	s.title(s.labels.RecordTitle)
	s.font("", 9.5)
	s.block("text", s.labels.RecordText, "J", left, textWidth, 5)
	s.gap(3)
	s.fields(append([]Field{{Label: "ID", Value: r.ID}, {Label: s.labels.RecordMade, Value: moment(r.MadeAt)}}, r.Fields...))
	s.files(r.Files)
	s.gap(3)
	seal := s.sealPlace(left)
	return s.finish(about{part: 3, title: s.labels.RecordTitle + " " + r.ID, author: r.Agency.Name, made: r.MadeAt}, r.ID, seal,
		attachment{name: RecordFileName, description: s.labels.RecordAttachment, mediaType: "application/json", data: data})
}
