package signing

import (
	"context"
	"errors"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/demopki"
)

// failing is a source that can't be reached.
type failing struct{ err error }

func (f failing) Revocation(context.Context, *certs.Certificate, *certs.Certificate) ([]certs.RevocationData, error) {
	return nil, f.err
}

func TestCollectorGathersWhatAPathNeeds(t *testing.T) {
	h, trust := hierarchy(t)
	s, err := h.Body(demopki.Body{Profile: demopki.Profile{Defect: demopki.MissingIntermediate}})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := certs.Parse(s.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := certs.Parse(h.BodiesCA().Raw)
	if err != nil {
		t.Fatal(err)
	}
	c := Collector{Trust: trust, Revocation: h.Responders(nil), Now: now}
	subject := Subject{Name: "signature", Certificate: leaf, Time: now(), Fresh: true}
	reason := func(err error) string {
		e := (*EvidenceError)(nil)
		if !errors.As(err, &e) || e.Subject != "signature" {
			return "another error"
		}
		return e.Reason
	}
	var found Evidence
	if err := c.Collect(t.Context(), subject, &found); reason(err) != "path" || len(found.Certificates) > 0 {
		t.Errorf("without the issuer: %v, %+v", err, found)
	}
	lost := errors.New("nobody is there")
	c.Issuers = func(context.Context, *certs.Certificate) ([]*certs.Certificate, error) { return nil, lost }
	if err := c.Collect(t.Context(), subject, &found); reason(err) != "path" || !errors.Is(err, lost) {
		t.Errorf("issuer not found: %v", err)
	}
	c.Issuers = func(context.Context, *certs.Certificate) ([]*certs.Certificate, error) {
		return []*certs.Certificate{issuer}, nil
	}
	for range 2 { // a second time adds no certificate; answers are new each time
		if err := c.Collect(t.Context(), subject, &found); err != nil {
			t.Fatal(err)
		}
	}
	// Signer, authority, root, and the responders of authority and root.
	if len(found.Certificates) != 5 || len(found.OCSPResponses) < 2 || len(found.CRLs) != 0 {
		t.Errorf("%d certificates, %d answers, %d lists", len(found.Certificates), len(found.OCSPResponses), len(found.CRLs))
	}
	c.Candidates, c.Revocation = []*certs.Certificate{issuer}, failing{lost}
	if err := c.Collect(t.Context(), subject, &found); reason(err) != "path" || !errors.Is(err, lost) {
		t.Errorf("no source: %v", err)
	}
	subject.Certificate = nil
	if err := c.Collect(t.Context(), subject, &found); reason(err) != "unreadable" {
		t.Errorf("no certificate: %v", err)
	}
}

// TestKnownEvidenceIsEnough: what is at hand and passes is not asked for again; what is too old is.
func TestKnownEvidenceIsEnough(t *testing.T) {
	h, trust := hierarchy(t)
	s, err := h.Person(demopki.Person{})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := certs.Parse(s.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	known := &Carried{}
	known.AddCertificates(s.Chain)
	lists, err := h.CRLsAt(now())
	if err != nil {
		t.Fatal(err)
	}
	known.AddRevocation(certs.OriginDSS, lists, nil)
	c := Collector{Trust: trust, Revocation: failing{errors.New("asked")}, Now: now}
	var found Evidence
	subject := known.Subject("signature", leaf, now())
	subject.Fresh = true
	if err := c.Collect(t.Context(), subject, &found); err != nil || len(found.CRLs) != 2 {
		t.Errorf("%v, %d lists", err, len(found.CRLs))
	}
	subject.Time = now().Add(time.Hour) // the signature is younger than the lists
	c.Now = func() time.Time { return now().Add(2 * time.Hour) }
	if err := c.Collect(t.Context(), subject, &found); err == nil {
		t.Error("an hour too old, and taken")
	}
	c.MaxAge = time.Hour
	if err := c.Collect(t.Context(), subject, &found); err != nil {
		t.Error(err)
	}
}

func TestLevelsInclude(t *testing.T) {
	for _, c := range []struct {
		a, b Level
		want bool
	}{
		{BaselineLTA, BaselineB, true}, {BaselineT, BaselineT, true}, {BaselineB, BaselineT, false}, {"B-X", BaselineB, false}, {BaselineLTA, "B-X", false},
	} {
		if c.a.Reaches(c.b) != c.want {
			t.Errorf("%s reaches %s: %v", c.a, c.b, !c.want)
		}
	}
}
