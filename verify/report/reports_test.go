package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

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
