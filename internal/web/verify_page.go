package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"

	"mohur/docket"
	"mohur/verify"
	"mohur/verify/report"
)

// verifyPage is the data of the public check.
type verifyPage struct {
	MaxFile int64
	Verdict *verdictView
	Name    string
	Size    int64
	SHA256  string
}

// verifyForm is İmzanın yoxlanılması.
func (s *site) verifyForm(w http.ResponseWriter, r *request) error {
	r.view.Data = verifyPage{MaxFile: s.Desk.Limits().FileBytes}
	return s.render(w, http.StatusOK, "verify", r.view)
}

// verify judges an uploaded file. It lies in a temporary file meanwhile and is gone when the answer is (requirements 8, 25).
func (s *site) verify(w http.ResponseWriter, r *request) error {
	p := verifyPage{MaxFile: s.Desk.Limits().FileBytes}
	var spool *spooled
	defer func() { spool.remove() }()
	_, err := readForm(r.Request, p.MaxFile+maxFormBytes, func(u upload) error {
		if u.Field != "file" || spool != nil || u.Name == "" {
			return nil
		}
		var err error
		spool, err = s.spool(u, p.MaxFile)
		return err
	})
	if err == nil && (spool == nil || spool.size == 0) {
		err = docket.Invalid("file", "verify.nofile")
	}
	if err != nil {
		if e, ok := errors.AsType[*docket.Error](err); ok && e.Code == docket.CodeTooLarge {
			e = e.With("max", p.MaxFile)
			e.Field = "file"
			err = e
		}
		r.view.Data = p
		if !r.view.refused(err, nil) {
			return err
		}
		return s.render(w, status(err), "verify", r.view)
	}
	p.Name, p.Size, p.SHA256 = spool.name, spool.size, spool.sha256
	rep, err := s.Verifier.Verify(r.Context(), verify.Input{Name: spool.name, Content: spool.file, Size: spool.size, Now: s.Now}, s.Policy)
	if err != nil {
		return s.unreadable(w, r, p, err)
	}
	v := r.view.verdictOfReport(rep)
	p.Verdict = &v
	r.view.Data = p
	return s.render(w, http.StatusOK, "verify_result", r.view)
}

// unreadable answers for a file that can't be judged: a sentence if the file is to blame, else a failure of ours.
func (s *site) unreadable(w http.ResponseWriter, r *request, p verifyPage, err error) error {
	var e *verify.Error
	if !errors.As(err, &e) {
		return err
	}
	r.view.Data = p
	r.view.Errors = []fieldError{{Field: "file", Text: report.Explain(err, string(r.view.Lang()))}}
	return s.render(w, http.StatusUnprocessableEntity, "verify", r.view)
}

// spooled is an upload in a temporary file.
type spooled struct {
	file   *os.File
	name   string
	size   int64
	sha256 string
}

// spool writes an upload into a temporary file, at most limit bytes.
func (s *site) spool(u upload, limit int64) (*spooled, error) {
	f, err := os.CreateTemp(s.TempDir, "mohur-upload-*")
	if err != nil {
		return nil, docket.Refuse(docket.CodeInternal, docket.KeyDisk).Because(err)
	}
	sp := &spooled{file: f, name: u.Name}
	h := sha256.New()
	sp.size, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(u, limit+1))
	if err == nil && sp.size > limit {
		err = docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", limit)
	}
	if err != nil {
		sp.remove()
		var perr *os.PathError
		if errors.As(err, &perr) {
			return nil, docket.Refuse(docket.CodeInternal, docket.KeyDisk).Because(err)
		}
		return nil, err
	}
	sp.sha256 = hex.EncodeToString(h.Sum(nil))
	return sp, nil
}

// remove closes and deletes the temporary file.
func (sp *spooled) remove() {
	if sp == nil {
		return
	}
	_ = sp.file.Close()
	_ = os.Remove(sp.file.Name())
}
