//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// writableByOthers says why others than the user and root may have put something here, empty when they can't have.
func writableByOthers(info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return "belongs to another user"
	}
	if info.Mode().Perm()&0o022 != 0 && info.Mode()&(fs.ModeDir|fs.ModeSticky) != fs.ModeDir|fs.ModeSticky {
		return fmt.Sprintf("has mode %#o: others may write it", info.Mode().Perm())
	}
	return ""
}

// terminal is the terminal that the browser was started from, for as long as it is open.
type terminal struct {
	*os.File
	lender int // the process group that it was taken from; 0 when it was ours already
}

// openTerminal opens the terminal that this process was started from, if it may be talked to. Chromium starts its hosts in a process group of their
// own, in the background, where reading would stop them: the foreground is taken from the browser, and given back by Close, but from nobody else. A
// shell that waits for a command would not survive it.
func openTerminal() (*terminal, error) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	t := &terminal{File: f}
	foreground, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	own := unix.Getpgrp()
	if err == nil && foreground != own {
		browser, lookUp := unix.Getpgid(unix.Getppid())
		if err = fmt.Errorf("the terminal belongs to another program (%d)", foreground); lookUp == nil && foreground == browser {
			signal.Ignore(unix.SIGTTOU) // or the next call would stop this process
			err = unix.IoctlSetPointerInt(int(f.Fd()), unix.TIOCSPGRP, own)
			t.lender = foreground
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return t, nil
}

// Close gives the terminal back.
func (t *terminal) Close() error {
	if t.lender != 0 {
		_ = unix.IoctlSetPointerInt(int(t.Fd()), unix.TIOCSPGRP, t.lender) // a browser that is gone wants nothing back
	}
	return t.File.Close()
}
