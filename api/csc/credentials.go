package csc

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"net/http"

	"mohur/api/mount"
	"mohur/certs"
	"mohur/docket"
	"mohur/internal/oauth"
)

// listV1 is the answer of credentials/list in version 1.
type listV1 struct {
	CredentialIDs []string `json:"credentialIDs"`
}

// listV2 is that of version 2.
type listV2 struct {
	CredentialIDs []string       `json:"credentialIDs"`
	Infos         []credentialV2 `json:"credentialInfos,omitempty"`
	OnlyValid     *bool          `json:"onlyValid,omitempty"`
}

// keyInfo describes a key. Curve is null with RSA: some clients want the member to be there.
type keyInfo struct {
	Status string   `json:"status" enum:"enabled,disabled"`
	Algo   []string `json:"algo" doc:"object identifiers of signature algorithms"`
	Len    int      `json:"len" doc:"bits"`
	Curve  *string  `json:"curve" doc:"object identifier, or null"`
}

// certInfo describes a certificate.
type certInfo struct {
	Status       string   `json:"status" enum:"valid,expired"`
	Certificates []string `json:"certificates,omitempty" doc:"base64 of DER, the signer's first"`
	IssuerDN     string   `json:"issuerDN,omitempty"`
	SerialNumber string   `json:"serialNumber,omitempty" doc:"hexadecimal"`
	SubjectDN    string   `json:"subjectDN,omitempty"`
	ValidFrom    string   `json:"validFrom,omitempty" example:"20260101000000Z"`
	ValidTo      string   `json:"validTo,omitempty"`
}

// authObject is one thing that credentials/authorize asks for.
type authObject struct {
	Type   string `json:"type"`
	ID     string `json:"id"`
	Label  string `json:"label"`
	Format string `json:"format"`
}

// auth says how a credential is authorised in version 2. Objects is there even where it is empty: some clients want the member.
type auth struct {
	Mode       string       `json:"mode" enum:"implicit,explicit,oauth2code"`
	Expression string       `json:"expression,omitempty"`
	Objects    []authObject `json:"objects"`
}

// pinInfo describes the PIN of version 1.
type pinInfo struct {
	Presence    string `json:"presence" enum:"true,false"`
	Format      string `json:"format" example:"A"`
	Label       string `json:"label"`
	Description string `json:"description"`
}

// commonInfo is what both versions say of a credential.
type commonInfo struct {
	CredentialID string   `json:"credentialID,omitempty"`
	Description  string   `json:"description"`
	Key          keyInfo  `json:"key"`
	Cert         certInfo `json:"cert"`
	SCAL         string   `json:"SCAL" enum:"1,2" doc:"2 only where a person authorises the very set of hashes"`
	Multisign    int      `json:"multisign"`
	Lang         string   `json:"lang"`
}

// credentialV1 is the answer of credentials/info in version 1.
type credentialV1 struct {
	commonInfo
	AuthMode string   `json:"authMode" enum:"implicit,explicit,oauth2code"`
	PIN      *pinInfo `json:"PIN,omitempty"`
}

// credentialV2 is that of version 2.
type credentialV2 struct {
	commonInfo
	Auth auth `json:"auth"`
}

// Ways to authorise.
const (
	modeImplicit = "implicit"   // the client's own token is enough
	modeExplicit = "explicit"   // with the client's PIN for the profile
	modeCode     = "oauth2code" // a person, at oauth2/authorize
)

// list names the profiles that the client may use.
func (s *server) list(w http.ResponseWriter, r *http.Request, v version) error {
	var q listRequest
	if err := read(w, r, maxBody, &q); err != nil {
		return err
	}
	c := mount.CallerOf(r)
	ids, err := s.Seals.Credentials(r.Context(), c)
	if err != nil {
		return err
	}
	if v == v1 {
		mount.WriteJSON(w, http.StatusOK, listV1{append([]string{}, ids...)})
		return nil
	}
	out := listV2{CredentialIDs: []string{}, OnlyValid: q.OnlyValid}
	for _, id := range ids {
		if !truth(q.OnlyValid) && !truth(q.CredentialInfo) {
			out.CredentialIDs = append(out.CredentialIDs, id)
			continue
		}
		info, err := s.describe(r.Context(), c, credentialRequest{CredentialID: id, Certificates: q.Certificates, CertInfo: q.CertInfo})
		if err != nil {
			return err
		}
		if truth(q.OnlyValid) && info.Cert.Status != "valid" {
			continue
		}
		out.CredentialIDs = append(out.CredentialIDs, id)
		if truth(q.CredentialInfo) {
			info.CredentialID = id
			mode, err := s.mode(r.Context(), c, id)
			if err != nil {
				return err
			}
			out.Infos = append(out.Infos, credentialV2{*info, authOf(mode)})
		}
	}
	mount.WriteJSON(w, http.StatusOK, out)
	return nil
}

// truth reads an optional boolean.
func truth(b *bool) bool { return b != nil && *b }

// credential describes one.
func (s *server) credential(w http.ResponseWriter, r *http.Request, v version) error {
	var q credentialRequest
	if err := read(w, r, maxBody, &q); err != nil {
		return err
	}
	c := mount.CallerOf(r)
	info, err := s.describe(r.Context(), c, q)
	if err != nil {
		return err
	}
	mode, err := s.mode(r.Context(), c, q.CredentialID)
	if err != nil {
		return err
	}
	if v == v2 {
		mount.WriteJSON(w, http.StatusOK, credentialV2{*info, authOf(mode)})
		return nil
	}
	out := credentialV1{commonInfo: *info, AuthMode: mode}
	if mode == modeExplicit {
		out.PIN = &pinInfo{Presence: "true", Format: "A", Label: "PIN", Description: "The client's own secret for this credential"}
	}
	mount.WriteJSON(w, http.StatusOK, out)
	return nil
}

// find looks a credential up; whatever the client may not use is not there.
func (s *server) find(ctx context.Context, c mount.Caller, id string) (*Credential, *certs.Certificate, error) {
	if id == "" {
		return nil, nil, missing("credentialID")
	}
	k, err := s.Seals.Credential(ctx, c, id)
	if err != nil {
		if code := docket.CodeOf(err); code == docket.CodeForbidden { // who may not use it is not told that it is there
			err = docket.ErrNotFound.Because(err)
		}
		return nil, nil, err
	}
	if len(k.Chain) == 0 {
		return nil, nil, fmt.Errorf("csc: credential %s has no certificate", id)
	}
	leaf, err := certs.Parse(k.Chain[0])
	return k, leaf, err
}

// describe is what both versions say.
func (s *server) describe(ctx context.Context, c mount.Caller, q credentialRequest) (*commonInfo, error) {
	k, leaf, err := s.find(ctx, c, q.CredentialID)
	if err != nil {
		return nil, err
	}
	out := &commonInfo{Description: k.Description, SCAL: "1", Multisign: s.MaxHashes, Lang: "az", Cert: certInfo{Status: "valid"}}
	if s.byPerson(c) {
		out.SCAL = "2"
	}
	if out.Key, err = describeKey(leaf); err != nil {
		return nil, err
	}
	if !k.Usable || s.Now().Before(leaf.NotBefore) || s.Now().After(leaf.NotAfter) {
		out.Key.Status, out.Cert.Status = "disabled", "expired"
	}
	chain := k.Chain
	switch q.Certificates {
	case "none":
		chain = nil
	case "", "single":
		chain = chain[:1]
	case "chain":
	default:
		return nil, wrong("certificates")
	}
	for _, der := range chain {
		out.Cert.Certificates = append(out.Cert.Certificates, base64.StdEncoding.EncodeToString(der))
	}
	if truth(q.CertInfo) {
		out.Cert.IssuerDN, out.Cert.SubjectDN, out.Cert.SerialNumber = leaf.Issuer.String(), leaf.Subject.String(), fmt.Sprintf("%x", leaf.Serial)
		out.Cert.ValidFrom, out.Cert.ValidTo = leaf.NotBefore.UTC().Format("20060102150405Z"), leaf.NotAfter.UTC().Format("20060102150405Z")
	}
	return out, nil
}

// describeKey names the key's algorithms: those of signatures, which clients compare with what they want to make.
func describeKey(leaf *certs.Certificate) (keyInfo, error) {
	switch p := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return keyInfo{Status: "enabled", Algo: rsaAlgorithms(), Len: p.N.BitLen()}, nil
	case *ecdsa.PublicKey:
		oid, ok := map[string]string{"P-256": "1.2.840.10045.3.1.7", "P-384": "1.3.132.0.34", "P-521": "1.3.132.0.35"}[p.Curve.Params().Name]
		if ok {
			return keyInfo{Status: "enabled", Algo: ecAlgorithms(), Len: p.Curve.Params().BitSize, Curve: &oid}, nil
		}
	}
	return keyInfo{}, invalid("The credential's key is of a kind that CSC has no name for; use /v1/seals")
}

// byPerson says whether a person authorises what the client wants signed.
func (s *server) byPerson(c mount.Caller) bool {
	k, ok := s.OAuth.Client(c.Name)
	return ok && k.ByPerson
}

// mode says how the client authorises a credential.
func (s *server) mode(ctx context.Context, c mount.Caller, id string) (string, error) {
	if s.byPerson(c) {
		return modeCode, nil
	}
	has, err := s.OAuth.HasPIN(ctx, c.Name, id)
	if has {
		return modeExplicit, err
	}
	return modeImplicit, err
}

// authOf is the mode as version 2 has it.
func authOf(mode string) auth {
	a := auth{Mode: mode, Objects: []authObject{}}
	if mode == modeExplicit {
		a.Expression, a.Objects = "PIN", []authObject{{Type: "Password", ID: "PIN", Label: "PIN", Format: "A"}}
	}
	return a
}

// setOf is what an authorisation is asked or used for.
func setOf(c mount.Caller, id string, h *hashSet) oauth.Set {
	return oauth.Set{Client: c.Name, Profile: id, HashAlgorithm: string(h.digest.OID()), Hashes: h.canonical}
}
