//go:build unix

package pkcs11

import (
	"cmp"
	"os"
	"os/exec"
	"slices"
	"syscall"
)

// Command is a Launcher that starts a program. The child finds its two pipes by [ChildPipes].
type Command struct {
	Program string          // what is run; empty is Args[0]
	Args    []string        // the child's name for itself and its arguments, to which the library's path is appended
	Env     func() []string // makes the child's environment ("NAME=value") at each start; nil is this process's own
}

// childIn, childOut and those of the lanes from childLanes on are the child's descriptors: a library that prints to standard output must not
// speak into the protocol.
const childIn, childOut, childLanes = 3, 4, 5

// Launch implements Launcher. The child's standard error is this process's; a signal to this process's group does not reach it, because
// it must live until the last call in progress here has ended.
func (c Command) Launch(path string) (*Child, error) {
	requestR, requestW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answerR, answerW, err := os.Pipe()
	if err != nil {
		_, _ = requestR.Close(), requestW.Close()
		return nil, err
	}
	cmd := exec.Command(cmp.Or(c.Program, c.Args[0])) //nolint:gosec // the caller's own program
	cmd.Args = append(slices.Clone(c.Args), path)
	cmd.Stderr, cmd.Stdout = os.Stderr, os.Stderr
	if c.Env != nil {
		cmd.Env = c.Env()
	}
	lanes, ends, err := newLanes()
	if err != nil {
		closeAll([]*os.File{requestR, requestW, answerR, answerW})
		return nil, err
	}
	cmd.ExtraFiles = append([]*os.File{requestR, answerW}, ends...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	closeAll(cmd.ExtraFiles)
	if err != nil {
		closeLanes(lanes)
		closeAll([]*os.File{requestW, answerR})
		return nil, err
	}
	return &Child{In: requestW, Out: answerR, Kill: cmd.Process.Kill, Wait: cmd.Wait, PID: cmd.Process.Pid, lanes: lanes}, nil
}

// ChildPipes are the pipes of a child that a [Command] started. Core dumps of it are switched off, because PINs pass through it.
func ChildPipes() (in, out *os.File) {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) // what can't be lowered stays as the administrator set it
	for fd := childIn; fd < childLanes+laneCount*(1+laneDepth); fd++ {
		syscall.CloseOnExec(fd)
	}
	return os.NewFile(childIn, "requests"), os.NewFile(childOut, "answers")
}
