package web

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"mohur/docket"
	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// verdictView is a verdict as a clerk reads it: the answer, then for each signature the three stages and the reasons.
type verdictView struct {
	Tone       string // good, warn, bad: colour only, the words say the same
	Title      string
	Lead       string
	Code       string // TOTAL-PASSED, or TOTAL-FAILED / HASH_FAILURE
	File       string
	Policy     string
	At         time.Time
	Signatures []signatureView
	Timestamps []timestampView // that stand on their own
	Detached   bool            // what was signed lies in another file, which was not given
}

// signatureView is one signature of a verdict.
type signatureView struct {
	Tone, Title, Code, SignedBy, Organisation, Issuer, Field, Level, Covers, Modified string
	Claimed, Best                                                                     *time.Time
	Orphan                                                                            bool
	Stages                                                                            []stageView
	Reasons, Warnings                                                                 []reasonView
	Changes                                                                           []changeView
	Timestamps                                                                        []timestampView
	Algorithms                                                                        string
}

// reasonView is a sentence, and the key and clause by which an engineer follows it up.
type reasonView struct{ Text, Note string }

// changeView is what a later revision did, and whether the signer allowed it.
type changeView struct{ Text, Tone, Word string }

// stageView is one of the three stages of the Azerbaijani rules.
type stageView struct{ Title, Tone, Word, Text string }

// timestampView is a timestamp of a signature.
type timestampView struct {
	Tone, Word, By string
	Time           *time.Time
}

// tone is the colour of an indication.
func tone(i etsi.Indication) string {
	switch i {
	case etsi.TotalPassed, "PASSED":
		return "good"
	case etsi.TotalFailed, "FAILED", "NO_SIGNATURE_FOUND":
		return "bad"
	default:
		return "warn"
	}
}

// word is the key part of an indication: passed, failed, none, unclear.
func word(i etsi.Indication) string {
	switch i {
	case etsi.TotalPassed, "PASSED":
		return "passed"
	case etsi.TotalFailed, "FAILED":
		return "failed"
	case "NO_SIGNATURE_FOUND":
		return "none"
	default:
		return "unclear"
	}
}

// code is the standard's words for engineers.
func code(i etsi.Indication, sub etsi.SubIndication) string {
	if sub == "" {
		return string(i)
	}
	return string(i) + " / " + string(sub)
}

// verdictOfReport shows a report that was made just now.
func (v *view) verdictOfReport(r *verify.Report) verdictView {
	out := v.verdictOfDocument(report.Simple(r, string(v.Lang())))
	for i, s := range r.Signatures {
		out.Signatures[i].organisation(s.Signer.Organisation)
		out.Signatures[i].Issuer = s.Signer.Issuer
	}
	return out
}

// verdictOfStored shows a stored verdict. Its document is kept in one language; the reasons are written again in the visitor's.
func (v *view) verdictOfStored(sv *docket.Verification) (verdictView, error) {
	var d report.Document
	if err := json.Unmarshal(sv.Report, &d); err != nil {
		return verdictView{}, docket.Refuse(docket.CodeInternal, docket.KeyInternal).Because(err)
	}
	d.Indication, d.SubIndication = sv.Indication, sv.SubIndication
	out := v.verdictOfDocument(d)
	out.At = sv.At
	for i := range out.Signatures {
		if i >= len(sv.Signatures) {
			break
		}
		stored := sv.Signatures[i]
		out.Signatures[i].organisation(stored.Signer.Organisation)
		for j := range d.Signatures[i].Reasons {
			if j < len(stored.Reasons) && stored.Reasons[j].Key == d.Signatures[i].Reasons[j].Key {
				d.Signatures[i].Reasons[j].Text = report.Text(string(v.Lang()), stored.Reasons[j].Key, arguments(stored.Reasons[j].Args))
			}
		}
		out.Signatures[i].reasons(d.Signatures[i].Reasons)
	}
	return out, nil
}

// arguments makes a map the list that the catalogue of reasons takes.
func arguments(m map[string]string) []verify.Arg {
	out := make([]verify.Arg, 0, len(m))
	for k, val := range m {
		out = append(out, verify.Arg{Name: k, Value: val})
	}
	return out
}

// verdictOfDocument shows the JSON form of a verdict.
func (v *view) verdictOfDocument(d report.Document) verdictView {
	w := word(d.Indication)
	out := verdictView{
		Tone: tone(d.Indication), Title: v.T("verdict.title." + w), Lead: v.T("verdict.lead." + w),
		Code: code(d.Indication, d.SubIndication), File: d.File, Policy: d.Policy,
	}
	if d.Time != nil {
		out.At = *d.Time
	}
	for _, s := range d.Signatures {
		out.Signatures = append(out.Signatures, v.signature(s))
		out.Detached = out.Detached || s.SubIndication == etsi.SignedDataNotFound && s.Modified != verify.ModifiedUnknown
	}
	for _, t := range d.Timestamps {
		out.Timestamps = append(out.Timestamps, v.timestamp(t))
	}
	return out
}

// signature shows one signature.
func (v *view) signature(s report.Signature) signatureView {
	out := signatureView{
		Tone: tone(s.Indication), Title: v.T("verdict.signature." + word(s.Indication)), Code: code(s.Indication, s.SubIndication),
		SignedBy: report.Plain(s.SignedBy), Level: s.Level, Claimed: s.ClaimedSigningTime, Best: s.BestSignatureTime, Orphan: s.Orphan,
		Covers:     v.T("verdict.covers." + s.Covered()),
		Algorithms: strings.Trim(s.SignatureAlgorithm+", "+s.DigestAlgorithm, ", "),
	}
	for _, st := range s.Stages {
		out.Stages = append(out.Stages, v.stage(st))
	}
	if s.InPDF() {
		out.Field, out.Modified = report.Plain(s.Field), v.T("verdict.modified."+string(s.Modified))
	}
	if s.Modified == verify.ModifiedNone && s.HasReason("HASH_MISMATCH") {
		out.Modified = v.T("verdict.modified.altered") // no revision came later, but the signed bytes themselves were changed
	}
	if !s.TimeProven {
		out.Best = nil // the validation time stands in for it: nobody should take it for a proof
	}
	out.Changes = v.changes(s.Changes)
	for _, t := range s.Timestamps {
		out.Timestamps = append(out.Timestamps, v.timestamp(t))
	}
	out.reasons(s.Reasons)
	return out
}

// changes shows what was done after the signature; what reads the same is said once.
func (v *view) changes(list []report.Change) []changeView {
	var out []changeView
	for _, c := range list {
		e := changeView{Text: c.Text, Tone: "good", Word: v.T("verdict.change.allowed")}
		switch {
		case c.Locked:
			e.Tone, e.Word = "bad", v.T("verdict.change.locked")
		case !c.Allowed:
			e.Tone, e.Word = "bad", v.T("verdict.change.forbidden")
		}
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// timestamp shows a timestamp.
func (v *view) timestamp(t report.Timestamp) timestampView {
	return timestampView{Tone: tone(t.Indication), Word: v.T("verdict.timestamp." + word(t.Indication)), By: report.Plain(t.ProducedBy), Time: t.Time}
}

// organisation notes the signer's organisation, unless it is the signer itself: a seal names it once.
func (sv *signatureView) organisation(name string) {
	if name != sv.SignedBy {
		sv.Organisation = name
	}
}

// reasons sorts them by weight: what decided, then what to know.
func (sv *signatureView) reasons(all []report.Reason) {
	sv.Reasons, sv.Warnings = nil, nil
	for _, r := range all {
		e := reasonView{Text: r.Text, Note: strings.TrimSuffix(r.Key+"; "+r.Clause, "; ")}
		if r.Severity == verify.SeverityError {
			sv.Reasons = append(sv.Reasons, e)
		} else {
			sv.Warnings = append(sv.Warnings, e)
		}
	}
}

// stage shows one of the three stages.
func (v *view) stage(st report.Stage) stageView {
	tones := map[verify.StageOutcome]string{verify.StageYes: "good", verify.StageNo: "bad"}
	t, ok := tones[st.Outcome]
	if !ok {
		t = "warn"
	}
	return stageView{Title: v.T("verdict.stage." + st.Key), Tone: t, Word: v.T("verdict.outcome." + string(st.Outcome)), Text: st.Text}
}
