package locale

import (
	"strings"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Upper writes a text in capitals by the Azerbaijani rule: i becomes İ, ı becomes I.
func Upper(s string) string { return strings.ToUpperSpecial(unicode.AzeriCase, norm.NFC.String(s)) }

// Lower writes a text in small letters by the Azerbaijani rule: I becomes ı, İ becomes i.
func Lower(s string) string { return strings.ToLowerSpecial(unicode.AzeriCase, norm.NFC.String(s)) }

// SortKey gives bytes whose order is the Azerbaijani order of texts: a b c ç d e ə f g ğ h x ı i j k q ... (CLDR). Stored beside a text
// they sort the same in every database.
func SortKey(s string) []byte {
	c := collate.New(language.Azerbaijani)
	var b collate.Buffer
	return append([]byte(nil), c.KeyFromString(&b, s)...)
}
