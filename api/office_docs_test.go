package api

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestOfficeDocs runs every command of docs/api-office.md, in order, against an office. Only the signature is another: a person's is not to be had here.
func TestOfficeDocs(t *testing.T) {
	o := newProgramOffice(t)
	page, err := os.ReadFile("../docs/api-office.md")
	o.must(err)
	script := "set -eu\nmohur() { cat \"$4\" > \"$3\"; printf '\\n%%SIG %s' " + personFIN + " >> \"$3\"; }\nprintf '%%PDF-1.7 x' > layihe.pdf\n"
	blocks := strings.Split(string(page), "```sh\n")[1:]
	for _, b := range blocks {
		commands, _, closed := strings.Cut(b, "```")
		if !closed {
			t.Fatal("a block is not closed")
		}
		script += commands
	}
	if len(blocks) < 5 {
		t.Errorf("%d blocks of commands", len(blocks))
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script+"\ncmp record.pdf record.pdf && grep -q SIG letter.pdf && grep -q yeni project.json\n")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "BASE="+o.url, "KEY="+o.key)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v (curl is needed)\n%s", err, out)
	}
	r := o.want(200, o.key, "GET", "/v1/submissions", "", "")
	if r.get("total") != "1" || r.json["items"].([]any)[0].(map[string]any)["state"] != "sent" {
		t.Errorf("%s", r.text)
	}
}
