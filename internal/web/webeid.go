package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"mohur/docket"
	"mohur/internal/auth"
	"mohur/internal/signings"
	"mohur/internal/webeid"
)

// Signings makes a person's signature in two steps, for a token in the browser.
type Signings interface {
	Prepare(ctx context.Context, in signings.PrepareInput) (*docket.Signing, error)
	Find(ctx context.Context, who signings.Owner, id docket.ID) (*docket.Signing, error)
	Finish(ctx context.Context, in signings.FinishInput) (*docket.Signing, error)
	Document(ctx context.Context, who signings.Owner, id docket.ID) (*docket.Signing, docket.BlobReader, error)
}

// CertificateLogIn lets people in by a token in the browser.
type CertificateLogIn interface {
	Challenge(ctx context.Context, session docket.Hash) (nonce string, err error)
	LogIn(ctx context.Context, session docket.Hash, nonce string, token []byte) ([]auth.Account, error)
	accountChoice
}

// maxJSON bounds what the pages' script sends: a certificate, a token, a signature.
const maxJSON = 64 << 10

// readJSON reads what the pages' script sends. Another media type is refused: a form of another site can't send this one.
func readJSON(r *request, v any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return docket.Refuse(docket.CodeInvalid, docket.KeyInternal)
	}
	d := json.NewDecoder(io.LimitReader(r.Body, maxJSON))
	if err := d.Decode(v); err != nil {
		return docket.Refuse(docket.CodeInvalid, docket.KeyInternal).Because(err)
	}
	return nil
}

// sendJSON answers the pages' script.
func sendJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the visitor may have left
	return nil
}

// next tells the pages' script where to go on.
type next struct {
	Location string `json:"location"`
}

// script is page for what the pages' script asks: a refusal is JSON with a sentence in the visitor's language.
func (s *site) script(h handler) http.HandlerFunc {
	return s.page(func(w http.ResponseWriter, r *request) error {
		err := h(w, r)
		all := docket.AsErrors(err)
		if len(all) == 0 {
			return err
		}
		if e := all[0]; status(e) >= http.StatusInternalServerError {
			s.Log.ErrorContext(r.Context(), "script's request failed", slog.String("route", route(r.Request)), slog.Any("error", err))
		}
		return sendJSON(w, status(all[0]), struct {
			Message string `json:"message"`
			Key     string `json:"key"`
		}{r.view.text(all[0]), all[0].Key})
	})
}

// WebEIDTexts are the sentences of the pages' script by their names: what is going on, and each failure of Web eID with what to do about it.
func (v *view) WebEIDTexts() map[string]string {
	out := map[string]string{}
	for _, name := range []string{"starting", "certificate", "preparing", "compare", "authenticate", "finishing", "network"} {
		out[name] = v.T("eid." + name)
	}
	for _, code := range []webeid.Code{
		webeid.ErrUserCancelled, webeid.ErrUserTimeout, webeid.ErrNativeInvalidArgument, webeid.ErrNativeFatal, webeid.ErrActionTimeout, webeid.ErrVersionMismatch,
		webeid.ErrVersionInvalid, webeid.ErrExtensionUnavailable, webeid.ErrNativeUnavailable, webeid.ErrUnknown, webeid.ErrContextInsecure, webeid.ErrActionPending,
	} {
		out[string(code)] = v.T("eid." + string(code))
	}
	return out
}

// signable is what can be signed with a token in the browser: how its document is had, who may sign it, and what becomes of the signed one.
type signable struct {
	subject docket.ID
	name    string
	content docket.BlobReader
	accept  func(docket.Signer) error
}

// signingStart is the first step as web-eid.js has it: certificate in, hash out. The page shows the beginning of the hash beside the file's name,
// as the window does in which the PIN is typed.
func (s *site) signingStart(w http.ResponseWriter, r *request, what signable) error {
	defer func() { _ = what.content.Close() }()
	var in struct {
		Certificate []byte                      `json:"certificate"`
		Supported   []webeid.SignatureAlgorithm `json:"supportedSignatureAlgorithms"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	sg, err := s.Signings.Prepare(r.Context(), signings.PrepareInput{
		Owner: s.signer(r), Subject: what.subject, Name: what.name, Document: what.content, Size: what.content.Size(),
		Certificate: in.Certificate, Supported: in.Supported, Accept: what.accept,
	})
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, struct {
		ID           docket.ID `json:"id"`
		Hash         []byte    `json:"hash"`
		HashFunction string    `json:"hashFunction"`
		Fingerprint  string    `json:"fingerprint"`
		Name         string    `json:"name"`
		Holder       string    `json:"holder"`
	}{sg.ID, sg.Hash, signings.HashFunction(sg), webeid.Fingerprint(sg.Hash), sg.Name, sg.Holder})
}

// signer owns what this session signs.
func (s *site) signer(r *request) signings.Owner {
	return signings.Person(r.who(), s.Sessions.Binding(r.Context()))
}

// signingFinish is the second step: the value in; the signed document is handed on. Only what was prepared for this very subject counts.
func (s *site) signingFinish(r *request, subject docket.ID, take func(signed io.Reader) error) error {
	var in struct {
		Signature []byte                    `json:"signature"`
		Algorithm webeid.SignatureAlgorithm `json:"signatureAlgorithm"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	who, id := s.signer(r), docket.ID(r.param("signing"))
	sg, err := s.Signings.Find(r.Context(), who, id)
	if err != nil {
		return err
	}
	if sg.Subject != subject {
		return docket.ErrNotFound
	}
	if _, err := s.Signings.Finish(r.Context(), signings.FinishInput{Owner: who, ID: id, Value: in.Signature, Algorithm: &in.Algorithm}); err != nil {
		return err
	}
	_, f, err := s.Signings.Document(r.Context(), who, id)
	if err != nil {
		return err
	}
	err = take(f)
	return errors.Join(err, f.Close())
}
