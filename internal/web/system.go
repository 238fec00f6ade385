package web

import (
	"log/slog"
	"net/http"
	"time"
)

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

// Sentence puts a sentence into the reader's language: instants and sizes are written for people.
func (v *view) Sentence(s Said) string {
	args := make([]any, len(s.Args))
	copy(args, s.Args)
	for i := 1; i < len(args); i += 2 {
		switch x := args[i].(type) {
		case time.Time:
			args[i] = v.DateTime(x)
		case int64:
			args[i] = v.Size(x)
		case int:
			args[i] = v.Count(x)
		}
	}
	return v.T(s.Key, args...)
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
