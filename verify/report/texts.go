package report

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"mohur/verify"
)

// place is where an argument goes.
var place = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{[A-Za-z]+\}`) })

//go:embed texts/az.json texts/en.json texts/ru.json
var files embed.FS

// Languages lists the languages that every reason has a text in.
func Languages() []string { return []string{"az", "en", "ru"} }

// catalogues read the texts of a language once, when the first one is asked for: a run needs one language.
var catalogues = func() map[string]func() (map[string]string, error) {
	out := map[string]func() (map[string]string, error){}
	for _, lang := range Languages() {
		out[lang] = sync.OnceValues(func() (map[string]string, error) { return readTexts(lang) })
	}
	return out
}()

// readTexts reads the texts of a language.
func readTexts(lang string) (map[string]string, error) {
	b, err := files.ReadFile("texts/" + lang + ".json")
	if err != nil {
		return nil, fmt.Errorf("texts of %s: %w", lang, err)
	}
	m := make(map[string]string, bytes.Count(b, []byte{'\n'}))
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("texts of %s: %w", lang, err)
	}
	return m, nil
}

// catalogue is the texts of a language; of one that is not in Languages nothing.
func catalogue(lang string) map[string]string {
	read, ok := catalogues[lang]
	if !ok {
		return nil
	}
	m, err := read()
	if err != nil {
		return nil // a test reads them all
	}
	return m
}

// Text returns a reason's sentence in a language, English for a language that is not in Languages. A key without a text (which a test
// rules out) is returned as it is.
func Text(lang, key string, args []verify.Arg) string {
	m := catalogue(lang)
	if m == nil {
		m = catalogue("en")
	}
	t, ok := m[key]
	if !ok {
		return key
	}
	return fill(m, t, args)
}

// has tells that a key has a text.
func has(lang, key string) bool { return catalogue(lang)[key] != "" }

// keyed are the names of arguments whose value may itself be a key.
const keyed = " problem change why over "

// part is a piece of a text that is left out where one of its places has no value, such as the page of a change that belongs to none.
var part = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[[^\[\]]*\]`) })

// fill puts the arguments into a text. An argument that is itself a key becomes its text; a place without an argument is left out.
func fill(m map[string]string, t string, args []verify.Arg) string {
	if !strings.ContainsAny(t, "{[") {
		return t // and nothing is compiled for a text without places
	}
	t = part().ReplaceAllStringFunc(t, func(piece string) string {
		for _, p := range place().FindAllString(piece, -1) {
			if !slices.ContainsFunc(args, func(a verify.Arg) bool { return "{"+a.Name+"}" == p && a.Value != "" }) {
				return ""
			}
		}
		return piece[1 : len(piece)-1]
	})
	t = place().ReplaceAllStringFunc(t, func(p string) string { // in one pass: a document's own words are never read as a place of ours
		for _, a := range args {
			if "{"+a.Name+"}" == p {
				return value(m, a, args)
			}
		}
		return ""
	})
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(t, " ()", ""), "  ", " "))
}

// value is an argument in words.
func value(m map[string]string, a verify.Arg, args []verify.Arg) string {
	if inner, ok := m[a.Value]; ok && strings.Contains(keyed, " "+a.Name+" ") {
		return fill(m, inner, slices.DeleteFunc(slices.Clone(args), func(o verify.Arg) bool { return o.Name == a.Name }))
	}
	if word, ok := m["ANNOTATION_"+a.Value]; ok && a.Name == "annotation" {
		return word
	}
	return Plain(spoken(a))
}

// maxPlain bounds a foreign word in a sentence, in characters.
const maxPlain = 400

// Plain makes a word from a document or a certificate safe to show: one line, no control characters that a terminal would obey, no marks that
// turn the direction of writing around, not endless.
func Plain(s string) string {
	n := 0
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if n++; n == maxPlain {
			return '…'
		}
		switch {
		case n > maxPlain, unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		}
		return r
	}, s))
}

// Keys lists the keys that have a text in a language, sorted.
func Keys(lang string) []string { return slices.Sorted(maps.Keys(catalogue(lang))) }
