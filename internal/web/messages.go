package web

import (
	"net/http"

	"mohur/docket"
	"mohur/internal/desk"
)

// maxAttachments bounds the documents of one message.
const maxAttachments = 10

// messagesPage is the data of Layihə ilə bağlı yazışmalar.
type messagesPage struct {
	Submission docket.Submission
	Base       string
	Messages   []docket.Message
	OfAgency   bool
	MaxFile    int64
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
	r.view.Form["query"] = clean(r.URL.Query().Get("query"))
	return s.showMessages(w, r, http.StatusOK)
}

// showMessages shows the correspondence, with the form's errors if there are any.
func (s *site) showMessages(w http.ResponseWriter, r *request, code int) error {
	v, err := s.Desk.Submission(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	all, err := s.Desk.ReadMessages(r.Context(), r.who(), r.id(), docket.MessageFilter{Query: r.view.Form["query"]})
	if err != nil {
		return err
	}
	r.view.Data = messagesPage{
		Submission: v.Submission, Base: caseBase(r), Messages: all, OfAgency: r.who().OfAgency(), MaxFile: s.Desk.Limits().FileBytes,
	}
	return s.render(w, code, "messages", r.view)
}

// writeMessage sends a message with its attachments (S1-32). They wait in temporary files, for the text has to be complete with them.
func (s *site) writeMessage(w http.ResponseWriter, r *request) error {
	var spools []*spooled
	defer func() {
		for _, sp := range spools {
			sp.remove()
		}
	}()
	l := s.Desk.Limits()
	form, err := readForm(r.Request, l.SubmissionBytes+maxFormBytes, func(u upload) error {
		if u.Field != "attachments" || u.Name == "" {
			return nil
		}
		if len(spools) == maxAttachments {
			return docket.Refuse(docket.CodeTooLarge, docket.KeyTooMany).With("max", maxAttachments)
		}
		sp, err := s.spool(u, l.FileBytes)
		if err != nil {
			return err
		}
		spools = append(spools, sp)
		return nil
	})
	var files []desk.Attachment
	if err == nil {
		for _, sp := range spools {
			if _, err = sp.file.Seek(0, 0); err != nil {
				return err
			}
			files = append(files, desk.Attachment{Name: sp.name, Content: sp.file})
		}
		_, err = s.Desk.WriteMessage(r.Context(), r.who(), r.id(), form["text"], files)
	}
	if err == nil {
		redirect(w, r, caseBase(r)+"/"+string(r.id())+"/messages#sent")
		return nil
	}
	r.view.Form = form
	if r.view.Form == nil {
		r.view.Form = values{}
	}
	if !r.view.refused(err, map[string]string{"file": "attachments", "attachment": "attachments"}) {
		return err
	}
	r.view.Form["query"] = ""
	return s.showMessages(w, r, status(err))
}
