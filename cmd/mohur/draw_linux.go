package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"mohur/verify/report"
)

// drawIn draws the pages of a PDF into a folder as page-1.png and so on. Errors: errNoDrawer, errNoIsolation, and what the program said.
func drawIn(ctx context.Context, folder string, doc io.Reader) error {
	program, err := exec.LookPath(drawer)
	if err != nil {
		return errNoDrawer
	}
	return shutIn(ctx, drawTime, folder, doc, program, "-png", "-r", "72", "-scale-to", strconv.Itoa(drawSide), "-l", strconv.Itoa(drawPages), "-", "page")
}

// shutIn runs a program in a process without network, environment, other processes in sight, and rights on files but a folder's, for a time.
func shutIn(ctx context.Context, limit time.Duration, folder string, in io.Reader, program string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", append([]string{"draw", program}, args...)...)
	cmd.Env, cmd.Dir, cmd.Stdin, cmd.WaitDelay = []string{}, folder, in, time.Second
	var said bytes.Buffer
	cmd.Stderr = &limitedBuffer{Buffer: &said, left: 4 << 10}
	const nobody = 65534
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL, UidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}},
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EACCES) {
			return fmt.Errorf("%w: %w", errNoIsolation, err)
		}
		return err
	}
	err := cmd.Wait()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("drawing was stopped after %s", limit)
	case err != nil:
		first, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("%s: %w %s", filepath.Base(program), err, report.Plain(first))
	}
	return nil
}

// limitedBuffer keeps the beginning of what is written and takes the rest.
type limitedBuffer struct {
	*bytes.Buffer
	left int
}

// Write implements io.Writer.
func (b *limitedBuffer) Write(p []byte) (int, error) {
	keep := p[:min(len(p), b.left)]
	b.left -= len(keep)
	b.Buffer.Write(keep)
	return len(p), nil
}

// becomeDrawer limits this process and replaces it by the drawing program. It only returns with an error.
func becomeDrawer(program string, args []string) error {
	for _, l := range []struct {
		what  int
		limit uint64
	}{
		{syscall.RLIMIT_CORE, 0},
		{syscall.RLIMIT_FSIZE, drawFile},
		{syscall.RLIMIT_NOFILE, 64},
		{syscall.RLIMIT_CPU, uint64(drawTime.Seconds())},
		{syscall.RLIMIT_AS, drawMemory}, // last: this program itself has reserved more
	} {
		if err := syscall.Setrlimit(l.what, &syscall.Rlimit{Cur: l.limit, Max: l.limit}); err != nil {
			return fmt.Errorf("limit %d: %w", l.what, err)
		}
	}
	const prSetNoNewPrivs = 38
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("no new privileges: %w", errno)
	}
	if err := confine("."); err != nil {
		return err
	}
	return syscall.Exec(program, append([]string{filepath.Base(program)}, args...), []string{})
}

// Numbers of Landlock (linux/landlock.h): the rights on files that its first version knows.
const (
	landlockCreate, landlockAdd, landlockRestrict = 444, 445, 446

	landlockVersion   = 1 // flag of create: only say which version there is
	landlockBeneath   = 1 // type of a rule
	landlockRead      = 1<<2 | 1<<3
	landlockExecute   = 1 << 0
	landlockAllRights = 1<<13 - 1
)

// confine takes all rights on files away but reading what programs and fonts are made of, and writing below one folder. A kernel without
// Landlock is no reason to refuse: network and processes are shut off without it.
func confine(folder string) error {
	if version, _, errno := syscall.RawSyscall(landlockCreate, 0, 0, landlockVersion); errno != 0 || version < 1 {
		return nil
	}
	rights := uint64(landlockAllRights)
	set, _, errno := syscall.RawSyscall(landlockCreate, uintptr(unsafe.Pointer(&rights)), unsafe.Sizeof(rights), 0)
	if errno != 0 {
		return fmt.Errorf("landlock: %w", errno)
	}
	allow := func(path string, rights uint64) error {
		fd, err := syscall.Open(path, 0x200000|syscall.O_CLOEXEC, 0) // O_PATH
		if errors.Is(err, syscall.ENOENT) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("landlock %s: %w", path, err)
		}
		defer func() { _ = syscall.Close(fd) }()
		rule := [12]byte{} // packed: the rights, then the descriptor
		binary.NativeEndian.PutUint64(rule[:], rights)
		binary.NativeEndian.PutUint32(rule[8:], uint32(fd))
		if _, _, errno := syscall.RawSyscall6(landlockAdd, set, landlockBeneath, uintptr(unsafe.Pointer(&rule[0])), 0, 0, 0); errno != 0 {
			return fmt.Errorf("landlock %s: %w", path, errno)
		}
		return nil
	}
	for _, system := range []string{"/usr", "/lib", "/lib64", "/bin", "/etc/fonts", "/etc/ld.so.cache", "/var/cache/fontconfig"} {
		right := uint64(landlockRead | landlockExecute)
		if info, err := os.Stat(system); err == nil && !info.IsDir() {
			right &^= 1 << 3 // reading a directory is no right on a file
		}
		if err := allow(system, right); err != nil {
			return err
		}
	}
	if err := allow(folder, landlockAllRights&^landlockExecute); err != nil {
		return err
	}
	if _, _, errno := syscall.RawSyscall(landlockRestrict, set, 0, 0); errno != 0 {
		return fmt.Errorf("landlock: %w", errno)
	}
	return nil
}
