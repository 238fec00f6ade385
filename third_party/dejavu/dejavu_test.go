package dejavu

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

func TestFilesAreTheOnesTheReadmeNames(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"DejaVuSans.ttf": Regular(), "DejaVuSans-Bold.ttf": Bold()} {
		sum := sha256.Sum256(b)
		if line := "| " + name + " | `" + hex.EncodeToString(sum[:]) + "` |"; !strings.Contains(string(readme), line) {
			t.Errorf("README.md lacks the line %q", line)
		}
	}
}
