package locale

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCataloguesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	all, err := catalogues()
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{[a-zA-Z]+\}`)
	base := all[Azerbaijani]
	if len(base) < 12 {
		t.Fatalf("only %d texts", len(base))
	}
	for l, texts := range all {
		for key, text := range texts {
			other, ok := base[key]
			if !ok {
				if other, ok = base[strings.TrimSuffix(key, ".few")+".other"]; !ok || l != Russian {
					t.Errorf("%s has %q, az doesn't", l, key)
					continue
				}
			}
			a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
				t.Errorf("%q: %s uses %v, az uses %v", key, l, a, b)
			}
			if strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s %q is empty or has white space around it", l, key)
			}
		}
		for key := range base {
			if _, ok := texts[key]; !ok {
				t.Errorf("%s lacks %q", l, key)
			}
		}
	}
}

func TestPluralPairs(t *testing.T) {
	p := For(Azerbaijani)
	for _, key := range p.Keys() {
		base, ok := strings.CutSuffix(key, ".one")
		if ok && !p.Has(base+".other") {
			t.Errorf("%q has no .other", key)
		}
		if ok && !For(Russian).Has(base+".few") {
			t.Errorf("%q has no .few in Russian", key)
		}
	}
}

func TestPluralsOfEachLanguage(t *testing.T) {
	for n, want := range map[int]string{
		0: "осталось 0 дней", 1: "остался 1 день", 2: "осталось 2 дня", 4: "осталось 4 дня", 5: "осталось 5 дней", 11: "осталось 11 дней",
		12: "осталось 12 дней", 14: "осталось 14 дней", 21: "остался 21 день", 22: "осталось 22 дня", 25: "осталось 25 дней",
		101: "остался 101 день", 111: "осталось 111 дней", 112: "осталось 112 дней", 1002: "осталось 1\u00a0002 дня", -2: "осталось -2 дня",
	} {
		if got := For(Russian).N("period.left", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 days left", 1: "1 day left", 2: "2 days left", 21: "21 days left"} {
		if got := For(English).N("period.left", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestFill(t *testing.T) {
	for _, c := range []struct {
		text string
		args []any
		want string
	}{
		{"{n} gün", []any{"n", 3}, "3 gün"},
		{"{a}{b}{a}", []any{"a", "x", "b", int64(7)}, "x7x"},
		{"{a} {b}", []any{map[string]any{"a": 1}, "b", "{a}"}, "1 {a}"},
		{"{a} {missing}", []any{"a", "1", "odd"}, "1 {missing}"},
		{"none", nil, "none"},
	} {
		if got := fill(c.text, c.args); got != c.want {
			t.Errorf("fill(%q, %v) = %q, want %q", c.text, c.args, got, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]Lang{
		"": Azerbaijani, "en-GB,en;q=0.9": English, "ru-RU,ru;q=0.9,en;q=0.1": Russian, "az-Latn-AZ": Azerbaijani, "fr,en;q=0.3,az;q=0.8": Azerbaijani, "de": Azerbaijani,
		"\x00;;": Azerbaijani, strings.Repeat("en,", 1000): Azerbaijani,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%.20q) = %s, want %s", header, got, want)
		}
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"01.02.2026": "2026-02-01", "1.2.2026": "2026-02-01", "01/02/2026": "2026-02-01", " 29.2.2024 ": "2024-02-29", "2026-02-01": "2026-02-01",
		"1-2-2026": "2026-02-01", "": "", "29.02.2026": "", "31.04.2026": "", "1.13.2026": "", "0.1.2026": "", "1.2": "", "bu gün": "", "1.2.26": "",
		"1.2.20260": "", "-1.2.2026.": "2026-02-01", "0001-01-01": "",
	} {
		got, err := ParseDate(in)
		text := ""
		if err == nil {
			text = got.Format(time.DateOnly)
		}
		if text != want {
			t.Errorf("ParseDate(%q) = %q, %v, want %q", in, text, err, want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"1.2.2026", "2026-02-01", "31/12/1999", "..", "99999999999999999999.1.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		again, err := ParseDate(For(Azerbaijani).LegalDate(d.Format(time.DateOnly)))
		if err != nil || !again.Equal(d) {
			t.Errorf("%q is %v, and written out again %v, %v", s, d, again, err)
		}
	})
}

func TestDatesAreBakus(t *testing.T) {
	az, en := For(Azerbaijani), For(English)
	late := time.Date(2026, 11, 22, 21, 30, 0, 0, time.UTC) // already the 23rd in Baku
	for got, want := range map[string]string{
		az.Date(late): "23.11.2026", az.DateTime(late): "23.11.2026, 01:30", az.LongDate(late): "23 noyabr 2026-cı il",
		en.LongDate(late): "23 November 2026", For(Russian).LongDate(late): "23 ноября 2026 г.", az.LegalDate("2026-02-01"): "01.02.2026", az.LegalDate("x"): "x",
		az.DateTime(time.Date(2014, 7, 1, 12, 0, 0, 0, time.UTC)): "01.07.2014, 17:00", // summer time
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if az.Date(time.Time{})+az.DateTime(time.Time{})+az.LongDate(time.Time{}) != "" {
		t.Error("a zero time must be written as nothing")
	}
}

func TestOrdinalSuffix(t *testing.T) {
	for n, want := range map[int]string{
		2021: "ci", 2022: "ci", 2023: "cü", 2024: "cü", 2025: "ci", 2026: "cı", 2027: "ci", 2028: "ci", 2029: "cu",
		2010: "cu", 2020: "ci", 2030: "cu", 2040: "cı", 2050: "ci", 2060: "cı", 2090: "cı", 1900: "cü", 2000: "ci",
	} {
		if got := ordinalSuffix(n); got != want {
			t.Errorf("%d-%s, want -%s", n, got, want)
		}
	}
}

func TestNumbersAndSizes(t *testing.T) {
	az, en := For(Azerbaijani), For(English)
	for got, want := range map[string]string{
		az.Number(1234567): "1\u00a0234\u00a0567", en.Number(-1234): "-1,234", az.Number(7): "7", az.Number(-100): "-100",
		az.Size(900): "900 B", az.Size(12_400): "12 KB", az.Size(3_565_158): "3,4 MB", en.Size(3_565_158): "3.4 MB", en.Size(50 << 20): "50 MB",
		For(Russian).Size(3_565_158): "3,4 МБ", For(Russian).Size(2048): "2 КБ", For(Russian).Number(1234): "1\u00a0234",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCaseFoldAndOrder(t *testing.T) {
	if got := Upper("ilham ışıq"); got != "İLHAM IŞIQ" {
		t.Errorf("Upper: %q", got)
	}
	if got := Lower("İSMAYIL QIZIL"); got != "ismayıl qızıl" {
		t.Errorf("Lower: %q", got)
	}
	letters := strings.Fields("a b c ç d e ə f g ğ h x ı i j k q l m n o ö p r s ş t u ü v y z")
	for i := 1; i < len(letters); i++ {
		if bytes.Compare(SortKey(letters[i-1]), SortKey(letters[i])) >= 0 {
			t.Errorf("%s must come before %s", letters[i-1], letters[i])
		}
	}
}
