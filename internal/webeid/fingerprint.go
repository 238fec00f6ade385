package webeid

import (
	"fmt"
	"strings"
)

// fingerprintSize is how many bytes of a hash people are asked to compare.
const fingerprintSize = 8

// Fingerprint is the beginning of a hash for people to compare: the page shows it beside the file's name, the window before the PIN is typed shows
// it too. Eight bytes in groups of two, "E3B0 C442 98FC 1C14"; a shorter hash is shown whole.
func Fingerprint(hash []byte) string {
	var groups []string
	for i := 0; i < min(len(hash), fingerprintSize); i += 2 {
		groups = append(groups, fmt.Sprintf("%X", hash[i:min(i+2, len(hash))]))
	}
	return strings.Join(groups, " ")
}
