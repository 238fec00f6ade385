// Package seeds gives the fuzz targets real files to start from: the public suites that `make fuzz` names in MOHUR_CONFORMANCE. It is for
// tests only, knows no format but PEM, and gives nothing when the variable is not set, so that `make test` stands on generated fixtures alone.
package seeds

import (
	"bytes"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Largest is the size in bytes above which a file is no seed: a mutation of a large file costs the time of thousands of small ones.
const Largest = 64 << 10

// Files returns the contents of the suites' files that have one of the extensions (".pdf"), in the order of their paths. The blocks of a PEM
// file are given one by one in DER. It fails the test when the variable names a folder that holds no such file.
func Files(tb testing.TB, extensions ...string) [][]byte {
	tb.Helper()
	root := os.Getenv("MOHUR_CONFORMANCE")
	if root == "" {
		return nil
	}
	var found [][]byte
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains(extensions, strings.ToLower(filepath.Ext(path))) {
			return err
		}
		info, err := entry.Info()
		if err != nil || info.Size() > Largest {
			return err
		}
		content, err := os.ReadFile(path)
		found = append(found, blocks(content)...)
		return err
	})
	if err != nil || len(found) == 0 {
		tb.Fatalf("MOHUR_CONFORMANCE gives no seed of %v: %v", extensions, err)
	}
	return found
}

func blocks(content []byte) [][]byte {
	if !bytes.Contains(content, []byte("-----BEGIN ")) {
		return [][]byte{content}
	}
	var all [][]byte
	for rest := content; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		all = append(all, block.Bytes)
	}
}
