package csc

import (
	"net/http"

	"mohur/api/mount"
	"mohur/internal/oauth"
)

// infoV1 is the answer of info in version 1 (CSC API 1.0.4.0, 11.1).
type infoV1 struct {
	Specs       string   `json:"specs" example:"1.0.4.0"`
	Name        string   `json:"name"`
	Logo        string   `json:"logo"`
	Region      string   `json:"region" example:"AZ"`
	Lang        string   `json:"lang" example:"az"`
	Description string   `json:"description"`
	AuthType    []string `json:"authType" doc:"oauth2client, and TLS where certificates are asked for; oauth2code for authorisation by a person"`
	OAuth2      string   `json:"oauth2" doc:"oauth2/authorize, oauth2/token and oauth2/revoke are below"`
	Methods     []string `json:"methods"`
}

// infoV2 is that of version 2 (CSC API 2.0.0.2, 11.1).
type infoV2 struct {
	infoV1
	Asynchronous bool             `json:"asynchronousOperationMode"`
	Validation   bool             `json:"validationInfo"`
	Algorithms   signAlgorithms   `json:"signAlgorithms"`
	Formats      signatureFormats `json:"signature_formats"`
	Levels       []string         `json:"conformance_levels"`
	HashTypes    []string         `json:"supportedHashTypes" doc:"dtbsr: hashes of what is to be signed"`
}

type signAlgorithms struct {
	Algos  []string `json:"algos"`
	Params []string `json:"algoParams,omitempty"`
}

type signatureFormats struct {
	Formats  []string   `json:"formats"`
	Envelope [][]string `json:"envelope_properties"`
}

// Object identifiers of signature algorithms (RFC 8017, RFC 5758).
const (
	oidRSA         = "1.2.840.113549.1.1.1"
	oidPSS         = "1.2.840.113549.1.1.10"
	oidRSASHA256   = "1.2.840.113549.1.1.11"
	oidRSASHA384   = "1.2.840.113549.1.1.12"
	oidRSASHA512   = "1.2.840.113549.1.1.13"
	oidECDSASHA256 = "1.2.840.10045.4.3.2"
	oidECDSASHA384 = "1.2.840.10045.4.3.3"
	oidECDSASHA512 = "1.2.840.10045.4.3.4"
)

// Formats of documents, and how a signature lies in them.
const (
	formatPAdES = "P"
	formatCAdES = "C"
	attached    = "Attached"
	detached    = "Detached"
	revision    = "Revision"
)

func rsaAlgorithms() []string {
	return []string{oidRSA, oidRSASHA256, oidRSASHA384, oidRSASHA512, oidPSS}
}

func ecAlgorithms() []string { return []string{oidECDSASHA256, oidECDSASHA384, oidECDSASHA512} }

// info says what is offered. It needs no token.
func (s *server) info(w http.ResponseWriter, r *http.Request, v version) error {
	var q infoRequest
	if r.ContentLength != 0 { // some clients send no body at all
		if err := read(w, r, maxBody, &q); err != nil {
			return err
		}
	}
	one := infoV1{
		Specs: "1.0.4.0", Name: s.Name, Logo: s.PublicURL + "/static/seal.svg", Region: "AZ", Lang: "az", AuthType: []string{"oauth2client", "oauth2code"}, OAuth2: s.PublicURL,
		Description: "Seals of the agency: PAdES, CAdES and hashes", Methods: []string{"oauth2/authorize", "oauth2/token", "oauth2/revoke"},
	}
	if s.OAuth.MTLS != "" {
		one.AuthType = append(one.AuthType, "TLS")
	}
	for _, e := range s.endpoints() {
		if e.path != "auth/login" {
			one.Methods = append(one.Methods, e.path)
		}
	}
	if v == v1 {
		mount.WriteJSON(w, http.StatusOK, one)
		return nil
	}
	one.Specs = "2.0.0.2"
	mount.WriteJSON(w, http.StatusOK, infoV2{
		infoV1: one, Algorithms: signAlgorithms{Algos: append(rsaAlgorithms(), ecAlgorithms()...)},
		Formats: signatureFormats{Formats: []string{formatPAdES, formatCAdES}, Envelope: [][]string{{revision}, {detached, attached}}},
		Levels:  []string{"AdES-B-B", "AdES-B-T", "AdES-B-LT", "AdES-B-LTA"}, HashTypes: []string{"dtbsr"},
	})
	return nil
}

// login is refused: it is for user names and passwords (CSC API 1.0.4.0, 11.2), and there are none.
func (s *server) login(http.ResponseWriter, *http.Request, version) error {
	return &oauth.Error{
		Code: "invalid_request", Status: http.StatusBadRequest,
		Description: "Passwords are not offered. A program gets its token at oauth2/token by private_key_jwt or its TLS certificate",
	}
}

// revoke ends a token of the client that asks.
func (s *server) revoke(w http.ResponseWriter, r *http.Request, _ version) error {
	var q revokeRequest
	if err := read(w, r, maxBody, &q); err != nil {
		return err
	}
	if q.Token == "" {
		return missing("token")
	}
	if err := s.OAuth.RevokeOf(r.Context(), mount.CallerOf(r).Name, q.Token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
