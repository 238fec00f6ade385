package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"mohur/docket"
	"mohur/internal/locale"
)

const adminProfileHelp = `usage: mohur admin profile list [--json] --config FILE
       mohur admin profile show NAME [--json] --config FILE
       mohur admin profile propose FILE.toml --as FIN --config FILE
       mohur admin profile approve NAME --as FIN --config FILE
       mohur admin profile reject NAME --as FIN --reason TEXT --config FILE
       mohur admin profile retire NAME --as FIN --reason TEXT --config FILE

Seal profiles say what may be sealed, how, with which credential and for whom. Every change is a version of its own, which one person proposes
(role admin) and another approves (admin or signatory); the program compares FİN codes, not only accounts. Everything stands in the audit log with
what differs, and that it came from here.

  list      the versions in force and those that wait for a decision
  show      one profile with its history and what each version changed
  propose   a version from a file; it takes effect when another person approves. The version in force when this runs is what it is compared with.
  approve   the version that waits; --as names another person than the proposer
  reject    the version that waits, with a reason; a proposer takes his own back
  retire    proposes that the profile ends; another person approves it

  --as FIN       the agency's account in whose name this is done
  --reason TEXT  why
  --json         for programs, one object per line
  --config FILE  the service's configuration, the same as of 'mohur serve'

Two people decide, but this command believes --as: whoever can read the configuration, or has the database's password, stands above the rule of two.
That is so for any program over a database; the pages ask each person to log in. Let two people stand at this terminal, and use it to set up.

FILE.toml holds:
  name = "elektron-sened-dovriyyesi"    # small Latin letters, digits, hyphens
  why = "first set-up"                  # the reason, for whoever approves
  unit = "Elektron sənəd dövriyyəsi"    # the words on the seal
  credential = "default"                # of the configuration
  format = "PAdES"                      # or CAdES
  level = "B-T"                         # B-B, B-T, B-LT, B-LTA
  input = "unbroken"                    # unsigned, unbroken, all-passed: what a document may carry already
  kinds = ["opinion", "receipt"]        # what the office itself seals with it: %s
  hash_allowed = false                  # true: mere hashes too, with a credential of its own
  clients = ["portal"]                  # programs that may ask
  per_day = 1000                        # how many seals they get on one day, together
  visible = true                        # PAdES: the seal is seen
  lines = ["Agentliyin möhürü"]         # more lines on it
  qr = true                             # a QR code to the public look-up page
  image = "seal.png"                    # a picture on it, beside this file
  certification = 0                     # DocMDP: 0 none, 1 nothing may change, 2 forms, 3 forms and annotations

Exit status: 0 done, 2 could not run; nothing was changed then.

Example:
  $ mohur admin profile propose letters.toml --as 7GG7H8J --config mohur.toml
  elektron-sened-dovriyyesi version 1 is proposed; another person approves it
`

// profileHelp is the help with the kinds in it.
func profileHelp() string {
	return fmt.Sprintf(adminProfileHelp, strings.Join(docket.SealKinds(), ", "))
}

// profileOptions are the command's arguments.
type profileOptions struct {
	config, as, reason string
	json               bool
	name               string // or file
}

// profileWork does one of the tasks.
type profileWork func(ctx context.Context, o *office, p profileOptions, out io.Writer) error

func runAdminProfile(args []string, std streams) int {
	do, p, err := profileTask(args)
	if err != nil {
		return complain(std, "admin profile", err)
	}
	err = withOffice(context.Background(), p.config, "command line", std, func(ctx context.Context, o *office) error { return do(ctx, o, p, std.Out) })
	if err != nil {
		return complain(std, "admin profile", profileInWords(err))
	}
	return exitPassed
}

// profileTask reads the arguments.
func profileTask(args []string) (profileWork, profileOptions, error) {
	var p profileOptions
	fs := flag.NewFlagSet("mohur admin profile", flag.ContinueOnError)
	fs.StringVar(&p.config, "config", "", "")
	fs.StringVar(&p.as, "as", "", "")
	fs.StringVar(&p.reason, "reason", "", "")
	fs.BoolVar(&p.json, "json", false, "")
	words, err := parseAnywhere(fs, args)
	if err != nil || len(words) == 0 {
		return nil, p, errProfileArguments
	}
	tasks := map[string]struct {
		do        profileWork
		named, as bool
	}{
		"list": {listProfiles, false, false}, "show": {showProfile, true, false}, "propose": {proposeProfile, true, true},
		"approve": {approveProfile, true, true}, "reject": {rejectProfile, true, true}, "retire": {retireProfile, true, true},
	}
	t, known := tasks[words[0]]
	switch {
	case !known, t.named != (len(words) == 2), len(words) > 2:
		return nil, p, errProfileArguments
	case t.as && p.as == "":
		return nil, p, errors.New("in whose name? give the FİN of one of the agency's people with --as")
	case p.config == "":
		return nil, p, errors.New("which office? name its configuration with --config")
	}
	if t.named {
		p.name = words[1]
	}
	return t.do, p, nil
}

// errProfileArguments is for arguments that make no sense.
var errProfileArguments = errors.New("the arguments are not understood; 'mohur admin profile --help' explains them")

// profileInWords turns refusals into sentences, one for each field.
func profileInWords(err error) error {
	var said []string
	words := locale.For(locale.English)
	for _, e := range docket.AsErrors(err) {
		var args []any
		for k, v := range e.Args {
			args = append(args, k, v)
		}
		text := words.T(e.Key, args...)
		if e.Field != "" {
			text = e.Field + ": " + text
		}
		said = append(said, text)
	}
	if len(said) == 0 {
		return err
	}
	return errors.New(strings.Join(said, "\n"))
}

// person is the agency's account with a FİN.
func (p profileOptions) person(ctx context.Context, o *office) (docket.Actor, error) {
	list, err := o.desk.Accounts(ctx, docket.System(), "")
	if err != nil {
		return docket.Actor{}, err
	}
	at := slices.IndexFunc(list, func(u docket.User) bool { return strings.EqualFold(u.FIN, p.as) })
	if at < 0 {
		return docket.Actor{}, fmt.Errorf("--as %s: the agency has no such account: 'mohur admin user list' shows them", p.as)
	}
	return o.desk.Actor(ctx, list[at].ID)
}

func listProfiles(ctx context.Context, o *office, p profileOptions, out io.Writer) error {
	list, err := o.sealing.Profiles(ctx, docket.System(), docket.SealProfileFilter{States: []docket.SealProfileState{docket.ProfileActive, docket.ProfileProposed}})
	if err != nil {
		return err
	}
	for i := range list {
		if err := sayProfile(out, &list[i], p.json); err != nil {
			return err
		}
	}
	return nil
}

// sayProfile prints a version as a line of text or of JSON.
func sayProfile(out io.Writer, v *docket.SealProfile, asJSON bool) error {
	if !asJSON {
		ends := ""
		if v.Ends {
			ends = "  ends it"
		}
		_, err := fmt.Fprintf(out, "%s  version %d  %s  %s %s  %s  %s%s\n", v.Name, v.Version, v.State, v.Format, v.Level, v.Credential, v.Unit, ends)
		return err
	}
	terms := map[string]string{}
	for _, t := range v.List() {
		terms[t.Field] = t.Value
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"name": v.Name, "version": v.Version, "state": v.State, "ends": v.Ends, "terms": terms, "why": v.Why, "proposedBy": v.ProposedByName,
		"proposed": v.Proposed.UTC().Format(time.RFC3339), "decidedBy": v.DecidedByName, "reason": v.Reason,
	})
}

// history lists every version of a profile; a profile without one is a mistake of the caller's.
func (p profileOptions) history(ctx context.Context, o *office) ([]docket.SealProfile, error) {
	list, err := o.sealing.Profiles(ctx, docket.System(), docket.SealProfileFilter{Name: p.name})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("there is no seal profile %q: 'mohur admin profile list' shows them", p.name)
	}
	return list, err
}

func showProfile(ctx context.Context, o *office, p profileOptions, out io.Writer) error {
	list, err := p.history(ctx, o)
	if err != nil {
		return err
	}
	for i := range list {
		v := &list[i]
		if err := sayProfile(out, v, p.json); err != nil {
			return err
		}
		if !p.json {
			sayHistory(out, v, list)
		}
	}
	return nil
}

// sayHistory prints who wished and decided a version, and what it changed.
func sayHistory(out io.Writer, v *docket.SealProfile, list []docket.SealProfile) {
	fmt.Fprintf(out, "  proposed by %s, %s: %s\n", v.ProposedByName, v.Proposed.UTC().Format(time.RFC3339), v.Why)
	if !v.Decided.IsZero() {
		fmt.Fprintf(out, "  decided by %s, %s", v.DecidedByName, v.Decided.UTC().Format(time.RFC3339))
		if v.Reason != "" {
			fmt.Fprintf(out, ": %s", v.Reason)
		}
		fmt.Fprintln(out)
	}
	var old *docket.SealTerms
	for i := range list {
		if list[i].Version == v.Base {
			old = &list[i].SealTerms
		}
	}
	sayChanges(out, v, old)
}

// sayChanges prints what a version changes.
func sayChanges(out io.Writer, v *docket.SealProfile, old *docket.SealTerms) {
	for _, c := range v.Changes(old) {
		if old == nil {
			fmt.Fprintf(out, "  %s: %s\n", c.Field, c.New)
		} else {
			fmt.Fprintf(out, "  %s: %s -> %s\n", c.Field, c.Old, c.New)
		}
	}
}

func proposeProfile(ctx context.Context, o *office, p profileOptions, out io.Writer) error {
	who, err := p.person(ctx, o)
	if err != nil {
		return err
	}
	in, err := readProfile(ctx, o, p.name)
	if err != nil {
		return err
	}
	active, err := p.active(ctx, o, in.Name)
	if err != nil {
		return err
	}
	var old *docket.SealTerms
	if active != nil {
		in.Base, old = active.Version, &active.SealTerms
	}
	v, err := o.sealing.ProposeProfile(ctx, who, in)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s version %d is proposed; another person approves it\n", v.Name, v.Version)
	sayChanges(out, v, old)
	return nil
}

// active is the version in force, nil if there is none.
func (profileOptions) active(ctx context.Context, o *office, name string) (*docket.SealProfile, error) {
	v, err := o.sealing.Profile(ctx, name)
	if errors.Is(err, &docket.Error{Code: docket.CodeNotFound, Key: docket.KeyProfileNone}) {
		return nil, nil
	}
	return v, err
}

// waiting is the version that waits for a decision.
func (p profileOptions) waiting(ctx context.Context, o *office) (*docket.SealProfile, error) {
	list, err := p.history(ctx, o)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(v docket.SealProfile) bool { return v.State == docket.ProfileProposed })
	if at < 0 {
		return nil, fmt.Errorf("no change of %s waits for a decision", p.name)
	}
	return &list[at], nil
}

func approveProfile(ctx context.Context, o *office, p profileOptions, out io.Writer) error {
	return p.decide(ctx, o, func(who docket.Actor, v *docket.SealProfile) error {
		v, err := o.sealing.ApproveProfile(ctx, who, v.ID)
		if err != nil {
			return err
		}
		if v.Ends {
			_, err = fmt.Fprintf(out, "%s ended with version %d\n", v.Name, v.Version)
			return err
		}
		_, err = fmt.Fprintf(out, "%s version %d is in force\n", v.Name, v.Version)
		return err
	})
}

func rejectProfile(ctx context.Context, o *office, p profileOptions, out io.Writer) error {
	return p.decide(ctx, o, func(who docket.Actor, v *docket.SealProfile) error {
		v, err := o.sealing.RejectProfile(ctx, who, v.ID, p.reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s version %d is rejected\n", v.Name, v.Version)
		return err
	})
}

// decide finds the person and the version that waits.
func (p profileOptions) decide(ctx context.Context, o *office, do func(docket.Actor, *docket.SealProfile) error) error {
	who, err := p.person(ctx, o)
	if err != nil {
		return err
	}
	v, err := p.waiting(ctx, o)
	if err != nil {
		return err
	}
	return do(who, v)
}

func retireProfile(ctx context.Context, o *office, p profileOptions, out io.Writer) error {
	who, err := p.person(ctx, o)
	if err != nil {
		return err
	}
	active, err := o.sealing.Profile(ctx, p.name)
	if err != nil {
		return err
	}
	v, err := o.sealing.RetireProfile(ctx, who, p.name, active.Version, p.reason)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "the end of %s is proposed as version %d; another person approves it\n", v.Name, v.Version)
	return err
}

// readProfile reads a proposal from a TOML file; a key that is not one is refused.
func readProfile(ctx context.Context, o *office, path string) (docket.SealProposal, error) {
	f, err := profileFile(path)
	if err != nil {
		return docket.SealProposal{}, err
	}
	in := f.input()
	if f.Image == "" {
		return in, nil
	}
	picture, err := os.Open(besideFile(path, f.Image))
	if err != nil {
		return in, err
	}
	defer picture.Close()
	if in.Terms.Appearance.Image, err = o.putSealImage(ctx, picture); err != nil {
		return in, fmt.Errorf("image: %w", err)
	}
	return in, nil
}
