package provider

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// SecretKeeper stores client secrets in readable form, sealed with a key derived
// from the master key. Only HS256 and client_secret_jwt need them.
type SecretKeeper struct{ seal sealer }

// newSecretKeeper returns a SecretKeeper for a master key. It is not exported: New has opened
// the signing keys with its master key, so a SecretKeeper of a Provider never seals with a key
// that is not that of the Store.
func newSecretKeeper(masterKey []byte) SecretKeeper {
	return SecretKeeper{sealer{Key: deriveKey(masterKey, "client secrets")}}
}

// Keep seals the text of the newest secret of the client and sets it in the
// client, which the caller then stores. The error is validate.FieldErrors if the secret is
// shorter than HS256 needs (RFC 7518 §3.2).
func (k SecretKeeper) Keep(c *oauth.Client, text string) error {
	switch {
	case k.seal.Key == nil || len(c.Secrets) == 0:
		return errors.New("oauth: the client has no secret to keep, or the master key is missing")
	case len(text) < jose.MinSecretLength:
		return clientFault("client_secret", "HS256 needs a secret of at least %d characters. Enter a longer one, or let Latchkey generate it.", jose.MinSecretLength)
	}
	sealed, err := k.seal.Seal(oauth.NewID(c.Secrets[0].CreatedAt), []byte(text), c.ID)
	if err == nil {
		c.Secrets = slices.Clone(c.Secrets)
		c.Secrets[0].Sealed = sealed
	}
	return err
}

// open returns the readable secrets of the client that have not expired, newest
// first.
func (k SecretKeeper) open(c *oauth.Client, now time.Time) (secrets [][]byte, err error) {
	for _, secret := range c.Secrets {
		if secret.Sealed == "" || secret.Expired(now) {
			continue
		}
		text, err := k.openOne(c, secret)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, text)
	}
	return secrets, nil
}

// openOne returns one secret of the client, which is stored in readable form.
func (k SecretKeeper) openOne(c *oauth.Client, secret oauth.ClientSecret) ([]byte, error) {
	text, err := k.seal.Open(secret.Sealed, c.ID)
	if err != nil {
		return nil, fmt.Errorf("secret %s of client %s: %w (was it sealed with a different master key?)", secret.ID, c.ID, err)
	}
	return text, nil
}

// CheckClientSecrets returns an error if the master key does not open a readable secret of the
// client that has not expired.
func CheckClientSecrets(masterKey []byte, c *oauth.Client, now time.Time) error {
	_, err := newSecretKeeper(masterKey).open(c, now)
	return err
}
