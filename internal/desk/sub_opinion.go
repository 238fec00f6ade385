package desk

import (
	"context"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"mohur/docket"
)

// SubOpinionInput is what a unit says about a project.
type SubOpinionInput struct {
	Text        string
	Outcome     docket.Outcome
	Attachments []Attachment
	Files       []docket.File // attachments that StoreTaskFile took before
	Keep        []docket.ID   // attachments of the earlier sub-opinion that stay
}

// maxSubOpinion is how many characters a sub-opinion may have.
const maxSubOpinion = 20000

func (in *SubOpinionInput) check() error {
	var errs docket.Errors
	switch n := utf8.RuneCountInString(strings.TrimSpace(in.Text)); {
	case n == 0:
		errs = append(errs, docket.Invalid("text", docket.KeyRequired))
	case n > maxSubOpinion:
		errs = append(errs, docket.Invalid("text", docket.KeyTooLong).With("max", maxSubOpinion))
	}
	if !slices.Contains(docket.Outcomes(), in.Outcome) {
		errs = append(errs, docket.Invalid("outcome", docket.KeyRequired))
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// WriteSubOpinion answers a task, or corrects the answer until the visas are asked for: the person named for the task, or who stands in for him
// (S1-34). Earlier ones are kept (S3-16).
func (s *Service) WriteSubOpinion(ctx context.Context, who docket.Actor, task docket.ID, in SubOpinionInput) (*docket.SubOpinion, error) {
	var t *docket.CaseTask
	err := s.store.Read(ctx, func(w docket.Work) (err error) {
		if t, err = s.readableTask(ctx, w, who, task); err != nil {
			return err
		}
		_, err = answering(who, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	o := &docket.SubOpinion{
		ID: docket.NewID(s.now()), TaskID: task, SubmissionID: t.SubmissionID, UnitID: t.UnitID, Text: strings.TrimSpace(in.Text), Outcome: in.Outcome,
	}
	added, err := s.storeAll(ctx, in.Attachments)
	if err != nil {
		return nil, err
	}
	added = append(added, in.Files...)
	_, err = s.onTask(ctx, who, task, "write_sub_opinion", func(w docket.Work, sub *docket.Submission, t *docket.CaseTask) error {
		acting, err := answering(who, t)
		if err != nil {
			return err
		}
		if err := s.follow(ctx, w, o, in.Keep, added); err != nil {
			return err
		}
		o.Version, o.AuthorID, o.Author, o.Written = sub.Version, acting.UserID, s.signsAs(acting), s.now()
		t.State, t.Answered = docket.CaseTaskAnswered, o.Written
		if err := w.AddSubOpinion(ctx, o); err != nil {
			return err
		}
		n := notice{key: docket.NotifySubOpinion, caseNo: sub.Number, link: PathIncoming + string(sub.ID), submissionID: sub.ID}
		if err := s.tellStaff(ctx, w, n, func(u docket.User) bool { return u.ID == sub.Expert && u.ID != acting.UserID }); err != nil {
			return err
		}
		return s.audit(ctx, w, acting, docket.AuditSubOpinion, sub.ID, "", "task", string(t.ID), "unit", s.unitCode(ctx, w, t.UnitID), "n", itoa(o.N),
			"outcome", string(o.Outcome), "version", itoa(o.Version))
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

// StoreTaskFile takes a document for the sub-opinion that is about to be written, so that a form can hand each on while it comes in.
func (s *Service) StoreTaskFile(ctx context.Context, who docket.Actor, task docket.ID, name string, content io.Reader) (*docket.File, error) {
	err := s.store.Read(ctx, func(w docket.Work) error {
		t, err := s.readableTask(ctx, w, who, task)
		if err != nil {
			return err
		}
		_, err = answering(who, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.storeFile(ctx, name, content)
}

// answering is the actor as he answers a task: the person named, or in his place.
func answering(who docket.Actor, t *docket.CaseTask) (docket.Actor, error) {
	acting, ok := who.Standing(t.Person, docket.RoleExpert)
	if !ok {
		return who, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	return acting, nil
}

// storeAll stores uploads.
func (s *Service) storeAll(ctx context.Context, uploads []Attachment) (files []docket.File, err error) {
	for _, a := range uploads {
		f, err := s.storeFile(ctx, a.Name, a.Content)
		if err != nil {
			return nil, err
		}
		if err := s.fits(files, f); err != nil {
			return nil, err
		}
		files = append(files, *f)
	}
	return files, nil
}

// follow numbers a sub-opinion after the last one of its task and gives it the attachments of that one that stay, and the new ones.
func (s *Service) follow(ctx context.Context, w docket.Work, o *docket.SubOpinion, keep []docket.ID, added []docket.File) error {
	all, err := w.SubOpinions(ctx, o.SubmissionID)
	if err != nil {
		return err
	}
	o.N, o.Attachments = 1, nil
	if last := lastOf(all, o.TaskID); last != nil {
		o.N = last.N + 1
		for _, f := range last.Attachments {
			if slices.Contains(keep, f.ID) {
				o.Attachments = append(o.Attachments, f)
			}
		}
	}
	for i := range added {
		if err := s.fits(o.Attachments, &added[i]); err != nil {
			return err
		}
		o.Attachments = append(o.Attachments, added[i])
	}
	return nil
}

// lastOf is the sub-opinion that counts for a task, nil if there is none.
func lastOf(all []docket.SubOpinion, task docket.ID) (last *docket.SubOpinion) {
	for i := range all {
		if all[i].TaskID == task && (last == nil || all[i].N > last.N) {
			last = &all[i]
		}
	}
	return last
}

// DownloadSubOpinionFile gives an attachment of a sub-opinion to who sees the project.
func (s *Service) DownloadSubOpinionFile(ctx context.Context, who docket.Actor, opinion, file docket.ID) (*Download, error) {
	var found docket.File
	err := s.store.Read(ctx, func(w docket.Work) error {
		o, err := w.SubOpinion(ctx, opinion)
		if err != nil {
			return err
		}
		if _, err := s.readableTask(ctx, w, who, o.TaskID); err != nil {
			return err
		}
		if i := slices.IndexFunc(o.Attachments, func(f docket.File) bool { return f.ID == file }); i >= 0 {
			found = o.Attachments[i]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, found.Name, found.MediaType, found.Blob)
}
