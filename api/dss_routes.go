package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"mohur/verify"
	"mohur/verify/report"
)

// postDSSValidate is DSS's validateSignature. What DSS answers with status 500 is a problem with a status of its own here.
func (s *server) postDSSValidate(w http.ResponseWriter, r *http.Request) {
	s.dss(w, r, 1, func(w http.ResponseWriter, q *dssRequest, in verify.Input) {
		rep, ok := s.judge(w, r, in, q.policy)
		if !ok {
			return
		}
		lang := string(language(r))
		var xml bytes.Buffer
		if err := report.WriteETSI(&xml, rep, lang); err != nil { // a buffer takes everything
			s.refuse(w, r, problemInternal())
			return
		}
		out := newDSSWriter(rep, lang, q.tokens)
		s.writeJSON(w, r, dssReports{xml.Bytes(), out.diagnostic(), out.simple(), out.detailed()})
	})
}

// answerWeight is how many times a document's size an answer that holds the document in base64 takes of memory.
const answerWeight = 4

// dss takes a DataToValidateDTO and works on it when there is room: a request that comes slowly holds none.
func (s *server) dss(w http.ResponseWriter, r *http.Request, weight int64, work func(http.ResponseWriter, *dssRequest, verify.Input)) {
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	q, err := s.dssRequest(w, r)
	done()
	docs := &received{taken: q.taken}
	defer docs.remove()
	var in verify.Input
	if err == nil {
		in, err = q.input(s.Now)
	}
	if err != nil {
		s.refuseJSON(w, r, err)
		return
	}
	s.admitted(w, r, weight*docs.size(), func(w http.ResponseWriter) {
		defer docs.remove()
		work(w, q, in)
	})
}

// dssDocument is DSS's RemoteDocument in an answer.
type dssDocument struct {
	Bytes           []byte  `json:"bytes"`
	DigestAlgorithm *string `json:"digestAlgorithm"`
	Name            string  `json:"name"`
}

// postDSSOriginals is DSS's getOriginalDocuments: what one signature was put on.
func (s *server) postDSSOriginals(w http.ResponseWriter, r *http.Request) {
	s.dss(w, r, answerWeight, func(w http.ResponseWriter, q *dssRequest, in verify.Input) {
		found, ok := s.originals(w, r, in, q.signature)
		if !ok {
			return
		}
		out := []dssDocument{}
		for _, o := range found {
			b, err := io.ReadAll(io.LimitReader(o.Content, s.MaxBytes))
			if err != nil {
				s.refuse(w, r, problemInternal())
				return
			}
			out = append(out, dssDocument{Bytes: b, Name: o.Name})
		}
		s.writeJSON(w, r, out)
	})
}

// originals asks for what a signature was put on; a document without signatures has nothing of the kind. It has answered when it returns false.
func (s *server) originals(w http.ResponseWriter, r *http.Request, in verify.Input, id string) ([]verify.Original, bool) {
	ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
	defer cancel()
	found, err := verify.Originals(ctx, in, id)
	var unknown *verify.UnknownSignatureError
	switch {
	case errors.As(err, &unknown) && id == "":
		return nil, true
	case unknown != nil:
		s.refuse(w, r, invalid("#/signatureId", "signature"))
		return nil, false
	case err != nil:
		s.refuseVerdict(ctx, w, r, err)
		return nil, false
	}
	return found, true
}

// judge asks the verifier and counts; it has answered when it returns false.
func (s *server) judge(w http.ResponseWriter, r *http.Request, in verify.Input, policy string) (*verify.Report, bool) {
	ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
	defer cancel()
	rep, err := s.Verifier.Verify(ctx, in, policy)
	if err != nil {
		s.refuseVerdict(ctx, w, r, err)
		return nil, false
	}
	s.metrics.documents.observe(float64(in.Size))
	s.metrics.outcomes.add(1, string(rep.Format), string(rep.Indication))
	return rep, true
}

// writeJSON answers with a body.
func (s *server) writeJSON(w http.ResponseWriter, r *http.Request, body any) {
	s.writeJSONStatus(w, r, http.StatusOK, body)
}

func (s *server) writeJSONStatus(w http.ResponseWriter, r *http.Request, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		s.Log.ErrorContext(r.Context(), "answer can't be written", slog.Any("error", err))
		s.refuse(w, r, problemInternal())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Language", string(language(r)))
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// refuseJSON answers for a JSON request that could not be taken, naming the place.
func (s *server) refuseJSON(w http.ResponseWriter, r *http.Request, err error) {
	var e *jsonError
	if errors.As(err, &e) {
		s.refuse(w, r, invalid(e.pointer, e.code))
		return
	}
	s.refuseUpload(w, r, err)
}
