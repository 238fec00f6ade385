//go:build unix

package pkcs11

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// unsafeFile says why a file must not hold a secret, empty when it may.
func unsafeFile(info fs.FileInfo) string {
	if !info.Mode().IsRegular() {
		return "it is no regular file"
	}
	if info.Mode().Perm()&0o177 != 0 {
		return fmt.Sprintf("its mode is %#o: others may read it; make it 0600 or 0400", info.Mode().Perm())
	}
	return foreign(info)
}

// unsafeCredential says why a credential's file must not be used. Its group's rights are the mask of an access list that names the service's user,
// when root owns it; nobody may write to it but its owner.
func unsafeCredential(info fs.FileInfo) string {
	if !info.Mode().IsRegular() {
		return "it is no regular file"
	}
	forbidden := fs.FileMode(0o177)
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid == 0 {
		forbidden = 0o137
	}
	if info.Mode().Perm()&forbidden != 0 {
		return fmt.Sprintf("its mode is %#o: others may get at it", info.Mode().Perm())
	}
	return foreign(info)
}

// unsafeFolder says why a folder must not hold credentials.
func unsafeFolder(info fs.FileInfo) string {
	if !info.IsDir() {
		return "it is no folder"
	}
	if info.Mode().Perm()&0o027 != 0 {
		return fmt.Sprintf("its mode is %#o: others may get at it", info.Mode().Perm())
	}
	return foreign(info)
}

// foreign says that somebody else owns a file.
func foreign(info fs.FileInfo) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return "it belongs to another user"
	}
	return ""
}

// lockPoll is how often a taken lock is tried again.
const lockPoll = 50 * time.Millisecond

// lockFile takes an exclusive lock on a file, which the kernel gives up when the process ends, and returns what releases it.
func lockFile(ctx context.Context, path string) (func() error, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			_ = f.Close()
			return nil, err
		}
		if err := pause(ctx, lockPoll); err != nil {
			_ = f.Close()
			return nil, err
		}
	}
}
