package api

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/api/mount"
	"mohur/docket"
	"mohur/internal/signings"
	"mohur/internal/webeid"
)

// Signings makes a person's signature in two steps.
type Signings interface {
	Prepare(ctx context.Context, in signings.PrepareInput) (*docket.Signing, error)
	Finish(ctx context.Context, in signings.FinishInput) (*docket.Signing, error)
	Find(ctx context.Context, who signings.Owner, id docket.ID) (*docket.Signing, error)
	Document(ctx context.Context, who signings.Owner, id docket.ID) (*docket.Signing, docket.BlobReader, error)
}

// signingsPath is where signings stand.
const signingsPath = "/v1/signings/"

// SigningAnswer is a person's signature in two steps, as a program sees it.
type SigningAnswer struct {
	ID          docket.ID `json:"id"`
	State       string    `json:"state" doc:"prepared: the value is awaited; done; failed: it must be prepared anew"`
	Name        string    `json:"name,omitempty"`
	Format      string    `json:"format" doc:"PAdES or CAdES"`
	Level       string    `json:"level" doc:"B-B, B-T, B-LT or B-LTA"`
	Certificate string    `json:"certificate" doc:"SHA-256 of the signing certificate"`
	Holder      string    `json:"holder" doc:"whom the certificate names"`
	Document    string    `json:"document" doc:"SHA-256 of the document before"`

	Hash         []byte                     `json:"hash" doc:"what the key signs; for Ed25519, which takes no hash, the octets themselves"`
	HashFunction string                     `json:"hashFunction,omitempty" doc:"as Web eID spells it" example:"SHA-256"`
	Algorithm    string                     `json:"algorithm" doc:"of the value" example:"ECDSA_SHA256"`
	WebEID       *webeid.SignatureAlgorithm `json:"signatureAlgorithm,omitempty" doc:"the same as Web eID names it"`
	Created      time.Time                  `json:"created"`
	Expires      time.Time                  `json:"expires" doc:"until then the value is taken"`

	Signed     *SignedFile `json:"signed,omitempty"`
	Indication string      `json:"indication,omitempty" doc:"of the new signature, by our own verification"`
	Failure    string      `json:"failure,omitempty" doc:"stable key of why it failed"`
}

// SignedFile is the finished document.
type SignedFile struct {
	SHA256  string    `json:"sha256"`
	Size    int64     `json:"size"`
	Href    string    `json:"href" doc:"address of the document"`
	Expires time.Time `json:"expires" doc:"until then it is there"`
}

// signingAnswer tells of a signing.
func signingAnswer(sg *docket.Signing) *SigningAnswer {
	a := &SigningAnswer{
		ID: sg.ID, State: string(sg.State), Name: sg.Name, Format: sg.Format, Level: sg.Level, Certificate: string(sg.Certificate), Holder: sg.Holder, Document: string(sg.Document),
		Hash: sg.Hash, HashFunction: signings.HashFunction(sg), Algorithm: sg.Algorithm, Created: sg.Created, Expires: sg.Expires, Indication: sg.Indication, Failure: sg.Failure,
	}
	if named, ok := signings.WebEID(sg); ok {
		a.WebEID = &named
	}
	if sg.State == docket.SigningDone {
		a.Signed = &SignedFile{SHA256: string(sg.Signed), Size: sg.SignedSize, Href: signingsPath + string(sg.ID) + "/document", Expires: sg.Kept}
	}
	return a
}

// signingRequest is the first step's body. What it holds is removed with the answer.
type signingRequest struct {
	in    signings.PrepareInput
	file  *spooled
	taken []*spooled
}

// readSigning reads the first step's body; the document goes to a file as it comes.
func (s *server) readSigning(w http.ResponseWriter, r *http.Request) (*signingRequest, error) {
	q, u := &signingRequest{}, s.newUpload(w, r)
	err := u.j.object("#", func(key, at string) (err error) {
		switch key {
		case "document":
			q.file, err = u.signingDocument(at, &q.in.Name)
		case "certificate":
			q.in.Certificate, err = u.octets(at)
		case "supportedSignatureAlgorithms":
			err = u.j.array(at, func(at string) error {
				a, err := u.webEIDAlgorithm(at)
				q.in.Supported = append(q.in.Supported, a)
				return err
			})
		case "format":
			err = u.j.scalar(at, &q.in.Format)
		case "level":
			err = u.j.scalar(at, &q.in.Level)
		case "detached":
			err = u.j.scalar(at, &q.in.Detached)
		case "reason":
			if err = u.j.scalar(at, &q.in.Reason); err == nil && len(q.in.Reason) > maxPassword {
				err = &jsonError{at, faultTooLong}
			}
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	q.taken = u.taken
	switch {
	case err != nil:
	case q.file == nil || q.file.size == 0:
		err = &jsonError{"#/document", faultMissing}
	case len(q.in.Certificate) == 0:
		err = &jsonError{"#/certificate", faultMissing}
	default:
		err = u.j.end()
	}
	return q, err
}

// signingDocument reads {"name","content"}; nil for null.
func (u *upload) signingDocument(at string, name *string) (sp *spooled, err error) {
	err = u.j.object(at, func(key, at string) (err error) {
		switch key {
		case "name":
			err = u.j.scalar(at, name)
		case "content":
			sp, err = u.file(at)
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	return sp, err
}

// octets reads a short text in base64.
func (u *upload) octets(at string) ([]byte, error) {
	var text string
	if err := u.j.scalar(at, &text); err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, &jsonError{at, faultBase64}
	}
	return b, nil
}

// webEIDAlgorithm reads an algorithm as Web eID names it.
func (u *upload) webEIDAlgorithm(at string) (a webeid.SignatureAlgorithm, err error) {
	return a, u.j.object(at, func(key, at string) error {
		switch key {
		case "cryptoAlgorithm":
			return u.j.scalar(at, &a.CryptoAlgorithm)
		case "hashFunction":
			return u.j.scalar(at, &a.HashFunction)
		case "paddingScheme":
			return u.j.scalar(at, &a.PaddingScheme)
		}
		return &jsonError{at, faultKey}
	})
}

// removeSpooled deletes temporary files.
func removeSpooled(list []*spooled) {
	for _, sp := range list {
		_ = sp.f.Close()
		_ = os.Remove(sp.f.Name())
	}
}

// postSigning is the first step: certificate and document in, hash out.
func (s *server) postSigning(w http.ResponseWriter, r *http.Request) {
	tenant, ok := s.tenantOf(w, r)
	if !ok {
		return
	}
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	q, err := s.readSigning(w, r)
	done()
	defer removeSpooled(q.taken)
	if err != nil {
		s.refuseJSON(w, r, err)
		return
	}
	q.in.Owner, q.in.Document, q.in.Size = signings.Program(tenant), q.file.f, q.file.size
	s.admitted(w, r, q.file.size, func(w http.ResponseWriter) {
		sg, err := s.Signings.Prepare(r.Context(), q.in)
		if err != nil {
			s.refuseSigning(w, r, err)
			return
		}
		w.Header().Set("Location", signingsPath+string(sg.ID))
		mount.WriteJSON(w, http.StatusCreated, signingAnswer(sg))
	})
}

// putSigning is the second step: the value in, the document finished and verified.
func (s *server) putSigning(w http.ResponseWriter, r *http.Request) {
	tenant, ok := s.tenantOf(w, r)
	if !ok {
		return
	}
	in := signings.FinishInput{Owner: signings.Program(tenant), ID: docket.ID(chi.URLParam(r, "id"))}
	u := s.newUpload(w, r)
	err := u.j.object("#", func(key, at string) (err error) {
		switch key {
		case "signature":
			in.Value, err = u.octets(at)
		case "certificate":
			in.Certificate, err = u.octets(at)
		case "signatureAlgorithm":
			var a webeid.SignatureAlgorithm
			a, err = u.webEIDAlgorithm(at)
			in.Algorithm = &a
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	if err == nil {
		err = u.j.end()
	}
	if err == nil && len(in.Value) == 0 {
		err = &jsonError{"#/signature", faultMissing}
	}
	if err != nil {
		s.refuseJSON(w, r, err)
		return
	}
	sg, err := s.Signings.Find(r.Context(), in.Owner, in.ID)
	if err != nil {
		s.refuseSigning(w, r, err)
		return
	}
	s.admitted(w, r, sg.Size, func(w http.ResponseWriter) {
		sg, err := s.Signings.Finish(r.Context(), in)
		if err != nil {
			s.refuseSigning(w, r, err)
			return
		}
		mount.WriteJSON(w, http.StatusOK, signingAnswer(sg))
	})
}

// getSigning tells how far a signing is.
func (s *server) getSigning(w http.ResponseWriter, r *http.Request) {
	tenant, ok := s.tenantOf(w, r)
	if !ok {
		return
	}
	sg, err := s.Signings.Find(r.Context(), signings.Program(tenant), docket.ID(chi.URLParam(r, "id")))
	if err != nil {
		s.refuseSigning(w, r, err)
		return
	}
	mount.WriteJSON(w, http.StatusOK, signingAnswer(sg))
}

// getSigned sends the finished document.
func (s *server) getSigned(w http.ResponseWriter, r *http.Request) {
	tenant, ok := s.tenantOf(w, r)
	if !ok {
		return
	}
	sg, f, err := s.Signings.Document(r.Context(), signings.Program(tenant), docket.ID(chi.URLParam(r, "id")))
	if err != nil {
		s.refuseSigning(w, r, err)
		return
	}
	defer func() { _ = f.Close() }()
	kind := "application/pdf"
	if sg.Format != signings.PAdES {
		kind = "application/pkcs7-mime"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("ETag", strconv.Quote(string(sg.Signed)))
	http.ServeContent(w, r, "", sg.Finished, f)
}

// refuseSigning answers with what the service refuses.
func (s *server) refuseSigning(w http.ResponseWriter, r *http.Request, err error) {
	e, ours := errors.AsType[*docket.Error](err)
	if !ours || e.Code == docket.CodeInternal {
		s.Log.ErrorContext(r.Context(), "signing failed", slog.Any("error", err))
		s.refuse(w, r, problemInternal())
		return
	}
	var p Problem
	switch e.Code {
	case docket.CodeNotFound:
		s.refuse(w, r, problemNotFound())
		return
	case docket.CodeConflict:
		p = problemConflict()
	case docket.CodeTooLarge:
		p = problemTooLarge()
	case docket.CodeUnavailable:
		p = problem("unavailable", "A service that is needed does not answer", http.StatusServiceUnavailable)
		p.retryAfter = "30"
	default:
		p = problem("signing-refused", "Can't be signed", http.StatusUnprocessableEntity)
	}
	p.Detail = e.Key
	if e.Field != "" {
		p.Errors = []Fault{{Pointer: "#/" + e.Field, Code: e.Key, Detail: e.Key}}
	}
	var args []any
	for name, value := range e.Args {
		args = append(args, name, value)
	}
	s.refuse(w, r, p, args...)
}
