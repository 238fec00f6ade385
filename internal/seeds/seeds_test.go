package seeds

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

func TestFilesAreFoundByExtensionAndPEMIsOpened(t *testing.T) {
	root := t.TempDir()
	two := append(pem.EncodeToMemory(&pem.Block{Type: "A", Bytes: []byte("one")}), pem.EncodeToMemory(&pem.Block{Type: "B", Bytes: []byte("two")})...)
	for name, content := range map[string][]byte{"a.PEM": two, "b.der": []byte("der"), "c.txt": []byte("text"), "d.der": make([]byte, Largest+1)} {
		if err := os.WriteFile(filepath.Join(root, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("MOHUR_CONFORMANCE", root)
	var got []string
	for _, b := range Files(t, ".pem", ".der") {
		got = append(got, string(b))
	}
	if len(got) != 3 || got[0] != "one" || got[1] != "two" || got[2] != "der" {
		t.Fatalf("%q", got)
	}
	t.Setenv("MOHUR_CONFORMANCE", "")
	if Files(t, ".der") != nil {
		t.Fatal("seeds without a suite")
	}
}
