package docket

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// MaxProfileReason is how many characters the reason of a proposal or of its rejection may have.
const MaxProfileReason = 1000

// Limits of a profile's terms.
const (
	maxPerDay      = 1_000_000
	maxUnit        = 80 // characters
	maxLines       = 4
	maxLine        = 60
	maxClients     = 100
	maxProfileName = 50
)

var (
	profileName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`) })
	clientName  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`) })
)

// Check says what is wrong with a version by itself, each with its field; nil if nothing is. Whether the credential exists and what the
// other profiles take is asked elsewhere.
func (p *SealProfile) Check() Errors {
	var c termCheck
	c.name(p.Name)
	c.words("why", p.Why, MaxProfileReason)
	c.words("unit", p.Unit, maxUnit)
	c.words("credential", p.Credential, maxProfileName)
	choice(&c, "format", p.Format, SealFormats())
	choice(&c, "level", p.Level, SealLevels())
	choice(&c, "input", p.Input, InputRules())
	c.kinds(&p.SealTerms)
	c.clients(&p.SealTerms)
	c.appearance(&p.SealTerms)
	c.certification(&p.SealTerms)
	return c.found
}

// termCheck collects refusals.
type termCheck struct{ found Errors }

func (c *termCheck) add(e *Error) { c.found = append(c.found, e) }

func (c *termCheck) name(s string) {
	if len(s) > maxProfileName || !profileName().MatchString(s) {
		c.add(Invalid("name", KeyProfileName))
	}
}

// words asks for a text of one line that says something.
func (c *termCheck) words(field, s string, most int) {
	switch {
	case strings.TrimSpace(s) == "":
		c.add(Invalid(field, KeyRequired))
	case len([]rune(s)) > most:
		c.add(Invalid(field, KeyTooLong).With("max", most))
	case strings.ContainsFunc(s, unicode.IsControl):
		c.add(Invalid(field, KeyProfileChoice))
	}
}

func choice[T ~string](c *termCheck, field string, v T, of []T) {
	if !slices.Contains(of, v) {
		c.add(Invalid(field, KeyProfileChoice))
	}
}

// kinds asks for known kinds, each once, and none where hashes are sealed: nobody sees what a hash stands for, so such a credential serves
// nothing that the office itself answers for.
func (c *termCheck) kinds(t *SealTerms) {
	for i, k := range t.Kinds {
		if !slices.Contains(SealKinds(), k) || slices.Contains(t.Kinds[:i], k) {
			c.add(Invalid("kinds", KeyProfileChoice))
			return
		}
	}
	switch {
	case len(t.Kinds) > 0 && t.HashAllowed:
		c.add(Invalid("kinds", KeyHashKinds))
	case len(t.Kinds) > 0 && t.Format != FormatPAdES:
		c.add(Invalid("format", KeyKindFormat))
	}
}

// clients asks for names as the API has them, and for a quota where anybody may ask.
func (c *termCheck) clients(t *SealTerms) {
	if len(t.Clients) > maxClients {
		c.add(Invalid("clients", KeyTooMany).With("max", maxClients))
		return
	}
	for i, n := range t.Clients {
		if !clientName().MatchString(n) || slices.Contains(t.Clients[:i], n) {
			c.add(Invalid("clients", KeyProfileClients))
			return
		}
	}
	least := min(len(t.Clients), 1)
	if slices.Contains(t.Kinds, KindVerdictReport) { // whoever has a document checked may ask for one
		least = 1
	}
	if t.PerDay < least || t.PerDay > maxPerDay {
		c.add(Invalid("per_day", KeyProfileQuota).With("max", maxPerDay))
	}
}

func (c *termCheck) appearance(t *SealTerms) {
	a := t.Appearance
	if len(a.Lines) > maxLines {
		c.add(Invalid("lines", KeyProfileLines).With("max", maxLines))
	}
	for _, l := range a.Lines {
		if strings.TrimSpace(l) == "" || len([]rune(l)) > maxLine || strings.ContainsFunc(l, unicode.IsControl) {
			c.add(Invalid("lines", KeyTooLong).With("max", maxLine))
			break
		}
	}
	if a.Image != "" && !a.Image.Valid() {
		c.add(Invalid("image", KeyProfileChoice))
	}
	if t.Format != FormatPAdES && (a.Visible || a.QR || a.Image != "" || len(a.Lines) > 0) {
		c.add(Invalid("visible", KeyProfileUnseen))
	}
}

// certification asks that a certifying seal is a document's first (ISO 32000-2, 12.8.2.2.1).
func (c *termCheck) certification(t *SealTerms) {
	switch {
	case t.Certification < 0 || t.Certification > 3:
		c.add(Invalid("certification", KeyProfileChoice))
	case t.Certification > 0 && (t.Format != FormatPAdES || t.Input != InputUnsigned):
		c.add(Invalid("certification", KeyProfileCertify))
	}
}
