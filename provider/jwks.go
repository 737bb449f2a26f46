package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// KeySetMaxAge is how long the document of JWKS can be cached.
const KeySetMaxAge = 5 * time.Minute

// JWKS returns the public keys that verify the JWTs of the server (RFC 7517 §5).
// While the Store is unavailable it returns the keys that were read last: JWTs
// that they signed can still be verified, and no new ones are signed.
func (s *Provider) JWKS(ctx context.Context) (Document, error) {
	s.maintainKeys(ctx)
	keys, err := s.keys.ensure(ctx, oauth.SigningAlgorithms()...)
	if last := s.keys.keys.Load(); last != nil && errors.Is(err, oauth.ErrUnavailable) {
		return last.jwks, nil
	}
	if err != nil {
		return Document{}, err
	}
	return keys.jwks, nil
}
