package web

import "net/http"

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

// system is Sistem vəziyyəti: each part with its answer now.
func (s *site) system(w http.ResponseWriter, r *request) error {
	var checks []Check
	if s.Health != nil {
		checks = s.Health(r.Context())
	}
	r.view.Data = checks
	return s.render(w, http.StatusOK, "system", r.view)
}
