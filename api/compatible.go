package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// compatibleRoute is a route whose contract others have made, with what the OpenAPI document says of it.
type compatibleRoute struct {
	path, id, summary, tag string
	handler                http.HandlerFunc
	kind                   string // media type of the request
	answer                 reflect.Type
	name                   string // of the answer's schema
}

// compatible lists them: DSS 6.4's REST service and SiVa's, and our own route for certificates, whose body is the certificate.
func (s *server) compatible() []compatibleRoute {
	const json = "application/json"
	reports, documents := reflect.TypeFor[dssReports](), reflect.TypeFor[[]dssDocument]()
	routes := []compatibleRoute{
		{"/services/rest/validation/validateSignature", "dssValidateSignature", "DSS 6.4: judge a signed document", "DSS", s.postDSSValidate, json, reports, "WSReportsDTO"},
		{"/services/rest/validation/getOriginalDocuments", "dssGetOriginalDocuments", "DSS 6.4: what a signature was put on", "DSS", s.postDSSOriginals, json, documents, "RemoteDocuments"},
		{"/validate", "sivaValidate", "SiVa: judge a signed document", "SiVa", s.postSiVa, json, reflect.TypeFor[sivaAnswer](), "SiVaReport"},
		{"/validateHashcode", "sivaValidateHashcode", "SiVa: judge detached signatures by the digests of their files", "SiVa", s.postSiVaHashcode, json, reflect.TypeFor[sivaAnswer](), "SiVaReport"},
		{"/getDataFiles", "sivaGetDataFiles", "SiVa: what a container holds", "SiVa", s.postSiVaFiles, json, reflect.TypeFor[sivaFiles](), "SiVaDataFiles"},
	}
	if s.Certificates == nil {
		return routes
	}
	return append(routes,
		compatibleRoute{"/services/rest/certificate-validation/validateCertificate", "dssValidateCertificate", "DSS 6.4: judge a certificate", "DSS", s.postDSSCertificate, json, reflect.TypeFor[dssCertificateReports](), "CertificateReportsDTO"},
		compatibleRoute{"/v1/certificates/validations", "postCertificateValidation", "Judge a certificate, DER or PEM", "verification", s.postCertificate, "application/pkix-cert", reflect.TypeFor[CertificateAnswer](), "CertificateAnswer"},
	)
}

// compatibleOperation describes one of them. The requests are their makers' and described there; the answers are spelt out.
func (s *server) compatibleOperation(rt compatibleRoute, doc *huma.OpenAPI, problems *huma.Schema) *huma.Operation {
	request := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
	if rt.kind != "application/json" {
		request = &huma.Schema{Type: huma.TypeString, Format: "binary"}
	}
	op := &huma.Operation{
		OperationID: rt.id, Method: http.MethodPost, Path: rt.path, Summary: rt.summary, Tags: []string{rt.tag},
		Description: "Documents in base64 are decoded as a stream, at most " + strconv.FormatInt(s.MaxBytes, 10) + " bytes together. What would change the verdict and is not known (a policy file, a cryptographic suite, an unknown key) is refused, never left out.",
		RequestBody: &huma.RequestBody{Required: true, Content: content(rt.kind, request)},
		Responses:   map[string]*huma.Response{"200": {Description: "the verdict, also of a bad signature", Content: content("application/json", doc.Components.Schemas.Schema(rt.answer, true, rt.name))}},
	}
	for status, text := range map[int]string{400: "invalid: where and why", 413: "too-large", 422: "unreadable", 429: "busy", 500: "internal", 503: "timeout"} {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: text, Content: content("application/problem+json", problems)}
	}
	return op
}
