package phone

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/algo"
)

// Headers with which the application authenticates each of its requests: the person's certificate (DER in Base64), the algorithm, and a signature
// (DER in Base64) over path and query of a GET, over the body of a POST.
const (
	headerCertificate = "ts-cert"
	headerAlgorithm   = "ts-sign-alg"
	headerSignature   = "ts-sign"
)

// maxHeader bounds one of them, in bytes.
const maxHeader = 16 << 10

// simaHandler answers the application.
type simaHandler struct {
	sima *SIMA
	s    *Service
	log  *slog.Logger
	room chan struct{} // one element for each signed document in memory
}

// simaRoom is how many signed documents may be in memory at once.
const simaRoom = 4

// Handler answers the application on the phone, below SIMAOptions.BaseURL:
//
//	GET  /OPERATION/SECRET/data              the document, as the container's DataURI
//	GET  /OPERATION/SECRET/?tsquery=PAYLOAD  the same, as the code's own address
//	POST /OPERATION/SECRET/callback          the signed document
//
// Each request must be signed by the key of the certificate it shows, and the operation must wait. Refusals are alike and say nothing. prefix is the
// path of BaseURL.
func (s *SIMA) Handler(service *Service, prefix string, log *slog.Logger) http.Handler {
	h := &simaHandler{s, service, log, make(chan struct{}, simaRoom)}
	prefix = strings.TrimRight(prefix, "/")
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/{operation}/{secret}/data", h.data)
	mux.HandleFunc("GET "+prefix+"/{operation}/{secret}/{$}", h.data)
	mux.HandleFunc("POST "+prefix+"/{operation}/{secret}/callback", h.callback)
	return mux
}

// simaData is the answer to the application's GET.
type simaData struct {
	Filename string `json:"filename"`
	Data     []byte `json:"data"`
}

// simaCallback is what the application posts.
type simaCallback struct {
	Type           string
	OperationID    string `json:"OperationId"`
	DataSignature  []byte // the signed document as a whole
	SignedDataHash string
	AlgName        string
}

// refuse answers every refusal alike.
func (h *simaHandler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	h.log.InfoContext(r.Context(), "a phone's request was refused", slog.String("operation", r.PathValue("operation")), slog.Any("error", err))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, `{"errormessage":"the operation is not known, or over"}`)
}

// data hands the document out.
func (h *simaHandler) data(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := authenticated(r, []byte(r.RequestURI)); err != nil {
		h.refuse(w, r, err)
		return
	}
	if payload, ok := strings.CutPrefix(r.URL.RawQuery, "tsquery="); ok {
		payload, err := url.PathUnescape(payload) // "+" stands for itself here
		if err != nil {
			h.refuse(w, r, err)
			return
		}
		c, err := h.sima.check(payload)
		if err != nil || c.OperationInfo.OperationID != r.PathValue("operation") {
			h.refuse(w, r, errors.Join(errors.New("a container of another operation"), err))
			return
		}
	}
	o, err := h.s.open(r.Context(), docket.ID(r.PathValue("operation")), r.PathValue("secret"))
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	doc, err := h.s.o.Signings.Open(r.Context(), o.Document)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	defer func() { _ = doc.Close() }()
	w.Header().Set("Content-Type", "application/json")
	if err := writeData(w, o.Name, io.NewSectionReader(doc, 0, doc.Size())); err != nil {
		h.log.InfoContext(r.Context(), "a phone did not take the document", slog.String("operation", string(o.ID)), slog.Any("error", err))
	}
}

// writeData streams a simaData.
func writeData(w io.Writer, name string, data io.Reader) error {
	head, err := json.Marshal(simaData{Filename: name})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, strings.TrimSuffix(string(head), `null}`)+`"`); err != nil {
		return err
	}
	e := base64.NewEncoder(base64.StdEncoding, w)
	if _, err := io.Copy(e, data); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	_, err = io.WriteString(w, `"}`)
	return err
}

// callback takes the signed document.
func (h *simaHandler) callback(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	// The secret is checked before anything is read: a stranger makes this side hold nothing.
	o, err := h.s.open(r.Context(), docket.ID(r.PathValue("operation")), r.PathValue("secret"))
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	select {
	case h.room <- struct{}{}:
		defer func() { <-h.room }()
	default:
		w.Header().Set("Retry-After", "5")
		http.Error(w, `{"status":"busy"}`, http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, (o.Size+maxAdded)/3*4+maxHeader))
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	if err := authenticated(r, body); err != nil {
		h.refuse(w, r, err)
		return
	}
	var c simaCallback
	if err := json.Unmarshal(body, &c); err != nil || c.OperationID != string(o.ID) || c.Type != simaSign || len(c.DataSignature) == 0 {
		h.refuse(w, r, errors.Join(errors.New("the callback is for another operation, or holds no document"), err))
		return
	}
	err = h.s.receive(r.Context(), o, c.DataSignature)
	if docket.CodeOf(err) == docket.CodeUnavailable { // the application may send it again
		h.log.WarnContext(r.Context(), "a document signed by phone could not be judged", slog.String("operation", string(o.ID)), slog.Any("error", err))
		http.Error(w, `{"status":"failed"}`, http.StatusServiceUnavailable)
		return
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"status":"success"}`)
}

// maxAdded is by how much a signature may make a document longer: certificates, revocation data, a picture.
const maxAdded = 4 << 20

// authenticated says whether a request was signed by the key of the certificate that it shows: ECDSA with SHA-256. Whether the certificate is
// worth anything is decided later, with the signature in the document; here it keeps away whoever has not even the application.
func authenticated(r *http.Request, signed []byte) error {
	certificate, signature := r.Header.Get(headerCertificate), r.Header.Get(headerSignature)
	if certificate == "" || signature == "" || len(certificate) > maxHeader || len(signature) > maxHeader {
		return errors.New("the request is not signed")
	}
	switch strings.ToUpper(strings.ReplaceAll(r.Header.Get(headerAlgorithm), "-", "")) {
	case "", "SHA256WITHECDSA":
	default:
		return errors.New("the request is signed with another algorithm than ECDSA with SHA-256")
	}
	der, err := base64.StdEncoding.DecodeString(certificate)
	if err != nil {
		return err
	}
	value, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	c, err := certs.Parse(der)
	if err != nil {
		return err
	}
	if _, ok := c.PublicKey.(*ecdsa.PublicKey); !ok {
		return errors.New("the certificate's key is not for ECDSA")
	}
	a, err := algo.NewSignature(algo.ECDSA, algo.SHA256)
	if err != nil {
		return err
	}
	return a.VerifyBytes(c.PublicKey, signed, value)
}
