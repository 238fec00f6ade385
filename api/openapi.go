package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"mohur/verify/report"
)

// describe adds the routes that are plain handlers to the OpenAPI document, for uploads are streamed and the framework's are not.
func (s *server) describe(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas
	problems := schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	verdict := schemas.Schema(reflect.TypeFor[report.Document](), true, "Document")
	doc.AddOperation(s.verificationOperation(verdict, problems))
	for _, rt := range s.compatible() {
		doc.AddOperation(s.compatibleOperation(rt, doc, problems))
	}
	doc.AddOperation(&huma.Operation{
		OperationID: "getMetrics", Method: http.MethodGet, Path: "/metrics", Summary: "Figures for Prometheus", Tags: []string{"operations"},
		Responses: map[string]*huma.Response{"200": {Description: "Prometheus text format", Content: content("text/plain", &huma.Schema{Type: huma.TypeString})}},
	})
	doc.AddOperation(&huma.Operation{
		OperationID: "getOpenAPI", Method: http.MethodGet, Path: "/openapi.json", Summary: "This document", Tags: []string{"operations"},
		Responses: map[string]*huma.Response{"200": {Description: "OpenAPI 3.1", Content: content("application/vnd.oai.openapi+json", &huma.Schema{Type: huma.TypeObject})}},
	})
}

// content is a body of one media type.
func content(kind string, schema *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{kind: {Schema: schema}}
}

// verificationOperation describes POST /v1/verifications.
func (s *server) verificationOperation(verdict, problems *huma.Schema) *huma.Operation {
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	policies := make([]any, len(s.Policies))
	for i, p := range s.Policies {
		policies[i] = p
	}
	op := &huma.Operation{
		OperationID: "postVerification", Method: http.MethodPost, Path: "/v1/verifications", Summary: "Judge a signed document", Tags: []string{"verification"},
		Description: "The document comes as a multipart form, or as the body itself. It is judged and not kept. The answer is the same JSON as one line of `mohur verify --json`; a bad signature is an answer with status 200, never a problem.",
		Parameters: []*huma.Param{
			{Name: "policy", In: "query", Description: "policy to judge under", Schema: &huma.Schema{Type: huma.TypeString, Enum: policies, Default: s.Policy}},
			{Name: "time", In: "query", Description: "time to judge for (RFC 3339); now if absent", Schema: &huma.Schema{Type: huma.TypeString, Format: "date-time"}},
			{Name: "Accept-Language", In: "header", Description: "language of the reasons: az or en (default)", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"multipart/form-data": {Schema: &huma.Schema{
				Type: huma.TypeObject, Required: []string{"file"},
				Properties: map[string]*huma.Schema{
					"file":     {Type: huma.TypeString, Format: "binary", Description: "the signed document, at most " + strconv.FormatInt(s.MaxBytes, 10) + " bytes with the detached ones"},
					"detached": {Type: huma.TypeArray, Items: binary, Description: "what a detached signature speaks of"},
					"password": {Type: huma.TypeString, Description: "opens an encrypted PDF"},
				},
			}},
			"application/octet-stream": {Schema: binary}, "application/pdf": {Schema: binary}, "application/pkcs7-mime": {Schema: binary},
		}},
		Responses: map[string]*huma.Response{"200": {Description: "the verdict", Content: content("application/json", verdict)}},
	}
	for status, text := range map[int]string{
		400: "invalid: a wrong parameter or no file", 413: "too-large", 415: "media-type", 422: "unreadable: the document can't be read",
		429: "busy: too many at a time; see Retry-After", 500: "internal", 503: "timeout",
	} {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: text, Content: content("application/problem+json", problems)}
	}
	return op
}
