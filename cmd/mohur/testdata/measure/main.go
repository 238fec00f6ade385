//go:build linux

// Command measure runs a program and writes as JSON what it used. Linux counts for a process what the one that started it held then, so this one
// links next to nothing: the tests' own program, which holds 50 MB itself, would be the least that it could ever measure.
package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	c := exec.Command(os.Args[1], os.Args[2:]...)
	out, err := c.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(2)
	}
	used, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		os.Exit(2)
	}
	answer := map[string]any{"Memory": used.Maxrss, "CPU": c.ProcessState.UserTime() + c.ProcessState.SystemTime(), "Status": c.ProcessState.ExitCode(), "Output": string(out)}
	if json.NewEncoder(os.Stdout).Encode(answer) != nil {
		os.Exit(2)
	}
}
