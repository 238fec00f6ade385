package api

import (
	"net/http"
	"reflect"
)

// compatibleRoute is a route whose contract others have made, with what the OpenAPI document says of it.
type compatibleRoute struct {
	path, id, summary, tag string
	handler                http.HandlerFunc
	kind                   string // media type of the request
	answer                 reflect.Type
}

// compatible lists them: DSS 6.4's REST service and SiVa's, and our own route for certificates, whose body is the certificate.
func (s *server) compatible() []compatibleRoute {
	const json = "application/json"
	reports, documents := reflect.TypeFor[dssReports](), reflect.TypeFor[[]dssDocument]()
	routes := []compatibleRoute{
		{"/services/rest/validation/validateSignature", "dssValidateSignature", "DSS 6.4: judge a signed document", "DSS", s.postDSSValidate, json, reports},
		{"/services/rest/validation/getOriginalDocuments", "dssGetOriginalDocuments", "DSS 6.4: what a signature was put on", "DSS", s.postDSSOriginals, json, documents},
		{"/validate", "sivaValidate", "SiVa: judge a signed document", "SiVa", s.postSiVa, json, reflect.TypeFor[sivaAnswer]()},
		{"/validateHashcode", "sivaValidateHashcode", "SiVa: judge detached signatures by the digests of their files", "SiVa", s.postSiVaHashcode, json, reflect.TypeFor[sivaAnswer]()},
		{"/getDataFiles", "sivaGetDataFiles", "SiVa: what a container holds", "SiVa", s.postSiVaFiles, json, reflect.TypeFor[sivaFiles]()},
	}
	if s.Certificates == nil {
		return routes
	}
	return append(routes,
		compatibleRoute{"/services/rest/certificate-validation/validateCertificate", "dssValidateCertificate", "DSS 6.4: judge a certificate", "DSS", s.postDSSCertificate, json, reflect.TypeFor[dssCertificateReports]()},
		compatibleRoute{"/v1/certificates/validations", "postCertificateValidation", "Judge a certificate, DER or PEM", "verification", s.postCertificate, "application/pkix-cert", reflect.TypeFor[CertificateAnswer]()},
	)
}
