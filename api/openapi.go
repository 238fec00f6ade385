package api

import (
	"encoding/json"
	"reflect"
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

	Security []map[string][]string `json:"security,omitempty"`
}

// parameter is one of a query or of the header.
type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
	Required    bool    `json:"required,omitempty"`
}

// requestBody is what a route takes, by media type.
type requestBody struct {
	Required bool                 `json:"required"`
	Content  map[string]mediaType `json:"content"`
}

// response is what a route answers, by media type.
type response struct {
	Description string               `json:"description"`
	Content     map[string]mediaType `json:"content,omitempty"`
}

// mediaType is a body of one media type.
type mediaType struct {
	Schema  *schema `json:"schema"`
	Example any     `json:"example,omitempty"`

	goType reflect.Type // what Schema is to be made of
}

// content is a body that has one media type.
func content(kind string, s *schema) map[string]mediaType {
	return map[string]mediaType{kind: {Schema: s}}
}

// describe makes the OpenAPI document of every route.
func (s *server) describe() ([]byte, error) {
	var types schemas
	problems, health := types.of(reflect.TypeFor[Problem]()), types.of(reflect.TypeFor[Health]())
	post := func(o *operation) map[string]*operation { return map[string]*operation{"post": o} }
	get := func(o *operation) map[string]*operation { return map[string]*operation{"get": o} }
	paths := map[string]map[string]*operation{
		"/v1/verifications": post(s.verificationOperation(types.of(reflect.TypeFor[VerificationAnswer]()), problems)),
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
	s.describeArchive(paths, &types, problems)
	s.describeSeals(paths, &types, problems)
	s.describeSignings(paths, &types, problems)
	s.describeOffice(paths, &types, problems)
	s.describeMounted(paths, &types)
	types.of(reflect.TypeFor[report.Document]()) // a line of the command line
	if types.err != nil {
		return nil, types.err
	}
	components := map[string]any{"schemas": types.named}
	doc := map[string]any{
		"openapi": "3.1.0",
		"info": map[string]string{
			"title": "Möhür", "version": s.Version,
			"description": "Verification of signed and sealed documents after ETSI EN 319 102-1. Refusals are problem details (RFC 9457).",
		},
		"paths":      paths,
		"components": components,
	}
	if len(s.Callers) > 0 || s.Authenticate != nil || s.Office != nil {
		components["securitySchemes"] = map[string]any{"token": map[string]string{"type": "http", "scheme": "bearer", "description": "an API key (mhr_...), a fixed token of a known caller, or an access token of /oauth2/token; without one the caller is a stranger"}}
		doc["security"] = []map[string][]string{{}, {"token": {}}}
	}
	return json.Marshal(doc)
}

// openAPIType is the media type of the document.
const openAPIType = "application/vnd.oai.openapi+json"

// refusalTexts say what each status means.
var refusalTexts = map[int]string{
	400: "invalid: where and why", 401: "unauthorized: nobody has this token", 403: "strong-authentication, or seal-forbidden by the profile", 404: "not-found: it is not there, or not the caller's", 406: "not-acceptable", 408: "slow: the request came too slowly",
	409: "conflict: not in the present state", 412: "precondition-failed: it was changed meanwhile", 413: "too-large", 415: "media-type", 422: "unreadable: the document can't be read", 428: "precondition-required: If-Match is needed", 429: "busy or limited: see Retry-After", 500: "internal", 503: "timeout; unsealed: the report can't be sealed now, the detail says why",
}

// refusals adds what a route answers instead, by status.
func (o *operation) refusals(problems *schema, statuses ...int) {
	for _, status := range statuses {
		o.Responses[strconv.Itoa(status)] = &response{refusalTexts[status], content("application/problem+json", problems)}
	}
}

// verificationOperation describes POST /v1/verifications.
func (s *server) verificationOperation(verdict, problems *schema) *operation {
	digest := "digest of a file that is not sent, ALGORITHM:VALUE, for a detached signature; the report says that the file was not seen"
	file := &schema{Type: "object", Required: []string{"content"}, Properties: map[string]*schema{"name": textSchema(), "content": {Type: "string", ContentEncoding: "base64"}}}
	beside := &schema{Type: "object", Description: "name and content, or name, digestAlgorithm and digest of a file that is not sent", Properties: map[string]*schema{
		"name": textSchema(), "content": {Type: "string", ContentEncoding: "base64"}, "digestAlgorithm": textSchema(), "digest": textSchema(),
	}}
	o := &operation{
		OperationID: "postVerification", Summary: "Judge a signed document", Tags: []string{"verification"},
		Description: "The document comes as a multipart form, as JSON, or as the body itself. It is judged, and kept only if asked. The answer holds the JSON of a line of `mohur verify --json`; a bad signature is an answer with status 200, never a problem. The parameters may stand in the address, the form or the JSON, each once.",
		Parameters:  []parameter{s.policyParam(), timeParam(), reportParam(), reportsParam(), languageParam()},
		RequestBody: &requestBody{true, map[string]mediaType{
			"multipart/form-data": {Schema: &schema{
				Type: "object", Required: []string{"file"},
				Properties: map[string]*schema{
					"file":     described(binarySchema(), "the signed document, at most "+strconv.FormatInt(s.MaxBytes, 10)+" bytes with the detached ones"),
					"detached": {Type: "array", Items: binarySchema(), Description: "what a detached signature speaks of"},
					"digest":   {Type: "array", Items: textSchema(), Description: digest},
					"password": described(textSchema(), "opens an encrypted PDF"),
					"policy":   textSchema(), "time": textSchema(), "report": textSchema(), "reports": textSchema(), "language": textSchema(), "keep": textSchema(),
				},
			}},
			"application/json": {
				Schema: &schema{Type: "object", Required: []string{"file"}, AdditionalProperties: false, Properties: map[string]*schema{
					"file": file, "detached": {Type: "array", Items: beside}, "password": textSchema(), "policy": textSchema(), "time": textSchema(), "language": textSchema(), "report": textSchema(),
					"keep": textSchema(), "reports": {Type: "array", Items: textSchema()},
				}},
				Example: map[string]any{
					"file": map[string]any{"name": "letter.p7s", "content": "MIIG..."}, "policy": "basic", "reports": []string{"etsi"},
					"detached": []any{map[string]any{"name": "letter.docx", "digestAlgorithm": "SHA256", "digest": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="}},
				},
			},
			"application/octet-stream": {Schema: binarySchema()}, "application/pdf": {Schema: binarySchema()}, "application/pkcs7-mime": {Schema: binarySchema()},
		}},
		Responses: map[string]*response{"200": {"the verdict", forms(verdict)}},
	}
	if s.Archive != nil {
		o.Parameters = append(o.Parameters, keepParam())
	}
	o.Parameters = append(o.Parameters, parameter{Name: "Accept-Language", In: "header", Description: "language of the reasons: az, en (default) or ru", Schema: textSchema()})
	o.refusals(problems, 400, 401, 406, 408, 413, 415, 422, 429, 500, 503)
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
	o.refusals(problems, 400, 401, 408, 413, 422, 429, 500, 503)
	return o
}
