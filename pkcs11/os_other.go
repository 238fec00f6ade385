//go:build !unix

package pkcs11

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

// unsafeFile knows no file modes on this system; access control lists are the administrator's.
func unsafeFile(info fs.FileInfo) string {
	if !info.Mode().IsRegular() {
		return "it is no regular file"
	}
	return ""
}

// unsafeCredential and unsafeFolder know no file modes either; systemd runs elsewhere.
func unsafeCredential(info fs.FileInfo) string { return unsafeFile(info) }

func unsafeFolder(fs.FileInfo) string { return "" }

// lockPoll is how often a taken lock is tried again.
const lockPoll = 50 * time.Millisecond

// lockFile makes a lock by creating a file that must not exist. One left by a process that died must be removed by a person.
func lockFile(ctx context.Context, path string) (func() error, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			return func() error { return errors.Join(f.Close(), os.Remove(path)) }, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		if err := pause(ctx, lockPoll); err != nil {
			return nil, err
		}
	}
}
