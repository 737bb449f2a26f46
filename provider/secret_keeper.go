package provider

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// SecretKeeper keeps secrets readable, sealed under the master key.
type SecretKeeper struct{ seal sealer }

// NewSecretKeeper makes one for the master key of Config.
func NewSecretKeeper(masterKey []byte) SecretKeeper {
	c := Config{MasterKey: masterKey}
	return SecretKeeper{sealer{key: c.derive("client secrets")}}
}

// SecretKeeper is the server's own.
func (s *Provider) SecretKeeper() SecretKeeper { return s.secrets }

// Keep seals the text with the first secret of the client, whose text it must
// be: the one that was made last. FieldErrors: it is too short.
func (k SecretKeeper) Keep(c *oauth.Client, text string) error {
	switch {
	case k.seal.key == nil || len(c.Secrets) == 0:
		return errors.New("oauth: there is no secret to keep, or no master key")
	case len(text) < jose.MinSecretLength:
		return validate.FieldErrors{{Field: "client_secret", Message: fmt.Sprintf("HS256 needs a secret of at least %d characters; let one be made.", jose.MinSecretLength)}}
	}
	sealed, err := k.seal.seal(oauth.NewID(c.Secrets[0].CreatedAt), []byte(text), c.ID)
	if err == nil {
		c.Secrets = slices.Clone(c.Secrets)
		c.Secrets[0].Sealed = sealed
	}
	return err
}

// open gives the secrets of the client that were kept readable and have not
// expired, newest first.
func (k SecretKeeper) open(c *oauth.Client, now time.Time) (secrets [][]byte, err error) {
	for _, secret := range c.Secrets {
		if secret.Sealed == "" || (!secret.ExpiresAt.IsZero() && !secret.ExpiresAt.After(now)) {
			continue
		}
		text, err := k.seal.open(secret.Sealed, c.ID)
		if err != nil {
			return nil, fmt.Errorf("secret %s of client %s: %w (is this the master key that it was sealed with?)", secret.ID, c.ID, err)
		}
		secrets = append(secrets, text)
	}
	return secrets, nil
}
