package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"mohur/internal/store/sqlstore"
	"mohur/pkcs11"
)

// databaseJournal keeps attempts in the service's database, for all of its processes.
type databaseJournal struct{ attempts *sqlstore.PINAttempts }

// Begin implements pkcs11.AttemptJournal.
func (j databaseJournal) Begin(ctx context.Context, token string) (pkcs11.JournalEntry, error) {
	e, err := j.attempts.Begin(ctx, token)
	if err != nil {
		return nil, err
	}
	return databaseEntry{e}, nil
}

// databaseEntry turns rows into attempts and back.
type databaseEntry struct{ *sqlstore.PINEntry }

// Attempts implements pkcs11.JournalEntry.
func (e databaseEntry) Attempts() []pkcs11.Attempt {
	var out []pkcs11.Attempt
	for _, a := range e.PINEntry.Attempts() {
		out = append(out, pkcs11.Attempt{Source: a.Source, Version: a.Version, Attended: a.Attended, Outcome: pkcs11.Outcome(a.Outcome), At: a.At, Good: a.Good})
	}
	return out
}

// Record implements pkcs11.JournalEntry.
func (e databaseEntry) Record(a pkcs11.Attempt) error {
	return e.PINEntry.Record(sqlstore.PINAttempt{Source: a.Source, Version: a.Version, Attended: a.Attended, Outcome: string(a.Outcome), At: a.At, Good: a.Good})
}

// attempts is the journal of PIN attempts: that of the service whose configuration is named, the named file, else the user's own,
// $XDG_STATE_HOME/mohur/pin-attempts.json (~/.local/state where that isn't set).
func (a *tokenAccess) attempts(ctx context.Context) (pkcs11.AttemptJournal, error) {
	switch {
	case a.kept != nil:
		return a.kept, nil
	case a.config != "":
		return a.serviceJournal(ctx)
	case a.journal != "":
		a.keptIn = a.journal
	default:
		state := os.Getenv("XDG_STATE_HOME")
		if !filepath.IsAbs(state) {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, fmt.Errorf("the journal of PIN attempts has no place: %w", err)
			}
			state = filepath.Join(home, ".local", "state")
		}
		a.keptIn = filepath.Join(state, "mohur", "pin-attempts.json")
	}
	a.kept = pkcs11.FileJournal{Path: a.keptIn}
	return a.kept, nil
}

// serviceJournal opens the service's database.
func (a *tokenAccess) serviceJournal(ctx context.Context) (pkcs11.AttemptJournal, error) {
	cfg, err := loadConfig(a.config, os.Environ())
	if err != nil {
		return nil, err
	}
	if a.store, err = sqlstore.Open(ctx, cfg.Database); err != nil {
		return nil, fmt.Errorf("the journal of PIN attempts of %s: %w", a.config, err)
	}
	a.keptIn = "the database of " + a.config
	a.kept = databaseJournal{a.store.PINAttempts(clock)}
	return a.kept, nil
}

// close closes the service's database, if it was opened.
func (a *tokenAccess) close() error {
	if a.store == nil {
		return nil
	}
	return a.store.Close()
}

// pinSource is where a service's PIN comes from: a systemd credential when one is named, else a file.
func pinSource(file, credential string) pkcs11.PINSource {
	if credential != "" {
		return pkcs11.CredentialPIN(credential)
	}
	return pkcs11.FilePIN(file)
}

// onePINSource says what is wrong with the two settings that say where a PIN comes from, empty when nothing is.
func onePINSource(file, credential string) string {
	switch {
	case file == "" && credential == "":
		return `"pin_file", the file with the token's PIN, is missing; "pin_credential", the name of a systemd credential, can stand for it`
	case file != "" && credential != "":
		return `"pin_file" and "pin_credential" both say where the token's PIN is: leave one out`
	}
	return ""
}
