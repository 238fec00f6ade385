package desk

import (
	"slices"
	"testing"
	"time"

	"mohur/docket"
)

func TestCredentialsAreDrainedByAdministrators(t *testing.T) {
	o := newOffice(t)
	admin := o.user("", "AAAAAA8", docket.RoleAdmin)
	o.wantKey(o.DrainCredential(o.ctx(), o.expert, "default", "1", true), docket.KeyForbidden)
	for range 2 {
		if err := o.DrainCredential(o.ctx(), admin, "default", "1", true); err != nil {
			t.Fatal(err)
		}
	}
	state := must[*CredentialState](t)(o.Credentials(o.ctx()))
	if len(state.Drains) != 1 || state.Drains[0].Member != "1" || state.Drains[0].By != admin.Name {
		t.Errorf("%+v", state.Drains)
	}
	for range 2 {
		if err := o.DrainCredential(o.ctx(), admin, "default", "1", false); err != nil {
			t.Fatal(err)
		}
	}
	if state = must[*CredentialState](t)(o.Credentials(o.ctx())); len(state.Drains) != 0 {
		t.Errorf("%+v", state.Drains)
	}
	log := o.auditActions()
	if !slices.Contains(log, docket.AuditCredentialDrained) || !slices.Contains(log, docket.AuditCredentialResumed) {
		t.Errorf("the log says %v", log)
	}
}

func TestTheEndOfACertificateIsToldOnceForEachThreshold(t *testing.T) {
	o := newOffice(t)
	admin := must[*docket.User](t)(o.AddUser(o.ctx(), docket.System(), AddUserInput{Name: "Admin", FIN: "AAAAAA8", Email: "admin@agency.az", Roles: []docket.Role{docket.RoleAdmin}}))
	must[*docket.User](t)(o.AddUser(o.ctx(), docket.System(), AddUserInput{Name: "Expert", FIN: "AAAAAA9", Email: "expert@agency.az", Roles: []docket.Role{docket.RoleExpert}}))
	end := CertificateEnd{Credential: "default", Member: "1", Certificate: docket.HashOf([32]byte{1})}
	second := o.another("second")
	told := 0
	for left := 40; left >= -2; left-- {
		end.Days, end.Threshold = left, 0
		for _, d := range []int{1, 3, 10, 30} {
			if left <= d {
				end.Threshold = d
				break
			}
		}
		for _, s := range []*Service{o.Service, second} {
			list, err := s.WarnEnds(o.ctx(), []CertificateEnd{end})
			if err != nil {
				t.Fatal(err)
			}
			told += len(list)
		}
		o.later(24 * time.Hour)
	}
	var mails []docket.Notification
	o.read(func(w docket.Work) (err error) {
		list, err := w.Outgoing(o.ctx(), "", 100)
		for _, n := range list {
			if n.Key == docket.NotifySealEnds {
				mails = append(mails, n)
			}
		}
		return err
	})
	if told != 4 || len(mails) != 4 {
		t.Fatalf("%d told, %d mails; want 4: for 30, 10, 3 and 1 days", told, len(mails))
	}
	for i, days := range []string{"1", "3", "10", "30"} { // the newest first
		if m := mails[i]; m.UserID != admin.ID || m.To != "admin@agency.az" || m.Args["days"] != days || m.Link != PathSystem || m.Case != "default/1" {
			t.Errorf("%+v, want %s days", m, days)
		}
	}
	end.Certificate = docket.HashOf([32]byte{2}) // renewed: the next one's end is told by itself
	if list, err := o.WarnEnds(o.ctx(), []CertificateEnd{end}); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
}
