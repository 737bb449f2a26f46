package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// KeySetMaxAge is how long the document of JWKS can be cached.
const KeySetMaxAge = 5 * time.Minute

// keySetWait is how long a request for the key set waits for the Store, if keys
// have been read before. Many clients wait only for a second or two.
const keySetWait = time.Second

// JWKS returns the public keys that verify the JWTs of the server (RFC 7517 §5).
// While the Store is unavailable it returns the keys that were read last: JWTs
// that they signed can still be verified, and no new ones are signed. Once this
// is known, it does not wait for the Store.
func (s *Provider) JWKS(ctx context.Context) (Document, error) {
	last, reading := s.keys.keys.Load(), ctx
	if last != nil {
		reading = oauth.WithStoreWait(ctx)
		wait := keySetWait
		if s.keys.failing.Load() {
			wait = 0 // this begins to read the keys, for later requests
		}
		oauth.AddStoreWait(reading, oauth.MaxStoreWait-wait)
	}
	keys, err := s.keys.ensure(reading, oauth.SigningAlgorithms()...)
	switch {
	case last != nil && errors.Is(err, oauth.ErrUnavailable):
		return last.jwks, nil
	case err != nil:
		return Document{}, err
	}
	s.maintainKeys(ctx)
	return keys.jwks, nil
}
