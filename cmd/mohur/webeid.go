package main

import (
	"errors"
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const webeidHelp = `usage: mohur webeid-host install   [--browser NAME]... [--system] [--replace] [--allow-extension ID]... [--allow-localhost] [--config FILE] [--root DIR]
       mohur webeid-host uninstall [--browser NAME]... [--system] [--root DIR]
       mohur webeid-host status    [--browser NAME]... [--root DIR] [--json]
       mohur webeid-host [--config FILE] [--allow-extension ID]... [--allow-localhost] [--] CALLER...

Signs in the browser with a token behind any PKCS#11 module: the program behind the Web eID extension (native messaging host "eu.webeid"), in the
place of the project's own application, whose protocol it speaks. Pages use web-eid.js unchanged.

  install    registers it with Chrome, Chromium, Edge and Firefox of this user, or with --system of all users
  uninstall  removes what install made, nothing else; what --replace put aside comes back
  status     says which program each browser would start
  (none)     what a browser starts: one command on standard input, one answer on standard output

  --browser NAME        chrome, chromium, edge or firefox (may be repeated; default: all)
  --system              for all users of the machine: needs root
  --replace             take the place of another program that is registered, such as the official Web eID application
  --allow-extension ID  besides the extension in the stores, one under test: its id as Chromium or Firefox shows it
  --allow-localhost     pages of this very machine may ask over plain http: for developers
  --root DIR            install below DIR instead of /, and with --program PATH name the program there: for making packages
  --config FILE         instead of ~/.config/mohur/webeid.toml

Before each action a window of a pinentry program, zenity or kdialog, or else the terminal the browser was started from, names the page, the
person and the control code of what is signed. The PIN is typed there, or on the reader. ~/.config/mohur/webeid.toml may say:

  modules = ["/usr/lib/libeToken.so"]   # PKCS#11 modules, instead of those that 'mohur token scan' knows
  prompt = "pinentry"                   # or zenity, kdialog, terminal; default: the first that works
  pinentry = "/usr/bin/pinentry-gnome3" # which pinentry
  language = "az"                       # az, en or ru, where the page does not say
  timeout = 120                         # seconds for the person to answer
  one_certificate = false               # true: the token has one certificate for signing and logging in; see below

A key that logs in never signs what a page hands over, because such a value could be a log-in elsewhere. With one_certificate the same key does
both, and only the page's origin in the window protects from that.

Browsers from Snap and Flatpak can't start programs outside their box; the extension then says that the application is missing.

Exit status: 0 done, or answered; 1 status: some browser starts another program, or none; 2 could not run.

Example:
  $ mohur webeid-host install
  $ mohur webeid-host status
  chrome    this program, ~/.config/google-chrome/NativeMessagingHosts/eu.webeid.json
`

// webeidCommand is the browser's program at the token.
func webeidCommand() command {
	return command{summary: "sign in the browser: the program behind the Web eID extension", help: webeidHelp, run: runWebeid}
}

func runWebeid(args []string, std streams) int {
	if len(args) > 0 {
		switch args[0] {
		case "install", "uninstall", "status":
			return runWebeidSetup(args[0], args[1:], std)
		}
	}
	o, caller, err := parseWebeidHost(args)
	if err != nil {
		return complain(std, "webeid-host", err)
	}
	return newWebeidHost(o, std).serve(caller)
}

// webeidHostOptions stand in the wrapper that install writes, where the browser and its pages have no say.
type webeidHostOptions struct {
	config    string
	allowed   list // ids of extensions besides the store's
	localhost bool
}

// parseWebeidHost reads the wrapper's options and returns what the browser added behind "--" and its own arguments. What the browser adds is
// never read as an option.
func parseWebeidHost(args []string) (*webeidHostOptions, []string, error) {
	o := &webeidHostOptions{}
	fs := flag.NewFlagSet("webeid-host", flag.ContinueOnError)
	fs.SetOutput(discard{})
	fs.StringVar(&o.config, "config", "", "")
	fs.Var(&o.allowed, "allow-extension", "")
	fs.BoolVar(&o.localhost, "allow-localhost", false, "")
	own := args
	if i := slices.Index(args, "--"); i >= 0 {
		own = args[:i+1]
	}
	if err := fs.Parse(own); err != nil {
		return nil, nil, fmt.Errorf("%w; 'mohur webeid-host --help' explains", err)
	}
	caller := append(slices.Clone(fs.Args()), args[len(own):]...)
	for _, id := range o.allowed {
		if extensionKind(id) == "" {
			return nil, nil, fmt.Errorf("--allow-extension %s: that is no extension's id", id)
		}
	}
	return o, caller, nil
}

// discard takes the flag package's own messages: the error says the same.
type discard struct{}

// Write implements io.Writer.
func (discard) Write(b []byte) (int, error) { return len(b), nil }

// The extension as the stores hand it out.
const (
	extensionChrome  = "ncibgoaomkmdpilpocfeponihegamlic"
	extensionEdge    = "gnmckgbandlkacikdndelhfghdejfido"
	extensionFirefox = "{e68418bc-f2b0-4459-a9ea-3e72b6751b07}"
)

// Kinds of extension ids.
const (
	chromiumKind = "chromium"
	firefoxKind  = "firefox"
)

// extensionKind says whose id a text is: Chromium's (32 letters a to p), Firefox's (a GUID in braces, or a name with an @), or nobody's.
func extensionKind(id string) string {
	switch {
	case regexp.MustCompile(`^[a-p]{32}$`).MatchString(id):
		return chromiumKind
	case len(id) <= 80 && regexp.MustCompile(`^(\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}|[A-Za-z0-9._-]*@[A-Za-z0-9._-]+)$`).MatchString(id):
		return firefoxKind
	}
	return ""
}

// checkCaller says whether the browser's arguments name an extension that may ask: chrome-extension://ID/ from Chromium and its kin (Windows adds
// --parent-window), the manifest's path and the id from Firefox. The browser has checked its manifest; this stands against a manifest that
// somebody else wrote.
func (o *webeidHostOptions) checkCaller(args []string) error {
	if len(args) == 0 {
		return errors.New("a browser starts this command; to register it: 'mohur webeid-host install'")
	}
	if rest, ok := strings.CutPrefix(args[0], "chrome-extension://"); ok {
		id, slash := strings.CutSuffix(rest, "/")
		if slash && extensionKind(id) == chromiumKind && slices.Contains(append([]string{extensionChrome, extensionEdge}, o.allowed...), id) {
			return nil
		}
	} else if len(args) >= 2 && extensionKind(args[1]) == firefoxKind && slices.Contains(append([]string{extensionFirefox}, o.allowed...), args[1]) {
		return nil
	}
	return fmt.Errorf("the caller %q is no extension that may ask", strings.Join(args, " "))
}
