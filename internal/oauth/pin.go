package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"mohur/docket"
)

// Cost of looking at a PIN: Argon2id with 19 MiB and two passes (RFC 9106; OWASP's smallest), two at a time in the whole process.
const (
	pinMemory  = 19 << 10 // KiB
	pinPasses  = 2
	pinKey     = 32
	pinSalt    = 16
	minPIN     = 6
	maxPIN     = 128
	freePINs   = 3 // wrong ones in a row before attempts are blocked
	firstBlock = 30 * time.Second
	longBlock  = time.Hour
)

// ErrPINLength says that a PIN to be set is too short or too long.
var ErrPINLength = fmt.Errorf("oauth: a PIN has %d to %d characters", minPIN, maxPIN)

// SetPIN sets the secret that a client gives with credentials/authorize for a profile. It is the interface's own and never reaches a token.
func (s *Service) SetPIN(ctx context.Context, client, profile, pin string) error {
	if len(pin) < minPIN || len(pin) > maxPIN {
		return ErrPINLength
	}
	if s.clients[client] == nil {
		return docket.ErrNotFound
	}
	p := &docket.CSCPIN{Client: client, Profile: profile, Hash: hashPIN(pin), Set: s.Now()}
	return s.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.PutCSCPIN(ctx, p); err != nil {
			return err
		}
		return s.audit(ctx, w, docket.Actor{}, docket.AuditCSCPINSet, "", "client", client, "profile", profile)
	})
}

// HasPIN says whether a client must give a PIN for a profile.
func (s *Service) HasPIN(ctx context.Context, client, profile string) (bool, error) {
	p, err := s.pinOf(ctx, client, profile)
	return p != nil, err
}

// pinOf reads a client's PIN for a profile, nil if none is set.
func (s *Service) pinOf(ctx context.Context, client, profile string) (p *docket.CSCPIN, err error) {
	err = s.Store.Read(ctx, func(w docket.Work) error {
		p, err = w.CSCPIN(ctx, client, profile)
		return err
	})
	if errors.Is(err, docket.ErrNotFound) {
		return nil, nil
	}
	return p, err
}

// CheckPIN looks at the PIN that a client gives for a profile; none set takes none. The attempt is counted before it is looked at, so that
// many at once gain nothing; from the third wrong one in a row attempts are blocked for a time that doubles up to an hour.
func (s *Service) CheckPIN(ctx context.Context, client, profile, pin string) error {
	p, err := s.pinOf(ctx, client, profile)
	if err != nil {
		return err
	}
	if p == nil {
		if pin != "" {
			return refuse("invalid_request", "Invalid parameter PIN: none is set for this credential")
		}
		return nil
	}
	if pin == "" {
		return refuse("invalid_request", "Missing parameter PIN")
	}
	if err := s.attempt(ctx, p); err != nil {
		return err
	}
	right, err := s.isPIN(ctx, p.Hash, pin)
	if err != nil {
		return err
	}
	if right {
		return s.Store.InTx(ctx, func(w docket.Work) error { return w.ClearCSCAttempts(ctx, client, profile) })
	}
	return errors.Join(refuse("invalid_pin", "The PIN is invalid"), s.noted(ctx, docket.AuditCSCPINRefused, "client", client, "profile", profile))
}

// attempt counts one, or refuses to.
func (s *Service) attempt(ctx context.Context, p *docket.CSCPIN) error {
	now := s.Now()
	if wait := p.Blocked.Sub(now); wait > 0 {
		return &Error{Code: "invalid_pin", Description: "Too many wrong PINs; later attempts are not looked at yet", Status: 429, RetryAfter: wait}
	}
	var blocked time.Time
	if p.Failures+1 >= freePINs {
		blocked = now.Add(min(firstBlock<<min(p.Failures+1-freePINs, 10), longBlock))
	}
	err := s.Store.InTx(ctx, func(w docket.Work) error { return w.CountCSCAttempt(ctx, p, now, blocked) })
	if errors.Is(err, docket.ErrStale) { // another attempt at the same moment
		return &Error{Code: "invalid_pin", Description: "One PIN at a time", Status: 429, RetryAfter: time.Second}
	}
	return err
}

// isPIN compares within the memory set aside for it.
func (s *Service) isPIN(ctx context.Context, hash, pin string) (bool, error) {
	if len(pin) > maxPIN {
		return false, nil
	}
	select {
	case s.pins <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-s.pins }()
	return samePIN(hash, pin), nil
}

// hashPIN makes the PHC form of a PIN.
func hashPIN(pin string) string {
	salt := make([]byte, pinSalt)
	_, _ = rand.Read(salt)
	key := argon2.IDKey([]byte(pin), salt, pinPasses, pinMemory, 1, pinKey)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, pinMemory, pinPasses, enc(salt), enc(key))
}

// samePIN computes a PIN's hash with the salt and the cost of a stored one, within bounds, and compares in constant time.
func samePIN(stored, pin string) bool {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false
	}
	var memory, passes uint32
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &memory, &passes); err != nil || n != 2 || memory > 1<<20 || passes == 0 || passes > 16 {
		return false
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(key) != pinKey {
		return false
	}
	made := argon2.IDKey([]byte(pin), salt, passes, memory, 1, pinKey)
	return subtle.ConstantTimeCompare(made, key) == 1
}
