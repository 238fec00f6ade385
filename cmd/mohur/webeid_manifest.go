package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// hostName is the name that the extension asks for.
const hostName = "eu.webeid"

// hostDescription marks a manifest as this program's.
const hostDescription = "Web eID host of mohur: signing with tokens behind PKCS#11"

// maxManifest bounds a manifest.
const maxManifest = 64 << 10

// hostManifest is a native messaging manifest: Chromium's with origins, Firefox's with ids.
type hostManifest struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Path        string   `json:"path"`
	Type        string   `json:"type"`
	Origins     []string `json:"allowed_origins,omitempty"`
	Extensions  []string `json:"allowed_extensions,omitempty"`
}

// hostBrowser is a browser and where it looks for manifests: on Windows below a key of the registry, elsewhere in a folder.
type hostBrowser struct {
	name    string
	firefox bool
	user    string // folder, from the home folder
	system  string // folder, from the root
	key     string // of the registry, below HKCU or HKLM
}

// hostBrowsers lists the browsers of an operating system.
func hostBrowsers(system string) []hostBrowser {
	const chrome, chromium, edge = "chrome", "chromium", "edge"
	list := []hostBrowser{
		{name: chrome, key: `SOFTWARE\Google\Chrome`},
		{name: chromium, key: `SOFTWARE\Chromium`},
		{name: edge, key: `SOFTWARE\Microsoft\Edge`},
		{name: firefoxKind, firefox: true, key: `SOFTWARE\Mozilla`},
	}
	folders := map[string][2]string{
		chrome:      {".config/google-chrome/NativeMessagingHosts", "etc/opt/chrome/native-messaging-hosts"},
		chromium:    {".config/chromium/NativeMessagingHosts", "etc/chromium/native-messaging-hosts"},
		edge:        {".config/microsoft-edge/NativeMessagingHosts", "etc/opt/edge/native-messaging-hosts"},
		firefoxKind: {".mozilla/native-messaging-hosts", "usr/lib/mozilla/native-messaging-hosts"},
	}
	if system == "darwin" {
		const support = "Library/Application Support/"
		folders = map[string][2]string{
			chrome:      {support + "Google/Chrome/NativeMessagingHosts", "Library/Google/Chrome/NativeMessagingHosts"},
			chromium:    {support + "Chromium/NativeMessagingHosts", support + "Chromium/NativeMessagingHosts"},
			edge:        {support + "Microsoft Edge/NativeMessagingHosts", "Library/Microsoft/Edge/NativeMessagingHosts"},
			firefoxKind: {support + "Mozilla/NativeMessagingHosts", support + "Mozilla/NativeMessagingHosts"},
		}
	}
	for i := range list {
		b := &list[i]
		b.key += `\NativeMessagingHosts\` + hostName
		b.user, b.system = folders[b.name][0], folders[b.name][1]
		if system == "windows" { // a folder of ours; the registry points there
			b.user, b.system = "mohur/webeid/"+b.name, "mohur/webeid/"+b.name
		}
	}
	return list
}

// manifest makes a browser's manifest.
func (b hostBrowser) manifest(program string, allowed []string) hostManifest {
	m := hostManifest{Name: hostName, Description: hostDescription, Path: program, Type: "stdio"}
	kind := chromiumKind
	if b.firefox {
		kind = firefoxKind
		m.Extensions = []string{extensionFirefox}
	} else {
		m.Origins = []string{"chrome-extension://" + extensionChrome + "/", "chrome-extension://" + extensionEdge + "/"}
	}
	for _, id := range allowed {
		switch {
		case extensionKind(id) != kind:
		case b.firefox && !slices.Contains(m.Extensions, id):
			m.Extensions = append(m.Extensions, id)
		case !b.firefox && !slices.Contains(m.Origins, "chrome-extension://"+id+"/"):
			m.Origins = append(m.Origins, "chrome-extension://"+id+"/")
		}
	}
	return m
}

// hostPlace is where things go: for one user, or for all.
type hostPlace struct {
	root   string // before every path, for packages; empty for none
	home   string // of the user
	system bool
}

// file is a browser's manifest here.
func (p hostPlace) file(b hostBrowser) string {
	if p.system {
		return filepath.Join(p.base(), filepath.FromSlash(b.system), hostName+".json")
	}
	return filepath.Join(p.base(), filepath.FromSlash(b.user), hostName+".json")
}

// base is the folder from which a browser's folders are counted.
func (p hostPlace) base() string {
	switch {
	case runtime.GOOS == "windows" && p.system:
		return filepath.Join(p.root, os.Getenv("ProgramData"))
	case runtime.GOOS == "windows":
		return filepath.Join(p.root, os.Getenv("LOCALAPPDATA"))
	case p.system:
		return filepath.Join("/", p.root)
	}
	return filepath.Join(p.root, p.home)
}

// wrapper is the small script that browsers start.
func (p hostPlace) wrapper() string {
	switch {
	case runtime.GOOS == "windows":
		return filepath.Join(p.base(), "mohur", "webeid", "webeid-host.bat")
	case p.system:
		return filepath.Join(p.base(), "usr", "local", "lib", "mohur", "webeid-host")
	}
	return filepath.Join(p.base(), ".local", "share", "mohur", "webeid-host")
}

// inside is a path as the installed system will see it.
func (p hostPlace) inside(path string) string {
	if p.root == "" {
		return path
	}
	rest, err := filepath.Rel(p.root, path)
	if err != nil {
		return path
	}
	return string(filepath.Separator) + rest
}

// wrapperText is the script. What stands before "--" is the installer's choice, what the browser adds comes behind it.
func wrapperText(program string, o *setupOptions) string {
	args := []string{program, "webeid-host"}
	for _, id := range o.allowed {
		args = append(args, "--allow-extension", id)
	}
	if o.localhost {
		args = append(args, "--allow-localhost")
	}
	if o.config != "" {
		args = append(args, "--config", o.config)
	}
	if runtime.GOOS == "windows" {
		for i, a := range args {
			args[i] = `"` + strings.ReplaceAll(a, "%", "%%") + `"`
		}
		return "@echo off\r\n" + strings.Join(args, " ") + " -- %*\r\n"
	}
	for i, a := range args {
		args[i] = `'` + strings.ReplaceAll(a, `'`, `'\''`) + `'`
	}
	return "#!/bin/sh\n# Made by 'mohur webeid-host install'; 'mohur webeid-host uninstall' removes it.\nexec " + strings.Join(args, " ") + " -- \"$@\"\n"
}

// registered is what a browser finds under the name.
type registered struct {
	file     string
	manifest hostManifest
	ours     bool
	problem  string // why it can't work; empty when nothing speaks against it
}

// readManifest reads a manifest; nil when there is none.
func readManifest(file string) (*registered, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotADirectory) {
		return nil, nil //nolint:nilnil // no manifest is no error
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return nil, err
	}
	r := &registered{file: file}
	if err := json.Unmarshal(b, &r.manifest); err != nil || len(b) > maxManifest {
		r.problem = "the manifest can't be read"
		return r, nil
	}
	r.ours = r.manifest.Name == hostName && r.manifest.Description == hostDescription
	program := r.manifest.Path
	if _, err := os.Stat(program); err == nil && r.ours {
		program = startedBy(program)
	}
	if _, err := os.Stat(program); err != nil {
		r.problem = "the program is missing: " + program
	}
	return r, nil
}

// startedBy is the program that our wrapper starts, which may have moved since; the wrapper itself where that can't be read.
func startedBy(wrapper string) string {
	f, err := os.Open(wrapper)
	if err != nil {
		return wrapper
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return wrapper
	}
	if m := regexp.MustCompile(`(?m)^exec '([^']*)' 'webeid-host'|^"([^"]*)" "webeid-host"`).FindSubmatch(b); m != nil {
		return string(m[1]) + strings.ReplaceAll(string(m[2]), "%%", "%")
	}
	return wrapper
}

// program tells people whose a manifest is.
func (r *registered) program() string {
	switch {
	case r.ours:
		return "this program"
	case strings.Contains(strings.ToLower(r.manifest.Description+filepath.Base(r.manifest.Path)), "web"):
		return "the Web eID application (" + r.manifest.Path + ")"
	}
	return "another program (" + r.manifest.Path + ")"
}

// encode writes a manifest.
func (m hostManifest) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return b.Bytes(), nil
}
