package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"

	"mohur/docket"
	"mohur/internal/desk"
)

// submitSign is the fourth step: download, sign, upload; in the demo, its own token as well (requirements 8, 15).
func (s *site) submitSign(w http.ResponseWriter, r *request) error {
	sub, err := s.draft(r)
	if err != nil {
		return err
	}
	if sub.Record == "" {
		redirect(w, r, "/submit/"+string(r.id())+"/check")
		return nil
	}
	return s.showSubmit(w, r, http.StatusOK, sub, 4)
}

// submitRecord gives the record to sign.
func (s *site) submitRecord(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.DownloadRecord(r.Context(), r.who(), r.id())
	return s.send(w, r, d, err)
}

// submitUpload takes the signed record, streamed to the desk.
func (s *site) submitUpload(w http.ResponseWriter, r *request) error {
	asked := false
	var outcome error
	_, err := readForm(r.Request, s.Desk.Limits().FileBytes+maxFormBytes, func(u upload) error {
		content, empty := isEmpty(u)
		if u.Field != "file" || asked || empty {
			return nil
		}
		asked = true
		_, outcome = s.Desk.Submit(r.Context(), r.who(), r.id(), content)
		return nil
	})
	switch {
	case asked: // the desk has answered; what follows the file does not matter
	case err != nil:
		return err
	default:
		outcome = docket.Invalid("file", docket.KeyRequired)
	}
	return s.submitted(w, r, "file", outcome)
}

// submitSigning begins a signature with a token in the browser: only the session's person may sign, which is said before a PIN is typed.
func (s *site) submitSigning(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.DownloadRecord(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	return s.signingStart(w, r, signable{
		subject: r.id(), name: d.Name, content: d.Content, accept: func(g docket.Signer) error { return s.Desk.CheckSigner(r.who(), g) },
	})
}

// submitSigned finishes it and sends the project.
func (s *site) submitSigned(w http.ResponseWriter, r *request) error {
	if _, err := s.draft(r); err != nil {
		return err
	}
	err := s.signingFinish(r, r.id(), func(signed io.Reader) error {
		_, err := s.Desk.Submit(r.Context(), r.who(), r.id(), signed)
		return err
	})
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, next{"/submit/" + string(r.id()) + "/done"})
}

// submitted shows what the desk made of a signed record: the confirmation, or the step again with the reason. The draft stays.
func (s *site) submitted(w http.ResponseWriter, r *request, input string, outcome error) error {
	if outcome == nil {
		redirect(w, r, "/submit/"+string(r.id())+"/done")
		return nil
	}
	if !r.view.refused(outcome, nil) {
		return outcome
	}
	for i := range r.view.Errors {
		r.view.Errors[i].Field = input // this step has one input, whatever the desk calls it
	}
	sub, err := s.draft(r)
	if err != nil {
		return err
	}
	return s.showSubmit(w, r, status(outcome), sub, 4)
}

// submitDemo signs with the demo's token after the PIN was typed. Outside the demo this page does not exist. The PIN goes to the signer and
// nowhere else: into no log, no session, no page.
func (s *site) submitDemo(w http.ResponseWriter, r *request) error {
	if s.Demo == nil {
		return docket.ErrNotFound
	}
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	if form["pin"] == "" {
		return s.submitted(w, r, "pin", docket.Invalid("pin", docket.KeyRequired))
	}
	d, err := s.Desk.DownloadRecord(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	signed, err := s.demoSign(r, d, form["pin"])
	if signed != nil {
		defer func() { _ = signed.Close(); _ = os.Remove(signed.Name()) }()
	}
	switch {
	case errors.Is(err, ErrPIN):
		return s.submitted(w, r, "pin", docket.Invalid("pin", "demo.pin"))
	case err != nil && docket.CodeOf(err) == docket.CodeInternal:
		s.Log.ErrorContext(r.Context(), "demo token failed", slog.Any("error", err))
		return s.submitted(w, r, "pin", docket.Refuse(docket.CodeUnavailable, "demo.token"))
	case err != nil:
		return err
	}
	_, err = s.Desk.Submit(r.Context(), r.who(), r.id(), signed)
	return s.submitted(w, r, "pin", err)
}

// demoSign signs a prepared page into a temporary file.
func (s *site) demoSign(r *request, d *desk.Download, pin string) (*os.File, error) {
	defer func() { _ = d.Content.Close() }()
	f, err := os.CreateTemp(s.TempDir, "mohur-record-*")
	if err != nil {
		return nil, docket.Refuse(docket.CodeInternal, docket.KeyDisk).Because(err)
	}
	if err := s.Demo.SignRecord(r.Context(), r.who(), pin, d.Content, d.Content.Size(), f); err != nil {
		return f, err
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// submitDone is Layihə göndərilməsinin təsdiq edilməsi (S1-13).
func (s *site) submitDone(w http.ResponseWriter, r *request) error {
	v, err := s.Desk.Submission(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	if v.Submission.State == docket.SubmissionDraft {
		redirect(w, r, "/submit/"+string(r.id())+"/check")
		return nil
	}
	r.view.Data = struct {
		Submission docket.Submission
		Mailed     bool
	}{v.Submission, r.URL.Query().Get("mailed") == "1"}
	return s.render(w, http.StatusOK, "submit_done", r.view)
}

// submitMail sends the receipt's link to the account's own address.
func (s *site) submitMail(w http.ResponseWriter, r *request) error {
	err := s.Desk.SendReceipt(r.Context(), r.who(), r.id())
	if docket.CodeOf(err) == docket.CodeInvalid { // no confirmed address: the profile is where one is given
		s.say(r, "submit.done.noemail")
		redirect(w, r, "/profile#contacts")
		return nil
	}
	if err != nil {
		return err
	}
	redirect(w, r, "/submit/"+string(r.id())+"/done?mailed=1")
	return nil
}

// submitReceipt gives the sealed receipt; one that could not be sealed before is tried again.
func (s *site) submitReceipt(w http.ResponseWriter, r *request) error {
	letter, err := s.Desk.Receipt(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	d, err := s.Desk.DownloadLetter(r.Context(), r.who(), letter.ID)
	return s.send(w, r, d, err)
}
