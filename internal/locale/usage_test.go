package locale

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// computed are the beginnings of keys that the code puts together; what may follow is a word of docket or verify.
func computed() []string {
	return []string{
		"term.", "rule.", "calendar.", "procedure.", "signer.", "label.", "outgoing.",
		"month.", "state.submission.", "state.registration.", "state.letter.", "document_type.", "order.", "outcome.", "letter.opinion",
		"letter.deficiency_notice", "letter.registration_refusal", "letter.receipt", "register.done.", "system.part.", "system.state.", "verdict.title.", "verdict.lead.",
		"verdict.signature.", "verdict.stage.", "verdict.outcome.", "verdict.timestamp.", "verdict.covers.", "verdict.modified.", "notify.",
		"error.title.", "api.", "profile.term.", "profile.level.", "profile.input.", "profile.certification.", "profile.kind.", "profile.by.", "state.profile.", "eid.", "means.tone.",
		"role.", "delegation.state.",
		"bodies.file.", "unit.kind.", "system.say.",
		"state.task.", "state.visa.", "trail.", "checklist.", "returns.step.",
		"bodies.file.", "unit.kind.",
		"error.title.", "api.", "profile.term.", "profile.level.", "profile.input.", "profile.certification.", "profile.kind.", "profile.by.", "state.profile.", "eid.",
		"role.", "delegation.state.", "dispatches.channel.", "dispatches.how.",
		"dispatches.channel.", "dispatches.how.",
	}
}

// sourceText is every template and every Go file that may name a key, tests aside.
func sourceText(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, root := range []string{"../../internal", "../../api", "../../docket", "../../cmd"} {
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if strings.HasSuffix(p, "_test.go") || !strings.HasSuffix(p, ".go") && !(strings.HasSuffix(p, ".html") && strings.Contains(p, "templates")) {
				return nil
			}
			text, err := os.ReadFile(p)
			b.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestEveryKeyIsUsed(t *testing.T) {
	source := sourceText(t)
	for _, key := range For(Azerbaijani).Keys() {
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		if strings.Contains(source, `"`+key+`"`) || strings.Contains(source, `"`+base+`"`) {
			continue
		}
		if !slices.ContainsFunc(computed(), func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("%q is used nowhere", key)
		}
	}
}

func TestEveryKeyOfTheTemplatesExists(t *testing.T) {
	// What a template asks for: .T "key", .N "key", "key" "key" in a dict, the label of a Field and its hint.
	asked := regexp.MustCompile(`\.T "([^"]+)"|\.N "([^"]+)"|"key" "([^"]+)"|\.Field "[^"]+" "([^"]+)"|"hint" "([^"]+)"`)
	p := For(Azerbaijani)
	n := 0
	err := filepath.WalkDir("../web/templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			key := strings.Join(m[1:], "")
			n++
			if !p.Has(key) && !p.Has(key+".other") {
				t.Errorf("%s asks for %q, which the catalogues lack", path, key)
			}
		}
		return nil
	})
	if err != nil || n < 200 {
		t.Errorf("%d keys found in the templates: %v", n, err)
	}
}
