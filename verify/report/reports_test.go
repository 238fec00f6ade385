package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

func TestWritePDFNamesTheFileAndIsTheSameEachTime(t *testing.T) {
	r := judged(t, true)
	for _, lang := range report.Languages() {
		c := report.ForClerk(r, lang)
		if err := report.WritePDF(io.Discard, c); !errors.Is(err, report.ErrNoFile) {
			t.Errorf("%s: a report about no file: %v", lang, err)
		}
		c.Files = []report.File{{Name: "a.p7s", Size: 12, SHA256: strings.Repeat("ab", 32)}, {Name: "a.txt", Size: 5, SHA256: strings.Repeat("cd", 32)}}
		var first, second bytes.Buffer
		if err := errors.Join(report.WritePDF(&first, c), report.WritePDF(&second, c)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) || !bytes.HasPrefix(first.Bytes(), []byte("%PDF-1.7")) || !bytes.Contains(first.Bytes(), []byte("<pdfaid:part>2</pdfaid:part>")) {
			t.Errorf("%s: %d bytes, not twice the same PDF/A-2", lang, first.Len())
		}
		if err := report.WritePDF(failing{}, c); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("the writer's error: %v", err)
		}
	}
}

func TestPeopleReadBakuTimesAndProgramsUTC(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 5, 30, 0, time.UTC)
	r := &verify.Report{Name: "x.pdf", Time: at, Indication: etsi.NoSignatureFound}
	if c := report.ForClerk(r, "az"); c.VerifiedAt != "22.11.2026 14:05 (Bakı vaxtı)" {
		t.Error(c.VerifiedAt)
	}
	b, err := json.Marshal(report.Simple(r, "az"))
	if err != nil || !bytes.Contains(b, []byte(`"validationTime":"2026-11-22T10:05:30Z"`)) {
		t.Errorf("%s %v", b, err)
	}
	for _, c := range []struct{ name, value, says string }{
		{"time", "2026-11-22T21:05:30Z", "23.11.2026 01:05"}, // the next day in Baku
		{"time", "2014-07-01T10:00:00Z", "01.07.2014 15:00"}, // summer time until 2015
		{"time", "yesterday", "yesterday"},
	} {
		if got := report.Text("en", "EXISTENCE_PROVEN", []verify.Arg{{Name: c.name, Value: c.value}}); !strings.Contains(got, " "+c.says+".") {
			t.Errorf("%s: %s", c.value, got)
		}
	}
	if got := report.Text("en", "ALGORITHM_ENDS", []verify.Arg{{Name: "algorithm", Value: "SHA1"}, {Name: "end", Value: "2020-01-31"}}); !strings.Contains(got, "31.01.2020") {
		t.Error(got)
	}
	// A document's own words stay as they are.
	if got := report.Text("en", "SIGNED_DATA_NOT_FOUND", []verify.Arg{{Name: "name", Value: "2026-11-22T21:05:30Z"}}); !strings.Contains(got, "2026-11-22T21:05:30Z") {
		t.Error(got)
	}
}

func TestChangesStandUnderWhatWasChanged(t *testing.T) {
	r := &verify.Report{Name: "x.pdf", Indication: etsi.TotalFailed, Signatures: []*verify.SignatureReport{{
		Indication: etsi.TotalFailed, Modified: verify.ModifiedForbidden, Orphan: true,
		Changes:    []verify.Change{{Key: "PDF_CHANGE_PAGE_CONTENT", Args: []verify.Arg{{Name: "page", Value: "2"}}}},
		Timestamps: []*verify.TimestampReport{{Indication: etsi.Passed, ProducedBy: "TSA"}},
	}}}
	for _, lang := range report.Languages() {
		c := report.ForClerk(r, lang)
		var b strings.Builder
		if err := report.WriteText(&b, c); err != nil {
			t.Fatal(err)
		}
		s := c.Signatures[0]
		last := s.Facts[len(s.Facts)-1]
		if want := last.Label + ": " + last.Text + "\n      - " + s.Changes[0].Text + "\n    " + s.Stamps[0].Label + ": "; !strings.Contains(b.String(), want) {
			t.Errorf("%s: no %q in\n%s", lang, want, b.String())
		}
	}
}

// TestWhatAPersonIsNotTold: outside PDF there are no fields and no later revisions, a counter-signature covers no file, a file that was not given is
// not covered as far as anybody knows, and a foreign code is no FİN. A document's timestamp is told once.
func TestWhatAPersonIsNotTold(t *testing.T) {
	stamp := &verify.TimestampReport{Type: verify.DocumentTimestamp, Indication: etsi.Passed}
	alone := &verify.TimestampReport{Type: verify.DetachedTimestamp, Indication: etsi.Passed}
	missing := []verify.Reason{{Key: "SIGNED_DATA_NOT_FOUND", Args: []verify.Arg{{Name: "name", Value: "content"}}}}
	r := &verify.Report{Signatures: []*verify.SignatureReport{
		{ID: "S-1", Name: "1", Format: verify.FormatCAdES, Coverage: verify.CoversWhole, Modified: verify.ModifiedNone, Reasons: missing, Signer: verify.Signer{PersonalCode: "IT:X", OrganisationID: "VATIT-1"}},
		{ID: "S-2", Name: "1.1", Format: verify.FormatCAdES, Parent: "S-1", Coverage: verify.CoversWhole, Modified: verify.ModifiedNone, Signer: verify.Signer{Identity: certs.Identity{FIN: "5AB1C2D"}}},
		{ID: "S-3", Name: "Sig1", Format: verify.FormatPAdES, Coverage: verify.CoversWhole, Modified: verify.ModifiedNone, Reasons: missing, Timestamps: []*verify.TimestampReport{stamp}},
	}, Timestamps: []*verify.TimestampReport{stamp, alone}}
	c := report.ForClerk(r, "en")
	var b strings.Builder
	if err := report.WriteText(&b, c); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(b.String(), "\n  Signature ")
	for i, words := range []struct{ in, out []string }{
		{nil, []string{": "}}, // no name, so no colon before the verdict
		{[]string{"Covers: a file that was not given", "Personal code: IT:X", "Organisation's code: VATIT-1"}, []string{"field", "After signing", "FİN", "VÖEN"}},
		{[]string{"2 (counter-signature of signature 1)", "Covers: the value of another signature", "Personal code (FİN): 5AB1C2D"}, []string{"field", "After signing"}},
		{[]string{"Signature field: Sig1", "Covers: the whole document", "After signing: nothing was changed", "    Timestamp of the document: ", "\n  Timestamp: "}, nil},
	} {
		for _, w := range words.in {
			if !strings.Contains(parts[i], w) {
				t.Errorf("%d: no %q in %s", i, w, parts[i])
			}
		}
		for _, w := range words.out {
			if strings.Contains(parts[i], w) && i > 0 || strings.HasPrefix(parts[i], w) {
				t.Errorf("%d: %q in %s", i, w, parts[i])
			}
		}
	}
	if len(c.Timestamps) != 1 {
		t.Errorf("%d timestamps told of alone, want the bare one", len(c.Timestamps))
	}
	d := report.Simple(r, "en")
	if s := d.Signatures; s[1].Parent != "S-1" || s[0].Covered() != "unseen" || s[1].Covered() != "signature" || s[2].Covered() != "whole" || s[0].InPDF() || !s[2].InPDF() {
		t.Errorf("%+v", s)
	}
}

func TestTheHeadlineSaysWhatHappened(t *testing.T) {
	s := &verify.SignatureReport{Indication: etsi.TotalFailed, SubIndication: etsi.FormatFailure, Reasons: []verify.Reason{{Key: "PDF_FORBIDDEN_CHANGE", Severity: verify.SeverityError}}}
	r := &verify.Report{Indication: s.Indication, SubIndication: s.SubIndication, Signatures: []*verify.SignatureReport{s}}
	if c := report.ForClerk(r, "en"); !strings.Contains(c.Headline, "changed after signing") || c.Headline != c.Signatures[0].Headline {
		t.Error(c.Headline)
	}
	s.Reasons[0].Key = "CMS_UNREADABLE"
	if c := report.ForClerk(r, "en"); c.Headline != report.Headline("en", s.Indication, s.SubIndication) {
		t.Error(c.Headline)
	}
}

func TestDetailedHasEveryBlockAndDiagnosticTheBytes(t *testing.T) {
	r := judged(t, true)
	d := report.Detailed(r, "ru")
	if len(d.Signatures) != 1 || len(d.Signatures[0].Blocks) != len(r.Signatures[0].Blocks) || d.Policy.SHA256 == "" {
		t.Fatalf("%+v", d)
	}
	for i, b := range d.Signatures[0].Blocks {
		if b.Name != r.Signatures[0].Blocks[i].Name || b.Title == "BLOCK_"+b.Name || !strings.HasPrefix(b.Clause, "ETSI EN 319 102-1, 5.") {
			t.Errorf("block %d: %+v", i, b)
		}
		for _, c := range b.Constraints {
			if c.Clause == "" || (c.Text == "") != (c.Status == verify.StatusOK) {
				t.Errorf("%s: %+v", b.Name, c)
			}
		}
	}
	g := report.Diagnostic(r, "az")
	if len(g.Certificates) < 2 || len(g.Certificates[0].DER) == 0 || g.Signatures[0].SignatureValue == "" || !g.Signatures[0].ContentIntact {
		t.Errorf("%+v", g)
	}
	if b, err := json.Marshal(g); err != nil || bytes.Contains(b, []byte(":null,\"chain\"")) {
		t.Errorf("%v", err)
	}
}
