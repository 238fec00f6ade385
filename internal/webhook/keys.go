package webhook

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mohur/docket"
)

// leastMaster is how many bytes an installation's secret has at least.
const leastMaster = 32

// Keys derive what each webhook's deliveries are signed with from the installation's one secret: HKDF-SHA256 (RFC 5869) with the scheme, the webhook's
// id and the generation as info. So the database holds no secret, and a new generation is a new key.
type Keys struct{ master []byte }

// NewKeys takes the installation's secret: random bytes that every process shares and every back-up has to hold.
func NewKeys(master []byte) (*Keys, error) {
	if len(master) < leastMaster {
		return nil, fmt.Errorf("webhook: a secret of %d bytes, at least %d are wanted", len(master), leastMaster)
	}
	return &Keys{master: master}, nil
}

// derive makes the 32 bytes of one generation: an HMAC key, or an Ed25519 seed.
func (k *Keys) derive(h *docket.Webhook, generation int) ([]byte, error) {
	if h.ID == "" || generation < 1 || h.Scheme != docket.WebhookEd25519 && h.Scheme != docket.WebhookHMAC {
		return nil, fmt.Errorf("webhook: no key for generation %d of scheme %q", generation, h.Scheme)
	}
	return hkdf.Key(sha256.New, k.master, nil, "mohur webhook "+string(h.Scheme)+" "+string(h.ID)+" "+strconv.Itoa(generation), 32)
}

// Reveal is what the receiver needs of the present generation: "whpk_" and the public key, or "whsec_" and the shared secret (Standard Webhooks 1.0.0,
// "Signature scheme").
func (k *Keys) Reveal(h *docket.Webhook) (string, error) {
	b, err := k.derive(h, h.Generation)
	if err != nil {
		return "", err
	}
	if h.Scheme == docket.WebhookHMAC {
		return "whsec_" + base64.StdEncoding.EncodeToString(b), nil
	}
	return "whpk_" + base64.StdEncoding.EncodeToString(ed25519.NewKeyFromSeed(b).Public().(ed25519.PublicKey)), nil
}

// Sign makes the header of a delivery: a signature with the present generation, and with the one before as long as that still signs.
func (k *Keys) Sign(h *docket.Webhook, message docket.ID, at time.Time, body []byte) (string, error) {
	generations := []int{h.Generation}
	if h.Generation > 1 && at.Before(h.Previous) {
		generations = append(generations, h.Generation-1)
	}
	text := append([]byte(string(message)+"."+strconv.FormatInt(at.Unix(), 10)+"."), body...)
	var out []string
	for _, g := range generations {
		b, err := k.derive(h, g)
		if err != nil {
			return "", err
		}
		out = append(out, string(h.Scheme)+","+base64.StdEncoding.EncodeToString(signature(h.Scheme, b, text)))
	}
	return strings.Join(out, " "), nil
}

func signature(s docket.WebhookScheme, key, text []byte) []byte {
	if s == docket.WebhookHMAC {
		m := hmac.New(sha256.New, key)
		m.Write(text)
		return m.Sum(nil)
	}
	return ed25519.Sign(ed25519.NewKeyFromSeed(key), text)
}
