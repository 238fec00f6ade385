package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/credential"
	"mohur/internal/demopki"
	"mohur/internal/desk"
	"mohur/pkcs11"
)

// TestTheCertificateOfASealIsJudged by the service's own trust and evidence, before it signs.
func TestTheCertificateOfASealIsJudged(t *testing.T) {
	h, err := demopki.New(demopki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := demopki.Epoch
	body := func(d demopki.Defect) *demopki.Signer {
		t.Helper()
		s, err := h.Body(demopki.Body{Profile: demopki.Profile{Defect: d}, Organisation: "Agentlik"})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	sound, revoked, held := body(0), body(0), body(0)
	if err := errors.Join(h.Revoke(revoked.Certificate, now().Add(-time.Hour), 1), h.Hold(held.Certificate, now().Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		signer *demopki.Signer
		data   bool
		want   credential.Code
	}{
		"sound":                 {sound, true, ""},
		"revoked":               {revoked, true, credential.ErrRevoked},
		"suspended":             {held, true, credential.ErrHeld},
		"expired":               {body(demopki.Expired), true, credential.ErrExpired},
		"of an unknown issuer":  {body(demopki.UntrustedRoot), true, credential.ErrUntrusted},
		"with nobody to ask":    {sound, false, credential.ErrUnchecked},
		"revoked, nobody knows": {revoked, false, credential.ErrUnchecked},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := credential.New(credential.Options{
				Now: now, Judge: judgeOf(t, h, c.data, now).sealCertificate,
				Credentials: []credential.Config{{Name: "default", Members: []credential.MemberConfig{{
					Certificate: c.signer.Certificate, Chain: c.signer.Chain, Open: func(context.Context) (credential.Key, error) { return nil, errOpened },
				}}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = set.Choose(t.Context(), "default")
			asked := err != nil && strings.Contains(err.Error(), errOpened.Error())
			switch {
			case c.want == "" && !asked:
				t.Error(err)
			case c.want != "" && (credential.CodeOf(err) != c.want || asked):
				t.Errorf("%v, want %s, and the token left alone", err, c.want)
			}
		})
	}
}

var errOpened = errors.New("the token was asked")

func TestRefusalsOfCredentialsHaveTheirOwnSentence(t *testing.T) {
	for code, key := range map[credential.Code]string{
		credential.ErrUnknown: docket.KeyNoSigningWay, credential.ErrFailing: docket.KeySealing, credential.ErrUnavailable: docket.KeySealing,
		credential.ErrStopped: docket.KeySealStopped, credential.ErrUnattended: docket.KeySealStopped, credential.ErrMismatch: docket.KeySealStopped,
		credential.ErrDrained: docket.KeySealDrained, credential.ErrExpired: docket.KeySealExpired, credential.ErrNotYetValid: docket.KeySealExpired,
		credential.ErrRevoked: docket.KeySealRevoked, credential.ErrHeld: docket.KeySealRevoked, credential.ErrUntrusted: docket.KeySealUntrusted,
		credential.ErrUnchecked: docket.KeySealUnchecked,
	} {
		err := sealRefusal(fmt.Errorf("signing: %w", &credential.Error{Code: code}))
		if docket.KeyOf(err) != key || docket.CodeOf(err) != docket.CodeUnavailable || !errors.Is(err, desk.ErrMember) || !slices.Contains(docket.Keys(), key) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := sealRefusal(pkcs11.ErrMechanism); !errors.Is(err, pkcs11.ErrMechanism) || errors.Is(err, desk.ErrMember) {
		t.Errorf("what is no member's fault: %v", err)
	}
	if sealRefusal(nil) != nil {
		t.Error("no error became one")
	}
}

func TestFiguresOfCredentials(t *testing.T) {
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	list := []credential.Status{
		{Credential: "default", Member: "1", State: credential.StateStopped, Reason: "pin-suspect", Failures: 2, NotAfter: end, Holder: "Agentlik"},
		{Credential: "default", Member: "2", State: credential.StateReady, Signatures: 7, Tests: 3, InProgress: 1},
		{Credential: "kadr", Member: "1", State: credential.StateDrained, Reason: "drained"},
	}
	got := map[string]float64{}
	var names []string
	for _, g := range credentialGauges(list) {
		if len(names) == 0 || names[len(names)-1] != g.Name {
			if slices.Contains(names, g.Name) {
				t.Errorf("%s stands in two places", g.Name)
			}
			names = append(names, g.Name)
		}
		got[strings.TrimPrefix(g.Name, "mohur_credential_")+" "+g.LabelValue] = g.Value
	}
	for what, want := range map[string]float64{
		"usable default/1": 0, "usable default/2": 1, "stopped default/1": 1, "drained kadr/1": 1, "drained default/1": 0, "failures_total default/1": 2,
		"signatures_total default/2": 7, "tests_total default/2": 3, "in_progress default/2": 1, "certificate_end_seconds default/1": float64(end.Unix()),
	} {
		if v, ok := got[what]; !ok || v != want {
			t.Errorf("%s is %v, want %v", what, v, want)
		}
	}
	if _, there := got["certificate_end_seconds default/2"]; there {
		t.Error("the end of a certificate that is not known")
	}
	if said := credentialsInWords(list); said != "default: 1 stopped (pin-suspect), 1 ready; kadr: 1 drained" {
		t.Error(said)
	}
}
