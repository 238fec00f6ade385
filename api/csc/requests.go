package csc

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"mohur/internal/algo"
	"mohur/internal/oauth"
)

// maxBody bounds a request without documents: a thousand hashes and a few words.
const maxBody = 1 << 20

// Requests hold the field names of both versions: clients send version 1's names to version 2's paths, and the other way round.
type (
	infoRequest struct {
		Lang string `json:"lang,omitempty"`
	}
	loginRequest struct {
		RefreshToken string `json:"refresh_token,omitempty"`
		RememberMe   *bool  `json:"rememberMe,omitempty"`
		ClientData   string `json:"clientData,omitempty"`
	}
	revokeRequest struct {
		Token      string `json:"token,omitempty"`
		Hint       string `json:"token_type_hint,omitempty"`
		ClientData string `json:"clientData,omitempty"`
	}
	listRequest struct {
		UserID         string `json:"userID,omitempty" doc:"not needed: the client is the user"`
		CredentialInfo *bool  `json:"credentialInfo,omitempty" doc:"version 2: describe each"`
		Certificates   string `json:"certificates,omitempty" enum:"none,single,chain"`
		CertInfo       *bool  `json:"certInfo,omitempty"`
		AuthInfo       *bool  `json:"authInfo,omitempty"`
		OnlyValid      *bool  `json:"onlyValid,omitempty"`
		MaxResults     *int   `json:"maxResults,omitempty"`
		PageToken      string `json:"pageToken,omitempty"`
		Lang           string `json:"lang,omitempty"`
		ClientData     string `json:"clientData,omitempty"`
	}
	credentialRequest struct {
		CredentialID string `json:"credentialID,omitempty"`
		Certificates string `json:"certificates,omitempty" enum:"none,single,chain"`
		CertInfo     *bool  `json:"certInfo,omitempty"`
		AuthInfo     *bool  `json:"authInfo,omitempty"`
		Lang         string `json:"lang,omitempty"`
		ClientData   string `json:"clientData,omitempty"`
	}
	hashes struct {
		Hash             []string `json:"hash,omitempty" doc:"version 1's name"`
		Hashes           []string `json:"hashes,omitempty" doc:"version 2's name; base64 of either alphabet, percent-encoded or not"`
		HashAlgo         string   `json:"hashAlgo,omitempty" doc:"version 1's name"`
		HashAlgorithmOID string   `json:"hashAlgorithmOID,omitempty" doc:"version 2's name"`
	}
	authData struct {
		ID    string `json:"id"`
		Value string `json:"value"`
	}
	authorizeRequest struct {
		CredentialID  string `json:"credentialID,omitempty"`
		NumSignatures *int   `json:"numSignatures,omitempty"`
		hashes
		SignAlgo       string     `json:"signAlgo,omitempty" doc:"binds the activation to this algorithm too"`
		SignAlgoParams string     `json:"signAlgoParams,omitempty"`
		PIN            string     `json:"PIN,omitempty" doc:"version 1: the client's own secret for the profile, never a token's PIN"`
		OTP            string     `json:"OTP,omitempty"`
		AuthData       []authData `json:"authData,omitempty" doc:"version 2: PIN"`
		Description    string     `json:"description,omitempty"`
		ClientData     string     `json:"clientData,omitempty"`
	}
	extendRequest struct {
		CredentialID string `json:"credentialID,omitempty"`
		SAD          string `json:"SAD,omitempty"`
		hashes
		ClientData string `json:"clientData,omitempty"`
	}
	mode struct {
		OperationMode  string `json:"operationMode,omitempty" doc:"S; A is not offered"`
		ValidityPeriod *int   `json:"validity_period,omitempty"`
		ResponseURI    string `json:"response_uri,omitempty" doc:"refused: this service calls nobody"`
	}
	signHashRequest struct {
		CredentialID string `json:"credentialID,omitempty"`
		SAD          string `json:"SAD,omitempty" doc:"left out where the access token is what a person authorised"`
		hashes
		SignAlgo       string `json:"signAlgo,omitempty"`
		SignAlgoParams string `json:"signAlgoParams,omitempty" doc:"DER in base64; the salt of PSS is taken from here"`
		mode
		ClientData string `json:"clientData,omitempty"`
	}
	timestampRequest struct {
		Hash             string `json:"hash,omitempty"`
		HashAlgo         string `json:"hashAlgo,omitempty"`
		HashAlgorithmOID string `json:"hashAlgorithmOID,omitempty"`
		Nonce            string `json:"nonce,omitempty" doc:"refused: the service makes its own and checks it"`
		ClientData       string `json:"clientData,omitempty"`
	}
)

// read reads a JSON body of at most so many bytes. Members that are not known are passed over: clients send data of their own.
func read(w http.ResponseWriter, r *http.Request, limit int64, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return invalid("The body is JSON: application/json")
	}
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
	if err := in.Decode(into); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return &oauth.Error{Code: "invalid_request", Description: "The request is too large", Status: http.StatusRequestEntityTooLarge}
		}
		return because(invalid("The body can't be read as JSON of this request"), err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return invalid("Something follows the JSON")
	}
	return nil
}

// hashSet is hashes of one digest as they were read.
type hashSet struct {
	values    [][]byte
	canonical []string
	digest    algo.Digest
}

// parse reads hashes under either name. Both names with different values are refused: which one was meant is anybody's guess. Without a digest
// algorithm here, fallback says it, and else the length.
func (h hashes) parse(fallback string) (*hashSet, error) {
	texts, name := h.Hash, "hash"
	if len(h.Hashes) > 0 {
		texts, name = h.Hashes, "hashes"
		if len(h.Hash) > 0 && !slices.Equal(h.Hash, h.Hashes) {
			return nil, invalid("hash and hashes are two names for one thing, and differ")
		}
	}
	if len(texts) == 0 {
		return nil, missing("hash")
	}
	oid, err := h.oid()
	if err != nil {
		return nil, err
	}
	if oid == "" {
		oid = fallback
	}
	values, canonical, digest, err := oauth.Hashes(texts, oid)
	if err != nil {
		return nil, because(wrong(name), err)
	}
	return &hashSet{values, canonical, digest}, nil
}

// oid is the digest algorithm under either name.
func (h hashes) oid() (string, error) {
	return either(h.HashAlgo, h.HashAlgorithmOID, "hashAlgo and hashAlgorithmOID")
}

// either is the one of two names' values that is given; different ones are refused.
func either(a, b, names string) (string, error) {
	if a != "" && b != "" && a != b {
		return "", invalid(names + " are two names for one thing, and differ")
	}
	if a == "" {
		return b, nil
	}
	return a, nil
}

// check refuses what is not offered and would change what the client gets.
func (m mode) check() error {
	switch {
	case m.ResponseURI != "":
		return because(wrong("response_uri"), errors.New("csc: nobody is called back"))
	case m.OperationMode != "" && m.OperationMode != "S":
		return wrong("operationMode")
	}
	return nil
}
