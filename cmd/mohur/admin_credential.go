package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strings"
	"time"

	"mohur/docket"
	"mohur/internal/credential"
	"mohur/internal/desk"
)

const adminCredentialHelp = `usage: mohur admin credential list [--json] --config FILE
       mohur admin credential drain NAME[/MEMBER] --config FILE
       mohur admin credential resume NAME[/MEMBER] --config FILE

A credential is what a seal is made with: one or more keys that may stand for each other. A member that is drained gets no new work; what runs
ends, and then its token is given back and can be pulled out. Every running service follows within seconds, and so it stays after a restart, until
'resume'. Both are written in the audit log.

  list      each member as configured: certificate and its end, whether it is drained, signatures of today. No token is asked: whether one works
            now is on the page "Sistem vəziyyəti" and in /metrics.
  drain     takes a member, or all members of a credential, out of use
  resume    takes back what 'drain' of the same words did

  --json         for programs, one object per line
  --config FILE  the service's configuration, the same as of 'mohur serve'

Exit status: 0 done, 2 could not run; nothing was changed then.

Example:
  $ mohur admin credential drain default/2 --config /etc/mohur/mohur.toml
  default/2 is out of use
`

// runAdminCredential looks after credentials.
func runAdminCredential(args []string, std streams) int {
	var path string
	var asJSON bool
	fs := flag.NewFlagSet("mohur admin credential", flag.ContinueOnError)
	fs.StringVar(&path, "config", "", "")
	fs.BoolVar(&asJSON, "json", false, "")
	words, err := parseAnywhere(fs, args)
	var do func(context.Context, *office) error
	switch {
	case err != nil:
	case len(words) == 1 && words[0] == "list":
		do = func(ctx context.Context, o *office) error { return listCredentials(ctx, o, asJSON, std.Out) }
	case len(words) == 2 && (words[0] == "drain" || words[0] == "resume"):
		do = func(ctx context.Context, o *office) error {
			return drainCredential(ctx, o, words[1], words[0] == "drain", std.Out)
		}
	}
	switch {
	case do == nil:
		err = errors.New("the arguments are not understood; 'mohur admin credential --help' explains them")
	case path == "":
		err = errors.New("which office? name its configuration with --config")
	default:
		err = withOffice(context.Background(), path, "", std, do)
	}
	if err != nil {
		return complain(std, "admin", inWords(err))
	}
	return exitPassed
}

// drainCredential takes NAME or NAME/MEMBER out of use, or back.
func drainCredential(ctx context.Context, o *office, what string, out bool, w io.Writer) error {
	name, member, _ := strings.Cut(what, "/")
	known := slices.ContainsFunc(o.sealer.credentials.Status(), func(s credential.Status) bool {
		return s.Credential == name && (member == "" || s.Member == member)
	})
	if !known {
		return fmt.Errorf("no credential of the configuration is called %s: 'mohur admin credential list' shows them", what)
	}
	who := docket.System()
	if u, err := user.Current(); err == nil {
		who.Name = u.Username
	}
	if err := o.desk.DrainCredential(ctx, who, name, member, out); err != nil {
		return err
	}
	said := "out of use"
	if !out {
		said = "in use"
		state, err := o.desk.Credentials(ctx)
		if err != nil {
			return err
		}
		if d := drainOf(state, name, member); d != nil {
			said = fmt.Sprintf("still out of use, by 'drain %s' of %s", name, d.Since.UTC().Format(time.RFC3339))
		}
	}
	_, err := fmt.Fprintf(w, "%s is %s\n", what, said)
	return err
}

// drainOf finds why a member is out of use; nil if it isn't.
func drainOf(state *desk.CredentialState, name, member string) *docket.CredentialDrain {
	for i, d := range state.Drains {
		if d.Credential == name && (d.Member == "" || d.Member == member) {
			return &state.Drains[i]
		}
	}
	return nil
}

// credentialLine is a member as 'list' shows it.
type credentialLine struct {
	Credential   string `json:"credential"`
	Member       string `json:"member"`
	Holder       string `json:"holder,omitempty"`
	NotAfter     string `json:"notAfter,omitempty"`
	DaysLeft     *int   `json:"daysLeft,omitempty"`
	DrainedSince string `json:"drainedSince,omitempty"`
	DrainedBy    string `json:"drainedBy,omitempty"`
	UsedToday    int    `json:"usedToday"` // of the whole credential
	PerDay       int    `json:"perDay,omitempty"`
}

// listCredentials prints the configured members with what the database knows.
func listCredentials(ctx context.Context, o *office, asJSON bool, w io.Writer) error {
	state, err := o.desk.Credentials(ctx)
	if err != nil {
		return err
	}
	for _, s := range o.sealer.credentials.Status() {
		l := credentialLine{Credential: s.Credential, Member: s.Member, Holder: s.Holder, UsedToday: state.Used[s.Credential], PerDay: s.PerDay}
		if !s.NotAfter.IsZero() {
			l.NotAfter, l.DaysLeft = s.NotAfter.UTC().Format(time.RFC3339), &s.DaysLeft
		}
		if d := drainOf(state, s.Credential, s.Member); d != nil {
			l.DrainedSince, l.DrainedBy = d.Since.UTC().Format(time.RFC3339), d.By
		}
		if asJSON {
			err = json.NewEncoder(w).Encode(l)
		} else {
			_, err = fmt.Fprintln(w, l.text())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// text is the line for people.
func (l *credentialLine) text() string {
	out := fmt.Sprintf("%s/%s  ", l.Credential, l.Member)
	switch {
	case l.DaysLeft == nil:
		out += "certificate on the token"
	case *l.DaysLeft < 0:
		out += fmt.Sprintf("%s, EXPIRED %s", l.Holder, l.NotAfter)
	default:
		out += fmt.Sprintf("%s, until %s (%d days)", l.Holder, l.NotAfter, *l.DaysLeft)
	}
	out += fmt.Sprintf("; the credential's signatures today: %d", l.UsedToday)
	if l.PerDay > 0 {
		out += fmt.Sprintf(" of %d", l.PerDay)
	}
	if l.DrainedSince != "" {
		out += fmt.Sprintf("; drained since %s by %s", l.DrainedSince, cmp.Or(l.DrainedBy, "an administrator"))
	}
	return out
}
