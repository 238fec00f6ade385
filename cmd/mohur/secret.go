package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The size in bytes of a secret in a file.
const (
	leastSecret = 32
	mostSecret  = 4096
)

// pageSecret is what authenticates verdicts that wait in a visitor's page: the file that the configuration names, which processes behind one
// address share, or else one of this data folder, made at the first start.
func (c *config) pageSecret() ([]byte, error) {
	return ownSecret("the secret of the pages", c.SecretFile, filepath.Join(c.Data, "page.secret"))
}

// webhookSecret is what the secrets of webhooks are derived from: the file that the configuration names, or else one of this data folder, made at the
// first start. Whoever loses it has to give every receiver a new secret: it belongs into every back-up.
func (c *config) webhookSecret() ([]byte, error) {
	return ownSecret("the secret of webhooks", c.Webhooks.SecretFile, filepath.Join(c.Data, "webhook.secret"))
}

// ownSecret reads the named file, or the one at path, which it makes if it is not there.
func ownSecret(what, named, path string) ([]byte, error) {
	if named != "" {
		return readSecret(what, named)
	}
	secret, err := readSecret(what, path)
	if !errors.Is(err, os.ErrNotExist) {
		return secret, err
	}
	fresh := make([]byte, leastSecret)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) { // another process was faster
		return readSecret(what, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	_, err = f.Write(fresh)
	return fresh, errors.Join(err, f.Sync(), f.Close())
}

// readSecret reads a file that nobody else may read.
func readSecret(what, path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the administrator's own file
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: others may read %s (mode %#o); make it 0600", what, path, info.Mode().Perm())
	}
	secret, err := io.ReadAll(io.LimitReader(f, mostSecret))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if len(secret) < leastSecret {
		return nil, fmt.Errorf("%s: %s holds %d bytes, at least %d random ones are wanted", what, path, len(secret), leastSecret)
	}
	return secret, nil
}
