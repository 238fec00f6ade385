//go:build !unix

package pkcs11

import (
	"cmp"
	"os"
	"os/exec"
	"slices"
)

// Command is a Launcher that starts a program. The child finds its two pipes by [ChildPipes].
type Command struct {
	Program string          // what is run; empty is Args[0]
	Args    []string        // the child's name for itself and its arguments, to which the library's path is appended
	Env     func() []string // makes the child's environment ("NAME=value") at each start; nil is this process's own
}

// Launch implements Launcher. This system hands on no other pipes than standard input and output.
func (c Command) Launch(path string) (*Child, error) {
	cmd := exec.Command(cmp.Or(c.Program, c.Args[0])) //nolint:gosec // the caller's own program
	cmd.Args = append(slices.Clone(c.Args), path)
	cmd.Stderr = os.Stderr
	if c.Env != nil {
		cmd.Env = c.Env()
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &Child{In: in, Out: out, Kill: cmd.Process.Kill, Wait: cmd.Wait}, nil
}

// ChildPipes are the pipes of a child that a [Command] started.
func ChildPipes() (in, out *os.File) { return os.Stdin, os.Stdout }
