// Package locale holds the words of the product: one catalogue of texts per language, and the forms that go with a language: plurals,
// dates, numbers, Azerbaijani letter case, order and folding. It knows no page and no case, only keys; a key that is missing shows as
// itself, and the tests keep the catalogues the same length.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Lang is a language of the pages, as BCP 47 writes it.
type Lang string

// The languages of the catalogues. Azerbaijani is the state language and the default (Kargüzarlıq Təlimatı, 2003).
const (
	Azerbaijani Lang = "az"
	English     Lang = "en"
	Russian     Lang = "ru"
)

//go:embed az.json en.json ru.json
var files embed.FS

// Languages lists the languages there are, the default first.
func Languages() []Lang { return []Lang{Azerbaijani, English, Russian} }

// Known says whether there is a catalogue for a language.
func Known(l Lang) bool { return slices.Contains(Languages(), l) }

// Match chooses the language for an Accept-Language header (RFC 9110, 12.5.4); the default where nothing fits.
func Match(acceptLanguage string) Lang {
	if len(acceptLanguage) > 1000 {
		return Azerbaijani
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Azerbaijani
	}
	for _, tag := range wanted {
		base, _ := tag.Base()
		if l := Lang(base.String()); Known(l) {
			return l
		}
	}
	return Azerbaijani
}

// catalogues are read once and never changed after.
var catalogues = sync.OnceValues(load)

// load reads the embedded catalogues.
func load() (map[Lang]map[string]string, error) {
	out := map[Lang]map[string]string{}
	for _, l := range Languages() {
		b, err := files.ReadFile(string(l) + ".json")
		if err != nil {
			return nil, fmt.Errorf("locale %s: %w", l, err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(b, &texts); err != nil {
			return nil, fmt.Errorf("locale %s: %w", l, err)
		}
		out[l] = texts
	}
	return out, nil
}

// Printer gives texts in one language. It is immutable and cheap to copy.
type Printer struct {
	lang  Lang
	texts map[string]string
}

// For returns the printer of a language, the default one's for a language there is no catalogue of.
func For(l Lang) *Printer {
	if !Known(l) {
		l = Azerbaijani
	}
	all, err := catalogues()
	if err != nil {
		return &Printer{lang: l} // only a broken build: the tests read every catalogue
	}
	return &Printer{lang: l, texts: all[l]}
}

// Lang is the language of the printer.
func (p *Printer) Lang() Lang { return p.lang }

// Has says whether the catalogue has a key.
func (p *Printer) Has(key string) bool {
	_, ok := p.texts[key]
	return ok
}

// T gives the text of a key. Arguments are pairs of a name and a value: each {name} in the text is replaced by the value. A map from
// names to values may stand for the pairs. A missing key is returned as it is.
func (p *Printer) T(key string, args ...any) string {
	text, ok := p.texts[key]
	if !ok {
		return key
	}
	return fill(text, args)
}

// N gives the text of a key for a number: KEY.one, KEY.few or KEY.other by the plural rule of the language, with {n} as the number.
func (p *Printer) N(key string, n int, args ...any) string {
	return p.T(key+p.plural(n), append([]any{"n", p.Number(int64(n))}, args...)...)
}

// plural is the ending of the key for a whole number (CLDR 45). Azerbaijani and English: one for 1, other for the rest. Russian goes by the last
// digits: 1, 21 (not 11) are one, 2 to 4 and 22 to 24 (not 12 to 14) few; what CLDR calls many is other here, fractions being none of ours.
func (p *Printer) plural(n int) string {
	if p.lang != Russian {
		if n == 1 {
			return ".one"
		}
		return ".other"
	}
	if n < 0 {
		n = -n
	}
	teen := n%100 >= 11 && n%100 <= 14
	switch {
	case n%10 == 1 && !teen:
		return ".one"
	case n%10 >= 2 && n%10 <= 4 && !teen:
		return ".few"
	}
	return ".other"
}

// fill replaces {name} by the value that follows the name in args.
func fill(text string, args []any) string {
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	var pairs []string
	add := func(name string, value any) { pairs = append(pairs, "{"+name+"}", format(value)) }
	for i := 0; i < len(args); i++ {
		switch a := args[i].(type) {
		case map[string]any:
			for k, v := range a {
				add(k, v)
			}
		case map[string]string:
			for k, v := range a {
				add(k, v)
			}
		case string:
			if i+1 < len(args) {
				add(a, args[i+1])
				i++
			}
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// format writes an argument as text.
func format(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return fmt.Sprint(v)
	}
}

// Keys lists every key of the catalogue in no order: for tests and for checking a caller's keys.
func (p *Printer) Keys() []string {
	out := make([]string, 0, len(p.texts))
	for k := range p.texts {
		out = append(out, k)
	}
	return out
}
