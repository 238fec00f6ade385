package web

import (
	"log/slog"
	"net/http"
	"time"
)

// auditPage is the data of Audit jurnalı.
type auditData struct {
	Kept  bool
	State AuditState
	Lines []AuditLine
}

// auditPage checks the whole log and shows its newest entries.
func (s *site) auditPage(w http.ResponseWriter, r *request) error {
	var p auditData
	if s.Audit != nil {
		state, err := s.Audit.Check(r.Context())
		if err != nil {
			return err
		}
		lines, err := s.Audit.Last(r.Context(), 100)
		if err != nil {
			return err
		}
		p = auditData{Kept: true, State: state, Lines: lines}
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "audit", r.view)
}

// CredentialMember is a key of a credential: one line of the system page.
type CredentialMember struct {
	Credential, Member string
	State              string // "new", "ready", "failing", "stopped", "refused", "draining", "drained"; the catalogues have "system.state.NAME"
	Usable             bool
	Reason             string // a word for the engineer: "pin-suspect", "revoked"
	Holder, Key, Token string
	NotAfter           time.Time // zero: the certificate is on a token that was not opened yet
	DaysLeft           int
	Ends               bool // soon
	Signatures         int64
	Failures           int64
	InProgress         int
	Failure            string // the last one
	FailedAt           time.Time
	UsedToday, PerDay  int // of the credential; PerDay 0: any number
}

// systemData is the data of Sistem vəziyyəti.
type systemData struct {
	Checks  []Check
	Members []CredentialMember
}

// system is Sistem vəziyyəti: each part with its answer now, and the keys of the seals.
func (s *site) system(w http.ResponseWriter, r *request) error {
	var p systemData
	if s.Health != nil {
		p.Checks = s.Health(r.Context())
	}
	if s.Credentials != nil {
		var err error
		if p.Members, err = s.Credentials(r.Context()); err != nil {
			s.Log.WarnContext(r.Context(), "the credentials can't be shown", slog.Any("error", err)) // the parts above say what is wrong
		}
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "system", r.view)
}
