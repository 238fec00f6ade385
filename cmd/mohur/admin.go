package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
	"mohur/internal/locale"
)

const adminHelp = `usage: mohur admin bodies import FILE.csv --config FILE
       mohur admin user add --name NAME --fin FIN --role ROLE[,ROLE...] [--email E] [--mobile M] [--body VOEN] --config FILE
       mohur admin user unit USER CODE --config FILE
       mohur admin unit default|list --config FILE
       mohur admin user list [--body VOEN] [--json] --config FILE
       mohur admin link USER [--body VOEN] --config FILE
       mohur admin profile list|show|propose|approve|reject|retire ...     ('mohur admin profile --help')
       mohur admin credential list|drain|resume ...     ('mohur admin credential --help')
       mohur admin csc-pin CLIENT PROFILE --config FILE
       mohur admin phone FILE.pdf --fin FIN --config FILE      ('mohur admin phone --help')

Sets up an office from the command line of its server: the directory of bodies that may register, the agency's first people, and links that let
them in. Everything is written in the audit log. The service may run meanwhile.

  bodies import   one body per line, under the line "name,voen" or "name,voen,active" (also ";" between, also "ad", "aktiv"); active is yes or
                  no. A body is known by its VÖEN: a second import renames it. All lines are taken, or none.
  user add        makes an account and prints its id. Roles of the agency: registrar, coordinator, expert, visa-giver, dispatch-checker,
                  signatory, archivist, auditor, admin; of a body (--body): body-admin, representative.
  user unit       puts one of the agency's people, named by id or FİN, into a unit. Experts and visa-givers (heads of units) need one.
  unit default    makes the units that projects are given to: it, e-services, legal, documents, chancellery. Those that are there are left alone;
                  the pages change them.
  unit list       the agency's units
  user list       the agency's accounts, or a body's
  profile         seal profiles: what may be sealed, how and for whom; changed by two people
  csc-pin         the secret that a program gives with CSC's credentials/authorize
  phone           has a person sign a document with the phone service, to try it out
  credential      the keys of the seals: which there are, until when their certificates hold, taking one out of use and back
  link            prints a log-in link for an account, named by its id or FİN. It works once, within 72 hours: hand it to nobody else.

  --config FILE   the service's configuration, the same as of 'mohur serve'

Exit status: 0 done, 2 could not run; nothing was changed then.

Example:
  $ mohur admin bodies import orqanlar.csv --config /etc/mohur/mohur.toml
  5 bodies imported
  $ mohur admin user add --name 'Leyla Məmmədova' --fin 1AA1B2C --role registrar --config /etc/mohur/mohur.toml
  019a1f0c-7d1e-7b52-9c0e-5f1d0d0c9a11
  $ mohur admin link 1AA1B2C --config /etc/mohur/mohur.toml
  https://rey.example.az/log-in/4gzxhzn53sqd2lzfv2pqwhmyxu
`

// adminCommand sets up an office.
func adminCommand() command {
	return command{summary: "set up an office: its bodies, its people, their log-in links", help: adminHelp, tasks: map[string]string{"profile": profileHelp(), "credential": adminCredentialHelp, "csc-pin": adminCSCHelp, "phone": adminPhoneHelp}, run: runAdmin}
}

// adminOptions are the command's arguments.
type adminOptions struct {
	config, name, fin, roles, email, mobile, body string
	json                                          bool
	args                                          []string
}

// errAdminArguments is for arguments that make no sense.
var errAdminArguments = errors.New("the arguments are not understood; 'mohur admin --help' explains them")

func runAdmin(args []string, std streams) int {
	if len(args) > 0 && args[0] == "profile" {
		return runAdminProfile(args[1:], std)
	}
	if len(args) > 0 && args[0] == "credential" {
		return runAdminCredential(args[1:], std)
	}
	if len(args) > 0 && args[0] == "csc-pin" {
		return runAdminCSC(args[1:], std)
	}
	if len(args) > 0 && args[0] == "phone" {
		return runAdminPhone(args[1:], std)
	}
	do, o, err := adminTask(args)
	if err != nil {
		return complain(std, "admin", err)
	}
	if err := withDesk(context.Background(), o.config, std, func(ctx context.Context, d *desk.Service, cfg *config) error {
		return do(ctx, d, cfg, o, std.Out)
	}); err != nil {
		return complain(std, "admin", inWords(err))
	}
	return exitPassed
}

// adminWork does one of the tasks.
type adminWork func(ctx context.Context, d *desk.Service, cfg *config, o adminOptions, out io.Writer) error

// adminTask reads the arguments.
func adminTask(args []string) (adminWork, adminOptions, error) {
	var o adminOptions
	fs := flag.NewFlagSet("mohur admin", flag.ContinueOnError)
	for name, p := range map[string]*string{
		"config": &o.config, "name": &o.name, "fin": &o.fin, "role": &o.roles, "email": &o.email, "mobile": &o.mobile, "body": &o.body,
	} {
		fs.StringVar(p, name, "", "")
	}
	fs.BoolVar(&o.json, "json", false, "")
	words, err := parseAnywhere(fs, args)
	if err != nil {
		return nil, o, errAdminArguments
	}
	for _, task := range []struct {
		words string
		args  int
		do    adminWork
	}{
		{"bodies import", 1, importBodies},
		{"user add", 0, addUser},
		{"user list", 0, listUsers},
		{"link", 1, issueLink},
		{"unit default", 0, defaultUnits},
		{"unit list", 0, listUnits},
		{"user unit", 2, userUnit},
	} {
		n := len(strings.Fields(task.words))
		if len(words) != n+task.args || strings.Join(words[:n], " ") != task.words {
			continue
		}
		o.args = words[n:]
		if o.config == "" {
			return nil, o, errors.New("which office? name its configuration with --config")
		}
		return task.do, o, nil
	}
	return nil, o, errAdminArguments
}

// withDesk opens the desk of a configuration's office.
func withDesk(ctx context.Context, path string, std streams, do func(context.Context, *desk.Service, *config) error) error {
	return withOffice(ctx, path, "", std, func(ctx context.Context, o *office) error { return do(ctx, o.desk, o.cfg) })
}

// withOffice opens the office of a configuration without its background work, which a running service does. via is for the log.
func withOffice(ctx context.Context, path, via string, std streams, do func(context.Context, *office) error) (err error) {
	cfg, err := loadConfig(path, os.Environ())
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(std.Err, nil))
	o, err := openOffice(ctx, cfg, officeParts{now: time.Now, log: log, loader: newLoader(), via: via})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	return do(ctx, o)
}

// inWords turns the desk's refusals into their sentence, with the argument at fault.
func inWords(err error) error {
	e, ok := errors.AsType[*docket.Error](err)
	if !ok {
		return err
	}
	said := locale.For(locale.English).T(e.Key)
	if e.Field != "" {
		said = e.Field + ": " + said
	}
	return errors.New(said)
}

func importBodies(ctx context.Context, d *desk.Service, _ *config, o adminOptions, out io.Writer) error {
	f, err := os.Open(o.args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	bodies, err := desk.ReadBodies(f)
	if err != nil {
		return fmt.Errorf("%s: %w", o.args[0], err)
	}
	if err := d.ImportBodies(ctx, docket.System(), bodies); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d bodies imported\n", len(bodies))
	return err
}

// bodyID finds a body by its VÖEN; none for "", which stands for the agency.
func bodyID(ctx context.Context, d *desk.Service, voen string) (docket.ID, error) {
	if voen == "" {
		return "", nil
	}
	b, err := d.BodyByVOEN(ctx, docket.System(), voen)
	if errors.Is(err, docket.ErrNotFound) {
		return "", fmt.Errorf("no body of the directory has the VÖEN %q", voen)
	}
	if err != nil {
		return "", err
	}
	return b.ID, nil
}

func addUser(ctx context.Context, d *desk.Service, _ *config, o adminOptions, out io.Writer) error {
	in := desk.AddUserInput{Name: strings.TrimSpace(o.name), FIN: strings.ToUpper(strings.TrimSpace(o.fin)), Email: o.email, Mobile: o.mobile}
	for _, r := range strings.Split(o.roles, ",") {
		in.Roles = append(in.Roles, docket.Role(strings.TrimSpace(r)))
	}
	if err := checkUser(in, o.body != ""); err != nil {
		return err
	}
	var err error
	if in.BodyID, err = bodyID(ctx, d, o.body); err != nil {
		return err
	}
	u, err := d.AddUser(ctx, docket.System(), in)
	if errors.Is(err, docket.ErrStale) {
		return errors.New("this FİN has an account there already: 'mohur admin user list' shows it")
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, u.ID)
	return err
}

// checkUser says in words what the desk would refuse by a key.
func checkUser(in desk.AddUserInput, ofBody bool) error {
	if in.Name == "" {
		return errors.New("--name is missing")
	}
	if len(in.FIN) != 7 || strings.Trim(in.FIN, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("--fin %q: a FİN is seven letters and digits", in.FIN)
	}
	may := []docket.Role{
		docket.RoleRegistrar, docket.RoleCoordinator, docket.RoleExpert, docket.RoleVisaGiver, docket.RoleDispatchChecker, docket.RoleSignatory,
		docket.RoleArchivist, docket.RoleAuditor, docket.RoleAdmin,
	}
	of := "the agency's people; a body's are added with --body"
	if ofBody {
		may, of = []docket.Role{docket.RoleBodyAdmin, docket.RoleRepresentative}, "a body's people"
	}
	for _, r := range in.Roles {
		if !slices.Contains(may, r) {
			return fmt.Errorf("--role %q is none of %v, the roles of %s", r, may, of)
		}
	}
	return nil
}

func listUsers(ctx context.Context, d *desk.Service, _ *config, o adminOptions, out io.Writer) error {
	body, err := bodyID(ctx, d, o.body)
	if err != nil {
		return err
	}
	list, err := d.Accounts(ctx, docket.System(), body)
	if err != nil {
		return err
	}
	for _, u := range list {
		if err := sayUser(out, u, o.json); err != nil {
			return err
		}
	}
	return nil
}

// sayUser prints an account as a line of text or of JSON.
func sayUser(out io.Writer, u docket.User, asJSON bool) error {
	roles := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		roles[i] = string(r)
	}
	if !asJSON {
		_, err := fmt.Fprintf(out, "%s  %s  %s  %s\n", u.ID, u.FIN, strings.Join(roles, ","), u.Name)
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"id": u.ID, "fin": u.FIN, "roles": roles, "name": u.Name, "email": u.Email, "mobile": u.Mobile, "created": u.Created.UTC().Format(time.RFC3339),
	})
}

func issueLink(ctx context.Context, d *desk.Service, cfg *config, o adminOptions, out io.Writer) error {
	body, err := bodyID(ctx, d, o.body)
	if err != nil {
		return err
	}
	list, err := d.Accounts(ctx, docket.System(), body)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(u docket.User) bool { return string(u.ID) == o.args[0] || strings.EqualFold(u.FIN, o.args[0]) })
	if at < 0 {
		return fmt.Errorf("there is no account %q there: 'mohur admin user list' shows them; a body's are named with --body", o.args[0])
	}
	secret, err := d.IssueLoginLink(ctx, docket.System(), list[at].ID, desk.LinkOptions{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, cfg.PublicURL+desk.PathLogIn+secret)
	return err
}
