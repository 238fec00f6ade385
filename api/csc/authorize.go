package csc

import (
	"crypto/sha256"
	"net/http"
	"time"

	"mohur/api/mount"
	"mohur/docket"
	"mohur/internal/oauth"
)

// activation is the answer of credentials/authorize and extendTransaction.
type activation struct {
	SAD       string `json:"SAD" doc:"256 random bits; good once"`
	ExpiresIn int    `json:"expiresIn" doc:"seconds"`
}

// authorize activates the key for one set of hashes. The hashes are asked for at SCAL 1 too: what is given out is good for nothing else.
func (s *server) authorize(w http.ResponseWriter, r *http.Request, _ version) error {
	var q authorizeRequest
	if err := read(w, r, maxBody, &q); err != nil {
		return err
	}
	c := mount.CallerOf(r)
	_, leaf, err := s.find(r.Context(), c, q.CredentialID)
	if err != nil {
		return err
	}
	if s.byPerson(c) {
		return invalid("A person authorises this client's signatures, at oauth2/authorize")
	}
	h, err := s.wished(q.hashes, q.NumSignatures)
	if err != nil {
		return err
	}
	set := setOf(c, q.CredentialID, h)
	set.Certificate = docket.HashOf(sha256.Sum256(leaf.Raw))
	if q.SignAlgo != "" || q.SignAlgoParams != "" {
		a, err := oauth.ParseAlgorithm(q.SignAlgo, q.SignAlgoParams, h.digest)
		if err == nil {
			err = a.Fits(leaf.PublicKey)
		}
		if err != nil {
			return because(wrong("signAlgo"), err)
		}
		set.SignAlgorithm = a.String()
	}
	pin, err := q.pin()
	if err != nil {
		return err
	}
	if err := s.OAuth.CheckPIN(r.Context(), c.Name, q.CredentialID, pin); err != nil {
		return err
	}
	secret, life, err := s.OAuth.AuthoriseSet(r.Context(), set)
	return answerActivation(w, secret, life, err)
}

// wished reads the hashes of a request and holds their number against what it says.
func (s *server) wished(q hashes, count *int) (*hashSet, error) {
	h, err := q.parse("")
	switch {
	case err != nil:
		return nil, err
	case len(h.values) > s.MaxHashes:
		return nil, invalid("More hashes than multisign")
	case count != nil && *count != len(h.values):
		return nil, wrong("numSignatures")
	}
	return h, nil
}

// pin is the client's PIN under either version's name. One-time passwords are not offered.
func (q authorizeRequest) pin() (string, error) {
	if q.OTP != "" {
		return "", wrong("OTP")
	}
	pin := q.PIN
	for _, a := range q.AuthData {
		if a.ID != "PIN" || pin != "" {
			return "", wrong("authData")
		}
		pin = a.Value
	}
	return pin, nil
}

// answerActivation hands a secret out.
func answerActivation(w http.ResponseWriter, secret string, life time.Duration, err error) error {
	if err != nil {
		return err
	}
	mount.WriteJSON(w, http.StatusOK, activation{SAD: secret, ExpiresIn: int(life.Seconds())})
	return nil
}

// extend exchanges a secret that was not used for another one, for the same hashes or some of them.
func (s *server) extend(w http.ResponseWriter, r *http.Request, _ version) error {
	var q extendRequest
	if err := read(w, r, maxBody, &q); err != nil {
		return err
	}
	c := mount.CallerOf(r)
	if _, _, err := s.find(r.Context(), c, q.CredentialID); err != nil {
		return err
	}
	h, err := s.wished(q.hashes, nil)
	if err != nil {
		return err
	}
	sad, err := activated(r, q.SAD)
	if err != nil {
		return err
	}
	secret, life, err := s.OAuth.ExtendSet(r.Context(), sad, setOf(c, q.CredentialID, h))
	return answerActivation(w, secret, life, err)
}

// activated is the secret of a request: the SAD, else the access token itself where it is what a person authorised (CSC API 2.0.0.2, 11.9).
func activated(r *http.Request, sad string) (string, error) {
	if sad != "" {
		return sad, nil
	}
	if token, ok := mount.Bearer(r); ok {
		return token, nil
	}
	return "", missing("SAD")
}
