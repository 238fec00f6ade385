//go:build unix

package pkcs11

import (
	"os"
	"syscall"
)

// lockedPage gives memory that is neither swapped out nor, on Linux, written into a core dump, and what gives it back. Where the system
// refuses to lock (RLIMIT_MEMLOCK) the page is an ordinary one.
func lockedPage() (page []byte, release func()) {
	page, err := syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]byte, maxPIN), func() {}
	}
	_ = syscall.Mlock(page)
	dontDump(page)
	return page, func() {
		clear(page)
		_ = syscall.Munmap(page)
	}
}
