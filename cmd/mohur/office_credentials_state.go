package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"mohur/api"
	"mohur/docket"
	"mohur/internal/credential"
	"mohur/internal/desk"
	"mohur/internal/web"
)

// tokenPart names the seals' tokens among the parts of the service.
const tokenPart = "token"

// watchCredentials looks after the tokens' health until the context ends.
func (o *office) watchCredentials(ctx context.Context) {
	if err := o.sealer.credentials.Watch(ctx); err != nil {
		o.log.ErrorContext(ctx, "the tokens' health is not looked after", slog.Any("error", err))
	}
}

// credentialsInWords counts each credential's members by state: "default: 1 ready, 1 failing (token-removed)". There is no secret in it.
func credentialsInWords(list []credential.Status) string {
	var names, out []string
	for _, s := range list {
		if !slices.Contains(names, s.Credential) {
			names = append(names, s.Credential)
		}
	}
	for _, name := range names {
		var states []string
		count := map[string]int{}
		for _, s := range list {
			if s.Credential != name {
				continue
			}
			state := string(s.State)
			if s.Reason != "" && s.Reason != state {
				state += " (" + s.Reason + ")"
			}
			if count[state]++; count[state] == 1 {
				states = append(states, state)
			}
		}
		for i, state := range states {
			states[i] = fmt.Sprintf("%d %s", count[state], state)
		}
		out = append(out, name+": "+strings.Join(states, ", "))
	}
	return strings.Join(out, "; ")
}

// warnEnds has administrators told of certificates that end.
func (o *office) warnEnds(ctx context.Context) error {
	var ends []desk.CertificateEnd
	for _, s := range o.sealer.credentials.Status() {
		if s.Warn > 0 {
			ends = append(ends, desk.CertificateEnd{Credential: s.Credential, Member: s.Member, Certificate: docket.HashOf(s.Certificate), Days: s.DaysLeft, Threshold: s.Warn})
		}
	}
	told, err := o.desk.WarnEnds(ctx, ends)
	for _, e := range told {
		o.log.WarnContext(ctx, "a certificate of the seal ends", slog.String("credential", e.Credential), slog.String("member", e.Member), slog.Int("days", e.Days))
	}
	return err
}

// credentialPage is what the system page shows of the credentials.
func (o *office) credentialPage(ctx context.Context) ([]web.CredentialMember, error) {
	state, err := o.desk.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	var out []web.CredentialMember
	for _, s := range o.sealer.credentials.Status() {
		out = append(out, web.CredentialMember{
			Credential: s.Credential, Member: s.Member, State: string(s.State), Usable: s.Usable(), Reason: s.Reason, Holder: s.Holder, Key: s.Key, Token: s.Token,
			NotAfter: s.NotAfter, DaysLeft: s.DaysLeft, Ends: s.Warn > 0, Signatures: int64(s.Signatures), Failures: int64(s.Failures), InProgress: s.InProgress,
			Failure: s.Failure, FailedAt: s.FailedAt, UsedToday: state.Used[s.Credential], PerDay: s.PerDay,
		})
	}
	return out, nil
}

// credentialGauges are what /metrics shows of the credentials, by credential and member as configured.
func credentialGauges(list []credential.Status) []api.Gauge {
	var out []api.Gauge
	each := func(name, help string, counter bool, value func(credential.Status) (float64, bool)) {
		for _, s := range list {
			if v, ok := value(s); ok {
				out = append(out, api.Gauge{Name: "mohur_credential_" + name, Help: help, Label: "member", LabelValue: s.Credential + "/" + s.Member, Counter: counter, Value: v})
			}
		}
	}
	number := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	each("usable", "1 if the member gets work.", false, func(s credential.Status) (float64, bool) { return number(s.Usable()), true })
	each("stopped", "1 if the member's token waits for a person.", false, func(s credential.Status) (float64, bool) { return number(s.State == credential.StateStopped), true })
	each("drained", "1 if a person took the member out of use.", false, func(s credential.Status) (float64, bool) {
		return number(s.Reason == string(credential.ErrDrained)), true
	})
	each("refused", "1 if the member's certificate may not be used.", false, func(s credential.Status) (float64, bool) { return number(s.State == credential.StateRefused), true })
	each("in_progress", "Signatures in progress.", false, func(s credential.Status) (float64, bool) { return float64(s.InProgress), true })
	each("signatures_total", "C_Sign calls of this process that gave a signature, tests not counted.", true, func(s credential.Status) (float64, bool) { return float64(s.Signatures), true })
	each("failures_total", "C_Sign calls of this process that failed, tests counted.", true, func(s credential.Status) (float64, bool) { return float64(s.Failures), true })
	each("tests_total", "Test signatures of this process.", true, func(s credential.Status) (float64, bool) { return float64(s.Tests), true })
	each("certificate_end_seconds", "When the member's certificate ends, in seconds since 1970.", false, func(s credential.Status) (float64, bool) {
		return float64(s.NotAfter.Unix()), !s.NotAfter.IsZero()
	})
	return out
}
