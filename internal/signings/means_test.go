package signings

import (
	"encoding/pem"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/demopki"
)

// TestMeansOfSigning is S1-35: what a certificate is for, whose, until when; authentication and signing certificates are never taken for each other.
func TestMeansOfSigning(t *testing.T) {
	b := newBench(t)
	sign, login := b.person(demopki.Profile{}), b.person(demopki.Profile{Authentication: true})
	inspect := func(der []byte) *Means {
		t.Helper()
		m, err := b.Inspect(t.Context(), der)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := inspect(sign.Certificate)
	if !m.ForSignatures || m.ForLogIn || m.Verdict == nil || m.Holder == "" || m.Issuer == "" || m.Days < 31 || m.Ends || m.Key == "" {
		t.Errorf("%+v", m)
	}
	if p := inspect(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sign.Certificate})); p.SHA256 != m.SHA256 {
		t.Error("PEM is another certificate")
	}
	if m := inspect(login.Certificate); m.ForSignatures || !m.ForLogIn {
		t.Errorf("a log-in certificate: %+v", m)
	}
	end := m.NotAfter
	for before, want := range map[time.Duration]struct {
		days int
		ends bool
	}{31*24*time.Hour + time.Hour: {31, false}, 30*24*time.Hour + time.Hour: {30, true}, time.Hour: {0, true}, -time.Hour: {-1, true}, -50 * time.Hour: {-2, true}} {
		b.clock = end.Add(-before)
		if m := inspect(sign.Certificate); m.Days != want.days || m.Ends != want.ends {
			t.Errorf("%v before its end: %d days, ends %v", before, m.Days, m.Ends)
		}
	}
	for _, bad := range [][]byte{nil, []byte("x"), sign.Certificate[:40]} {
		if _, err := b.Inspect(t.Context(), bad); docket.KeyOf(err) != docket.KeySigningCertificate {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}
