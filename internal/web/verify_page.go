package web

import (
	"bytes"
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
	MaxFile  int64
	Verdict  *verdictView
	Name     string
	Size     int64
	SHA256   string
	Detached []report.File
	Sealed   string // the verdict for the buttons that make files of it

	OfferSeal bool // a report with the agency's seal can be had
}

// verifyForm is İmzanın yoxlanılması.
func (s *site) verifyForm(w http.ResponseWriter, r *request) error {
	r.view.Data = verifyPage{MaxFile: s.Desk.Limits().FileBytes}
	return s.render(w, http.StatusOK, "verify", r.view)
}

// checked are the files of a public check: the document and, for a detached signature, what it signs.
type checked struct{ file, detached *spooled }

// receiveChecked takes both files of the form into temporary files.
func (s *site) receiveChecked(r *request, limit int64, c *checked) error {
	_, err := readForm(r.Request, 2*limit+maxFormBytes, func(u upload) error {
		into := map[string]**spooled{"file": &c.file, "detached": &c.detached}[u.Field]
		if into == nil || *into != nil || u.Name == "" {
			return nil
		}
		var err error
		*into, err = s.spool(u, limit)
		return err
	})
	if err == nil && (c.file == nil || c.file.size == 0) {
		err = docket.Invalid("file", "verify.nofile")
	}
	return err
}

// verify judges an uploaded file. It lies in a temporary file meanwhile and is gone when the answer is (requirements 8, 25).
func (s *site) verify(w http.ResponseWriter, r *request) error {
	p := verifyPage{MaxFile: s.Desk.Limits().FileBytes}
	var c checked
	defer func() { c.file.remove(); c.detached.remove() }()
	if err := s.receiveChecked(r, p.MaxFile, &c); err != nil {
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
	p.Name, p.Size, p.SHA256 = c.file.name, c.file.size, c.file.sha256
	in := verify.Input{Name: c.file.name, Content: c.file.file, Size: c.file.size, Now: s.Now}
	if c.detached != nil && c.detached.size > 0 {
		in.Detached = []verify.Data{{Name: c.detached.name, Content: c.detached.file, Size: c.detached.size}}
		p.Detached = []report.File{c.detached.described()}
	}
	rep, err := s.Verifier.Verify(r.Context(), in, s.Policy)
	if err != nil {
		return s.unreadable(w, r, p, err)
	}
	v := r.view.verdictOfReport(rep)
	p.Verdict = &v
	if p.Sealed, err = s.sealReport(rep, string(r.view.Lang()), append([]report.File{c.file.described()}, p.Detached...)); err != nil {
		return err
	}
	p.OfferSeal = s.SealPage != nil && s.SealsPages != nil && s.SealsPages(r.Context())
	r.view.Data = p
	return s.render(w, http.StatusOK, "verify_result", r.view)
}

// sealReport packs the reports that the page offers as files.
func (s *site) sealReport(rep *verify.Report, lang string, files []report.File) (string, error) {
	var xml bytes.Buffer
	if err := report.WriteETSI(&xml, rep, lang); err != nil {
		return "", err
	}
	clerk := report.ForClerk(rep, lang)
	clerk.Files = files
	return s.sealVerdict(sealedVerdict{Clerk: clerk, ETSI: xml.Bytes()})
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

// described names the file for a report.
func (sp *spooled) described() report.File {
	return report.File{Name: sp.name, Size: sp.size, SHA256: sp.sha256}
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
