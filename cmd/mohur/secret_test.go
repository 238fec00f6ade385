package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPageSecretIsMadeOnceAndShared(t *testing.T) {
	c := &config{Data: t.TempDir()}
	first, err := c.pageSecret()
	if err != nil || len(first) < leastSecret {
		t.Fatal(first, err)
	}
	if again, err := c.pageSecret(); err != nil || !bytes.Equal(first, again) {
		t.Error("after a restart it is another one", err)
	}
	other := &config{Data: t.TempDir(), SecretFile: filepath.Join(c.Data, "page.secret")}
	if shared, err := other.pageSecret(); err != nil || !bytes.Equal(first, shared) {
		t.Error("a second process has another one", err)
	}
}

func TestPageSecretsThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		why     string
	}{
		"open to others": {strings.Repeat("x", leastSecret), 0o644, "others may read"},
		"short":          {"x", 0o600, "holds 1 bytes"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := (&config{SecretFile: path}).pageSecret(); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (&config{SecretFile: filepath.Join(dir, "absent")}).pageSecret(); err == nil {
		t.Error("a named file that is not there is passed over")
	}
}
