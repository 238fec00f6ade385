package report

import (
	"errors"
	"slices"
	"time"

	"mohur/verify"
	"mohur/verify/etsi"
)

// Document is one JSON line of `mohur verify --json` and of the API. Later versions add keys, never change these.
type Document struct {
	File          string             `json:"file"`
	Format        verify.Format      `json:"format"`
	Indication    etsi.Indication    `json:"indication"`
	SubIndication etsi.SubIndication `json:"subIndication"`
	Signatures    []Signature        `json:"signatures"`
	Timestamps    []Timestamp        `json:"timestamps"`
	Policy        string             `json:"policy"`
	Time          *time.Time         `json:"validationTime"`
	Error         *string            `json:"error"`
}

// Signature is one signature of a Document.
type Signature struct {
	ID                 string             `json:"id"`
	Format             verify.Format      `json:"format"`
	Level              string             `json:"level"`
	Indication         etsi.Indication    `json:"indication"`
	SubIndication      etsi.SubIndication `json:"subIndication"`
	Intact             bool               `json:"intact"`
	Covers             verify.Coverage    `json:"covers"`
	Modified           verify.Modified    `json:"modified"`
	Changes            []Change           `json:"changes"`
	SignedBy           string             `json:"signedBy"`
	Signer             *Holder            `json:"signer,omitempty"`
	ClaimedSigningTime *time.Time         `json:"claimedSigningTime"`
	BestSignatureTime  *time.Time         `json:"bestSignatureTime"`
	TimeProven         bool               `json:"timeProven"` // else bestSignatureTime is the validation time
	DigestAlgorithm    string             `json:"digestAlgorithm"`
	SignatureAlgorithm string             `json:"signatureAlgorithm"`
	Timestamps         []Timestamp        `json:"timestamps"`
	Reasons            []Reason           `json:"reasons"`
	Field              string             `json:"field,omitempty"`
	Parent             string             `json:"counterSignatureOf,omitempty"` // id of the signature whose value this one signs
	Orphan             bool               `json:"orphan,omitempty"`
	Stages             []Stage            `json:"stages"`
}

// Covered says in a word what the signature covers, for people: its Covers; "signature" for a counter-signature; "unseen" where what it signs was not
// given.
func (s Signature) Covered() string {
	return covered(s.Format, s.Parent, s.Covers, s.HasReason("SIGNED_DATA_NOT_FOUND"))
}

// HasReason says whether a reason with the key is given.
func (s Signature) HasReason(key string) bool {
	return slices.ContainsFunc(s.Reasons, func(r Reason) bool { return r.Key == key })
}

// InPDF says whether the signature stands in a PDF document: only there it has a field, and later revisions.
func (s Signature) InPDF() bool { return isPDF(s.Format) }

// Change is one difference that a later revision made.
type Change struct {
	Kind    string `json:"kind"`
	Page    int    `json:"page,omitempty"`
	Object  string `json:"object,omitempty"`
	Field   string `json:"field,omitempty"`
	Allowed bool   `json:"allowed"`
	Locked  bool   `json:"locked,omitempty"` // not allowed because the signature closes this field
	Text    string `json:"text"`
}

// Timestamp is one timestamp token.
type Timestamp struct {
	Type          verify.TimestampType `json:"type"`
	Indication    etsi.Indication      `json:"indication"`
	SubIndication etsi.SubIndication   `json:"subIndication"`
	Time          *time.Time           `json:"time"`
	ProducedBy    string               `json:"producedBy"`
	Intact        bool                 `json:"intact"`
	Reasons       []Reason             `json:"reasons"`
}

// Reason is one reason with its text in the language asked for.
type Reason struct {
	Key      string          `json:"key"`
	Text     string          `json:"text"`
	Severity verify.Severity `json:"severity"`
	Clause   string          `json:"clause,omitempty"`
}

// Stage is one of the three stages of the Azerbaijani verification rules.
type Stage struct {
	Key     string              `json:"key"`
	Outcome verify.StageOutcome `json:"outcome"`
	Text    string              `json:"text"`
}

// Simple makes the JSON document of a verdict; lang picks the language of its texts.
func Simple(r *verify.Report, lang string) Document {
	d := Document{
		File: r.Name, Format: r.Format, Indication: r.Indication, SubIndication: r.SubIndication,
		Signatures: make([]Signature, 0, len(r.Signatures)), Timestamps: timestamps(r.Timestamps, lang),
		Policy: r.Policy.Name, Time: moment(r.Time),
	}
	for _, s := range r.Signatures {
		d.Signatures = append(d.Signatures, signature(s, lang))
	}
	return d
}

// Failure makes the JSON document of an input that could not be verified.
func Failure(name string, err error, lang string) Document {
	text := Explain(err, lang)
	d := Document{File: name, Signatures: []Signature{}, Timestamps: []Timestamp{}, Error: &text}
	var e *verify.Error
	if errors.As(err, &e) {
		d.Format = e.Format
	}
	return d
}

// Explain says in one sentence why an input could not be verified.
func Explain(err error, lang string) string {
	var e *verify.Error
	if !errors.As(err, &e) {
		return Text(lang, "ERROR_unreadable", []verify.Arg{{Name: "cause", Value: err.Error()}})
	}
	cause, format := "", string(e.Format)
	if e.Err != nil {
		cause = e.Err.Error()
		if e.Code == verify.CodeUnsupported {
			format += ", " + cause
		}
	}
	return Text(lang, "ERROR_"+string(e.Code), []verify.Arg{{Name: "format", Value: format}, {Name: "cause", Value: cause}})
}

func signature(s *verify.SignatureReport, lang string) Signature {
	out := Signature{
		ID: s.ID, Format: s.Format, Level: s.Level, Indication: s.Indication, SubIndication: s.SubIndication, Intact: s.Intact,
		Covers: s.Coverage, Modified: s.Modified, Changes: []Change{}, SignedBy: s.Signer.DisplayName(), Signer: holder(s.Signer),
		ClaimedSigningTime: s.ClaimedSigningTime, BestSignatureTime: moment(s.BestSignatureTime), TimeProven: s.TimeProven, DigestAlgorithm: s.DigestAlgorithm,
		SignatureAlgorithm: s.SignatureAlgorithm, Timestamps: timestamps(s.Timestamps, lang), Reasons: reasons(s.Reasons, lang),
		Field: s.Name, Parent: s.Parent, Orphan: s.Orphan, Stages: []Stage{},
	}
	for _, c := range s.Changes {
		out.Changes = append(out.Changes, Change{Kind: c.Kind, Page: c.Page, Object: c.Object, Field: c.Field, Allowed: c.Allowed, Locked: c.Locked, Text: Text(lang, c.Key, c.Args)})
	}
	for _, st := range s.Stages {
		out.Stages = append(out.Stages, Stage{Key: st.Key, Outcome: st.Outcome, Text: Text(lang, st.Text.Key, st.Text.Args)})
	}
	return out
}

func timestamps(in []*verify.TimestampReport, lang string) []Timestamp {
	out := make([]Timestamp, 0, len(in))
	for _, t := range in {
		out = append(out, Timestamp{
			Type: t.Type, Indication: t.Indication, SubIndication: t.SubIndication, Time: moment(t.Time), ProducedBy: t.ProducedBy,
			Intact: t.Intact, Reasons: reasons(t.Reasons, lang),
		})
	}
	return out
}

func reasons(in []verify.Reason, lang string) []Reason {
	out := make([]Reason, 0, len(in))
	for _, r := range in {
		out = append(out, Reason{Key: r.Key, Text: Text(lang, r.Key, r.Args), Severity: r.Severity, Clause: r.Clause})
	}
	return out
}

// moment makes a JSON time, null for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
