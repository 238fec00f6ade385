package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// archiveOperations describes the routes of kept verdicts and of batches.
func (s *server) archiveOperations(doc *huma.OpenAPI, problems *huma.Schema) {
	if s.Archive == nil {
		return
	}
	text := &huma.Schema{Type: huma.TypeString}
	id := &huma.Param{Name: "id", In: "path", Required: true, Description: "id of the verdict, or the secret of its link", Schema: text}
	batch := &huma.Param{Name: "id", In: "path", Required: true, Description: "id of the batch", Schema: text}
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	verdict := doc.Components.Schemas.Schema(reflect.TypeFor[VerificationAnswer](), true, "VerificationAnswer")
	state := doc.Components.Schemas.Schema(reflect.TypeFor[BatchAnswer](), true, "BatchAnswer")
	line := doc.Components.Schemas.Schema(reflect.TypeFor[BatchLine](), true, "BatchLine")
	add := func(method, path, name, summary, more string, params []*huma.Param, status int, answer map[string]*huma.MediaType, refusals ...int) *huma.Operation {
		op := &huma.Operation{
			OperationID: name, Method: method, Path: path, Summary: summary, Description: more, Tags: []string{"verification"}, Parameters: params,
			Responses: map[string]*huma.Response{strconv.Itoa(status): {Description: http.StatusText(status), Content: answer}},
		}
		problemsOf(op, problems, append([]int{401, 404, 429, 500}, refusals...)...)
		doc.AddOperation(op)
		return op
	}
	get := []*huma.Param{id, s.reportsParam(), languageParam()}
	add(http.MethodGet, verdictsPath+"{id}", "getVerification", "Read a kept verdict", "What the verification answered, in any language. Readable by the callers of the tenant that asked for it, or by whoever has the link; else, and once it has expired, it is not there.",
		get, 200, forms(verdict), 400, 406, 422)
	add(http.MethodDelete, verdictsPath+"{id}", "deleteVerification", "Remove a kept verdict before its time", "", []*huma.Param{id}, 204, nil, 409)
	kinds := []any{"simple", "detailed", "diagnostic", "etsi", "text", "pdf"}
	kind := &huma.Param{Name: "kind", In: "path", Required: true, Description: "form of the report", Schema: &huma.Schema{Type: huma.TypeString, Enum: kinds}}
	add(http.MethodGet, verdictsPath+"{id}/reports/{kind}", "getVerificationReport", "One report of a kept verdict as it is", "", []*huma.Param{id, kind, languageParam()}, 200, forms(&huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}), 400, 422)
	sum := &huma.Param{Name: "sha256", In: "path", Required: true, Description: "from the verdict's evidence", Schema: text}
	add(http.MethodGet, verdictsPath+"{id}/evidence/{sha256}", "getVerificationEvidence", "A CRL or OCSP response that the verdict used", "", []*huma.Param{id, sum}, 200, content("application/octet-stream", binary))
	add(http.MethodGet, verdictsPath+"{id}/file", "getVerificationFile", "The document, if it was kept", "", []*huma.Param{id}, 200, content("application/octet-stream", binary))

	post := add(http.MethodPost, "/v1/verification-batches", "postBatch", "Judge many documents in the background",
		"For known callers. A form with a part `file` for each document, each followed by the parts `detached` and `digest` that belong to it; or JSON that names kept documents of earlier verdicts. At most "+
			strconv.Itoa(s.MaxBatch)+" documents of together "+strconv.FormatInt(s.MaxBatchBytes, 10)+" bytes, each at most "+strconv.FormatInt(s.MaxBytes, 10)+". The work goes on after a restart of the service.",
		[]*huma.Param{s.policyParam(), timeParam(), s.keepParam()}, 202, content("application/json", state), 400, 408, 413, 415)
	post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
			"file": {Type: huma.TypeArray, Items: binary}, "detached": {Type: huma.TypeArray, Items: binary}, "digest": {Type: huma.TypeArray, Items: text},
			"policy": text, "time": text, "keep": text,
		}}},
		"application/json": {
			Schema:  &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "documents: a list of {verification: id}; policy, time, keep"},
			Example: map[string]any{"documents": []any{map[string]any{"verification": "0196f3a2-6a00-7c11-8c1e-0242ac120002"}}, "policy": "archive"},
		},
	}}
	add(http.MethodGet, batchesPath+"{id}", "getBatch", "How far a batch has come", "", []*huma.Param{batch}, 200, content("application/json", state))
	after := &huma.Param{Name: "after", In: "query", Description: "begin behind this place", Schema: &huma.Schema{Type: huma.TypeInteger}}
	add(http.MethodGet, batchesPath+"{id}/verdicts", "getBatchVerdicts", "The verdicts of a batch, a JSON line each",
		"In the order of the documents, up to the first that waits: ask again with `after` of the last line.", []*huma.Param{batch, after}, 200, content("application/jsonl", line), 400)
	add(http.MethodPost, batchesPath+"{id}/cancel", "cancelBatch", "End a batch; what was judged stays", "", []*huma.Param{batch}, 200, content("application/json", state), 409)
}

// refusals says what each status means.
var refusals = map[int]string{
	400: "invalid: where and why", 401: "unauthorized: no such token", 404: "not-found: it is not there, or not the caller's", 406: "not-acceptable", 408: "slow: the request came too slowly",
	409: "conflict: not in the present state", 413: "too-large", 415: "media-type", 422: "unreadable: the document can't be read", 429: "busy or limited: see Retry-After", 500: "internal", 503: "timeout",
}

// problemsOf adds the refusals of an operation.
func problemsOf(op *huma.Operation, problems *huma.Schema, statuses ...int) {
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: refusals[status], Content: content("application/problem+json", problems)}
	}
}

// forms are the media types that a verdict can be had in.
func forms(verdict *huma.Schema) map[string]*huma.MediaType {
	text := &huma.Schema{Type: huma.TypeString}
	return map[string]*huma.MediaType{
		"application/json": {Schema: verdict}, "application/xml": {Schema: text}, "text/plain": {Schema: text},
		"application/pdf": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}
}

func (s *server) policyParam() *huma.Param {
	policies := make([]any, len(s.Policies))
	for i, p := range s.Policies {
		policies[i] = p
	}
	return &huma.Param{Name: "policy", In: "query", Description: "policy to judge under", Schema: &huma.Schema{Type: huma.TypeString, Enum: policies, Default: s.Policy}}
}

func timeParam() *huma.Param {
	return &huma.Param{Name: "time", In: "query", Description: "time to judge for (RFC 3339); now if absent", Example: "2026-11-22T12:00:00Z", Schema: &huma.Schema{Type: huma.TypeString, Format: "date-time"}}
}

func (s *server) reportsParam() *huma.Param {
	return &huma.Param{
		Name: "reports", In: "query", Example: "etsi,detailed", Schema: &huma.Schema{Type: huma.TypeString},
		Description: "further reports inside the JSON answer, separated by commas: simple, detailed, diagnostic, etsi, text and pdf. One report alone is had by Accept: application/xml (etsi), text/plain, application/pdf",
	}
}

func (s *server) keepParam() *huma.Param {
	return &huma.Param{
		Name: "keep", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"none", "verdict", "file"}, Default: "none"},
		Description: "what is kept to be read again: nothing, the verdict with the evidence it used, or the document too. A stranger's verdict lies behind a link that nobody can guess and that ends",
	}
}

func languageParam() *huma.Param {
	return &huma.Param{Name: "language", In: "query", Description: "of the texts; before Accept-Language", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"az", "en", "ru"}}}
}
