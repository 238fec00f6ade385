package storetest

import (
	"testing"
	"time"

	"mohur/docket"
)

func accessTokens(t *testing.T, b *bench) {
	ctx := b.ctx()
	k := docket.AccessToken{Hash: docket.HashOf([32]byte{1}), Client: "erp", Scope: "service", Certificate: docket.HashOf([32]byte{2}), Issued: b.now, Expires: b.now.Add(time.Minute)}
	b.tx(func(w docket.Work) error { return w.AddAccessToken(ctx, &k) })
	read(b, &k, func(w docket.Work) (*docket.AccessToken, error) { return w.AccessToken(ctx, k.Hash) })
	b.tx(func(w docket.Work) error { return w.RemoveAccessToken(ctx, k.Hash, "another") })
	read(b, &k, func(w docket.Work) (*docket.AccessToken, error) { return w.AccessToken(ctx, k.Hash) })
	b.tx(func(w docket.Work) error { return w.RemoveAccessToken(ctx, k.Hash, "erp") })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.AccessToken(ctx, k.Hash); return err })

	note := func(w docket.Work) error { return w.NoteAssertion(ctx, "erp", docket.HashOf([32]byte{3}), b.now) }
	b.tx(note)
	b.refused(docket.ErrStale, note)
	b.tx(func(w docket.Work) error { return w.NoteAssertion(ctx, "other", docket.HashOf([32]byte{3}), b.now) })
	b.tx(func(w docket.Work) error { return w.AddAccessToken(ctx, &k) })
	b.tx(func(w docket.Work) error { return w.RemoveLapsedAuthorisations(ctx, b.now) })
	b.tx(note) // forgotten, for it has expired
	read(b, &k, func(w docket.Work) (*docket.AccessToken, error) { return w.AccessToken(ctx, k.Hash) })
	b.tx(func(w docket.Work) error { return w.RemoveLapsedAuthorisations(ctx, b.now.Add(time.Minute)) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.AccessToken(ctx, k.Hash); return err })
}

// signatureAuthorisation is one with every column filled.
func signatureAuthorisation(b *bench, n byte) docket.SignatureAuthorisation {
	return docket.SignatureAuthorisation{
		ID: b.id(), Client: "erp", Profile: "letters", Person: b.clerk.ID, HashAlgorithm: "2.16.840.1.101.3.4.2.1", SignAlgorithm: "1.2.840.113549.1.1.10 x",
		Certificate: docket.HashOf([32]byte{77}), Hashes: []string{"a", "a", "b"}, Created: b.now, Expires: b.now.Add(time.Minute), Code: docket.HashOf([32]byte{n, 1}), RedirectURI: "https://erp.example/", Challenge: "c",
	}
}

func signatureAuthorisations(t *testing.T, b *bench) {
	ctx := b.ctx()
	a, own := signatureAuthorisation(b, 1), signatureAuthorisation(b, 2)
	own.Person, own.Code, own.Secret = "", "", docket.HashOf([32]byte{2, 2})
	for _, v := range []*docket.SignatureAuthorisation{&a, &own} {
		b.tx(func(w docket.Work) error { return w.AddSignatureAuthorisation(ctx, v) })
	}
	read(b, &a, func(w docket.Work) (*docket.SignatureAuthorisation, error) {
		return w.SignatureAuthorisationByCode(ctx, a.Code)
	})
	read(b, &own, func(w docket.Work) (*docket.SignatureAuthorisation, error) {
		return w.SignatureAuthorisationBySecret(ctx, own.Secret)
	})

	use := func(id docket.ID, at time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.UseSignatureAuthorisation(ctx, id, at) }
	}
	secret := docket.HashOf([32]byte{1, 2})
	redeem := func(id docket.ID, at time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.RedeemCode(ctx, id, secret, at, at.Add(time.Minute)) }
	}
	b.refused(docket.ErrStale, use(a.ID, b.now)) // its code was not redeemed
	b.refused(docket.ErrStale, redeem(own.ID, b.now))
	b.refused(docket.ErrStale, redeem(a.ID, b.now.Add(time.Minute)))
	b.tx(redeem(a.ID, b.now.Add(30*time.Second)))
	b.refused(docket.ErrStale, redeem(a.ID, b.now.Add(30*time.Second)))
	a.Secret, a.CodeUsed, a.Expires = secret, b.now.Add(30*time.Second), b.now.Add(90*time.Second)
	read(b, &a, func(w docket.Work) (*docket.SignatureAuthorisation, error) {
		return w.SignatureAuthorisationBySecret(ctx, secret)
	})
	b.refused(docket.ErrStale, use(own.ID, b.now.Add(time.Minute)))
	b.tx(use(own.ID, b.now.Add(time.Second)))
	b.refused(docket.ErrStale, use(own.ID, b.now.Add(time.Second)))
	b.tx(func(w docket.Work) error { return w.RemoveLapsedAuthorisations(ctx, b.now.Add(time.Minute)) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error {
		_, err := w.SignatureAuthorisationBySecret(ctx, own.Secret)
		return err
	})
	b.tx(use(a.ID, b.now.Add(time.Minute)))
}

func cscPINs(t *testing.T, b *bench) {
	ctx := b.ctx()
	p := docket.CSCPIN{Client: "erp", Profile: "letters", Hash: "$argon2id$one", Set: b.now}
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.CSCPIN(ctx, "erp", "letters"); return err })
	b.tx(func(w docket.Work) error { return w.PutCSCPIN(ctx, &p) })
	b.tx(func(w docket.Work) error { return w.CountCSCAttempt(ctx, &p, b.now, time.Time{}) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.CountCSCAttempt(ctx, &p, b.now, time.Time{}) }) // counted meanwhile
	p.Failures = 1
	b.tx(func(w docket.Work) error { return w.CountCSCAttempt(ctx, &p, b.now, b.now.Add(time.Minute)) })
	p.Failures, p.Blocked = 2, b.now.Add(time.Minute)
	read(b, &p, func(w docket.Work) (*docket.CSCPIN, error) { return w.CSCPIN(ctx, "erp", "letters") })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.CountCSCAttempt(ctx, &p, b.now, time.Time{}) })
	b.tx(func(w docket.Work) error { return w.CountCSCAttempt(ctx, &p, b.now.Add(time.Minute), time.Time{}) })
	b.tx(func(w docket.Work) error { return w.ClearCSCAttempts(ctx, "erp", "letters") })
	p.Failures, p.Blocked = 0, time.Time{}
	read(b, &p, func(w docket.Work) (*docket.CSCPIN, error) { return w.CSCPIN(ctx, "erp", "letters") })
	p.Hash = "$argon2id$two"
	b.tx(func(w docket.Work) error { return w.PutCSCPIN(ctx, &p) })
	read(b, &p, func(w docket.Work) (*docket.CSCPIN, error) { return w.CSCPIN(ctx, "erp", "letters") })
}
