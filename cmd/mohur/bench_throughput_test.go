//go:build bench

package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// throughputRounds is how often each document is judged in one run of the program: together they take seconds.
const throughputRounds = 10

// TestBenchmarkThroughput prints how many documents a second one process judges, with one worker and with two, on the PDF and CMS rows of the
// public suite of EU DSS (MOHUR_CONFORMANCE). MOHUR_DSS, where it names a program that runs DSS (PROGRAM throughput -warm N -iters N -threads N
// -noetsi @LIST, printing {"docsPerSec":N}), is measured on the same documents. It asserts only that every document had an answer.
func TestBenchmarkThroughput(t *testing.T) {
	suites := os.Getenv("MOHUR_CONFORMANCE")
	if suites == "" {
		fmt.Println("MOHUR_CONFORMANCE names no folder: throughput is not measured")
		return
	}
	mohur, err := filepath.Abs("../../bin/mohur")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(suites, "dss")
	files := answerRows(t, filepath.Join(dir, "cases.tsv"), "PAdES", "PDF-PKCS7", "PDF-other", "CAdES", "CMS")
	var many []string
	for range throughputRounds {
		many = append(many, files...)
	}
	workers := []int{1, 2}
	walls, cpus := make([][]time.Duration, len(workers)), make([][]time.Duration, len(workers))
	for range benchRuns() {
		for i, n := range workers {
			s := measureIn(t, dir, len(many), append([]string{mohur, "verify", "--json", "--offline", "-j", strconv.Itoa(n)}, many...))
			walls[i], cpus[i] = append(walls[i], s.wall), append(cpus[i], s.cpu)
		}
	}
	middle := func(v []time.Duration) time.Duration { slices.Sort(v); return v[len(v)/2] }
	rate := func(d time.Duration) float64 { return float64(len(many)) / d.Seconds() }
	fmt.Printf("\nthroughput on %d documents of dss/, %d runs of %d rounds each, load %s\n", len(files), benchRuns(), throughputRounds, load())
	for i, n := range workers {
		fmt.Printf("  mohur verify -j %d: %8.1f documents a second, %6.2f ms of CPU each\n", n, rate(middle(walls[i])), ms(middle(cpus[i]))/float64(len(many)))
	}
	fmt.Printf("  two workers: %.2f times one\n", float64(middle(walls[0]))/float64(middle(walls[1])))
	dss := os.Getenv("MOHUR_DSS")
	if dss == "" {
		return
	}
	for i, n := range workers {
		r := dssRate(t, dss, dir, files, n)
		fmt.Printf("  EU DSS, %d threads: %8.1f documents a second; mohur has %.1f times that\n", n, r, rate(middle(walls[i]))/r)
	}
}

// answerRows lists the files of a suite's table that have one of the formats.
func answerRows(t *testing.T, table string, formats ...string) []string {
	t.Helper()
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	path, format := slices.Index(rows[0], "path"), slices.Index(rows[0], "format")
	var out []string
	for _, row := range rows[1:] {
		if slices.Contains(formats, row[format]) {
			out = append(out, row[path])
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s has no row of %v", table, formats)
	}
	return out
}

// measureIn runs the program in a folder and checks that it gave an answer for each document.
func measureIn(t *testing.T, dir string, answers int, args []string) sample {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	begin := time.Now()
	out, err := cmd.Output()
	wall := time.Since(begin)
	if n := strings.Count(string(out), "\n"); n != answers {
		t.Fatalf("%d answers for %d documents: %v", n, answers, err)
	}
	return sample{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), wall: wall}
}

// dssRate is how many documents a second DSS judges.
func dssRate(t *testing.T, program, dir string, files []string, threads int) float64 {
	t.Helper()
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(strings.Join(files, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "throughput", "-warm", "3", "-iters", "3", "-threads", strconv.Itoa(threads), "-noetsi", "@"+list)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var got struct {
		DocsPerSec float64 `json:"docsPerSec"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil || got.DocsPerSec <= 0 {
		t.Fatalf("%s printed %s (%v)", program, lines[len(lines)-1], err)
	}
	return got.DocsPerSec
}

// load is the machine's load average of one and five minutes.
func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(b))[:2], " ")
}
