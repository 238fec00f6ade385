//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// freeBytes says how much may still be written below a folder.
func freeBytes(dir string) (free int64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:gosec,unconvert // a disk is smaller than 2^63 bytes; the types differ by system
}
