package web

import (
	"context"
	"io"
	"net/http"
	"strings"

	"mohur/docket"
	"mohur/internal/desk"
)

// correspondenceDesk is what both sides of a project's correspondence use (S1-31, S1-32).
type correspondenceDesk interface {
	ReadMessages(ctx context.Context, who docket.Actor, id docket.ID, f docket.MessageFilter) ([]docket.Message, error)
	MessageDraft(ctx context.Context, who docket.Actor, id docket.ID) (*docket.MessageDraft, error)
	SaveMessageDraft(ctx context.Context, who docket.Actor, id docket.ID, text string) error
	AttachToMessage(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error)
	DetachFromMessage(ctx context.Context, who docket.Actor, id, file docket.ID) error
	SendMessage(ctx context.Context, who docket.Actor, id docket.ID, text string) (*docket.Message, error)
	WithdrawMessage(ctx context.Context, who docket.Actor, id, message docket.ID, reason string) error
	OpenWaiting(ctx context.Context, who docket.Actor, id, file docket.ID) (*desk.Download, error)
}

// messagesShown is how many messages a page shows; older ones are a link away.
const messagesShown = 50

// messagesPage is the data of Layihə ilə bağlı yazışmalar.
type messagesPage struct {
	*desk.SubmissionView
	Base      string
	Messages  []docket.Message
	Older     string // address of what was written before; empty: this is all
	Newest    bool   // the page shows the newest, where a message is written
	Waiting   []docket.File
	OfAgency  bool
	Withdraws docket.ID // whose reason is asked for or was refused
	MaxFile   int64
}

// New says whether the actor's side reads a message for the first time now.
func (p messagesPage) New(m docket.Message) bool {
	return m.FromAgency != p.OfAgency && m.FirstRead.IsZero()
}

// LettersAt and LettersEnd are around a letter's id in the address of its file.
func (p messagesPage) LettersAt() string {
	if p.OfAgency {
		return p.Base + "/" + string(p.Submission.ID) + "/letters"
	}
	return "/letters"
}

// LettersEnd is what follows the id.
func (p messagesPage) LettersEnd() string {
	if p.OfAgency {
		return ""
	}
	return "/file"
}

// caseBase is where a project's pages stand for the actor.
func caseBase(r *request) string {
	if r.who().OfAgency() {
		return "/incoming"
	}
	return "/submissions"
}

// messages is the correspondence about a project (S1-31); what the other side wrote counts as read now.
func (s *site) messages(w http.ResponseWriter, r *request) error {
	return s.showMessages(w, r, http.StatusOK, "")
}

// showMessages shows the correspondence with the message that is being written, and the form's errors if there are any.
func (s *site) showMessages(w http.ResponseWriter, r *request, code int, withdraws docket.ID) error {
	v, err := s.Desk.Submission(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	q := r.URL.Query()
	f := docket.MessageFilter{Query: clean(q.Get("query")), Before: docket.ID(q.Get("before")), Limit: messagesShown + 1}
	all, err := s.Desk.ReadMessages(r.Context(), r.who(), r.id(), f)
	if err != nil {
		return err
	}
	p := messagesPage{
		SubmissionView: v, Base: caseBase(r), Messages: all, OfAgency: r.who().OfAgency(), Newest: f.Before == "", Withdraws: withdraws, MaxFile: s.Desk.Limits().FileBytes,
	}
	if len(all) > messagesShown {
		p.Messages = all[1:]
		q.Set("before", string(p.Messages[0].ID))
		p.Older = "?" + q.Encode()
	}
	draft, err := s.Desk.MessageDraft(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	p.Waiting = draft.Attachments
	if _, typed := r.view.Form["text"]; !typed {
		r.view.Form["text"] = draft.Text
	}
	r.view.Form["query"] = f.Query
	r.view.Data = p
	return s.render(w, code, "messages", r.view)
}

// messageForm is what the form of a message came with.
type messageForm struct {
	values
	files int           // documents that were attached just now
	fault *docket.Error // why one could not be
}

// readMessage reads the form of a message. A document that was chosen waits in the message from then on, whichever button was pressed.
func (s *site) readMessage(r *request) (messageForm, error) {
	var m messageForm
	form, err := readForm(r.Request, s.Desk.Limits().SubmissionBytes+maxFormBytes, func(u upload) error {
		content, empty := isEmpty(u)
		if u.Field != "attachments" || empty && u.Name == "" {
			return nil
		}
		_, err := s.Desk.AttachToMessage(r.Context(), r.who(), r.id(), u.Name, content)
		if e := docket.AsErrors(err); len(e) > 0 && (e[0].Code == docket.CodeInvalid || e[0].Code == docket.CodeTooLarge) {
			m.fault = e[0].On("attachments")
			return nil
		}
		m.files++
		return err
	})
	if form == nil {
		form = values{}
	}
	m.values = form
	return m, err
}

// writeMessage attaches a document, takes one out, or sends (S1-32). What was typed is kept whatever happens.
func (s *site) writeMessage(w http.ResponseWriter, r *request) error {
	form, err := s.readMessage(r)
	if err != nil {
		return err
	}
	do, file, _ := strings.Cut(form.values["do"], ":")
	to := caseBase(r) + "/" + string(r.id()) + "/messages"
	switch {
	case form.fault != nil:
		err = form.fault
	case do == "remove":
		err = s.Desk.DetachFromMessage(r.Context(), r.who(), r.id(), docket.ID(file))
	case do == "attach" && form.files == 0:
		err = docket.Invalid("attachments", docket.KeyRequired)
	case do == "attach":
	default:
		if _, err = s.Desk.SendMessage(r.Context(), r.who(), r.id(), form.values["text"]); err == nil {
			s.say(r, "messages.done")
			redirect(w, r, to+"#sent")
			return nil
		}
	}
	if kept := s.Desk.SaveMessageDraft(r.Context(), r.who(), r.id(), form.values["text"]); err == nil {
		err = kept
	}
	if err == nil {
		redirect(w, r, to+"#write")
		return nil
	}
	r.view.Form = values{"text": form.values["text"]}
	if !r.view.refused(err, map[string]string{"file": "attachments"}) {
		return err
	}
	return s.showMessages(w, r, status(err), "")
}

// withdrawMessage takes a sent message back with a reason; a tombstone stays.
func (s *site) withdrawMessage(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	message := docket.ID(r.param("message"))
	err = s.Desk.WithdrawMessage(r.Context(), r.who(), r.id(), message, form["reason"])
	if err == nil {
		s.say(r, "messages.withdrawn.done")
		redirect(w, r, caseBase(r)+"/"+string(r.id())+"/messages#message-"+string(message))
		return nil
	}
	r.view.Form = values{"reason": form["reason"]}
	if docket.CodeOf(err) != docket.CodeInvalid || !r.view.refused(err, nil) {
		return err
	}
	return s.showMessages(w, r, status(err), message)
}

// downloadWaiting gives a document of the message that is being written.
func (s *site) downloadWaiting(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.OpenWaiting(r.Context(), r.who(), r.id(), docket.ID(r.param("file")))
	return s.send(w, r, d, err)
}
