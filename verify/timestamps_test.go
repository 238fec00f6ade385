package verify

import (
	"context"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/verify/etsi"
)

// TestTimestampOfOtherDataProvesNothing: a genuine token of a trusted authority, about something else.
func TestTimestampOfOtherDataProvesNothing(t *testing.T) {
	now := demopki.Epoch().Add(time.Hour)
	h, err := demopki.New(demopki.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := h.Timestamp(context.Background(), algo.SHA256, algo.SHA256.Sum([]byte("this")))
	if err != nil {
		t.Fatal(err)
	}
	root, err := certs.Parse(h.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	lists, err := h.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	evidence := &certs.MemoryRevocation{}
	for _, der := range lists {
		if l, err := certs.ParseCRL(der); err == nil {
			evidence.Add(certs.RevocationData{CRL: l, Origin: certs.OriginInput})
		}
	}
	for data, want := range map[string]outcome{"this": {etsi.Passed, ""}, "that": failed(etsi.HashFailure)} {
		v := &validation{
			ctx: context.Background(), in: &Input{Trust: certs.NewTrustStore(root)}, policy: Basic(), time: now.Add(time.Hour), doc: &document{}, evidence: evidence,
		}
		s := fromToken(SignatureTimestamp, raw, inMemory("data", []byte(data)))
		s.proves = []string{"S-1"}
		j := v.timestampValidation(s)
		if j.block.outcome() != want || j.intact != want.passed() {
			t.Errorf("%s: %+v, intact %v", data, j.block.Block, j.intact)
		}
		p := newProofs(v.time)
		v.extract(p, j)
		if p.of("S-1").proven != want.passed() {
			t.Errorf("%s: proven %v", data, p.of("S-1").proven)
		}
		p = newProofs(v.time)
		v.proveByTimestamps([]*judgedTimestamp{j}, p)
		if got := p.of("S-1"); got.proven != want.passed() || got.proven && !got.at.Equal(now) {
			t.Errorf("%s: %+v", data, got)
		}
	}
}
