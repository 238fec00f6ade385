package desk

import (
	"context"
	"errors"

	"mohur/docket"
)

// profile says how a letter of the kind is sealed: by the profile in force that names the kind, else by the configuration's seal. It is asked
// before any transaction, for a token may take its time; intend asks again whether it still holds (decisions 11).
func (s *Service) profile(ctx context.Context, kind docket.LetterKind) (SealProfile, error) {
	var terms *docket.SealProfile
	err := s.store.Read(ctx, func(w docket.Work) (err error) { terms, err = termsOf(ctx, w, kind); return err })
	if err != nil {
		return SealProfile{}, err
	}
	return s.sealBy(ctx, terms)
}

// profileOf says how a letter is sealed whose intent may be committed already: then by the very version that the intent names, whatever
// came into force since.
func (s *Service) profileOf(ctx context.Context, letter docket.ID) (SealProfile, error) {
	var terms *docket.SealProfile
	err := s.store.Read(ctx, func(w docket.Work) error {
		l, err := w.Letter(ctx, letter)
		if err != nil {
			return err
		}
		i, err := w.IntentOfLetter(ctx, letter)
		switch {
		case errors.Is(err, docket.ErrNotFound):
			terms, err = termsOf(ctx, w, l.Kind)
		case err == nil && i.Version > 0:
			terms, err = w.SealProfileVersion(ctx, i.Profile, i.Version)
		}
		return err
	})
	if err != nil {
		return SealProfile{}, err
	}
	return s.sealBy(ctx, terms)
}

// termsOf returns the version in force that seals letters of the kind, nil if none does.
func termsOf(ctx context.Context, w docket.Work, kind docket.LetterKind) (*docket.SealProfile, error) {
	list, err := w.ListSealProfiles(ctx, docket.SealProfileFilter{States: []docket.SealProfileState{docket.ProfileActive}})
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Seals(string(kind)) {
			return &list[i], nil
		}
	}
	return nil, nil
}

// profileOrLater is profile for what a body sends in: its project is received although no key can sign now, as when the agency's token is away, and
// the receipt is sealed when one can. An office without any way to sign refuses.
func (s *Service) profileOrLater(ctx context.Context, kind docket.LetterKind) (SealProfile, error) {
	p, err := s.profile(ctx, kind)
	if docket.CodeOf(err) != docket.CodeUnavailable || docket.KeyOf(err) == docket.KeyNoSigningWay {
		return p, err
	}
	return s.later(ctx, kind, err)
}

// later describes a seal of which only key and certificate are not known yet.
func (s *Service) later(ctx context.Context, kind docket.LetterKind, away error) (SealProfile, error) {
	var terms *docket.SealProfile
	err := s.store.Read(ctx, func(w docket.Work) (err error) { terms, err = termsOf(ctx, w, kind); return err })
	if err != nil {
		return SealProfile{}, err
	}
	p := SealProfile{Name: s.cfg.SealProfile, Credential: s.cfg.SealProfile, Terms: terms, away: away}
	if terms != nil {
		p.Name, p.Version, p.Credential, p.Unit, p.Level = terms.Name, terms.Version, terms.Credential, terms.Unit, terms.LevelName()
	}
	return p, nil
}

// sealBy asks the sealer for the credential's certificate and lays the terms over it.
func (s *Service) sealBy(ctx context.Context, terms *docket.SealProfile) (SealProfile, error) {
	credential := s.cfg.SealProfile
	if terms != nil {
		credential = terms.Credential
	}
	return s.sealWith(ctx, credential, terms)
}

// sealWith is sealBy for a credential, without the members that failed in this request.
func (s *Service) sealWith(ctx context.Context, credential string, terms *docket.SealProfile, failed ...string) (SealProfile, error) {
	p, err := s.sealer.Profile(ctx, credential, failed...)
	if err != nil {
		return SealProfile{}, refusalOr(docket.KeyNoSigningWay, err)
	}
	p.Name, p.Credential, p.Terms = credential, credential, terms
	if terms != nil {
		p.Name, p.Version, p.Unit, p.Level = terms.Name, terms.Version, terms.Unit, terms.LevelName()
	}
	return p, nil
}

// refusalOr tells a refusal as it is, and any other error as a part that failed.
func refusalOr(key string, err error) error {
	if _, ok := errors.AsType[*docket.Error](err); ok {
		return err
	}
	return docket.Refuse(docket.CodeUnavailable, key).Because(err)
}

// stillInForce refuses an intent whose profile changed since it was read.
func stillInForce(ctx context.Context, w docket.Work, kind docket.LetterKind, p SealProfile) error {
	now, err := termsOf(ctx, w, kind)
	if err != nil {
		return err
	}
	if (now == nil) != (p.Terms == nil) || now != nil && now.ID != p.Terms.ID {
		return docket.ErrStale
	}
	return nil
}
