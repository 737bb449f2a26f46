package provider

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// leastMACKey is the length of the shortest secret that HS256 may use, in bytes
// (RFC 7518 §3.2).
const leastMACKey = 32

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
	case len(text) < leastMACKey:
		return validate.FieldErrors{{Field: "client_secret", Message: fmt.Sprintf("HS256 needs a secret of at least %d characters; let one be made.", leastMACKey)}}
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

// hs256 signs with a secret (RFC 7518 §3.2).
type hs256 []byte

func (k hs256) sign(input []byte) ([]byte, error) {
	mac := hmac.New(sha256.New, k)
	mac.Write(input)
	return mac.Sum(nil), nil
}

// signFor is signJWT for what is for this client alone.
func (s *Provider) signFor(ctx context.Context, client *oauth.Client, alg, typ string, at time.Time, claims any) (string, error) {
	if alg != oauth.AlgHS256 {
		return s.signJWT(ctx, alg, typ, at, claims)
	}
	secrets, err := s.secrets.open(client, s.now())
	if err != nil {
		return "", err
	}
	if len(secrets) == 0 {
		return "", fmt.Errorf("client %s wants HS256, but has no secret that was kept for it: make a new one", client.ID)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return compact(hs256(secrets[0]), oauth.AlgHS256, "", typ, payload)
}

// verifyMAC gives the payload of a JWT that was signed with a secret of the
// client in its aud. It tells no more than that the server or this client made
// it.
func (s *Provider) verifyMAC(ctx context.Context, text, typ string) ([]byte, error) {
	if len(text) > maxJWTLength {
		return nil, errNotOurs
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil || signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType] != typ {
		return nil, errNotOurs
	}
	var claims idTokenClaims
	if json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &claims) != nil {
		return nil, errNotOurs
	}
	client, err := s.clients.Client(ctx, claims.Audience)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, errNotOurs
	}
	if err != nil {
		return nil, err
	}
	secrets, err := s.secrets.open(client, s.now())
	if err != nil {
		return nil, err
	}
	for _, secret := range secrets {
		if payload, err := signed.Verify(secret); err == nil {
			return payload, nil
		}
	}
	return nil, errNotOurs
}
