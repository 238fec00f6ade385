package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"mohur/internal/demopki"
	"mohur/internal/fetch"
	"mohur/signing"
)

// TestAuthoritiesAreCounted: the system page and /metrics say which authority fails, by its name for people and by its number for programs.
func TestAuthoritiesAreCounted(t *testing.T) {
	h, err := demopki.New(demopki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dead := func(context.Context, string, []byte) ([]byte, error) { return nil, io.ErrUnexpectedEOF }
	well := func(_ context.Context, _ string, body []byte) ([]byte, error) {
		return h.TSA().Answer(body, demopki.Fault{}), nil
	}
	p := &proofs{judge: judgeOf(t, h, true, demopki.Epoch), now: demopki.Epoch}
	if p.check() != nil || p.gauges() != nil {
		t.Error("no authority is configured")
	}
	if _, err := p.timestamp(t.Context(), make([]byte, 32)); err == nil {
		t.Error("no authority is configured")
	}
	var list []signing.Authority
	for name, send := range map[string]signing.Do{"a.example": dead, "b.example": well} {
		list = append(list, signing.Authority{Name: name, Timestamper: &signing.HTTPTimestamper{Address: "http://" + name, Send: send}})
	}
	if list[0].Name != "a.example" {
		list[0], list[1] = list[1], list[0]
	}
	if p.pool, err = signing.NewTimestampPool(signing.PoolOptions{Authorities: list, Now: demopki.Epoch}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.timestamp(t.Context(), make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	if c := p.check(); len(c) != 1 || !c[0].OK || !strings.HasPrefix(c[0].Detail, "1/2: a.example: ") {
		t.Errorf("%+v", c)
	}
	values := map[string]float64{}
	for _, g := range p.gauges() {
		values[strings.TrimPrefix(g.Name, "mohur_timestamps_")+g.LabelValue] = g.Value
		if strings.Contains(g.LabelValue, "example") || g.Counter != strings.HasSuffix(g.Name, "_total") {
			t.Errorf("%+v", g)
		}
	}
	for key, want := range map[string]float64{
		"asked_total1": 1, "failed_total1": 1, "asked_total2": 1, "failed_total2": 0,
		"last_failure_seconds1": float64(demopki.Epoch().Unix()), "last_failure_seconds2": 0,
	} {
		if got, ok := values[key]; !ok || got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
}

// TestAuthoritiesOfOneHost are called by their addresses.
func TestAuthoritiesOfOneHost(t *testing.T) {
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := timestampPool(client, []string{"http://a.example/one", "http://a.example/two", "http://b.example:8080/"}, signing.PoolOptions{Now: demopki.Epoch})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range pool.Status() {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "http://a.example/one http://a.example/two b.example" {
		t.Error(got)
	}
}
