package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

const (
	maxKeySetLength = 64 << 10 // bytes
	maxClientKeys   = 32       // in one set
	maxKeySetDepth  = 16       // levels of nested objects and lists, also of members that are ignored
)

// parseClientKeys reads the JWK Set of a client. A private key in it is an error,
// because it is then known to others too. So is deep nesting, because the set is stored as it is, and a database
// cannot read JSON of any depth.
func parseClientKeys(text []byte) ([]jose.PublicKey, error) {
	if validate.Deeper(text, maxKeySetDepth) {
		return nil, fmt.Errorf("the key set has more than %d levels of nested objects and lists", maxKeySetDepth)
	}
	keys, err := jose.ParseSet(text, maxKeySetLength, maxClientKeys)
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// newKeyCache returns the cache of the key sets that clients publish at their
// jwks_uri. Its errors are ErrUnavailable.
func newKeyCache(outbound oauth.Outbound, clock func() time.Time) *jose.KeyCache {
	return &jose.KeyCache{
		Fetch: func(ctx context.Context, url string) ([]jose.PublicKey, error) {
			keys, err := fetchClientKeys(ctx, outbound, url)
			if err != nil {
				return nil, fmt.Errorf("%w: key set of a client: %w", oauth.ErrUnavailable, err)
			}
			return keys, nil
		},
		Clock:   clock,
		Fresh:   10 * time.Minute,
		Stale:   time.Hour,
		Pause:   time.Minute,
		Timeout: 10 * time.Second,
		MaxSets: 1000,
	}
}

// errUnreachable means that a server of the client cannot be reached at the
// moment. The client has made no mistake.
var errUnreachable = errors.New("the server of the application cannot be reached")

func fetchClientKeys(ctx context.Context, outbound oauth.Outbound, url string) ([]jose.PublicKey, error) {
	if outbound == nil {
		return nil, errors.New("Outbound is missing")
	}
	text, err := outbound.Get(ctx, url, maxKeySetLength)
	if errors.Is(err, oauth.ErrUnavailable) {
		return nil, fmt.Errorf("%w: %w", errUnreachable, err)
	}
	if err != nil {
		return nil, err
	}
	return parseClientKeys(text)
}

// clientKeys returns the keys of the client that the filter accepts, or none. The key
// sets of clients that are not stored have a cache of their own: anyone can fill it.
// ErrUnavailable: its key set cannot be fetched, and errUnreachable, if that may
// succeed later.
func (s *Provider) clientKeys(ctx context.Context, c *oauth.Client, accepts jose.Filter) ([]jose.PublicKey, error) {
	switch {
	case c.JWKSURI != "" && c.Unconfirmed:
		return s.unconfirmedKeys.Find(ctx, c.JWKSURI, accepts)
	case c.JWKSURI != "":
		return s.keySets.Find(ctx, c.JWKSURI, accepts)
	case len(c.JWKS) == 0:
		return nil, nil
	}
	keys, err := parseClientKeys(c.JWKS)
	return jose.Select(keys, accepts), err
}
