//go:build bench

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sample is what one finished process cost.
type sample struct {
	cpu, wall time.Duration
	maxRSS    int64 // KiB
}

// contender is one program in a comparison.
type contender struct {
	name string
	args []string
	ok   func(output string, exit int) bool // did it do the work that is compared
}

// measure runs one process to its end and takes the kernel's account of it.
func measure(t *testing.T, c contender) sample {
	t.Helper()
	cmd := exec.Command(c.args[0], c.args[1:]...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	if cmd.ProcessState == nil {
		t.Fatalf("%s did not start: %v", c.name, err)
	}
	if !c.ok(out.String(), cmd.ProcessState.ExitCode()) {
		t.Fatalf("%s did not do its work (exit %d): %s", c.name, cmd.ProcessState.ExitCode(), out.String())
	}
	ru := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return sample{cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), wall, ru.Maxrss}
}

// median of a figure over the runs.
func median[T int64 | time.Duration](runs []sample, of func(sample) T) T {
	v := make([]T, len(runs))
	for i, s := range runs {
		v[i] = of(s)
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// compare runs the contenders in turn, A B C A B C ..., after one warm round, prints medians and ratios to the first, and returns the medians of
// the CPU time.
func compare(t *testing.T, title string, runs int, cs []contender) []time.Duration {
	t.Helper()
	all := make([][]sample, len(cs))
	for r := -1; r < runs; r++ {
		for i, c := range cs {
			if s := measure(t, c); r >= 0 {
				all[i] = append(all[i], s)
			}
		}
	}
	fmt.Printf("\n%s (%d runs each, load %s)\n  %-28s %10s %10s %10s %8s\n", title, runs, load(), "", "CPU ms", "wall ms", "peak MB", "CPU x")
	first := median(all[0], func(s sample) time.Duration { return s.cpu })
	var medians []time.Duration
	for i, c := range cs {
		cpu := median(all[i], func(s sample) time.Duration { return s.cpu })
		medians = append(medians, cpu)
		fmt.Printf("  %-28s %10.1f %10.1f %10.1f %8.2f\n", c.name, ms(cpu), ms(median(all[i], func(s sample) time.Duration { return s.wall })),
			float64(median(all[i], func(s sample) int64 { return s.maxRSS }))/1024, float64(cpu)/float64(max(first, 1)))
	}
	return medians
}

// ms is a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// benchRuns reads BENCH_RUNS, five by default.
func benchRuns() int {
	if n, err := strconv.Atoi(os.Getenv("BENCH_RUNS")); err == nil && n > 0 {
		return n
	}
	return 5
}

// passed accepts a process that ended with status 0.
func passed(_ string, exit int) bool { return exit == 0 }

// TestBenchmarkPeers prints what verifying costs as a whole process, beside the field's programs on the same files. It asserts only that
// each did its work, never how fast.
func TestBenchmarkPeers(t *testing.T) {
	mohur, err := filepath.Abs("../../bin/mohur")
	if err != nil {
		t.Fatal(err)
	}
	python := os.Getenv("MOHUR_PYTHON")
	if python == "" {
		t.Fatal("MOHUR_PYTHON names no Python with pyHanko: run make bench")
	}
	dir := t.TempDir()
	fixtures := benchFixtures(t, dir)
	for _, f := range fixtures.files {
		compare(t, "verify "+f.title, benchRuns(), []contender{
			{"mohur verify", []string{mohur, "verify", "--json", "--offline", "--anchors", fixtures.anchor, "--revocation", fixtures.revocation, f.path}, passed},
			{"pdfsig -no-ocsp", []string{"pdfsig", "-no-ocsp", f.path}, func(out string, _ int) bool { return strings.Contains(out, "Signature is Valid") }},
			{"pyHanko", []string{python, "../../scripts/pyhanko_verify.py", "--root", fixtures.anchor, f.path}, passed},
			{"openssl dgst -sha256", []string{"openssl", "dgst", "-sha256", f.path}, passed},
		})
		out, err := exec.Command(python, "../../scripts/pyhanko_verify.py", "--root", fixtures.anchor, "--bench", "5", f.path).CombinedOutput()
		if err != nil {
			t.Fatalf("pyHanko: %v: %s", err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		fmt.Printf("  pyHanko in process, steady: %s\n", lines[len(lines)-1])
	}
}
