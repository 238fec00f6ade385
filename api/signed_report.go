package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"mohur/docket"
	"mohur/internal/locale"
	"mohur/verify"
	"mohur/verify/report"
)

// SealPage seals a report's page (PDF/A) by the seal profile that two people brought into force for reports, and returns it once our own check of
// the seal passed. Its error is a *docket.Error.
type SealPage func(ctx context.Context, page []byte) ([]byte, error)

// sealError is why a report could not be sealed.
type sealError struct{ err error }

// Error is for the log.
func (e *sealError) Error() string { return "api: the report could not be sealed: " + e.err.Error() }

// Unwrap returns the cause.
func (e *sealError) Unwrap() error { return e.err }

// report makes one form of a verdict, sealed where that was asked for.
func (s *server) report(ctx context.Context, kind Report, rep *verify.Report, files []report.File, lang string) ([]byte, error) {
	if kind != ReportSigned {
		return render(kind, rep, files, lang)
	}
	if s.SealPage == nil {
		return nil, &sealError{docket.Refuse(docket.CodeUnavailable, docket.KeyKindUnsealed)}
	}
	page, err := render(ReportPDF, rep, files, lang)
	if err != nil {
		return nil, err
	}
	sealed, err := s.SealPage(ctx, page)
	if err != nil {
		return nil, &sealError{err}
	}
	return sealed, nil
}

// refuseReport answers for a form of a verdict that could not be made. The verdict itself is not lost: without the seal it can be had.
func (s *server) refuseReport(w http.ResponseWriter, r *http.Request, kind Report, err error) {
	cause, seal := errors.AsType[*sealError](err)
	s.Log.ErrorContext(r.Context(), "report can't be written", slog.String("kind", string(kind)), slog.Any("error", err))
	if !seal {
		s.refuse(w, r, problemInternal())
		return
	}
	p := problemUnsealed()
	if e, ok := errors.AsType[*docket.Error](cause.err); ok {
		var args []any
		for name, value := range e.Args {
			args = append(args, name, value)
		}
		p.Detail = locale.For(language(r)).T(e.Key, args...)
	}
	s.refuse(w, r, p)
}
