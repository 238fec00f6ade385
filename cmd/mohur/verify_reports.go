package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mohur/verify"
	"mohur/verify/report"
)

// extraReports are the reports that are asked for beside the answer, each with where it goes: a file, or for many documents a folder.
type extraReports struct {
	pdf, etsi, detailed, diagnostic string
	pages                           string // always a folder
}

// kind is one of the reports.
type extraReport struct {
	option, path, suffix string
	write                func(w io.Writer, r *verify.Report, c *report.Clerk) error
}

// wanted lists the reports that were asked for.
func (e *extraReports) wanted() []extraReport {
	asJSON := func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	all := []extraReport{
		{"--report-pdf", e.pdf, ".pdf", func(w io.Writer, _ *verify.Report, c *report.Clerk) error { return report.WritePDF(w, c) }},
		{"--etsi", e.etsi, ".xml", func(w io.Writer, r *verify.Report, c *report.Clerk) error { return report.WriteETSI(w, r, c.Lang) }},
		{"--detailed", e.detailed, ".detailed.json", func(w io.Writer, r *verify.Report, c *report.Clerk) error {
			return asJSON(w, report.Detailed(r, c.Lang))
		}},
		{"--diagnostic", e.diagnostic, ".diagnostic.json", func(w io.Writer, r *verify.Report, c *report.Clerk) error {
			return asJSON(w, report.Diagnostic(r, c.Lang))
		}},
	}
	var out []extraReport
	for _, k := range all {
		if k.path != "" {
			out = append(out, k)
		}
	}
	return out
}

// check refuses one file for many documents: each would overwrite the one before.
func (e *extraReports) check(documents int) error {
	for _, k := range e.wanted() {
		if documents > 1 && !isFolder(k.path) {
			return fmt.Errorf("%s %s: for more than one document it must be an existing folder", k.option, k.path)
		}
	}
	if e.pages != "" {
		if err := os.MkdirAll(e.pages, 0o750); err != nil {
			return fmt.Errorf("--pages: %w", err)
		}
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// write writes the reports on one document.
func (e *extraReports) write(name string, detached []string, r *verify.Report, lang string) error {
	kinds := e.wanted()
	if len(kinds) == 0 {
		return nil
	}
	c := report.ForClerk(r, lang)
	for _, file := range append([]string{name}, detached...) {
		f, err := describeFile(file)
		if err != nil {
			return err
		}
		c.Files = append(c.Files, f)
	}
	for _, k := range kinds {
		path := k.path
		if isFolder(path) {
			path = filepath.Join(path, reportName(name, c.Files[0].SHA256)+k.suffix)
		}
		if err := writeWhole(path, func(w io.Writer) error { return k.write(w, r, c) }); err != nil {
			return fmt.Errorf("%s: %w", k.option, err)
		}
	}
	return nil
}

// reportName names what is written about a document in a folder: its own name, and enough of its SHA-256 that two of one name don't meet.
func reportName(name, sum string) string { return filepath.Base(name) + "." + sum[:12] }

// describeFile takes name, size and SHA-256 of a file.
func describeFile(name string) (report.File, error) {
	f, size, err := openFile(name)
	if err != nil {
		return report.File{}, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return report.File{}, err
	}
	return report.File{Name: filepath.Base(name), Size: size, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

// writeWhole writes a file that is whole or not there.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+strings.TrimPrefix(filepath.Base(path), ".")+".*")
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(0o644), write(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
