package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"mohur/internal/credential"
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
