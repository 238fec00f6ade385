package thirdparty_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	thirdparty "mohur/third_party"
)

func TestFilesAreAsPublished(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"htmx/htmx.min.js": thirdparty.HTMX(), "axe-core/axe.min.js": thirdparty.AxeCore()} {
		sum := sha256.Sum256([]byte(content))
		want := hex.EncodeToString(sum[:])
		found := false
		for line := range strings.Lines(string(readme)) {
			found = found || strings.Contains(line, "`"+name+"`") && strings.Contains(line, "`"+want+"`")
		}
		if !found {
			t.Errorf("%s has SHA-256 %s, which README.md doesn't name", name, want)
		}
	}
}
