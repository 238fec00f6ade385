package verify_test

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/signing/pades"
	"mohur/verify/etsi"
)

// TestAMessageThatCarriesItsOwnContentSignsNoPDF: a PAdES signature is detached (ETSI EN 319 142-1, 6.3); where the message carries a copy of
// the covered bytes everything verifies, and it is refused all the same, because the next one may carry something else.
func TestAMessageThatCarriesItsOwnContentSignsNoPDF(t *testing.T) {
	w := newWorld(t)
	s := w.person(demopki.Person{})
	doc := w.sign(page("Letter"), s, func(o *pades.Options) {
		stamped(w.pki.TSA())(o)
		o.Reserve = 20_000
	})
	open := bytes.LastIndex(doc, []byte("/Contents<")) + len("/Contents<")
	if open < len("/Contents<") {
		open = bytes.LastIndex(doc, []byte("/Contents <")) + len("/Contents <")
	}
	end := open + bytes.IndexByte(doc[open:], '>')
	covered := append(bytes.Clone(doc[:open-1]), doc[end+1:]...)
	for name, c := range map[string]struct {
		edit func(*cms.Builder)
		want outcome
	}{
		"detached":             {nil, outcome{indication: etsi.TotalPassed}},
		"with its own content": {func(b *cms.Builder) { b.Content = covered }, outcome{etsi.TotalFailed, etsi.FormatFailure, "PDF_ENCAPSULATED_CONTENT"}},
	} {
		message := w.message(s, covered, func(b *cms.Builder) {
			b.SigningTime = time.Time{} // it stands in the dictionary
			if c.edit != nil {
				c.edit(b)
			}
		})
		changed := bytes.Clone(doc)
		digits := []byte(hex.EncodeToString(message))
		if len(digits) > end-open {
			t.Fatalf("%s: %d digits do not fit into %d", name, len(digits), end-open)
		}
		for i := open; i < end; i++ {
			changed[i] = '0'
		}
		copy(changed[open:], digits)
		t.Run(name, func(t *testing.T) { w.expect(w.verify(w.input(changed)), c.want) })
	}
}
