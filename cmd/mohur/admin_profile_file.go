package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"mohur/docket"
)

// sealProfileFile is a proposal as a TOML file; adminProfileHelp says what each key means.
type sealProfileFile struct {
	Name          string   `koanf:"name"`
	Why           string   `koanf:"why"`
	Unit          string   `koanf:"unit"`
	Credential    string   `koanf:"credential"`
	Format        string   `koanf:"format"`
	Level         string   `koanf:"level"`
	Input         string   `koanf:"input"`
	HashAllowed   bool     `koanf:"hash_allowed"`
	Kinds         []string `koanf:"kinds"`
	Clients       []string `koanf:"clients"`
	PerDay        int      `koanf:"per_day"`
	Visible       bool     `koanf:"visible"`
	Lines         []string `koanf:"lines"`
	QR            bool     `koanf:"qr"`
	Image         string   `koanf:"image"`
	Certification int      `koanf:"certification"`
}

// profileFile reads the file. A key that no field reads is refused, and so is a value of another type.
func profileFile(path string) (*sealProfileFile, error) {
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	keys := []string{"name", "why"}
	for _, t := range new(docket.SealTerms).List() {
		keys = append(keys, t.Field)
	}
	for _, key := range k.Keys() {
		if !slices.Contains(keys, key) {
			return nil, fmt.Errorf("%s: there is no key %q", path, key)
		}
	}
	var f sealProfileFile
	err := k.UnmarshalWithConf("", &f, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{Result: &f, TagName: "koanf"}})
	if err != nil {
		return nil, oneLine(path, err)
	}
	return &f, nil
}

// input is the proposal without its picture.
func (f *sealProfileFile) input() docket.SealProposal {
	return docket.SealProposal{Name: f.Name, Why: f.Why, Terms: docket.SealTerms{
		Unit: f.Unit, Credential: f.Credential, Format: docket.SealFormat(f.Format), Level: docket.SealLevel(f.Level), Input: docket.InputRule(f.Input),
		HashAllowed: f.HashAllowed, Kinds: f.Kinds, Clients: f.Clients, PerDay: f.PerDay, Certification: f.Certification,
		Appearance: docket.SealAppearance{Visible: f.Visible, Lines: f.Lines, QR: f.QR},
	}}
}

// besideFile is a file named in another one: relative to it.
func besideFile(path, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(path), name)
}
