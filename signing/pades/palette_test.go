package pades

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mohur/internal/demopki"
)

// archival is a document that says it is PDF/A-2b, with an output intent whose profile has so many colours, or none.
func archival(colours int) []byte {
	xmp := `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>` +
		`</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
	intent := ""
	if colours > 0 {
		intent = "/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(x)/DestOutputProfile 5 0 R>>]"
	}
	return plainPDF(
		"<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R"+intent+">>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>>>",
		fmt.Sprintf("<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%s\nendstream", len(xmp), xmp),
		fmt.Sprintf("<</N %d/Length 1>>\nstream\nx\nendstream", colours),
	)
}

// TestColoursThatADocumentPermits: what its output intent does not define is drawn in spaces that define themselves.
func TestColoursThatADocumentPermits(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		in        []byte
		has, lack []string
	}{
		"no PDF/A":            {fullForm("", ""), []string{"/DeviceRGB"}, []string{"/CalRGB", "/DefaultGray"}},
		"RGB intent":          {archival(3), []string{"/DeviceRGB"}, []string{"/CalRGB", "/DefaultGray"}},
		"CMYK intent":         {archival(4), []string{"/CalRGB"}, []string{"/DeviceRGB", "/DefaultGray"}},
		"gray intent":         {archival(1), []string{"/CalRGB"}, []string{"/DeviceRGB", "/DefaultGray"}},
		"PDF/A without one":   {archival(0), []string{"/CalRGB", "/DefaultGray"}, []string{"/DeviceRGB"}},
		"a letter of our own": {letter(t), []string{"/DeviceRGB"}, []string{"/CalRGB", "/DefaultGray"}},
	} {
		o := w.options(t, demopki.P256)
		a := visible()
		a.QR, a.Image = lookup, picture(t, blue)
		o.Rect, o.Appearance = [4]float64{10, 10, 290, 110}, a
		out, _ := sealed(t, c.in, o)
		added := string(out[len(c.in):])
		for _, want := range c.has {
			if !strings.Contains(added, want) {
				t.Errorf("%s: no %s", name, want)
			}
		}
		for _, not := range c.lack {
			if strings.Contains(added, not) {
				t.Errorf("%s: %s", name, not)
			}
		}
		if dir := os.Getenv("MOHUR_SCREENSHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "palette-"+strings.NewReplacer(" ", "-", "/", "").Replace(name)+".pdf"), out, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
