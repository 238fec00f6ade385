package csc

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"mohur/api/mount"
	"mohur/internal/algo"
	"mohur/internal/oauth"
)

// signHashAnswer is the answer of signHash: one value for each hash, in order. ECDSA is DER.
type signHashAnswer struct {
	Signatures []string `json:"signatures"`
}

// signHash signs hashes that were authorised. Everything about the request is checked before the authorisation is consumed, and it is consumed
// before anything is signed.
func (s *server) signHash(w http.ResponseWriter, r *http.Request, _ version) error {
	var q signHashRequest
	if err := read(w, r, maxBody, &q); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	c := mount.CallerOf(r)
	k, leaf, err := s.find(r.Context(), c, q.CredentialID)
	if err != nil {
		return err
	}
	if !k.HashAllowed {
		return invalid("The credential signs no hashes; signatures/signDoc seals documents with it")
	}
	h, a, err := q.parse()
	if err != nil {
		return err
	}
	if len(h.values) > s.MaxHashes {
		return invalid("More hashes than multisign")
	}
	if err := a.Fits(leaf.PublicKey); err != nil {
		return because(wrong("signAlgo"), err)
	}
	sad, err := activated(r, q.SAD)
	if err != nil {
		return err
	}
	set := setOf(c, q.CredentialID, h)
	set.SignAlgorithm = a.String()
	authorised, err := s.OAuth.UseSet(r.Context(), sad, set)
	if err != nil {
		return err
	}
	values, err := s.Seals.SignHashes(r.Context(), HashRequest{Client: c, Credential: q.CredentialID, Certificate: authorised.Certificate, Hashes: h.values, Options: a.Options()})
	if err != nil {
		return err
	}
	out := signHashAnswer{Signatures: make([]string, len(values))}
	for i, v := range values {
		out.Signatures[i] = base64.StdEncoding.EncodeToString(v)
	}
	mount.WriteJSON(w, http.StatusOK, out)
	return nil
}

// parse reads the hashes and the algorithm, each of which may say the digest.
func (q signHashRequest) parse() (*hashSet, oauth.Algorithm, error) {
	oid, err := q.oid()
	if err != nil {
		return nil, oauth.Algorithm{}, err
	}
	var d algo.Digest
	if oid != "" {
		known := false
		if d, known = oauth.DigestByOID(oid); !known {
			return nil, oauth.Algorithm{}, wrong("hashAlgo")
		}
	}
	if q.SignAlgo == "" {
		return nil, oauth.Algorithm{}, missing("signAlgo")
	}
	a, err := oauth.ParseAlgorithm(q.SignAlgo, q.SignAlgoParams, d)
	if err != nil {
		return nil, oauth.Algorithm{}, because(wrong("signAlgo or signAlgoParams, or hashAlgo does not go with them"), err)
	}
	h, err := q.hashes.parse(string(a.Digest.OID()))
	return h, a, err
}

// stampAnswer is the answer of signatures/timestamp.
type stampAnswer struct {
	Timestamp string `json:"timestamp" doc:"base64 of an RFC 3161 token"`
}

// timestamp asks the service's authority for a token over a hash.
func (s *server) timestamp(w http.ResponseWriter, r *http.Request, _ version) error {
	var q timestampRequest
	if err := read(w, r, maxBody, &q); err != nil {
		return err
	}
	if q.Nonce != "" {
		return wrong("nonce")
	}
	if q.Hash == "" {
		return missing("hash")
	}
	h, err := hashes{Hash: []string{q.Hash}, HashAlgo: q.HashAlgo, HashAlgorithmOID: q.HashAlgorithmOID}.parse("")
	if err != nil {
		return err
	}
	token, err := s.Seals.Timestamp(r.Context(), h.digest, h.values[0])
	if err != nil {
		return err
	}
	mount.WriteJSON(w, http.StatusOK, stampAnswer{base64.StdEncoding.EncodeToString(token)})
	return nil
}

// signDocRequest is a request of signDoc (CSC API 2.0.0.2, 11.11).
type signDocRequest struct {
	CredentialID       string            `json:"credentialID,omitempty"`
	SignatureQualifier string            `json:"signatureQualifier,omitempty" doc:"refused: name the credential"`
	SAD                string            `json:"SAD,omitempty"`
	Documents          []documentRequest `json:"documents,omitempty"`
	Digests            []any             `json:"documentDigests,omitempty" doc:"refused: signHash signs hashes"`
	ValidationInfo     *bool             `json:"returnValidationInfo,omitempty" doc:"refused if true"`
	mode
	ClientData string `json:"clientData,omitempty"`
}

// documentRequest is one document and what its signature should be. What differs from the seal profile is refused, never passed over.
type documentRequest struct {
	Document   []byte `json:"document,omitempty"`
	Format     string `json:"signature_format,omitempty" enum:"P,C"`
	Level      string `json:"conformance_level,omitempty" doc:"the profile's: AdES-B-B, AdES-B-T, AdES-B-LT or AdES-B-LTA"`
	SignAlgo   string `json:"signAlgo,omitempty" doc:"refused unless it goes with the key; the profile's key decides"`
	Parameters string `json:"signAlgoParams,omitempty"`
	Props      []any  `json:"signed_props,omitempty" doc:"refused: the profile decides"`
	Envelope   string `json:"signed_envelope_property,omitempty" doc:"P: Revision; C: Attached or Detached"`
}

// signDocAnswer is the answer of signDoc.
type signDocAnswer struct {
	Documents  []string `json:"DocumentWithSignature,omitempty" doc:"base64 of sealed PDF documents, and of CAdES with the document inside"`
	Signatures []string `json:"SignatureObject,omitempty" doc:"base64 of detached CAdES"`
}

// signDoc seals whole documents. The authorisation is over their SHA-256, SHA-384 or SHA-512.
func (s *server) signDoc(w http.ResponseWriter, r *http.Request, _ version) error {
	done, err := s.spool(w, r)
	if err != nil {
		return err
	}
	defer done()
	var q signDocRequest
	if err := read(w, r, s.MaxBody, &q); err != nil {
		return err
	}
	c := mount.CallerOf(r)
	k, err := s.takeDocuments(r, &q)
	if err != nil {
		return err
	}
	sad, err := activated(r, q.SAD)
	if err != nil {
		return err
	}
	a, err := s.OAuth.UseDocuments(r.Context(), sad, oauth.Set{Client: c.Name, Profile: q.CredentialID, SignAlgorithm: "document " + k.Format}, q.contents())
	if err != nil {
		return err
	}
	var out signDocAnswer
	for i, d := range q.Documents {
		b, err := s.Seals.SignDocument(r.Context(), DocumentRequest{
			Client: c, Credential: q.CredentialID, Key: fmt.Sprintf("csc-%s-%d", a.ID, i), Format: k.Format, Document: d.Document, Detached: d.Envelope == detached,
		})
		if err != nil {
			return err
		}
		if d.Envelope == detached {
			out.Signatures = append(out.Signatures, base64.StdEncoding.EncodeToString(b))
		} else {
			out.Documents = append(out.Documents, base64.StdEncoding.EncodeToString(b))
		}
	}
	mount.WriteJSON(w, http.StatusOK, out)
	return nil
}

// spool lets a request come in to a file, however slowly, and then takes one of the few places in memory: a client that sends slowly keeps nobody
// else's documents waiting.
func (s *server) spool(w http.ResponseWriter, r *http.Request) (done func(), err error) {
	f, err := os.CreateTemp(s.TempDir, "csc-*")
	if err != nil {
		return nil, err
	}
	remove := func() { _, _ = f.Close(), os.Remove(f.Name()) }
	if _, err = io.Copy(f, http.MaxBytesReader(w, r.Body, s.MaxBody)); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		remove()
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, &oauth.Error{Code: "invalid_request", Description: "The request is too large", Status: http.StatusRequestEntityTooLarge}
		}
		return nil, because(invalid("The request did not come in whole"), err)
	}
	select {
	case s.documents <- struct{}{}:
	default:
		remove()
		return nil, &oauth.Error{Code: "temporarily_unavailable", Description: "Too many documents at a time", Status: http.StatusTooManyRequests, RetryAfter: 2 * time.Second}
	}
	r.Body = f
	return func() { <-s.documents; remove() }, nil
}

// contents are the documents' bytes.
func (q *signDocRequest) contents() [][]byte {
	out := make([][]byte, len(q.Documents))
	for i, d := range q.Documents {
		out[i] = d.Document
	}
	return out
}

// takeDocuments holds what is asked for against the profile.
func (s *server) takeDocuments(r *http.Request, q *signDocRequest) (*Credential, error) {
	switch {
	case q.SignatureQualifier != "":
		return nil, wrong("signatureQualifier")
	case len(q.Digests) > 0:
		return nil, wrong("documentDigests")
	case truth(q.ValidationInfo):
		return nil, wrong("returnValidationInfo")
	case len(q.Documents) == 0:
		return nil, missing("documents")
	case len(q.Documents) > s.MaxHashes:
		return nil, invalid("More documents than multisign")
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	k, leaf, err := s.find(r.Context(), mount.CallerOf(r), q.CredentialID)
	if err != nil {
		return nil, err
	}
	for i := range q.Documents {
		d := &q.Documents[i]
		if err := d.check(k); err != nil {
			return nil, err
		}
		if d.SignAlgo == "" {
			continue
		}
		a, err := oauth.ParseAlgorithm(d.SignAlgo, d.Parameters, algo.SHA256)
		if err == nil {
			err = a.Fits(leaf.PublicKey)
		}
		if err != nil || a.PSS != nil { // seals on documents are PKCS #1 v1.5 or ECDSA
			return nil, because(wrong("signAlgo"), err)
		}
	}
	return k, nil
}

// check refuses what the profile would not make.
func (d *documentRequest) check(k *Credential) error {
	switch {
	case len(d.Document) == 0:
		return missing("document")
	case d.Format != k.Format:
		return wrong("signature_format: the credential makes " + k.Format)
	case d.Level != "" && levelOf(d.Level) != levelOf(k.Level):
		return wrong("conformance_level: the credential makes " + k.Level)
	case len(d.Props) > 0:
		return wrong("signed_props")
	case d.Format == formatPAdES && d.Envelope != "" && d.Envelope != revision:
		return wrong("signed_envelope_property")
	case d.Format == formatPAdES && !bytes.HasPrefix(d.Document, []byte("%PDF-")):
		return wrong("document")
	case d.Format == formatCAdES && d.Envelope != "" && d.Envelope != attached && d.Envelope != detached:
		return wrong("signed_envelope_property")
	}
	if d.Format == formatCAdES && d.Envelope == "" {
		d.Envelope = detached // the first of info's list is the default
	}
	return nil
}

// levelOf is a level without what some write before it: AdES-B-T, AdES-T and B-T are one.
func levelOf(s string) string {
	return strings.TrimPrefix(strings.TrimPrefix(s, "AdES-"), "B-")
}
