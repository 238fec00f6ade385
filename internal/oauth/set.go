package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"mohur/docket"
)

// Set is what one authorisation is about.
type Set struct {
	Client        string
	Profile       string
	HashAlgorithm string      // object identifier of the digest
	SignAlgorithm string      // object identifier with parameters as text; empty where none was named yet
	Certificate   docket.Hash // whose key is to sign; empty: whichever signs next. Noted when the set is authorised
	Hashes        []string    // standard base64, each as often as it is to be signed
}

// MaxHashes bounds a set.
const MaxHashes = 1000

// errSet is the refusal of a secret that activates nothing, whatever the reason; the reason is for the log.
func errSet(err error) *Error {
	return refuse("invalid_request", "Invalid parameter SAD: unknown, used, expired, or given for something else").because(err)
}

// AuthoriseSet gives the client a secret of 256 bits with which it may have that set signed once within a minute.
func (s *Service) AuthoriseSet(ctx context.Context, set Set) (secret string, life time.Duration, err error) {
	secret, hash := newSecret()
	a := s.row(set)
	a.Secret, a.Expires = hash, s.Now().Add(secretLife)
	err = s.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.AddSignatureAuthorisation(ctx, a); err != nil {
			return err
		}
		return s.audit(ctx, w, docket.Actor{}, docket.AuditSetAuthorised, a.ID, "client", set.Client, "profile", set.Profile, "count", fmt.Sprint(len(set.Hashes)))
	})
	return secret, secretLife, err
}

// row is a set as it is stored.
func (s *Service) row(set Set) *docket.SignatureAuthorisation {
	return &docket.SignatureAuthorisation{
		ID: docket.NewID(s.Now()), Client: set.Client, Profile: set.Profile, HashAlgorithm: set.HashAlgorithm, SignAlgorithm: set.SignAlgorithm, Certificate: set.Certificate,
		Hashes: slices.Sorted(slices.Values(set.Hashes)), Created: s.Now(),
	}
}

// UseSet consumes a secret for a set within the one it was given for, in one conditional step before anything is signed: whatever happens
// later, it is worth nothing any more. It returns the authorisation, which says who agreed.
func (s *Service) UseSet(ctx context.Context, secret string, set Set) (*docket.SignatureAuthorisation, error) {
	a, err := s.checked(ctx, secret, set)
	if err != nil {
		return nil, err
	}
	err = s.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.UseSignatureAuthorisation(ctx, a.ID, s.Now()); err != nil {
			return err
		}
		return s.audit(ctx, w, docket.Actor{UserID: a.Person}, docket.AuditSetUsed, a.ID, "client", a.Client, "profile", a.Profile, "count", fmt.Sprint(len(set.Hashes)), "algorithm", set.SignAlgorithm)
	})
	if errors.Is(err, docket.ErrStale) {
		return nil, errSet(err)
	}
	return a, err
}

// UseDocuments is UseSet for whole documents, which are hashed here with the digest of the authorisation.
func (s *Service) UseDocuments(ctx context.Context, secret string, set Set, contents [][]byte) (*docket.SignatureAuthorisation, error) {
	var a *docket.SignatureAuthorisation
	err := s.Store.Read(ctx, func(w docket.Work) (err error) {
		a, err = w.SignatureAuthorisationBySecret(ctx, hashOf(secret))
		return err
	})
	if errors.Is(err, docket.ErrNotFound) {
		return nil, errSet(err)
	}
	if err != nil {
		return nil, err
	}
	d, ok := DigestByOID(a.HashAlgorithm)
	if !ok {
		return nil, errSet(fmt.Errorf("oauth: digest %q", a.HashAlgorithm))
	}
	set.HashAlgorithm = a.HashAlgorithm
	for _, c := range contents {
		set.Hashes = append(set.Hashes, base64.StdEncoding.EncodeToString(d.Sum(c)))
	}
	return s.UseSet(ctx, secret, set)
}

// checked finds what a secret was given for and holds the set against it.
func (s *Service) checked(ctx context.Context, secret string, set Set) (*docket.SignatureAuthorisation, error) {
	if secret == "" || len(secret) > 512 {
		return nil, errSet(nil)
	}
	var a *docket.SignatureAuthorisation
	err := s.Store.Read(ctx, func(w docket.Work) (err error) {
		a, err = w.SignatureAuthorisationBySecret(ctx, hashOf(secret))
		return err
	})
	if errors.Is(err, docket.ErrNotFound) {
		return nil, errSet(err)
	}
	if err != nil {
		return nil, err
	}
	if why := s.beyond(a, set); why != "" {
		return nil, errSet(fmt.Errorf("oauth: %s", why))
	}
	return a, nil
}

// beyond says in what a set goes beyond its authorisation, empty if in nothing.
func (s *Service) beyond(a *docket.SignatureAuthorisation, set Set) string {
	switch {
	case a.Client != set.Client:
		return "another client's"
	case a.Profile != set.Profile:
		return "another profile's"
	case !a.Used.IsZero() || !s.Now().Before(a.Expires):
		return "used or expired"
	case a.HashAlgorithm != set.HashAlgorithm:
		return "another digest"
	case a.SignAlgorithm != "" && a.SignAlgorithm != set.SignAlgorithm:
		return "another signature algorithm, or other parameters"
	case len(set.Hashes) == 0 || !within(set.Hashes, a.Hashes):
		return "hashes that were not authorised, or more often"
	}
	return ""
}

// within says whether every hash stands in the authorised ones as often as it is given.
func within(hashes, authorised []string) bool {
	left := map[string]int{}
	for _, h := range authorised {
		left[h]++
	}
	for _, h := range hashes {
		if left[h]--; left[h] < 0 {
			return false
		}
	}
	return true
}

// ExtendSet exchanges a secret that was not used for a new one with a minute to live, for the same set or a part of it, five minutes after the
// first at most.
func (s *Service) ExtendSet(ctx context.Context, secret string, set Set) (fresh string, life time.Duration, err error) {
	a, err := s.checked(ctx, secret, set)
	if err != nil {
		return "", 0, err
	}
	end := a.Created.Add(longestSet)
	if s.Now().Add(secretLife).After(end) {
		return "", 0, errSet(errors.New("oauth: extended for too long"))
	}
	fresh, hash := newSecret()
	b := s.row(set)
	b.Person, b.SignAlgorithm, b.Certificate, b.Created = a.Person, a.SignAlgorithm, a.Certificate, a.Created
	b.Secret, b.Expires = hash, s.Now().Add(secretLife)
	err = s.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.UseSignatureAuthorisation(ctx, a.ID, s.Now()); err != nil {
			return err
		}
		if err := w.AddSignatureAuthorisation(ctx, b); err != nil {
			return err
		}
		return s.audit(ctx, w, docket.Actor{UserID: a.Person}, docket.AuditSetAuthorised, b.ID, "client", b.Client, "profile", b.Profile, "count", fmt.Sprint(len(b.Hashes)), "extends", string(a.ID))
	})
	if errors.Is(err, docket.ErrStale) {
		return "", 0, errSet(err)
	}
	return fresh, secretLife, err
}

// RemoveLapsed forgets what ended a day ago; a job calls it.
func (s *Service) RemoveLapsed(ctx context.Context) error {
	return s.Store.InTx(ctx, func(w docket.Work) error {
		return w.RemoveLapsedAuthorisations(ctx, s.Now().Add(-24*time.Hour))
	})
}
