package web

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// AuditLog is what the audit page reads.
type AuditLog interface {
	// Check walks the whole chain and says what it found.
	Check(ctx context.Context) (AuditState, error)
	// Now says where the chain ends, without walking it.
	Now(ctx context.Context) (AuditState, error)
	// Search lists entries, newest first; a page goes on before an entry.
	Search(ctx context.Context, f AuditFilter) ([]AuditLine, error)
	// Checkpoints lists the newest signed statements of where the chain ended.
	Checkpoints(ctx context.Context) ([]AuditCheckpoint, error)
	// Bundle writes the chained log with its checkpoints as a ZIP that can be checked elsewhere.
	Bundle(ctx context.Context, w io.Writer) error
}

// AuditState is the outcome of a check of the whole log.
type AuditState struct {
	Walked   bool // else only its end was looked at
	Intact   bool
	Entries  int64
	Unlinked int64     // entries not chained yet
	Oldest   time.Time // of them; zero: none
	Problem  string    // what is wrong and where, empty if nothing
	Head     string    // hash of the newest chained entry
}

// AuditLine is an entry of the log with its place in the chain.
type AuditLine struct {
	Seq   int64 // 0: not chained yet
	Hash  string
	Entry docket.AuditEntry
}

// AuditFilter chooses entries.
type AuditFilter struct {
	From, To       time.Time
	Action         string
	Actor, Subject docket.ID
	Before         docket.ID
	Limit          int
}

// AuditCheckpoint is a signed statement of where the chain ended.
type AuditCheckpoint struct {
	N       int64
	Hash    string
	At      time.Time
	Stamped bool // carries a timestamp (RFC 3161)
}

// auditData is the data of Audit jurnalı.
type auditData struct {
	Kept        bool
	State       AuditState
	Lines       []AuditLine
	Next        string
	First       bool
	Checkpoints []AuditCheckpoint
}

// auditPage is Audit jurnalı: search by period, action, actor and subject; where the chain stands; checkpoints and export (requirements 9, 12).
func (s *site) auditPage(w http.ResponseWriter, r *request) error {
	if s.Audit == nil {
		r.view.Data = auditData{}
		return s.render(w, http.StatusOK, "audit", r.view)
	}
	p, q := auditData{Kept: true}, r.URL.Query()
	f, faults := auditFilter(r, q)
	code, err := http.StatusOK, error(nil)
	if len(faults) > 0 {
		code = http.StatusUnprocessableEntity
		r.view.refused(faults, nil)
	} else if p.Lines, err = s.Audit.Search(r.Context(), f); err != nil {
		return err
	}
	p.First = f.Before == ""
	if len(p.Lines) > perPage {
		p.Lines = p.Lines[:perPage]
		p.Next = after("/audit", q, p.Lines[perPage-1].Entry.ID)
	}
	look := s.Audit.Now
	if q.Get("check") != "" {
		look = s.Audit.Check
	}
	if p.State, err = look(r.Context()); err != nil {
		return err
	}
	if p.Checkpoints, err = s.Audit.Checkpoints(r.Context()); err != nil {
		return err
	}
	r.view.Data = p
	return s.render(w, code, "audit", r.view)
}

// auditFilter reads the search form.
func auditFilter(r *request, q url.Values) (f AuditFilter, faults docket.Errors) {
	form := r.view.Form
	for _, name := range []string{"audit_from", "audit_to", "action", "actor", "subject_id"} {
		form[name] = clean(q.Get(name))
	}
	f = AuditFilter{Action: form["action"], Actor: docket.ID(form["actor"]), Subject: docket.ID(form["subject_id"]), Before: docket.ID(q.Get("after")), Limit: perPage + 1}
	for _, d := range []struct {
		field string
		set   func(calendar.Date)
	}{{"audit_from", func(d calendar.Date) { f.From = d.Start() }}, {"audit_to", func(d calendar.Date) { f.To = d.AddDays(1).Start() }}} {
		if form[d.field] == "" {
			continue
		}
		day, err := calendar.Parse(form[d.field])
		if err != nil {
			faults = append(faults, docket.Invalid(d.field, docket.KeyDate))
			continue
		}
		d.set(day)
	}
	return f, faults
}

// auditBundle sends the export.
func (s *site) auditBundle(w http.ResponseWriter, r *request) error {
	if s.Audit == nil {
		return docket.ErrNotFound
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="audit-`+calendar.DateOf(s.Now()).String()+`.zip"`)
	h.Set("Cache-Control", "no-store")
	return s.Audit.Bundle(r.Context(), w)
}

// Details are an entry's details in a fixed order.
func (l AuditLine) Details() string {
	var out []string
	for name, value := range l.Entry.Detail {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
