package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/auth"
	"mohur/internal/desk"
	"mohur/internal/pdf"
	"mohur/internal/signings"
	"mohur/internal/web"
	"mohur/signing"
	"mohur/signing/cades"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// openSignings makes what people and programs sign with in two steps. Its files lie with the verdicts', for they end too.
func (o *office) openSignings() (err error) {
	o.signings, err = signings.New(signings.Options{
		Store: o.store, Files: o.ending, Signer: twoSteps{o}, Judge: personJudge{o.judge, o.cfg.Trust.Policy}, Now: o.now,
	})
	return err
}

// offerTokens lets the pages offer the token in the browser, where their address is one that Web eID serves: over TLS, or on localhost.
func (o *office) offerTokens(pages *web.Options) {
	pages.Means = o.signings // a certificate sent as a file can be judged without Web eID
	logins, err := auth.NewCertificateLogIn(auth.CertificateOptions{Store: o.store, Judge: personJudge{o.judge, o.cfg.Trust.Policy}, Origin: o.cfg.PublicURL, Now: o.now})
	if err != nil {
		o.log.Info("the pages offer no token in the browser", slog.String("public_url", o.cfg.PublicURL), slog.Any("error", err))
		return
	}
	o.logins = logins
	pages.Signings, pages.LogIn = o.signings, logins
}

// removeEnded removes signings and nonces whose time is over.
func (o *office) removeEnded(ctx context.Context) error {
	_, err := o.signings.RemoveExpired(ctx)
	if o.logins != nil {
		err = errors.Join(err, o.logins.RemoveExpired(ctx))
	}
	return err
}

// twoSteps is the Signer port over PAdES and CAdES, with the office's timestamp authority.
type twoSteps struct{ o *office }

// Best is the highest level that needs nothing but a timestamp authority. Long-term levels are made when they are asked for.
func (t twoSteps) Best(string) string {
	if t.o.proofs.pool == nil {
		return string(signing.BaselineB)
	}
	return string(signing.BaselineT)
}

// Prepare runs the format's first step.
func (t twoSteps) Prepare(ctx context.Context, p *signings.Plan, document io.ReaderAt, size int64) (*signings.ToSign, error) {
	request, err := t.request(p)
	if err != nil {
		return nil, err
	}
	var got *signing.Prepared
	if p.Format == signings.CAdES {
		got, err = cades.Prepare(ctx, document, size, cades.Options{Request: request, Detached: p.Detached})
	} else {
		got, err = pades.Prepare(ctx, document, size, padesOptions(request, p))
	}
	if err != nil {
		return nil, signingRefusal(err)
	}
	if p.State, err = json.Marshal(got); err != nil {
		return nil, err
	}
	return &signings.ToSign{Document: docket.HashOf([32]byte(got.InputSHA256)), Message: got.ToBeSigned, Hash: got.Hash, Algorithm: got.Algorithm}, nil
}

// Finish runs the format's second step.
func (t twoSteps) Finish(ctx context.Context, p *signings.Plan, document io.ReaderAt, size int64, value []byte, out io.Writer) (docket.Hash, int64, error) {
	request, err := t.request(p)
	if err != nil {
		return "", 0, err
	}
	var prepared signing.Prepared
	if err := json.Unmarshal(p.State, &prepared); err != nil {
		return "", 0, err
	}
	if prepared.Size != size {
		return "", 0, fmt.Errorf("the prepared document had %d bytes, this one has %d", prepared.Size, size)
	}
	var r *signing.Result
	if p.Format == signings.CAdES {
		r, err = cades.Finish(ctx, document, out, cades.Options{Request: request, Detached: p.Detached}, &prepared, value)
	} else {
		r, err = pades.Finish(ctx, document, out, padesOptions(request, p), &prepared, value)
	}
	if err != nil {
		return "", 0, signingRefusal(err)
	}
	return docket.HashOf(r.SHA256), r.Size, nil
}

// request says the same in both steps: certificate, digest, level and authority.
func (t twoSteps) request(p *signings.Plan) (signing.Request, error) {
	level := signing.Level(p.Level)
	refused := docket.Invalid("level", docket.KeySigningFormat)
	if !level.Known() || level.Reaches(signing.BaselineT) && t.o.proofs.pool == nil {
		return signing.Request{}, refused
	}
	if p.Format != signings.PAdES && p.Format != signings.CAdES || p.Detached && p.Format != signings.CAdES {
		return signing.Request{}, docket.Invalid("format", docket.KeySigningFormat)
	}
	r := signing.Request{Certificate: p.Certificate, Chain: p.Chain, PSS: p.PSS, Now: t.o.now}
	if r.Digest = signings.Digest(p.Digest); r.Digest == 0 {
		return signing.Request{}, docket.Invalid("certificate", docket.KeySigningAlgorithm)
	}
	r = t.o.proofs.into(r)
	r.Level = level // of the plan, not of seals
	return r, nil
}

// padesOptions makes an invisible approval signature in a new field.
func padesOptions(r signing.Request, p *signings.Plan) pades.Options {
	return pades.Options{Request: r, Name: p.Name, Reason: p.Reason}
}

// signingRefusal says in the desk's words why a document could not be signed.
func signingRefusal(err error) error {
	refuse := func(key, field string) error { return docket.Invalid(field, key).Because(err) }
	switch {
	case isA[*pades.ForbiddenError](err), isA[*pades.SeedValueError](err), errors.Is(err, pades.ErrUncovered):
		return refuse(docket.KeySigningForbidden, "document")
	case errors.Is(err, signing.ErrBadValue):
		return refuse(docket.KeySigningValue, "signature")
	case isA[*signing.TimestampError](err):
		return docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp).Because(err)
	case isA[*signing.EvidenceError](err):
		return docket.Refuse(docket.CodeUnavailable, docket.KeyCertificateUnclear).Because(err)
	case errors.Is(err, pdf.ErrNotPDF), errors.Is(err, pdf.ErrPassword), isA[*pdf.FormatError](err), isA[*pdf.LimitError](err), isA[*pdf.EncryptionError](err),
		isA[*pdf.FilterError](err), errors.Is(err, pdf.ErrShadowed), errors.Is(err, pdf.ErrPage), errors.Is(err, signing.ErrInputDiffers):
		return refuse(docket.KeySigningDocument, "document")
	case isA[*signing.CertificateError](err):
		return refuse(docket.KeySigningPurpose, "certificate")
	case isA[*algo.UnsupportedError](err), errors.Is(err, signing.ErrRequest):
		return refuse(docket.KeySigningAlgorithm, "certificate")
	default:
		return err
	}
}

// isA says whether an error of the type is in the chain.
func isA[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// personJudge judges what people sign and log in with, as the desk's decisions are judged.
type personJudge struct {
	*judge
	policy string
}

// JudgeCertificate judges a certificate now; issuers that are not at hand are looked for where it names them.
func (j personJudge) JudgeCertificate(ctx context.Context, der []byte) (*docket.CertificateVerdict, error) {
	in := verify.CertificateInput{DER: der}
	v, err := j.VerifyCertificate(ctx, in, j.policy)
	if err != nil {
		return nil, err
	}
	if v.SubIndication == etsi.NoCertificateChainFound && j.issuers != nil {
		if in.Chain = j.issuers.of(ctx, der); len(in.Chain) > 0 {
			if v, err = j.VerifyCertificate(ctx, in, j.policy); err != nil {
				return nil, err
			}
		}
	}
	out := &docket.CertificateVerdict{
		Certificate: docket.Hash(v.Subject.SHA256), Indication: v.Indication, SubIndication: v.SubIndication, RevocationMissing: certificateUnclear(v),
		Signer: docket.Signer{Name: v.Subject.DisplayName(), FIN: v.Subject.Identity.FIN, Organisation: v.Subject.Organisation, VOEN: v.Subject.Identity.VOEN, SealRight: v.Subject.Identity.SealRight},
	}
	// Whatever else is missing could not bring a certificate back that is not in force.
	if c, err := certs.Parse(der); err == nil && (j.now().Before(c.NotBefore) || j.now().After(c.NotAfter)) {
		out.Indication, out.SubIndication, out.RevocationMissing = etsi.Indeterminate, etsi.Expired, false
	}
	for _, id := range v.Chain {
		i := slices.IndexFunc(v.Certificates, func(c verify.CertificateReport) bool { return c.ID == id })
		if i >= 0 && !v.Certificates[i].Anchor && !bytes.Equal(v.Certificates[i].DER, der) {
			out.Chain = append(out.Chain, v.Certificates[i].DER)
		}
	}
	return out, nil
}

// certificateUnclear says whether revocation data that could not be had now could still change the verdict.
func certificateUnclear(v *verify.CertificateVerdict) bool {
	return revocationMissing(&verify.SignatureReport{Indication: etsi.Indeterminate, SubIndication: v.SubIndication, Reasons: v.Reasons}) &&
		v.Indication != etsi.Passed
}

// of fetches a certificate's issuers; none where they can't be had, which the verdict says.
func (f *issuerFetcher) of(ctx context.Context, der []byte) [][]byte {
	c, err := certs.Parse(der)
	if err != nil || f.fetch == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, maxIssuerTime)
	defer cancel()
	list, _ := certs.FetchIssuers(ctx, f.fetch, c, maxIssuerDepth)
	var out [][]byte
	for _, c := range list {
		out = append(out, c.Raw)
	}
	return out
}

// JudgeSigned judges a signed document as the desk would.
func (j personJudge) JudgeSigned(ctx context.Context, document io.ReaderAt, size int64, name string, content io.ReaderAt, contentSize int64) (*docket.Verification, error) {
	return deskVerifier{j.judge}.Verify(ctx, desk.VerifyInput{
		File: document, Size: size, Name: name, Policy: j.policy, Time: j.now(), Beside: content, BesideSize: contentSize,
	})
}
