package verdicts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mohur/docket"
	"mohur/verify"
)

// stored is a verdict as it lies in its file. Its evidence lies in files of its own, for many verdicts rest on one revocation list.
type stored struct {
	Version  int            `json:"version"`
	Report   *verify.Report `json:"report,omitempty"`
	Evidence []docket.Hash  `json:"evidence,omitempty"` // in the order of the report's
	Failure  *failure       `json:"failure,omitempty"`
}

// failure is why a document could not be judged.
type failure struct {
	Code   verify.Code   `json:"code"`
	Format verify.Format `json:"format,omitempty"`
	Cause  string        `json:"cause,omitempty"`
}

// storedVersion is raised when what was stored can no longer be read as it is.
const storedVersion = 1

// Codes of failures that are not the document's.
const (
	codeTimeout  verify.Code = "timeout"
	codeInternal verify.Code = "internal"
)

// failureCode names why a document could not be judged.
func failureCode(err error) string { return string(failureOf(err).Code) }

func failureOf(err error) *failure {
	var e *verify.Error
	switch {
	case errors.As(err, &e):
		f := &failure{Code: e.Code, Format: e.Format}
		if e.Err != nil {
			f.Cause = e.Err.Error()
		}
		return f
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{Code: codeTimeout}
	default:
		return &failure{Code: codeInternal} // the cause is for the log
	}
}

// encode writes a verdict, or why there is none.
func encode(rep *verify.Report, why error) ([]byte, error) {
	if rep == nil {
		return json.Marshal(stored{Version: storedVersion, Failure: failureOf(why)})
	}
	bare := *rep
	bare.Evidence = make([]verify.Evidence, len(rep.Evidence))
	out := stored{Version: storedVersion, Report: &bare}
	for i, e := range rep.Evidence {
		out.Evidence = append(out.Evidence, hashOf(e.DER))
		e.DER = nil
		bare.Evidence[i] = e
	}
	return json.Marshal(out)
}

// decode reads it back; read fetches a piece of evidence.
func decode(b []byte, read func(docket.Hash) ([]byte, error)) (*verify.Report, error) {
	var in stored
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("verdicts: a stored verdict can't be read: %w", err)
	}
	if in.Version != storedVersion {
		return nil, fmt.Errorf("verdicts: a stored verdict of version %d", in.Version)
	}
	if in.Failure != nil {
		e := &verify.Error{Code: in.Failure.Code, Format: in.Failure.Format}
		if in.Failure.Cause != "" {
			e.Err = errors.New(in.Failure.Cause)
		}
		return nil, e
	}
	if in.Report == nil || len(in.Evidence) != len(in.Report.Evidence) {
		return nil, errors.New("verdicts: a stored verdict is not complete")
	}
	for i, h := range in.Evidence {
		der, err := read(h)
		if err != nil {
			return nil, err
		}
		in.Report.Evidence[i].DER = der
	}
	return in.Report, nil
}
