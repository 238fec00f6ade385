package paper

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

// FuzzMakeReceipt prints whatever a sender may type: a PDF with at least one page comes out, whatever the letters, lengths and line breaks.
func FuzzMakeReceipt(f *testing.F) {
	f.Add("Layihənin adı", "Elektron bəyannamə", "texniki tapşırıq.pdf")
	f.Add("", "", "")
	f.Add("a\nb\tc\x00d", "😀 漢字 \u202e \ufeff ﷽", "x\u0301\u0301.pdf")
	f.Add("uzunsözsüz", string(bytes.Repeat([]byte("ə"), 3000)), "ad")
	f.Fuzz(func(t *testing.T, label, value, name string) {
		d, err := MakeReceipt(Receipt{
			Agency: agency, Number: "1", ReceivedAt: written, Fields: []Field{{"k", label, value}, {"l", value, label}},
			Files: []File{{name, 1, sha256.Sum256([]byte(value))}}, Verify: verify,
		})
		if err != nil || d.Pages < 1 || !bytes.HasPrefix(d.Bytes, []byte("%PDF-1.7")) {
			t.Fatalf("%v", err)
		}
	})
}
