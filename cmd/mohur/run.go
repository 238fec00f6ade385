package main

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
)

// Exit statuses of every subcommand: all passed; something failed or is indeterminate; the program could not do its work.
const (
	exitPassed  = 0
	exitFailed  = 1
	exitUnable  = 2
	exitStopped = 130
)

// streams are the standard streams a command talks to: results to Out, diagnostics to Err.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// command is one subcommand. Each lives in a file of its own, which registers it in the table below.
type command struct {
	summary string            // one line for the overview
	help    string            // usage, with an example session
	tasks   map[string]string // help of its tasks that have their own, by their first word
	run     func(args []string, std streams) int
	hidden  bool // started by the program itself, not by people
}

// commands is the table of subcommands; a file per subcommand holds the function that makes its entry.
func commands() map[string]command {
	return map[string]command{
		"draw":    drawCommand(),
		"driver":  driverCommand(),
		"sign":    signCommand(),
		"extend":  extendCommand(),
		"token":   tokenCommand(),
		"demo":    demoCommand(),
		"serve":   serveCommand(),
		"verify":  verifyCommand(),
		"admin":   adminCommand(),
		"audit":   auditCommand(),
		"backup":  backupCommand(),
		"restore": restoreCommand(),
		"fsck":    fsckCommand(),
		"version": versionCommand(),

		"webeid-host": webeidCommand(),
	}
}

// run picks the subcommand and returns its exit status.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	std := streams{In: in, Out: out, Err: errw}
	table := commands()
	if len(args) == 0 || args[0] == "help" && len(args) == 1 || args[0] == "-h" || args[0] == "--help" {
		overview(out, table)
		if len(args) == 0 {
			return exitUnable
		}
		return exitPassed
	}
	name, rest := args[0], args[1:]
	if name == "help" {
		name, rest = args[1], append(slices.Clone(args[2:]), "--help")
	}
	cmd, ok := table[name]
	if !ok {
		fmt.Fprintf(errw, "mohur: there is no command %q; 'mohur help' lists them\n", name)
		return exitUnable
	}
	for _, a := range rest {
		if a == "--" {
			break
		}
		if a == "-h" || a == "--help" || a == "-help" {
			fmt.Fprint(out, cmd.helpOn(rest[0]))
			return exitPassed
		}
	}
	return cmd.run(rest, std)
}

// helpOn is the help of one of the command's tasks, or of the whole command.
func (c command) helpOn(task string) string {
	if help, ok := c.tasks[task]; ok {
		return help
	}
	return c.help
}

// overview lists the subcommands.
func overview(w io.Writer, table map[string]command) {
	names := make([]string, 0, len(table))
	width := 0
	for n, c := range table {
		if !c.hidden {
			names = append(names, n)
			width = max(width, len(n))
		}
	}
	sort.Strings(names)
	fmt.Fprint(w, "mohur verifies signed documents, and signs and seals them with keys that never leave their token.\n\nusage: mohur COMMAND [ARGUMENTS]\n\n")
	for _, n := range names {
		fmt.Fprintf(w, "  %s%s  %s\n", n, strings.Repeat(" ", width-len(n)), table[n].summary)
	}
	fmt.Fprint(w, "\n'mohur COMMAND --help' explains a command, with an example.\nExit status: 0 all passed, 1 something failed or is indeterminate, 2 could not run.\n")
}
