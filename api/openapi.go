package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"mohur/verify/report"
)

// operation is what the OpenAPI 3.1 document says of one route.
type operation struct {
	OperationID string               `json:"operationId"`
	Summary     string               `json:"summary"`
	Description string               `json:"description,omitempty"`
	Tags        []string             `json:"tags"`
	Parameters  []parameter          `json:"parameters,omitempty"`
	RequestBody *requestBody         `json:"requestBody,omitempty"`
	Responses   map[string]*response `json:"responses"` // by status
}

// parameter is one of a query or of the header.
type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
}

// requestBody is what a route takes, by media type.
type requestBody struct {
	Required bool                 `json:"required"`
	Content  map[string]mediaType `json:"content"`
}

// response is what a route answers, by media type.
type response struct {
	Description string               `json:"description"`
	Content     map[string]mediaType `json:"content"`
}

// mediaType is a body of one media type.
type mediaType struct {
	Schema *schema `json:"schema"`
}

// content is a body that has one media type.
func content(kind string, s *schema) map[string]mediaType {
	return map[string]mediaType{kind: {s}}
}

// describe makes the OpenAPI document of every route.
func (s *server) describe() ([]byte, error) {
	var types schemas
	problems, health := types.of(reflect.TypeFor[Problem]()), types.of(reflect.TypeFor[Health]())
	post := func(o *operation) map[string]*operation { return map[string]*operation{"post": o} }
	get := func(o *operation) map[string]*operation { return map[string]*operation{"get": o} }
	paths := map[string]map[string]*operation{
		"/v1/verifications": post(s.verificationOperation(types.of(reflect.TypeFor[report.Document]()), problems)),
		"/healthz": get(&operation{
			OperationID: "getHealth", Summary: "Does the process answer?", Tags: []string{"operations"},
			Responses: map[string]*response{"200": {"it does", content("application/json", health)}},
		}),
		"/readyz": get(&operation{
			OperationID: "getReadiness", Summary: "Do its parts answer?", Tags: []string{"operations"},
			Responses: map[string]*response{
				"200": {"every part answers", content("application/json", health)}, "503": {"a part does not answer", content("application/json", health)},
			},
		}),
		"/metrics": get(&operation{
			OperationID: "getMetrics", Summary: "Figures for Prometheus", Tags: []string{"operations"},
			Responses: map[string]*response{"200": {"Prometheus text format", content("text/plain", &schema{Type: "string"})}},
		}),
		"/openapi.json": get(&operation{
			OperationID: "getOpenAPI", Summary: "This document", Tags: []string{"operations"},
			Responses: map[string]*response{"200": {"OpenAPI 3.1", content(openAPIType, &schema{Type: "object"})}},
		}),
	}
	for _, rt := range s.compatible() {
		paths[rt.path] = post(s.compatibleOperation(rt, types.of(rt.answer), problems))
	}
	if types.err != nil {
		return nil, types.err
	}
	return json.Marshal(map[string]any{
		"openapi": "3.1.0",
		"info": map[string]string{
			"title": "Möhür", "version": s.Version,
			"description": "Verification of signed and sealed documents after ETSI EN 319 102-1. Refusals are problem details (RFC 9457).",
		},
		"paths":      paths,
		"components": map[string]any{"schemas": types.named},
	})
}

// openAPIType is the media type of the document.
const openAPIType = "application/vnd.oai.openapi+json"

// refusals adds what a route answers instead, by status.
func (o *operation) refusals(problems *schema, texts map[int]string) {
	for _, status := range slices.Sorted(maps.Keys(texts)) {
		o.Responses[strconv.Itoa(status)] = &response{texts[status], content("application/problem+json", problems)}
	}
}

// verificationOperation describes POST /v1/verifications.
func (s *server) verificationOperation(verdict, problems *schema) *operation {
	o := &operation{
		OperationID: "postVerification", Summary: "Judge a signed document", Tags: []string{"verification"},
		Description: "The document comes as a multipart form, or as the body itself. It is judged and not kept. The answer is the same JSON as one line of `mohur verify --json`; a bad signature is an answer with status 200, never a problem.",
		Parameters: []parameter{
			{"policy", "query", "policy to judge under", &schema{Type: "string", Enum: s.Policies, Default: s.Policy}},
			{"time", "query", "time to judge for (RFC 3339); now if absent", &schema{Type: "string", Format: "date-time"}},
			{"Accept-Language", "header", "language of the reasons: az or en (default)", &schema{Type: "string"}},
		},
		RequestBody: &requestBody{true, map[string]mediaType{
			"multipart/form-data": {&schema{
				Type: "object", Required: []string{"file"},
				Properties: map[string]*schema{
					"file":     described(binarySchema(), "the signed document, at most "+strconv.FormatInt(s.MaxBytes, 10)+" bytes with the detached ones"),
					"detached": {Type: "array", Items: binarySchema(), Description: "what a detached signature speaks of"},
					"password": {Type: "string", Description: "opens an encrypted PDF"},
				},
			}},
			"application/octet-stream": {binarySchema()}, "application/pdf": {binarySchema()}, "application/pkcs7-mime": {binarySchema()},
		}},
		Responses: map[string]*response{"200": {"the verdict", content("application/json", verdict)}},
	}
	o.refusals(problems, map[int]string{
		400: "invalid: a wrong parameter or no file", 413: "too-large", 415: "media-type", 422: "unreadable: the document can't be read",
		429: "busy: too many at a time; see Retry-After", 500: "internal", 503: "timeout",
	})
	return o
}

// described is a schema with a description.
func described(s *schema, text string) *schema {
	s.Description = text
	return s
}

// compatibleOperation describes a route whose contract others have made. The requests are their makers' and described there; the answers are
// spelt out.
func (s *server) compatibleOperation(rt compatibleRoute, answer, problems *schema) *operation {
	request := &schema{Type: "object", AdditionalProperties: true}
	if !strings.HasSuffix(rt.kind, "json") {
		request = binarySchema()
	}
	o := &operation{
		OperationID: rt.id, Summary: rt.summary, Tags: []string{rt.tag},
		Description: "Documents in base64 are decoded as a stream, at most " + strconv.FormatInt(s.MaxBytes, 10) + " bytes together. What would change the verdict and is not known (a policy file, a cryptographic suite, an unknown key) is refused, never left out.",
		RequestBody: &requestBody{true, content(rt.kind, request)},
		Responses:   map[string]*response{"200": {"the verdict, also of a bad signature", content("application/json", answer)}},
	}
	o.refusals(problems, map[int]string{http.StatusBadRequest: "invalid: where and why", 413: "too-large", 422: "unreadable", 429: "busy", 500: "internal", 503: "timeout"})
	return o
}
