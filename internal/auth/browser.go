package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"mohur/docket"
)

// Browser is one visitor's session as something that starts in it and comes back from elsewhere needs it: what is bound to it only this session can
// finish. Nothing of it leaves the program but what is derived from it.
type Browser struct{ secret string }

// Browser returns the session of a request; a visitor without one gets one.
func (s *Service) Browser(ctx context.Context) Browser {
	s.Binding(ctx)
	return Browser{s.manager.GetString(ctx, keyBinding)}
}

// Session is the hash to which rows are bound, that of Binding.
func (b Browser) Session() docket.Hash { return hashOf(b.secret) }

// derive makes a value of 256 bits that only this session can make again, for a purpose and a one-time value, so that it need not be kept.
func (b Browser) derive(purpose, value string) string {
	h := hmac.New(sha256.New, []byte(b.secret))
	h.Write([]byte(purpose + "\x00" + value))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
