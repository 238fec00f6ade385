package desk

import (
	"testing"

	"mohur/docket"
	"mohur/internal/locale"
)

// TestEveryKeyHasItsTexts holds that nothing the desk says is without words.
func TestEveryKeyHasItsTexts(t *testing.T) {
	keys := append(docket.Keys(), "letter.receipt.subject", "letter.notice.subject", "letter.notice.text", "letter.notice.due", "letter.refusal.subject", "letter.refusal.text")
	for _, k := range docket.NotificationKeys() {
		keys = append(keys, k+".title", k+".text", k+".sms")
	}
	for _, lang := range locale.Languages() {
		words := locale.For(lang)
		for _, k := range keys {
			if !words.Has(k) {
				t.Errorf("%s has no text for %s", lang, k)
			}
		}
	}
}
