package pades

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mohur/internal/demopki"
	"mohur/signing"
)

// TestAttachmentsStay: files inside a document are there after a certification, a second signature at the highest level and a renewal, and every
// signature passes.
func TestAttachmentsStay(t *testing.T) {
	e := newEpoch(t)
	const inside = "layihə.xml: <layihə/>"
	in := plainPDF(
		"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(fayl)4 0 R]>>>>/AF[4 0 R]>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>>>",
		"<</Type/Filespec/F(layihe.xml)/UF(layihe.xml)/AFRelationship/Data/EF<</F 5 0 R>>>>",
		fmt.Sprintf("<</Type/EmbeddedFile/Subtype/text#2Fxml/Length %d>>\nstream\n%s\nendstream", len(inside), inside),
	)
	first, second := e.options(t, demopki.P256), e.level(t, signing.BaselineLTA)
	first.Now = e.clock
	first.Certification, first.Rect, first.Appearance = 2, [4]float64{10, 10, 290, 110}, visible()
	out, _ := sealed(t, in, first)
	out, _ = sealed(t, out, second)
	e.at = e.at.Add(time.Hour)
	out, _ = extend(t, out, e.extension(signing.BaselineLTA))
	e.passes(t, out, e.at.Add(time.Minute), "LTA")
	dir := t.TempDir()
	path, saved := filepath.Join(dir, "x.pdf"), filepath.Join(dir, "saved")
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, "pdfdetach", "-save", "1", "-o", saved, path); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(saved); err != nil || string(got) != inside {
		t.Errorf("the attachment says %q %v", got, err)
	}
}
