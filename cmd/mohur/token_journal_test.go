package main

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mohur/internal/store/sqlstore"
	"mohur/pkcs11"
)

// Two replicas with a wrong PIN, each with its own connection to the database, start at the same moment: the token is asked once.
func TestTwoReplicasTryAWrongPINOnce(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SOFTHSM2_CONF", "") // so that the test's end restores it
	if err := pkcs11.UseSoftHSM(filepath.Join(dir, "soft")); err != nil {
		t.Fatal(err)
	}
	path, err := pkcs11.SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	open := func() *pkcs11.Module {
		m, err := newLoader().Open(pkcs11.Options{Path: path, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.Close() })
		return m
	}
	first := open()
	if _, err := first.InitToken(t.Context(), "seal", pkcs11.NewPIN([]byte("31415926")), pkcs11.NewPIN([]byte("271828"))); err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(dir, "pin")
	if err := os.WriteFile(wrong, []byte("000000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var tokens []*pkcs11.Token
	for _, m := range []*pkcs11.Module{first, open()} {
		s, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(dir, "mohur.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		tok, err := m.Token(t.Context(), pkcs11.URI{Token: "seal"}, pkcs11.TokenOptions{PIN: pkcs11.FilePIN(wrong), Journal: databaseJournal{s.PINAttempts(time.Now)}})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, tok)
	}
	errs := make([]error, len(tokens))
	var all sync.WaitGroup
	for i, tok := range tokens {
		all.Go(func() { errs[i] = tok.Login(t.Context()) })
	}
	all.Wait()
	tried, stopped := 0, 0
	for _, err := range errs {
		switch {
		case errors.Is(err, pkcs11.ErrPINIncorrect):
			tried++
		case errors.Is(err, pkcs11.ErrPINSuspect):
			stopped++
		}
	}
	if tried != 1 || stopped != 1 {
		t.Errorf("tried %d times, stopped %d times: %v", tried, stopped, errs)
	}
}
