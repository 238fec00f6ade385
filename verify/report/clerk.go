package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"mohur/certs"
	"mohur/verify"
	"mohur/verify/etsi"
)

// Clerk is a verdict for a person who decides on the document: plain sentences in one language, in the order in which they are needed.
type Clerk struct {
	Lang       string
	Title      string
	Document   string
	Verdict    etsi.Indication // for colours and icons; Headline says it in words
	Headline   string
	Code       string // "TOTAL-FAILED / HASH_FAILURE"
	VerifiedAt string
	Time       time.Time // VerifiedAt for programs
	Policy     string
	Signatures []ClerkSignature
	Timestamps []Line // that stand on their own
	Files      []File // the document, then what detached signatures sign; the caller fills them in, a verdict knows no bytes
}

// File names the bytes that a verdict is about.
type File struct {
	Name   string
	Size   int64  // bytes
	SHA256 string // hex
}

// Line is a label and what stands behind it.
type Line struct {
	Label, Text string
}

// ClerkSignature is one signature for a person.
type ClerkSignature struct {
	Number   int
	Verdict  etsi.Indication
	Title    string // "Signature 1"
	Headline string // the verdict and its reason in a sentence
	Code     string
	SignedBy string
	Facts    []Line       // who, by whom issued, when, what is covered, last whether anything was changed
	Changes  []ClerkEntry // made after signing, to be shown under the last of Facts
	Stamps   []Line       // its timestamps
	Stages   []ClerkStage // the three stages of the Azerbaijani rules
	Reasons  []ClerkEntry // why it is not a pass
	Remarks  []ClerkEntry // warnings and information
}

// ClerkStage is one of the three stages.
type ClerkStage struct {
	Label   string
	Outcome verify.StageOutcome
	Answer  string // the outcome in a word
	Text    string
}

// ClerkEntry is a sentence with what an engineer needs to follow it up.
type ClerkEntry struct {
	Text     string
	Key      string
	Clause   string
	Severity verify.Severity
}

// Headline says an indication and its sub-indication in a sentence.
func Headline(lang string, i etsi.Indication, s etsi.SubIndication) string {
	out := Text(lang, string(i), nil)
	if s != "" {
		out += ": " + Text(lang, "SUB_"+string(s), nil)
	}
	return out
}

// signatureHeadline is Headline with the decisive reason where it says more than the standard's sub-indication: what happened to a document
// that somebody changed is no question of its format.
func signatureHeadline(s *verify.SignatureReport, lang string) string {
	if s.Indication != etsi.TotalPassed && len(s.Reasons) > 0 {
		if key := "HEAD_" + s.Reasons[0].Key; has(lang, key) {
			return Text(lang, string(s.Indication), nil) + ": " + Text(lang, key, s.Reasons[0].Args)
		}
	}
	return Headline(lang, s.Indication, s.SubIndication)
}

// documentHeadline is the headline of the signature that decides about the document.
func documentHeadline(r *verify.Report, lang string) string {
	for _, s := range r.Signatures {
		if s.Indication == r.Indication && s.SubIndication == r.SubIndication {
			return signatureHeadline(s, lang)
		}
	}
	return Headline(lang, r.Indication, r.SubIndication)
}

// ForClerk makes the report for a person.
func ForClerk(r *verify.Report, lang string) *Clerk {
	c := &Clerk{
		Lang: lang, Title: Text(lang, "CLERK_title", nil), Document: Plain(r.Name), Verdict: r.Indication,
		Headline: documentHeadline(r, lang), Code: code(r.Indication, r.SubIndication), Time: r.Time,
		VerifiedAt: stamp(r.Time) + " (" + Text(lang, "CLERK_baku", nil) + ")", Policy: r.Policy.Name,
	}
	for i, s := range r.Signatures {
		c.Signatures = append(c.Signatures, clerkSignature(i+1, s, signed(r, s), lang))
	}
	for _, t := range r.Timestamps {
		if !slices.ContainsFunc(r.Signatures, func(s *verify.SignatureReport) bool { return slices.Contains(s.Timestamps, t) }) {
			c.Timestamps = append(c.Timestamps, timestampLine(t, lang))
		}
	}
	return c
}

// signed is the number of the signature that a counter-signature signs, from 1; 0 for all others.
func signed(r *verify.Report, s *verify.SignatureReport) int {
	if s.Parent == "" {
		return 0
	}
	return 1 + slices.IndexFunc(r.Signatures, func(o *verify.SignatureReport) bool { return o.ID == s.Parent })
}

// clerkSignature is one signature, the nth; counters is the number of the one that it countersigns.
func clerkSignature(n int, s *verify.SignatureReport, counters int, lang string) ClerkSignature {
	title := Text(lang, "CLERK_signature", nil) + " " + strconv.Itoa(n)
	if counters > 0 {
		title += " (" + Text(lang, "CLERK_countersignature", []verify.Arg{{Name: "n", Value: strconv.Itoa(counters)}}) + ")"
	}
	c := ClerkSignature{
		Number: n, Title: title, Verdict: s.Indication,
		Headline: signatureHeadline(s, lang), Code: code(s.Indication, s.SubIndication), SignedBy: Plain(s.Signer.DisplayName()), Facts: facts(s, lang),
	}
	c.Changes = changes(s.Changes, lang)
	for _, t := range s.Timestamps {
		c.Stamps = append(c.Stamps, timestampLine(t, lang))
	}
	for _, st := range s.Stages {
		c.Stages = append(c.Stages, ClerkStage{
			Label: Text(lang, st.Key, nil), Outcome: st.Outcome, Answer: Text(lang, "OUTCOME_"+string(st.Outcome), nil), Text: Text(lang, st.Text.Key, st.Text.Args),
		})
	}
	for _, r := range s.Reasons {
		e := ClerkEntry{Text: Text(lang, r.Key, r.Args), Key: r.Key, Clause: r.Clause, Severity: r.Severity}
		if r.Severity == verify.SeverityError {
			c.Reasons = append(c.Reasons, e)
		} else {
			c.Remarks = append(c.Remarks, e)
		}
	}
	return c
}

// changes are what later revisions did, each in words and with whether the signer allowed it; what reads the same is said once.
func changes(list []verify.Change, lang string) []ClerkEntry {
	var out []ClerkEntry
	said := map[string]bool{}
	for _, ch := range list {
		answer := "CLERK_allowed"
		switch {
		case ch.Locked:
			answer = "CLERK_locked"
		case !ch.Allowed:
			answer = "CLERK_forbidden"
		}
		e := ClerkEntry{Text: Text(lang, ch.Key, ch.Args) + " (" + Text(lang, answer, nil) + ")", Key: ch.Key}
		if !said[e.Text] {
			said[e.Text] = true
			out = append(out, e)
		}
	}
	return out
}

// qualified says in words what the issuer states about a qualified certificate, empty when it states nothing of the kind.
func qualified(q *certs.QCStatements, lang string) string {
	if q == nil || !q.Compliance {
		return ""
	}
	out := []string{Text(lang, "QC_compliance", nil)}
	for _, t := range q.TypeNames() {
		if t == "esign" || t == "eseal" || t == "web" {
			out = append(out, Text(lang, "QC_"+t, nil))
		}
	}
	if q.SSCD {
		out = append(out, Text(lang, "QC_device", nil))
	}
	if q.Limit != nil {
		out = append(out, Text(lang, "QC_limit", []verify.Arg{{Name: "amount", Value: q.Limit.String()}}))
	}
	return strings.Join(out, "; ")
}

// facts are who signed, when, and what; the last is whether anything was changed since.
func facts(s *verify.SignatureReport, lang string) []Line {
	var out []Line
	add := func(key, text string) {
		if text != "" {
			out = append(out, Line{Text(lang, "CLERK_"+key, nil), Plain(text)})
		}
	}
	add("signer", s.Signer.DisplayName())
	if s.Signer.Identity.FIN != "" {
		add("fin", s.Signer.Identity.FIN)
	} else { // of another country, or of an issuer without a rule: nobody should take it for a FİN
		add("personal_code", s.Signer.PersonalCode)
	}
	add("organisation", s.Signer.Organisation)
	if s.Signer.Identity.VOEN != "" {
		add("voen", s.Signer.Identity.VOEN)
	} else {
		add("organisation_code", s.Signer.OrganisationID)
	}
	add("position", s.Signer.Identity.Title)
	if s.Signer.Identity.SealRight {
		add("sealright", Text(lang, "CLERK_yes", nil))
	}
	add("qualified", qualified(s.Signer.Statements, lang))
	add("issuer", s.Signer.Issuer)
	format := string(s.Format)
	if s.Level != "" {
		format = s.Level
	}
	add("format", format)
	if isPDF(s.Format) { // elsewhere the name is a place in the message
		add("field", s.Name)
	}
	if s.ClaimedSigningTime != nil {
		add("claimed", stamp(*s.ClaimedSigningTime))
	}
	proven := Text(lang, "CLERK_not_proven", nil)
	if s.TimeProven {
		proven = stamp(s.BestSignatureTime)
	}
	add("proven", proven)
	if c := covered(s.Format, s.Parent, s.Coverage, hasReason(s.Reasons, "SIGNED_DATA_NOT_FOUND")); c != "" {
		add("covers", Text(lang, "CLERK_covers_"+c, nil))
	}
	if s.Orphan {
		add("orphan", Text(lang, "PDF_ORPHAN_SIGNATURE", nil))
	}
	modified := string(s.Modified)
	if s.Modified == verify.ModifiedNone && hasReason(s.Reasons, "HASH_MISMATCH") { // "modified" speaks of later revisions only
		modified = "altered"
	}
	if isPDF(s.Format) || modified == "altered" {
		add("modified", Text(lang, "CLERK_modified_"+modified, nil)) // last: what was changed is listed under it
	}
	return out
}

func hasReason(list []verify.Reason, key string) bool {
	return slices.ContainsFunc(list, func(r verify.Reason) bool { return r.Key == key })
}

// isPDF says whether a signature stands in a PDF document.
func isPDF(f verify.Format) bool { return f == verify.FormatPDF || f == verify.FormatPAdES }

// covered says in a word what a signature covers, for people: its coverage; "signature" for one that signs another signature's value; "unseen" where
// what it signs was not given.
func covered(f verify.Format, parent string, c verify.Coverage, missing bool) string {
	switch {
	case parent != "":
		return "signature"
	case missing && !isPDF(f):
		return "unseen"
	}
	return string(c)
}

func timestampLine(t *verify.TimestampReport, lang string) Line {
	parts := []string{stamp(t.Time)}
	if t.ProducedBy != "" {
		parts = append(parts, Plain(t.ProducedBy))
	}
	verdict := Text(lang, "STAMP_"+string(t.Indication), nil)
	if t.SubIndication != "" {
		verdict += ": " + Text(lang, "SUB_"+string(t.SubIndication), nil)
	}
	return Line{Text(lang, "CLERK_timestamp_"+strings.ToLower(string(t.Type)), nil), strings.Join(append(parts, verdict), ", ")}
}

// code is a verdict as the standard spells it.
func code(i etsi.Indication, s etsi.SubIndication) string {
	if s == "" {
		return string(i)
	}
	return string(i) + " / " + string(s)
}

// WriteText writes the report as plain text, as the command line shows it.
func WriteText(w io.Writer, c *Clerk) error {
	var b strings.Builder
	if c.Document != "" { // a request's body needs no name
		fmt.Fprintf(&b, "%s: ", c.Document)
	}
	fmt.Fprintf(&b, "%s\n", c.line())
	for _, s := range c.Signatures {
		s.write(&b, c.Lang)
	}
	for _, t := range c.Timestamps {
		fmt.Fprintf(&b, "  %s: %s\n", t.Label, t.Text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// line is the verdict of the document.
func (c *Clerk) line() string {
	return fmt.Sprintf("%s — %s (%s: %s; %s: %s)", c.Verdict, c.Headline, Text(c.Lang, "CLERK_verified_at", nil), c.VerifiedAt, Text(c.Lang, "CLERK_policy", nil), c.Policy)
}

func (s ClerkSignature) write(b *strings.Builder, lang string) {
	fmt.Fprintf(b, "  %s: %s — %s\n", s.Title, s.Verdict, s.Headline)
	fmt.Fprintf(b, "    %s:\n", Text(lang, "CLERK_stages", nil))
	for i, st := range s.Stages {
		fmt.Fprintf(b, "      %d. %s: %s. %s\n", i+1, st.Label, st.Answer, st.Text)
	}
	for _, f := range s.Facts {
		fmt.Fprintf(b, "    %s: %s\n", f.Label, f.Text)
	}
	for _, c := range s.Changes {
		fmt.Fprintf(b, "      - %s\n", c.Text)
	}
	for _, t := range s.Stamps {
		fmt.Fprintf(b, "    %s: %s\n", t.Label, t.Text)
	}
	for _, part := range []struct {
		key     string
		entries []ClerkEntry
	}{{"CLERK_reasons", s.Reasons}, {"CLERK_remarks", s.Remarks}} {
		if len(part.entries) == 0 {
			continue
		}
		fmt.Fprintf(b, "    %s:\n", Text(lang, part.key, nil))
		for _, e := range part.entries {
			fmt.Fprintf(b, "      - %s [%s; %s]\n", e.Text, e.Key, e.Clause)
		}
	}
}
