package credential

import (
	"context"
	"crypto"
	"errors"
	"time"

	"mohur/pkcs11"
)

// Token says where a key is, for MemberConfig.Open.
type Token struct {
	Loader  *pkcs11.Loader
	URI     pkcs11.URI // with module-path
	PIN     pkcs11.PINSource
	Journal pkcs11.AttemptJournal
	// Public is the certificate's key, for tokens that hold only the private one; nil takes the token's.
	Public      crypto.PublicKey
	Sessions    int           // as of pkcs11.TokenOptions
	SignTimeout time.Duration // as of pkcs11.TokenOptions
	Now         func() time.Time
}

// tokenKey is an opened key.
type tokenKey struct {
	*pkcs11.Key
	module *pkcs11.Module
	token  *pkcs11.Token
}

// Open finds module, token and key; whatever was opened on the way to a failure is closed.
func (t Token) Open(ctx context.Context) (_ Key, err error) {
	k := &tokenKey{}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Close())
		}
	}()
	if k.module, err = t.Loader.Open(pkcs11.Options{Path: t.URI.ModulePath, Init: t.URI.ModuleInit, Now: t.Now}); err != nil {
		return nil, err
	}
	o := pkcs11.TokenOptions{PIN: t.PIN, Journal: t.Journal, Sessions: t.Sessions, SignTimeout: t.SignTimeout}
	if k.token, err = k.module.Token(ctx, t.URI, o); err != nil {
		return nil, err
	}
	if k.Key, err = k.token.KeyOf(ctx, t.URI, t.Public); err != nil {
		return nil, err
	}
	return k, nil
}

// Label implements Key.
func (k *tokenKey) Label() string { return k.URI().Object }

// Token implements Key.
func (k *tokenKey) Token() string { return k.token.Info().Label }

// Certificate implements Key.
func (k *tokenKey) Certificate(ctx context.Context) ([]byte, error) {
	return k.token.Certificate(ctx, k.Key)
}

// Check implements Key: a token that is not in a state to take its PIN says so before it has to.
func (k *tokenKey) Check(ctx context.Context) error {
	_, err := k.token.Status(ctx)
	return err
}

// Close implements Key.
func (k *tokenKey) Close() error {
	var errs []error
	if k.token != nil {
		errs = append(errs, k.token.Close())
	}
	if k.module != nil {
		errs = append(errs, k.module.Close())
	}
	return errors.Join(errs...)
}
