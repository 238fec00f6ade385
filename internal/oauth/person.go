package oauth

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mohur/docket"
	"mohur/internal/algo"
)

// PersonRequest is what a client asks a person to agree to (RFC 6749, 4.1.1; CSC API 2.0.0.2, 8.4.2; RFC 9396).
type PersonRequest struct {
	Client      *Client
	RedirectURI string
	State       string
	Challenge   string
	Set         Set
	Digest      algo.Digest
	Values      [][]byte // the hashes, in the client's order
	Labels      []string // the client's words about each; may be empty
	Description string   // the client's words about all
}

// BackError is a wrong request of a client that is known, with an address that is its own: the person's browser goes back there, and the client
// reads what is wrong (RFC 6749, 4.1.2.1). Any other error is shown to the person, for nobody knows where to go.
type BackError struct {
	Location string
	Err      *Error
}

// Error is for the log.
func (e *BackError) Error() string { return e.Err.Error() }

// Unwrap returns the refusal.
func (e *BackError) Unwrap() error { return e.Err }

// errWay says that there is no way back: the client or its address is unknown.
var errWay = refuse("invalid_request", "client_id is unknown, or redirect_uri is not one of the client's")

// Bounds of what a person is shown.
const (
	maxState  = 2048
	maxLabel  = 200
	maxDetail = 256 << 10
)

// isChallenge says whether a text is a SHA-256 in base64url (RFC 7636, 4.2).
func isChallenge(s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == 32 && len(s) == 43
}

// ParsePerson reads what a client sent a person's browser here with. No parameter may come twice (RFC 6749, 3.1).
func (s *Service) ParsePerson(v url.Values) (*PersonRequest, error) {
	for name, all := range v {
		if len(all) > 1 {
			return nil, refuse("invalid_request", "A parameter stands twice: "+name)
		}
	}
	c := s.clients[v.Get("client_id")]
	if c == nil || !slices.Contains(c.RedirectURIs, v.Get("redirect_uri")) {
		return nil, errWay
	}
	r := &PersonRequest{Client: c, RedirectURI: v.Get("redirect_uri"), State: v.Get("state"), Challenge: v.Get("code_challenge"), Description: short(v.Get("description"))}
	if err := r.read(v); err != nil {
		return nil, &BackError{Location: s.back(r, url.Values{"error": {err.Code}, "error_description": {err.Description}}), Err: err}
	}
	return r, nil
}

// read checks the parameters of a request whose way back is known.
func (r *PersonRequest) read(v url.Values) *Error {
	switch {
	case v.Get("response_type") != "code":
		return refuse("unsupported_response_type", "response_type is code")
	case v.Get("code_challenge_method") != "S256" || !isChallenge(r.Challenge):
		return refuse("invalid_request", "code_challenge with code_challenge_method S256 is needed")
	case len(r.State) > maxState:
		return refuse("invalid_request", "state is too long")
	case v.Get("request") != "" || v.Get("request_uri") != "":
		return refuse("request_not_supported", "Request objects are not offered")
	}
	d, err := wishedDetail(v)
	if err != nil {
		return refuse("invalid_request", err.Error()).because(err)
	}
	return r.take(d)
}

// Detail is an authorisation request of CSC in RFC 9396's form.
type Detail struct {
	Type          string         `json:"type"`
	CredentialID  string         `json:"credentialID"`
	Digests       []DetailDigest `json:"documentDigests"`
	HashAlgorithm string         `json:"hashAlgorithmOID"`
	SignAlgorithm string         `json:"signAlgo,omitempty"`
	Parameters    string         `json:"signAlgoParams,omitempty"`
	Count         *int           `json:"numSignatures,omitempty"`
}

// DetailDigest is one hash with the client's word for its document.
type DetailDigest struct {
	Hash  string `json:"hash"`
	Label string `json:"label,omitempty"`
}

// detailType is the one kind of details.
const detailType = "credential"

// wishedDetail reads the set from authorization_details, or from the parameters of scope=credential; not from both.
func wishedDetail(v url.Values) (*Detail, error) {
	text := v.Get("authorization_details")
	if text == "" {
		if v.Get("scope") != ScopeCredential {
			return nil, errors.New("the scope is credential: a program asks for service by itself")
		}
		return parametersDetail(v)
	}
	if v.Get("credentialID") != "" || v.Get("hashes") != "" {
		return nil, errors.New("authorization_details and single parameters exclude each other")
	}
	if scope := v.Get("scope"); scope != "" && scope != ScopeCredential {
		return nil, errors.New("the scope is credential")
	}
	return parseDetail(text)
}

// parseDetail reads authorization_details: a list of one. A member that is not known is refused (RFC 9396, 5).
func parseDetail(text string) (*Detail, error) {
	if len(text) > maxDetail {
		return nil, errors.New("authorization_details is too long")
	}
	var list []Detail
	in := json.NewDecoder(bytes.NewReader([]byte(text)))
	in.DisallowUnknownFields()
	if err := in.Decode(&list); err != nil || in.More() {
		return nil, errors.New("authorization_details can't be read, or has a member that is not offered")
	}
	if len(list) != 1 || list[0].Type != detailType {
		return nil, errors.New("authorization_details is a list of one, of type credential")
	}
	return &list[0], nil
}

// parametersDetail reads the parameters of CSC: hashes are base64url, with commas between them.
func parametersDetail(v url.Values) (*Detail, error) {
	d := &Detail{
		Type: detailType, CredentialID: v.Get("credentialID"), HashAlgorithm: v.Get("hashAlgorithmOID"), SignAlgorithm: v.Get("signAlgo"), Parameters: v.Get("signAlgoParams"),
	}
	text := cmp.Or(v.Get("hashes"), v.Get("hash")) // v2, v1
	if text == "" {
		return nil, errors.New("hashes are needed: a person agrees to these very ones")
	}
	if strings.Count(text, ",") >= MaxHashes {
		return nil, errors.New("too many hashes")
	}
	for h := range strings.SplitSeq(text, ",") {
		d.Digests = append(d.Digests, DetailDigest{Hash: h})
	}
	if n := v.Get("numSignatures"); n != "" {
		count, err := strconv.Atoi(n)
		if err != nil {
			return nil, errors.New("numSignatures is no number")
		}
		d.Count = &count
	}
	return d, nil
}

// take checks a wish and makes it the request's set.
func (r *PersonRequest) take(d *Detail) *Error {
	texts := make([]string, len(d.Digests))
	for i, g := range d.Digests {
		texts[i] = g.Hash
		r.Labels = append(r.Labels, short(g.Label))
	}
	values, canonical, digest, err := Hashes(texts, d.HashAlgorithm)
	switch {
	case d.CredentialID == "" || len(d.CredentialID) > 128:
		return refuse("invalid_request", "credentialID is missing")
	case err != nil:
		return refuse("invalid_request", "The hashes or hashAlgorithmOID can't be taken").because(err)
	case d.Count != nil && *d.Count != len(values):
		return refuse("invalid_request", "numSignatures is not the number of hashes")
	}
	r.Digest, r.Values = digest, values
	r.Set = Set{Client: r.Client.Name, Profile: d.CredentialID, HashAlgorithm: string(digest.OID()), Hashes: canonical}
	if d.SignAlgorithm == "" && d.Parameters == "" {
		return nil
	}
	a, err := ParseAlgorithm(d.SignAlgorithm, d.Parameters, digest)
	if err != nil {
		return refuse("invalid_request", "signAlgo or signAlgoParams can't be taken").because(err)
	}
	r.Set.SignAlgorithm = a.String()
	return nil
}

// short cuts a client's words for people, without characters that nobody sees.
func short(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.In(c, unicode.Cc, unicode.Cf) { // what turns a line round belongs to the second
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if r := []rune(s); len(r) > maxLabel {
		return string(r[:maxLabel]) + "…"
	}
	return s
}

// back is the client's address with parameters added (RFC 6749, 4.1.2; RFC 9207, 2).
func (s *Service) back(r *PersonRequest, more url.Values) string {
	u, err := url.Parse(r.RedirectURI)
	if err != nil { // it was parsed when the configuration was read
		return r.RedirectURI
	}
	q := u.Query()
	for name, all := range more {
		q.Set(name, all[0])
	}
	if r.State != "" {
		q.Set("state", r.State)
	}
	q.Set("iss", s.Issuer)
	u.RawQuery = q.Encode()
	return u.String()
}

// Agree notes that a signatory agreed to the very set, and returns where the browser goes: to the client, with a code that is good for one
// minute and one use.
func (s *Service) Agree(ctx context.Context, who docket.Actor, r *PersonRequest) (location string, err error) {
	if !mayAgree(who) {
		return "", docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	code, hash := newSecret()
	a := s.row(r.Set)
	a.Person, a.Code, a.RedirectURI, a.Challenge, a.Expires = who.UserID, hash, r.RedirectURI, r.Challenge, s.Now().Add(codeLife)
	err = s.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.AddSignatureAuthorisation(ctx, a); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditSetAuthorised, a.ID, "client", r.Set.Client, "profile", r.Set.Profile, "count", fmt.Sprint(len(r.Set.Hashes)))
	})
	if err != nil {
		return "", err
	}
	return s.back(r, url.Values{"code": {code}}), nil
}

// Decline notes that a signatory did not agree, and returns where the browser goes.
func (s *Service) Decline(ctx context.Context, who docket.Actor, r *PersonRequest) (location string, err error) {
	if !mayAgree(who) {
		return "", docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	err = s.Store.InTx(ctx, func(w docket.Work) error {
		return s.audit(ctx, w, who, docket.AuditSetDeclined, "", "client", r.Set.Client, "profile", r.Set.Profile, "count", fmt.Sprint(len(r.Set.Hashes)))
	})
	return s.back(r, url.Values{"error": {"access_denied"}}), err
}

// mayAgree says whether somebody is one of the agency's signatories.
func mayAgree(who docket.Actor) bool {
	return who.UserID != "" && who.OfAgency() && who.Has(docket.RoleSignatory)
}

// detailOf is what a person has agreed to, for the client.
func detailOf(a *docket.SignatureAuthorisation) Detail {
	n := len(a.Hashes)
	d := Detail{Type: detailType, CredentialID: a.Profile, HashAlgorithm: a.HashAlgorithm, Count: &n}
	for _, h := range a.Hashes {
		if b, err := base64.StdEncoding.DecodeString(h); err == nil {
			h = base64.RawURLEncoding.EncodeToString(b)
		}
		d.Digests = append(d.Digests, DetailDigest{Hash: h})
	}
	return d
}
