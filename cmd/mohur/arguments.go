package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"mohur/internal/fetch"
)

// parseAnywhere reads options that may stand before and after the other arguments, which it returns. After "--" everything is an argument.
func parseAnywhere(fs *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	fs.SetOutput(io.Discard)
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return rest, nil
		}
		if n := len(args) - fs.NArg(); n > 0 && args[n-1] == "--" {
			return append(rest, fs.Args()...), nil
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

// complain writes one diagnostic line and returns the exit status of "could not run".
func complain(std streams, name string, err error) int {
	fmt.Fprintf(std.Err, "mohur %s: %v\n", name, err)
	if advice := tokenAdvice(err); advice != "" {
		fmt.Fprintln(std.Err, "mohur: "+advice)
	}
	return exitUnable
}

// newClient makes the guarded HTTP client. Each mapping PREFIX=ADDRESS sends the URLs with that prefix to a fixed address, which is the only
// way to a private one.
func newClient(mappings []string) (*fetch.Client, error) {
	o := fetch.Options{Map: map[string]string{}, UserAgent: "mohur"}
	for _, m := range mappings {
		prefix, address, ok := strings.Cut(m, "=")
		if !ok || !strings.HasPrefix(prefix, "http://") && !strings.HasPrefix(prefix, "https://") {
			return nil, fmt.Errorf("--map %s: it looks like http://pki.example/=127.0.0.1:8421", m)
		}
		o.Map[prefix] = address
	}
	return fetch.New(o)
}
