package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What was shown is what is signed: a file that changes while the person reads is refused.
func TestAFileThatChangesAfterItWasShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, []byte("as shown"), 0o600); err != nil {
		t.Fatal(err)
	}
	hash, size, err := hashFile(path)
	if err != nil || size != 8 {
		t.Fatal(size, err)
	}
	s := &documentSigner{shown: map[string][32]byte{path: hash}}
	for text, want := range map[string]bool{"as shown": true, "as sh0wn": false, "as shown and more": false, "as show": false} {
		if err := s.unchanged(path, bytes.NewReader([]byte(text)), int64(len(text))); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := s.unchanged("another.pdf", bytes.NewReader(nil), 0); err != nil {
		t.Errorf("a file that was not shown: %v", err)
	}
}

// What is typed after the choice is the PIN, and stays for it.
func TestTheChoiceLeavesThePIN(t *testing.T) {
	in := bytes.NewBufferString("2\n271828\n")
	if line, err := typedLine(in); err != nil || line != "2" || in.String() != "271828\n" {
		t.Errorf("%q, %v, left %q", line, err, in.String())
	}
	if _, err := typedLine(bytes.NewBufferString("2")); err == nil {
		t.Error("a line that never ends")
	}
}
