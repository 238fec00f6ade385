package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/toml/v2"

	"mohur/internal/locale"
)

// webeidConfig is the user's own file for the host; every field may be left out.
type webeidConfig struct {
	Modules        []string `mapstructure:"modules"`
	Prompt         string   `mapstructure:"prompt"`
	Pinentry       string   `mapstructure:"pinentry"`
	Language       string   `mapstructure:"language"`
	Timeout        int      `mapstructure:"timeout"` // seconds
	OneCertificate bool     `mapstructure:"one_certificate"`
}

// Ways to ask.
const (
	promptPinentry = "pinentry"
	promptZenity   = "zenity"
	promptKDialog  = "kdialog"
	promptTerminal = "terminal"
)

// Bounds of the host's configuration.
const (
	maxWebeidConfig      = 64 << 10
	defaultWebeidTimeout = 120
	maxWebeidTimeout     = 600
)

// loadWebeidConfig reads the file at path, or the user's own place for it, where it may be missing. The file decides which program is given the
// PIN, so it must belong to the user or to root, and others must not be able to write it, nor its folder.
func loadWebeidConfig(path string) (*webeidConfig, error) {
	named := path != ""
	if !named {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("the configuration has no place: %w", err)
		}
		path = filepath.Join(dir, "mohur", "webeid.toml")
	}
	c := &webeidConfig{}
	b, err := readOwn(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return c, c.complete()
	}
	if err != nil {
		return nil, err
	}
	m, err := toml.Parser().Unmarshal(b)
	if err == nil {
		var d *mapstructure.Decoder
		if d, err = mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: c, ErrorUnused: true}); err == nil {
			err = d.Decode(m)
		}
	}
	if err != nil {
		return nil, oneLine(path, err)
	}
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// readOwn reads a small file that nobody but its owner, the user or root, can have written.
func readOwn(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	for _, i := range []fs.FileInfo{info, folder} {
		if why := writableByOthers(i); why != "" {
			return nil, fmt.Errorf("%s is not read: %s %s", path, i.Name(), why)
		}
	}
	b, err := io.ReadAll(io.LimitReader(f, maxWebeidConfig+1))
	if err == nil && len(b) > maxWebeidConfig {
		err = fmt.Errorf("%s has more than %d bytes", path, maxWebeidConfig)
	}
	return b, err
}

// complete checks what was read and fills in what was not.
func (c *webeidConfig) complete() error {
	switch c.Prompt {
	case "", promptPinentry, promptZenity, promptKDialog, promptTerminal:
	default:
		return fmt.Errorf("prompt %q: pinentry, zenity, kdialog or terminal", c.Prompt)
	}
	if c.Language != "" && !locale.Known(locale.Lang(c.Language)) {
		return fmt.Errorf("language %q: az, en or ru", c.Language)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultWebeidTimeout
	}
	if c.Timeout < 1 || c.Timeout > maxWebeidTimeout {
		return fmt.Errorf("timeout %d: 1 to %d seconds", c.Timeout, maxWebeidTimeout)
	}
	if c.Pinentry != "" {
		if !filepath.IsAbs(c.Pinentry) {
			return fmt.Errorf("pinentry %q: the whole path is wanted", c.Pinentry)
		}
		info, err := os.Stat(c.Pinentry)
		if err != nil {
			return fmt.Errorf("pinentry: %w", err)
		}
		if why := writableByOthers(info); why != "" || !info.Mode().IsRegular() {
			return fmt.Errorf("pinentry %s is not started: it is no file, or %s", c.Pinentry, why)
		}
	}
	for _, m := range c.Modules {
		if !filepath.IsAbs(m) {
			return fmt.Errorf("modules: %q: the whole path is wanted", m)
		}
	}
	return nil
}

// patience is how long a person may take.
func (c *webeidConfig) patience() time.Duration { return time.Duration(c.Timeout) * time.Second }
