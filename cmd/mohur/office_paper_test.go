package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/paper"
)

// TestDatesOnLettersAreBakus holds that a legal day is printed as that day: midnight in Baku is the day before in UTC.
func TestDatesOnLettersAreBakus(t *testing.T) {
	p := officePaper{agency: paper.Agency{Name: "Agentlik"}}
	var out bytes.Buffer
	_, err := p.Letter(t.Context(), &docket.LetterPage{
		Kind: docket.LetterNotice, Number: "9/15-01", Date: calendar.Of(2026, time.March, 1), Addressee: "Qurum", Reference: "3/2-77, 28.02.2026",
		Subject: "Mövzu", Text: "Mətn", Signatory: "Ad Soyad", MadeAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", path, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext (Debian: poppler-utils): %v", err)
	}
	for _, want := range []string{"01.03.2026", "28.02.2026", "3/2-77"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the letter does not say %s:\n%s", want, text)
		}
	}
}
