//go:build conformance

package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"mohur/api"
	"mohur/verify"
)

// untrusting judges as DSS did when it wrote the expected response: without any trust anchor.
type untrusting struct{}

func (untrusting) Verify(ctx context.Context, in verify.Input, _ string) (*verify.Report, error) {
	return verify.Document(ctx, in, nil)
}

// notSaid are the places where DSS says something and this program null, each with its reason.
var notSaid = map[string]string{
	"DiagnosticData/Signature[]/FoundCertificates/RelatedCertificate[]/CertificateRef[]/IssuerSerial":                  "the reference is given by its digest",
	"DiagnosticData/Timestamp[]/DigestMatcher[]/DigestValue":                                                           "a verdict keeps whether the imprint matches, not the imprint",
	"DiagnosticData/Certificate[]/certificateExtensions[]/ExtendedKeyUsages/extendedKeyUsageOid[]/Description":         "the OID says it",
	"DetailedReport/BasicBuildingBlocks[]/AOV/SignatureCryptographicValidation/NotAfter":                               "a verdict keeps whether the algorithm was reliable, not when it ends",
	"DetailedReport/signatureOrTimestampOrEvidenceRecord[]/Signature/ValidationProcessLongTermData/Constraint[]/Error": "the process takes over the basic one's conclusion without a failed constraint of its own",
}

// TestDSSRest asks what DSS was asked and compares the answers key by key and type by type: every key that DSS writes is written here, and
// with a value of the same type wherever both have one.
func TestDSSRest(t *testing.T) {
	dir := root(t, "dss-rest")
	request, err := os.ReadFile(filepath.Join(dir, "pades.request.json"))
	if err != nil {
		t.Fatal(err)
	}
	expected, err := os.ReadFile(filepath.Join(dir, "pades.response.json"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := api.New(api.Options{Verifier: untrusting{}, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/services/rest/validation/validateSignature", bytes.NewReader(request))
	r.Header.Set("Content-Type", "application/json")
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want, got := shapeOf(t, expected), shapeOf(t, w.Body.Bytes())
	var differences []string
	for path, types := range want {
		ours, there := got[path]
		switch {
		case !there && !slices.Contains(got[path[:max(strings.LastIndexAny(path, "/["), 0)]], "object"):
			// inside what is empty or null here, which its own line judges
		case !there:
			differences = append(differences, path+" is missing")
		case slices.Contains(types, "null"): // DSS leaves it empty too
		case !slices.ContainsFunc(ours, func(k string) bool { return k != "null" && slices.Contains(types, k) }) && notSaid[path] == "":
			differences = append(differences, fmt.Sprintf("%s is %v, for DSS %v", path, ours, types))
		}
	}
	for path, types := range got {
		if theirs, there := want[path]; there && slices.ContainsFunc(theirs, func(k string) bool { return k != "null" }) {
			for _, k := range types {
				if k != "null" && !slices.Contains(theirs, k) {
					differences = append(differences, fmt.Sprintf("%s is %s, for DSS %v", path, k, theirs))
				}
			}
		}
	}
	sort.Strings(differences)
	for _, d := range differences {
		t.Error(d)
	}
	t.Logf("dss-rest: %d of %d places agree", len(want)-len(differences), len(want))
	sameVerdict(t, expected, w.Body.Bytes())
}

// sameVerdict compares what a portal acts on.
func sameVerdict(t *testing.T, expected, got []byte) {
	t.Helper()
	type reports struct {
		SimpleReport struct {
			ValidSignaturesCount, SignaturesCount int
			ValidationTime                        string
			Tokens                                []struct {
				Signature struct{ SigningTime, BestSignatureTime, SignedBy, Indication, SubIndication, SignatureFormat string }
			} `json:"signatureOrTimestampOrEvidenceRecord"`
		}
		DiagnosticData struct {
			Signature []struct {
				SignatureValue, ContentType  string
				DigestMatcher                []struct{ DigestValue string }
				DataToBeSignedRepresentation struct{ DigestValue string }
				PDFRevision                  struct {
					PDFSignatureDictionary struct {
						SignatureByteRange struct {
							Value []int
							Valid bool
						}
					}
				}
			}
		}
	}
	var a, b reports
	if err := json.Unmarshal(expected, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &b); err != nil {
		t.Fatal(err)
	}
	if x, y := fmt.Sprintf("%+v", a), fmt.Sprintf("%+v", b); x != y {
		t.Errorf("DSS says\n%s\nthis program\n%s", x, y)
	}
}

// shapeOf lists the types that occur at each path; the elements of a list share theirs.
func shapeOf(t *testing.T, b []byte) map[string][]string {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		kind := "null"
		switch v := v.(type) {
		case map[string]any:
			kind = "object"
			for k, e := range v {
				at := k
				if path != "" {
					at = path + "/" + k
				}
				walk(at, e)
			}
		case []any:
			kind = "list"
			for _, e := range v {
				walk(path+"[]", e)
			}
		case string:
			kind = "text"
			if _, err := time.Parse(time.RFC3339, v); err == nil {
				kind = "time"
			}
		case float64:
			kind = "number"
		case bool:
			kind = "truth"
		}
		if !slices.Contains(out[path], kind) {
			out[path] = append(out[path], kind)
		}
	}
	walk("", v)
	return out
}
