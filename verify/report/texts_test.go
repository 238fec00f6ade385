package report

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mohur/verify"
	"mohur/verify/etsi"
)

// keyPlaces are the sources whose literals may become reasons, changes or arguments that are keys themselves.
var keyPlaces = []string{
	"../*.go", "../../certs/*.go", "../../internal/cms/*.go", "../../internal/tsp/*.go", "../../internal/asn1/*.go",
	"../../internal/pdf/*.go",
}

// notKeys are literals of the same shape that no person reads: kinds, states and statuses.
var notKeys = []string{
	"NOT_OK", "ON_HOLD", "CONTENT_TIMESTAMP", "SIGNATURE_TIMESTAMP", "DOCUMENT_TIMESTAMP", "ARCHIVE_TIMESTAMP", "DETACHED_TIMESTAMP",
	"VALIDATION_DATA_TIMESTAMP", "VALIDATION_DATA_REFSONLY_TIMESTAMP",
	"STAGE_", "SIGNING_CERTIFICATE_KEY", "PDF_BYTE_RANGE_", "PDF_CONTENTS_", "IN_FORCE",
}

func TestEveryKeyHasATextInEveryLanguage(t *testing.T) {
	keys := map[string]string{}
	literal := regexp.MustCompile(`"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+_?)"`)
	for _, pattern := range keyPlaces {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") || strings.HasSuffix(f, "/truststore.go") { // what is wrong with a trust folder is told to its administrator
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
				keys[m[1]] = f
			}
		}
	}
	for _, code := range []verify.Code{verify.CodeUnreadable, verify.CodeEncrypted, verify.CodeHandler, verify.CodeUnsupported, verify.CodeUnknown, verify.CodeTooLarge, verify.CodeNoTime} {
		keys["ERROR_"+string(code)] = "verify.go"
	}
	for _, o := range []verify.StageOutcome{verify.StageYes, verify.StageNo, verify.StageUnknown} {
		keys["STAGE_HOLDER_"+strings.ToUpper(string(o))], keys["STAGE_GENUINE_"+strings.ToUpper(string(o))] = "stages.go", "stages.go"
		keys["STAGE_IN_FORCE_"+strings.ToUpper(string(o))], keys["OUTCOME_"+string(o)] = "stages.go", "stages.go"
	}
	for _, b := range []string{"FC", "ISC", "VCI", "RFC", "XCV", "CV", "SAV", "BASIC", "TST", "TIME", "PCV", "VTS", "PSV", "LTA"} {
		keys["BLOCK_"+b] = "report.go"
	}
	for _, single := range []string{verify.ConstraintStructure, verify.ConstraintCryptographic, string(etsi.TotalPassed), string(etsi.TotalFailed), string(etsi.Indeterminate), string(etsi.NoSignatureFound)} {
		keys[single] = "constraints.go"
	}
	if len(keys) < 230 {
		t.Fatalf("only %d keys found in the sources", len(keys))
	}
	for key, from := range keys {
		if slices.Contains(notKeys, key) {
			continue
		}
		for _, lang := range Languages() {
			if !slices.Contains(Keys(lang), key) {
				t.Errorf("%s (%s) has no text in %s", key, from, lang)
			}
		}
	}
}

func TestLanguagesSayTheSameThings(t *testing.T) {
	for _, lang := range Languages() {
		if !slices.Equal(Keys(lang), Keys("en")) {
			t.Errorf("the catalogues of %s and en have different keys", lang)
		}
		for _, key := range Keys(lang) {
			if Text(lang, key, nil) == "" {
				t.Errorf("%s has an empty text in %s", key, lang)
			}
		}
	}
	for _, lang := range Languages() {
		if m, err := readTexts(lang); err != nil || len(m) == 0 {
			t.Fatalf("%d texts in %s: %v", len(m), lang, err)
		}
	}
	for key := range catalogue("en") {
		places := func(lang string) []string {
			out := place().FindAllString(catalogue(lang)[key], -1)
			slices.Sort(out)
			return slices.Compact(out)
		}
		for _, lang := range Languages() {
			if !slices.Equal(places(lang), places("en")) {
				t.Errorf("%s names %v in %s and %v in en", key, places(lang), lang, places("en"))
			}
		}
	}
}

func TestEverySubIndicationIsExplained(t *testing.T) {
	for _, s := range []etsi.SubIndication{
		etsi.FormatFailure, etsi.HashFailure, etsi.SigCryptoFailure, etsi.Revoked, etsi.Expired, etsi.NotYetValid, etsi.SigConstraintsFailure,
		etsi.ChainConstraintsFailure, etsi.CertificateChainGeneral, etsi.CryptoConstraintsFailure, etsi.CryptoConstraintsNoPOE, etsi.PolicyProcessingError,
		etsi.SignaturePolicyNotAvailable, etsi.TimestampOrderFailure, etsi.NoSigningCertificateFound, etsi.NoCertificateChainFound,
		etsi.NoCertificateChainFoundNoPOE, etsi.RevokedNoPOE, etsi.RevokedCANoPOE, etsi.OutOfBoundsNotRevoked, etsi.OutOfBoundsNoPOE,
		etsi.RevocationOutOfBoundsNoPOE, etsi.NoPOE, etsi.TryLater, etsi.SignedDataNotFound,
	} {
		if h := Headline("az", etsi.Indeterminate, s); strings.Contains(h, "SUB_") {
			t.Errorf("%s: %s", s, h)
		}
	}
}

func TestTextFillsPlacesAndKeys(t *testing.T) {
	got := Text("en", "PDF_FORBIDDEN_CHANGE", []verify.Arg{{Name: "change", Value: "PDF_CHANGE_PAGE_CONTENT"}, {Name: "page", Value: "3"}})
	if !strings.HasSuffix(got, "page 3: the content was replaced") {
		t.Errorf("%q", got)
	}
	if got := Text("xx", "HASH_MISMATCH", []verify.Arg{{Name: "digest", Value: "SHA256"}}); !strings.Contains(got, "(SHA256)") {
		t.Errorf("an unknown language: %q", got)
	}
	if got := Text("en", "CERTIFICATE_EXPIRED", nil); strings.ContainsAny(got, "{}()") {
		t.Errorf("a place without a value: %q", got)
	}
	page, field := verify.Arg{Name: "page", Value: "2"}, verify.Arg{Name: "field", Value: "Tarix"}
	for _, c := range []struct {
		key, want string
		args      []verify.Arg
	}{
		{"PDF_CHANGE_FORM_VALUE", "page 2: the field “Tarix” was filled in", []verify.Arg{page, field}},
		{"PDF_CHANGE_FORM_VALUE", "the field “Tarix” was filled in", []verify.Arg{field, {Name: "page"}}},
		{"PDF_CHANGE_TIMESTAMP_ADDED", "a document timestamp was added", nil},
		{"PDF_CHANGE_ANNOTATION_ADDED", "page 2: an annotation was added over the content (stamp)", []verify.Arg{page, {Name: "over", Value: "OVER_CONTENT"}, {Name: "annotation", Value: "Stamp"}}},
		{"PDF_CHANGE_ANNOTATION_ADDED", "page 2: an annotation was added (Foo [x] {page})", []verify.Arg{page, {Name: "annotation", Value: "Foo [x] {page}"}}},
		{"PDF_CHANGE_CATALOG", "general settings of the document were changed ([31m evil)", []verify.Arg{{Name: "detail", Value: "\x1b[31m\u202e evil\n"}}},
	} {
		if got := strings.ReplaceAll(Text("en", c.key, c.args), "\uFFFD", ""); got != c.want {
			t.Errorf("%s: %q, want %q", c.key, got, c.want)
		}
	}
	if got := Plain(strings.Repeat("ə", 10*maxPlain)); got != strings.Repeat("ə", maxPlain-1)+"…" {
		t.Errorf("an endless word: %d bytes", len(got))
	}
	// A document's own words are never read as a place of ours.
	if got := Text("en", "SIGNED_DATA_NOT_FOUND", []verify.Arg{{Name: "name", Value: "PDF_CHANGE_DSS"}}); !strings.Contains(got, "PDF_CHANGE_DSS") {
		t.Errorf("%q", got)
	}
}
