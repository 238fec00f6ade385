package desk

import (
	"context"
	"strings"

	"mohur/docket"
)

// OutgoingPage is a page of mail and SMS on their way: no texts, addresses masked.
type OutgoingPage struct {
	List   []docket.Notification
	Counts map[docket.PostState]int
	Next   docket.ID // the page after this one goes on from here; empty: none
}

// outgoingRows is how many rows a page has.
const outgoingRows = 50

// OutgoingMessages lists mail and SMS with how far each is (administrator; Göndərilən bildirişlər; requirements 8, 18 and 21).
func (s *Service) OutgoingMessages(ctx context.Context, who docket.Actor, f docket.OutgoingFilter) (*OutgoingPage, error) {
	if err := need(who, docket.RoleAdmin); err != nil {
		return nil, err
	}
	f.Limit = outgoingRows + 1
	p := new(OutgoingPage)
	err := s.store.Read(ctx, func(w docket.Work) (err error) {
		if p.List, err = w.ListOutgoing(ctx, f); err != nil {
			return err
		}
		p.Counts, err = w.CountOutgoing(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(p.List) > outgoingRows {
		p.List = p.List[:outgoingRows]
		p.Next = p.List[outgoingRows-1].ID
	}
	for i := range p.List {
		p.List[i].To, p.List[i].Link, p.List[i].Args = maskAddress(p.List[i].To), "", nil
	}
	return p, nil
}

// SendAgain queues a message anew that was given up, or of which nobody knows whether it arrived: only a person does that (administrator).
func (s *Service) SendAgain(ctx context.Context, who docket.Actor, id docket.ID) error {
	if err := need(who, docket.RoleAdmin); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.RequeueNotification(ctx, id); err != nil {
			return err
		}
		if err := w.Enqueue(ctx, docket.Task{Kind: docket.TaskDeliver, Subject: id}); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditMessageAgain, id, "")
	})
}

// maskAddress shows the beginning of an address and its domain, or the end of a number (requirements 8, 25).
func maskAddress(to string) string {
	if name, domain, ok := strings.Cut(to, "@"); ok {
		first := []rune(name)
		return string(first[:min(1, len(first))]) + "•••@" + domain
	}
	if len(to) < 4 {
		return "•••"
	}
	return "•••" + to[len(to)-3:]
}
