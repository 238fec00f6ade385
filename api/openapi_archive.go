package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// route is one of the archive's, as the document tells of it.
type route struct {
	method, path, id, summary, more string
	params                          []parameter
	status                          int
	answer                          map[string]mediaType // nil: no body
	refusals                        []int
	body                            *requestBody
}

// describeArchive adds the routes of kept verdicts and of batches.
func (s *server) describeArchive(paths map[string]map[string]*operation, types *schemas, problems *schema) {
	if s.Archive == nil {
		return
	}
	for _, rt := range append(verdictRoutes(types), s.batchRoutes(types)...) {
		o := &operation{
			OperationID: rt.id, Summary: rt.summary, Description: rt.more, Tags: []string{"verification"}, Parameters: rt.params, RequestBody: rt.body,
			Responses: map[string]*response{strconv.Itoa(rt.status): {Description: http.StatusText(rt.status), Content: rt.answer}},
		}
		o.refusals(problems, append([]int{401, 404, 429, 500}, rt.refusals...)...)
		if paths[rt.path] == nil {
			paths[rt.path] = map[string]*operation{}
		}
		paths[rt.path][strings.ToLower(rt.method)] = o
	}
}

// inPath is a part of the address.
func inPath(name, text string) parameter {
	return parameter{Name: name, In: "path", Description: text, Schema: textSchema(), Required: true}
}

// verdictRoutes are those of one kept verdict.
func verdictRoutes(types *schemas) []route {
	verdict := types.of(reflect.TypeFor[VerificationAnswer]())
	id := inPath("id", "id of the verdict, or the secret of its link")
	kind := inPath("kind", "form of the report")
	kind.Schema.Enum = []string{"simple", "detailed", "diagnostic", "etsi", "text", "pdf", "signed"}
	octets := content("application/octet-stream", binarySchema())
	return []route{
		{
			method: http.MethodGet, path: verdictsPath + "{id}", id: "getVerification", summary: "Read a kept verdict", status: 200, answer: forms(verdict), refusals: []int{400, 406, 422, 503},
			more:   "What the verification answered, in any language. Readable by the callers of the tenant that asked for it, or by whoever has the link; for others, and once it has expired, it is not there.",
			params: []parameter{id, reportParam(), reportsParam(), languageParam()},
		},
		{method: http.MethodDelete, path: verdictsPath + "{id}", id: "deleteVerification", summary: "Remove a kept verdict before its time", status: 204, params: []parameter{id}, refusals: []int{409}},
		{
			method: http.MethodGet, path: verdictsPath + "{id}/reports/{kind}", id: "getVerificationReport", summary: "One report of a kept verdict as it is", status: 200,
			answer: forms(&schema{Type: "object", AdditionalProperties: true}), params: []parameter{id, kind, languageParam()}, refusals: []int{400, 422, 503},
		},
		{
			method: http.MethodGet, path: verdictsPath + "{id}/evidence/{sha256}", id: "getVerificationEvidence", summary: "A CRL or OCSP response that the verdict used", status: 200,
			answer: octets, params: []parameter{id, inPath("sha256", "from the verdict's evidence")},
		},
		{method: http.MethodGet, path: verdictsPath + "{id}/file", id: "getVerificationFile", summary: "The document, if it was kept", status: 200, answer: octets, params: []parameter{id}},
	}
}

// batchRoutes are those of batches.
func (s *server) batchRoutes(types *schemas) []route {
	state, line := types.of(reflect.TypeFor[BatchAnswer]()), types.of(reflect.TypeFor[BatchLine]())
	id := inPath("id", "id of the batch")
	after := parameter{Name: "after", In: "query", Description: "begin behind this place", Schema: &schema{Type: "integer"}}
	json := content("application/json", state)
	return []route{
		{
			method: http.MethodPost, path: "/v1/verification-batches", id: "postBatch", summary: "Judge many documents in the background", status: 202, answer: json,
			more: "For known callers. A form with a part `file` for each document, each followed by the parts `detached` and `digest` that belong to it; or JSON that names kept documents of earlier verdicts. At most " +
				strconv.Itoa(s.MaxBatch) + " documents of together " + strconv.FormatInt(s.MaxBatchBytes, 10) + " bytes, each at most " + strconv.FormatInt(s.MaxBytes, 10) + ". The work goes on after a restart of the service.",
			params: []parameter{s.policyParam(), timeParam(), keepParam()}, refusals: []int{400, 408, 413, 415},
			body: &requestBody{true, map[string]mediaType{
				"multipart/form-data": {Schema: &schema{Type: "object", Required: []string{"file"}, Properties: map[string]*schema{
					"file": {Type: "array", Items: binarySchema()}, "detached": {Type: "array", Items: binarySchema()}, "digest": {Type: "array", Items: textSchema()},
					"policy": textSchema(), "time": textSchema(), "keep": textSchema(),
				}}},
				"application/json": {
					Schema: &schema{Type: "object", Required: []string{"documents"}, AdditionalProperties: false, Properties: map[string]*schema{
						"documents": {Type: "array", Items: &schema{Type: "object", Required: []string{"verification"}, Properties: map[string]*schema{"verification": described(textSchema(), "id of a verdict whose file was kept")}}},
						"policy":    textSchema(), "time": textSchema(), "keep": textSchema(),
					}},
					Example: map[string]any{"documents": []any{map[string]any{"verification": "0196f3a2-6a00-7c11-8c1e-0242ac120002"}}, "policy": "archive"},
				},
			}},
		},
		{method: http.MethodGet, path: batchesPath + "{id}", id: "getBatch", summary: "How far a batch has come", status: 200, answer: json, params: []parameter{id}},
		{
			method: http.MethodGet, path: batchesPath + "{id}/verdicts", id: "getBatchVerdicts", summary: "The verdicts of a batch, a JSON line each", status: 200,
			more:   "In the order of the documents, up to the first that waits: ask again with `after` of the last line.",
			answer: content("application/jsonl", line), params: []parameter{id, after}, refusals: []int{400},
		},
		{method: http.MethodPost, path: batchesPath + "{id}/cancel", id: "cancelBatch", summary: "End a batch; what was judged stays", status: 200, answer: json, params: []parameter{id}, refusals: []int{409}},
	}
}

// textSchema is a text.
func textSchema() *schema { return &schema{Type: "string"} }

// forms are the media types that a verdict can be had in.
func forms(verdict *schema) map[string]mediaType {
	return map[string]mediaType{
		"application/json": {Schema: verdict}, "application/xml": {Schema: textSchema()}, "text/plain": {Schema: textSchema()}, "application/pdf": {Schema: binarySchema()},
	}
}

func (s *server) policyParam() parameter {
	return parameter{Name: "policy", In: "query", Description: "policy to judge under", Schema: &schema{Type: "string", Enum: s.Policies, Default: s.Policy}}
}

func timeParam() parameter {
	return parameter{Name: "time", In: "query", Description: "time to judge for (RFC 3339); now if absent", Schema: &schema{Type: "string", Format: "date-time", Examples: []string{"2026-11-22T12:00:00Z"}}}
}

func reportsParam() parameter {
	return parameter{
		Name: "reports", In: "query", Schema: &schema{Type: "string", Examples: []string{"etsi,detailed"}},
		Description: "further reports inside the JSON answer, separated by commas: simple, detailed, diagnostic, etsi, text, pdf and signed. One report alone is had by Accept: application/xml (etsi), text/plain, application/pdf",
	}
}

func reportParam() parameter {
	return parameter{
		Name: "report", In: "query", Schema: &schema{Type: "string", Enum: []string{"simple", "detailed", "diagnostic", "etsi", "text", "pdf", "signed"}},
		Description: "one report as the whole answer, whatever Accept says. signed: the page for people as PDF/A, sealed by the seal profile for reports; 503 names what is missing where it can't be sealed",
	}
}

func keepParam() parameter {
	return parameter{
		Name: "keep", In: "query", Schema: &schema{Type: "string", Enum: []string{"none", "verdict", "file"}, Default: "none"},
		Description: "what is kept to be read again: nothing, the verdict with the evidence it used, or the document too. A stranger's verdict lies behind a link that nobody can guess and that ends",
	}
}

func languageParam() parameter {
	return parameter{Name: "language", In: "query", Description: "of the texts; before Accept-Language", Schema: &schema{Type: "string", Enum: []string{"az", "en", "ru"}}}
}
