package report

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"mohur/verify"
)

// place is where an argument goes.
var place = regexp.MustCompile(`\{[A-Za-z]+\}`)

//go:embed texts/az.json texts/en.json texts/ru.json
var files embed.FS

// Languages lists the languages that every reason has a text in.
func Languages() []string { return []string{"az", "en", "ru"} }

// catalogues reads the texts once, when the first one is asked for.
var catalogues = sync.OnceValues(func() (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	for _, lang := range Languages() {
		b, err := files.ReadFile("texts/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("texts of %s: %w", lang, err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(b, &m); err != nil {
			return nil, fmt.Errorf("texts of %s: %w", lang, err)
		}
		out[lang] = m
	}
	return out, nil
})

// Text returns a reason's sentence in a language, English for a language that is not in Languages. A key without a text (which a test
// rules out) is returned as it is.
func Text(lang, key string, args []verify.Arg) string {
	all, err := catalogues()
	if err != nil {
		return key
	}
	m, ok := all[lang]
	if !ok {
		m = all["en"]
	}
	t, ok := m[key]
	if !ok {
		return key
	}
	return fill(m, t, args)
}

// has tells that a key has a text.
func has(lang, key string) bool {
	all, err := catalogues()
	return err == nil && all[lang][key] != ""
}

// keyed are the names of arguments whose value may itself be a key.
const keyed = " problem change why "

// fill puts the arguments into a text. An argument that is itself a key becomes its text; a place without an argument is left out.
func fill(m map[string]string, t string, args []verify.Arg) string {
	for _, a := range args {
		v := spoken(a)
		if inner, ok := m[v]; ok && strings.Contains(keyed, " "+a.Name+" ") {
			v = fill(m, inner, slices.DeleteFunc(slices.Clone(args), func(o verify.Arg) bool { return o.Name == a.Name }))
		}
		t = strings.ReplaceAll(t, "{"+a.Name+"}", v)
	}
	t = place.ReplaceAllString(t, "")
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(t, " ()", ""), "  ", " "))
}

// Keys lists the keys that have a text in a language, sorted.
func Keys(lang string) []string {
	all, err := catalogues()
	if err != nil {
		return nil
	}
	out := make([]string, 0, len(all[lang]))
	for k := range all[lang] {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
