package demopki

import (
	"context"
	"io"
	"math/big"
	"net/http"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/tsp"
)

// TSAPolicy is the policy under which the TSA issues; 2.999 is the arc for examples.
const TSAPolicy asn1.ObjectIdentifier = "2.999.31.4"

// Timestamp issues a token over a message imprint; it is what signing.Timestamper asks for. The time is the TSA's own clock.
func (t *TSA) Timestamp(ctx context.Context, d algo.Digest, imprint []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.issue(d, imprint, nil, true)
}

// Timestamp issues a token by the hierarchy's own TSA.
func (h *Hierarchy) Timestamp(ctx context.Context, d algo.Digest, imprint []byte) ([]byte, error) {
	return h.tsa.Timestamp(ctx, d, imprint)
}

func (t *TSA) issue(d algo.Digest, imprint []byte, nonce *big.Int, certificate bool) ([]byte, error) {
	return tsp.Issue(tsp.IssueOptions{
		Digest: d, Imprint: imprint, Policy: TSAPolicy, Serial: t.h.nextSerial(), Time: t.now().UTC(), Nonce: nonce,
		Signer: t.key, Certificate: t.cert.Raw, NoCertificate: !certificate,
	})
}

// Answer gives the response to a request (RFC 3161, 2.4), with the faults that were asked for.
func (t *TSA) Answer(request []byte, f Fault) []byte {
	req, err := tsp.ParseRequest(request)
	if err != nil {
		return tsp.EncodeResponse(tsp.Rejection, nil, tsp.BadDataFormat)
	}
	if f.Refuse {
		return tsp.EncodeResponse(tsp.Rejection, nil, tsp.TimeNotAvailable)
	}
	if req.Policy != "" && req.Policy != TSAPolicy {
		return tsp.EncodeResponse(tsp.Rejection, nil, tsp.UnacceptedPolicy)
	}
	imprint, nonce := req.Imprint, req.Nonce
	if f.WrongImprint {
		imprint = req.Digest.Sum([]byte("something else"))
	}
	if f.WrongNonce {
		nonce = new(big.Int).SetInt64(666)
	}
	token, err := t.issue(req.Digest, imprint, nonce, req.CertReq)
	if err != nil {
		return tsp.EncodeResponse(tsp.Rejection, nil, tsp.BadAlg)
	}
	return tsp.EncodeResponse(tsp.Granted, token)
}

// ServeHTTP answers requests as RFC 3161, 3.4 says.
func (t *TSA) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.serve(w, r, Fault{}) }

func (t *TSA) serve(w http.ResponseWriter, r *http.Request, f Fault) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	send(w, "application/timestamp-reply", t.Answer(body, f))
}

func (h *Hierarchy) serveTSA(w http.ResponseWriter, r *http.Request, f Fault) { h.tsa.serve(w, r, f) }
