//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
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

// openTerminal opens the terminal that this process was started from, if it may be talked to: a program in the background would be stopped by
// reading from it.
func openTerminal() (*os.File, error) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	foreground, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	if err != nil || foreground != unix.Getpgrp() {
		_ = f.Close()
		return nil, fmt.Errorf("the terminal belongs to another program (%d)", foreground)
	}
	return f, nil
}
