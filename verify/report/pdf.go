package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"mohur/internal/paper"
	"mohur/verify"
	"mohur/verify/etsi"
)

// ErrNoFile says that a report for paper lacks the file that it is about.
var ErrNoFile = errors.New("report: a report on paper names its file and the SHA-256 of it")

// WritePDF writes the report for a person as PDF/A-2b (ISO 19005-2): what ForClerk made, with Files filled in. The same report gives the same
// bytes. It is not signed; whoever needs proof of it seals it. Errors: ErrNoFile, and the writer's.
func WritePDF(w io.Writer, c *Clerk) error {
	if len(c.Files) == 0 || c.Files[0].SHA256 == "" {
		return ErrNoFile
	}
	d, err := paper.VerdictReport(c.sheet())
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(d.Bytes)
	return err
}

// sheet lays the report out for the printer.
func (c *Clerk) sheet() paper.Verdict {
	t := func(key string) string { return Text(c.Lang, "CLERK_"+key, nil) }
	v := paper.Verdict{
		Labels: paper.Labels{Language: c.Lang, Page: t("page"), Of: "/"}, Title: c.Title, Headline: c.Headline, Code: c.Code,
		Tone: tone(c.Verdict), MadeAt: c.Time, Note: t("note"), Footer: c.Files[0].Name,
	}
	for i, f := range c.Files {
		name := "document"
		if i > 0 {
			name = "detached"
		}
		v.Facts = append(v.Facts, paper.Field{Label: t(name), Value: f.Name}, paper.Field{Label: "SHA-256", Value: f.SHA256},
			paper.Field{Label: t("size"), Value: Text(c.Lang, "CLERK_bytes", []verify.Arg{{Name: "n", Value: strconv.FormatInt(f.Size, 10)}})})
	}
	v.Facts = append(v.Facts, paper.Field{Label: t("verified_at"), Value: c.VerifiedAt}, paper.Field{Label: t("policy"), Value: c.Policy})
	for i := range c.Signatures {
		v.Signatures = append(v.Signatures, c.signatureSheet(&c.Signatures[i]))
	}
	v.Timestamps = paper.VerdictList{Title: t("timestamp")}
	for _, l := range c.Timestamps {
		v.Timestamps.Items = append(v.Timestamps.Items, paper.VerdictItem{Text: l.Text})
	}
	return v
}

func (c *Clerk) signatureSheet(s *ClerkSignature) paper.VerdictSignature {
	t := func(key string) string { return Text(c.Lang, "CLERK_"+key, nil) }
	out := paper.VerdictSignature{Title: s.Title + ": " + s.Headline, Code: s.Code, Tone: tone(s.Verdict), StagesTitle: t("stages")}
	for _, st := range s.Stages {
		out.Stages = append(out.Stages, paper.VerdictStage{Label: st.Label, Answer: st.Answer, Text: st.Text, Tone: stageTone(st.Outcome)})
	}
	for _, f := range slices.Concat(s.Facts, s.Stamps) {
		out.Facts = append(out.Facts, paper.Field{Label: f.Label, Value: f.Text})
	}
	for _, part := range []struct {
		key     string
		entries []ClerkEntry
	}{{"changes", s.Changes}, {"reasons", s.Reasons}, {"remarks", s.Remarks}} {
		l := paper.VerdictList{Title: t(part.key)}
		for _, e := range part.entries {
			l.Items = append(l.Items, paper.VerdictItem{Text: e.Text, Note: e.note()})
		}
		out.Lists = append(out.Lists, l)
	}
	return out
}

// note is what an engineer follows up.
func (e ClerkEntry) note() string {
	if e.Clause == "" {
		return e.Key
	}
	return e.Key + "; " + e.Clause
}

// tone is the colour of a verdict.
func tone(i etsi.Indication) paper.Tone {
	switch i {
	case etsi.TotalPassed, etsi.Passed:
		return paper.ToneGood
	case etsi.TotalFailed, etsi.Failed, etsi.NoSignatureFound:
		return paper.ToneBad
	}
	return paper.ToneUnclear
}

func stageTone(o verify.StageOutcome) paper.Tone {
	switch o {
	case verify.StageYes:
		return paper.ToneGood
	case verify.StageNo:
		return paper.ToneBad
	}
	return paper.ToneUnclear
}
