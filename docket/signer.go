package docket

import "slices"

// MinimumLevel is the weakest kind of signature that a document may carry (requirements.md 8, 1).
type MinimumLevel string

// The levels, the weakest first (law of 9 March 2004, 1.1.4, 1.1.5, 1.1.14).
const (
	LevelEnhanced  MinimumLevel = "enhanced"  // gücləndirilmiş elektron imza
	LevelQualified MinimumLevel = "qualified" // təkmil sertifikatlı gücləndirilmiş elektron imza
)

// MinimumLevels lists them.
func MinimumLevels() []MinimumLevel { return []MinimumLevel{LevelEnhanced, LevelQualified} }

// SignerField is what of a signer is compared with the session (requirements.md 8, 9).
type SignerField string

// The fields.
const (
	SignerFIN          SignerField = "fin"
	SignerVOEN         SignerField = "voen"
	SignerOrganisation SignerField = "organisation"
	SignerSealRight    SignerField = "seal_right"
)

// SignerFields lists them in the order of pages.
func SignerFields() []SignerField {
	return []SignerField{SignerFIN, SignerVOEN, SignerOrganisation, SignerSealRight}
}

// SignerAction is what follows from a field that differs.
type SignerAction string

// The actions.
const (
	SignerBlock  SignerAction = "block"
	SignerWarn   SignerAction = "warn"
	SignerIgnore SignerAction = "ignore"
)

// SignerActions lists them.
func SignerActions() []SignerAction { return []SignerAction{SignerBlock, SignerWarn, SignerIgnore} }

// SignerRules say what follows for each field.
type SignerRules map[SignerField]SignerAction

func (r SignerRules) valid() bool {
	for f, a := range r {
		if !slices.Contains(SignerFields(), f) || !slices.Contains(SignerActions(), a) {
			return false
		}
	}
	return true
}

// StrictSigner is what holds for a kind of document when nothing else is said: the person and the body must be the session's; a letter's signer
// has the seal right; how the organisation spells its name is only shown.
func StrictSigner(kind DocumentKind) SignerRules {
	r := SignerRules{SignerFIN: SignerBlock, SignerVOEN: SignerBlock, SignerOrganisation: SignerIgnore, SignerSealRight: SignerIgnore}
	if kind == DocumentLetter {
		r[SignerFIN], r[SignerSealRight] = SignerIgnore, SignerBlock // the letter's signer becomes the first responsible person
		r[SignerVOEN] = SignerWarn                                   // the registrar decides (requirements.md 8, 17)
	}
	return r
}

// SignerRules returns what holds for a kind of document: what the procedure says, the strict rule where it is silent.
func (t ProcedureTerms) SignerRules(kind DocumentKind) SignerRules {
	r := StrictSigner(kind)
	for f, a := range t.Signers[kind] {
		r[f] = a
	}
	return r
}

// MinimumLevel returns the weakest signature accepted on a kind of document.
func (t ProcedureTerms) MinimumLevel(kind DocumentKind) MinimumLevel {
	if l := t.Levels[kind]; l != "" {
		return l
	}
	return LevelEnhanced
}

// Mismatch is a field of a signer that is not the session's.
type Mismatch struct {
	Field    SignerField
	Action   SignerAction
	Expected string // FİN masked
	Found    string // FİN masked; empty: the certificate says nothing
}

// CompareSigner compares a certificate's person with who is expected. Fields whose rule is SignerIgnore are left out.
func CompareSigner(rules SignerRules, want Actor, g Signer) []Mismatch {
	var out []Mismatch
	note := func(f SignerField, same bool, expected, found string) {
		if a := rules[f]; !same && a != SignerIgnore && a != "" {
			out = append(out, Mismatch{Field: f, Action: a, Expected: expected, Found: found})
		}
	}
	note(SignerFIN, g.FIN != "" && g.FIN == want.FIN, MaskFIN(want.FIN), MaskFIN(g.FIN))
	note(SignerVOEN, g.VOEN != "" && g.VOEN == want.VOEN, want.VOEN, g.VOEN)
	note(SignerOrganisation, Fold(g.Organisation) == Fold(want.BodyName), want.BodyName, g.Organisation)
	note(SignerSealRight, g.SealRight, "", "")
	return out
}

// Blocks says whether one of the mismatches refuses the document.
func Blocks(list []Mismatch) bool {
	return slices.ContainsFunc(list, func(m Mismatch) bool { return m.Action == SignerBlock })
}

// MaskFIN shows the first and last character of a personal code (requirements.md 8, 25).
func MaskFIN(fin string) string {
	r := []rune(fin)
	if len(r) < 3 {
		return ""
	}
	for i := 1; i < len(r)-1; i++ {
		r[i] = '•'
	}
	return string(r)
}

// SignerRefused is the refusal of a signature whose certificate names somebody else than the session: it says what was expected and what was found,
// personal codes masked (requirements 8, 9 and 25; J5).
func SignerRefused(key string, want Actor, g Signer) *Error {
	expected, found := MaskFIN(want.FIN), MaskFIN(g.FIN)
	if key == KeySigOtherBody {
		expected, found = want.VOEN, g.VOEN
	}
	if found == "" {
		found = "–"
	}
	return Invalid("signed", key).With("signer", g.Name).With("expected", expected).With("found", found)
}
