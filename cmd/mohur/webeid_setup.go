package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// setupOptions is the command line of install, uninstall and status.
type setupOptions struct {
	browsers, allowed                list
	system, replace, localhost, json bool
	root, config, program            string
	places                           []hostBrowser // the browsers meant
}

// aside is where --replace puts another program's manifest.
const aside = ".before-mohur"

func parseSetup(args []string) (*setupOptions, error) {
	o := &setupOptions{}
	fs := flag.NewFlagSet("webeid-host", flag.ContinueOnError)
	fs.SetOutput(discard{})
	fs.Var(&o.browsers, "browser", "")
	fs.Var(&o.allowed, "allow-extension", "")
	fs.BoolVar(&o.system, "system", false, "")
	fs.BoolVar(&o.replace, "replace", false, "")
	fs.BoolVar(&o.localhost, "allow-localhost", false, "")
	fs.BoolVar(&o.json, "json", false, "")
	fs.StringVar(&o.root, "root", "", "")
	fs.StringVar(&o.config, "config", "", "")
	fs.StringVar(&o.program, "program", "", "")
	rest, err := parseAnywhere(fs, args)
	if err != nil {
		return nil, fmt.Errorf("%w; 'mohur webeid-host --help' explains", err)
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%q: there are only options; 'mohur webeid-host --help' explains", rest[0])
	}
	return o, o.check()
}

// check completes the options.
func (o *setupOptions) check() error {
	all := hostBrowsers(runtime.GOOS)
	for _, name := range o.browsers {
		i := slices.IndexFunc(all, func(b hostBrowser) bool { return b.name == name })
		if i < 0 {
			return fmt.Errorf("--browser %s: chrome, chromium, edge or firefox", name)
		}
		o.places = append(o.places, all[i])
	}
	if len(o.browsers) == 0 {
		o.places = all
	}
	for _, id := range o.allowed {
		if extensionKind(id) == "" {
			return fmt.Errorf("--allow-extension %s: that is no extension's id", id)
		}
	}
	var err error
	if o.config != "" {
		if o.config, err = filepath.Abs(o.config); err != nil {
			return err
		}
	}
	if o.root != "" {
		if o.root, err = filepath.Abs(o.root); err != nil {
			return err
		}
	}
	if o.program == "" {
		o.program, err = os.Executable()
	}
	return err
}

// place is where this user's things are, or the system's.
func (o *setupOptions) place(system bool) (hostPlace, error) {
	home, err := os.UserHomeDir()
	if err != nil && !system {
		return hostPlace{}, err
	}
	return hostPlace{root: o.root, home: home, system: system}, nil
}

func runWebeidSetup(verb string, args []string, std streams) int {
	name := "webeid-host " + verb
	o, err := parseSetup(args)
	if err != nil {
		return complain(std, name, err)
	}
	switch verb {
	case "install":
		err = o.install(std)
	case "uninstall":
		err = o.uninstall(std)
	default:
		return o.status(std)
	}
	if err != nil {
		return complain(std, name, err)
	}
	return exitPassed
}

// install writes the wrapper and the manifests, all or nothing as far as other programs' manifests decide.
func (o *setupOptions) install(std streams) error {
	if !usesTokens {
		return errors.New("this build was made without cgo and can't use tokens: take one made with it, or the Web eID project's own application (web-eid.eu)")
	}
	place, err := o.place(o.system)
	if err != nil {
		return err
	}
	if !o.replace {
		if err := o.refuseForeign(); err != nil {
			return err
		}
	}
	wrapper := place.wrapper()
	if err := writeInPlace(wrapper, []byte(wrapperText(o.program, o)), 0o755); err != nil {
		return err
	}
	for _, b := range o.places {
		file := place.file(b)
		text, err := b.manifest(place.inside(wrapper), o.allowed).encode()
		if err != nil {
			return err
		}
		if err := putAside(file); err != nil {
			return err
		}
		if err := writeInPlace(file, text, 0o644); err != nil {
			return err
		}
		if o.root == "" {
			if err := register(b, o.system, file); err != nil {
				return err
			}
		}
		fmt.Fprintf(std.Out, "%-9s %s\n", b.name, file)
	}
	return nil
}

// refuseForeign stops before another program's registration is replaced or, for this user, hidden.
func (o *setupOptions) refuseForeign() error {
	for _, system := range []bool{false, true} {
		if o.system && !system {
			continue // what users have registered for themselves stays theirs
		}
		place, err := o.place(system)
		if err != nil {
			return err
		}
		for _, b := range o.places {
			r, err := find(b, place)
			if err != nil {
				return err
			}
			if r != nil && !r.ours {
				return fmt.Errorf("%s starts %s, by %s; --replace takes its place, and uninstall gives it back", b.name, r.program(), r.file)
			}
		}
	}
	return nil
}

// find is what a browser would find in a place.
func find(b hostBrowser, place hostPlace) (*registered, error) {
	file := place.file(b)
	if place.root == "" {
		if named, ok, err := lookUp(b, place.system); err != nil || ok {
			if err != nil {
				return nil, err
			}
			file = named
		}
	}
	return readManifest(file)
}

// putAside keeps another program's manifest for uninstall.
func putAside(file string) error {
	r, err := readManifest(file)
	if err != nil || r == nil || r.ours {
		return err
	}
	if _, err := os.Lstat(file + aside); err == nil {
		return fmt.Errorf("%s is there already: look which of the two is wanted", file+aside)
	}
	return os.Rename(file, file+aside)
}

// uninstall removes manifests and wrapper of this program.
func (o *setupOptions) uninstall(std streams) error {
	place, err := o.place(o.system)
	if err != nil {
		return err
	}
	left := false
	for _, b := range hostBrowsers(runtime.GOOS) {
		file := place.file(b)
		r, err := readManifest(file)
		if err != nil {
			return err
		}
		if r == nil || !r.ours {
			continue
		}
		if !slices.ContainsFunc(o.places, func(x hostBrowser) bool { return x.name == b.name }) {
			left = true
			continue
		}
		if o.root == "" {
			if err := unregister(b, o.system, file); err != nil {
				return err
			}
		}
		if err := os.Remove(file); err != nil {
			return err
		}
		if err := os.Rename(file+aside, file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		fmt.Fprintf(std.Out, "%-9s %s removed\n", b.name, file)
	}
	if left {
		return nil
	}
	return removeWrapper(place.wrapper())
}

// removeWrapper removes the script, if it is the installer's.
func removeWrapper(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !bytes.Contains(b, []byte("webeid-host")) {
		return err
	}
	return os.Remove(path)
}

// browserStatus is one line of status.
type browserStatus struct {
	Browser  string `json:"browser"`
	Program  string `json:"program"` // "mohur", "other" or "none"
	System   bool   `json:"system"`
	Manifest string `json:"manifest,omitempty"`
	Path     string `json:"path,omitempty"`
	Problem  string `json:"problem,omitempty"`
}

// status says what each browser would start: the user's registration goes before the system's.
func (o *setupOptions) status(std streams) int {
	status := exitPassed
	var lines []browserStatus
	for _, b := range o.places {
		line, text := browserStatus{Browser: b.name, Program: "none"}, "nothing is registered"
		for _, system := range []bool{false, true} {
			place, err := o.place(system)
			if err != nil {
				return complain(std, "webeid-host status", err)
			}
			r, err := find(b, place)
			if err != nil {
				return complain(std, "webeid-host status", err)
			}
			if r == nil {
				continue
			}
			line = browserStatus{Browser: b.name, Program: "other", System: system, Manifest: r.file, Path: r.manifest.Path, Problem: r.problem}
			if text = r.program() + ", " + r.file; r.ours {
				line.Program = "mohur"
			}
			if r.problem != "" {
				text += ": " + r.problem
			}
			break
		}
		if line.Program != "mohur" || line.Problem != "" {
			status = exitFailed
		}
		lines = append(lines, line)
		if !o.json {
			fmt.Fprintf(std.Out, "%-9s %s\n", b.name, text)
		}
	}
	if o.json {
		return emit(std, lines, status)
	}
	return status
}

// writeInPlace writes a file so that it is either the old or the new one at any time.
func writeInPlace(path string, b []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // browsers of other users read what is installed for all
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
