package resource

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

const (
	maxKeysLength = 256 << 10 // bytes
	maxKeys       = 256       // in the set of one authorization server
)

// newKeyCache creates the cache for the keys of the authorization server.
func (j *JWT) newKeyCache() {
	j.keys = &jose.KeyCache{
		Fetch:   j.fetchKeys,
		Clock:   j.now,
		Fresh:   5 * time.Minute,
		Stale:   time.Hour,
		Pause:   30 * time.Second,
		Timeout: 10 * time.Second,
		MaxSets: 1,
	}
}

// fetchKeys reads a key set (RFC 7517 §5). Without a URL, it first reads the metadata of
// the issuer. Keys that are not public keys, or of an unknown type, are ignored. It runs in a
// goroutine, so a panic of the transport of Client is an error.
func (j *JWT) fetchKeys(ctx context.Context, url string) (_ []jose.PublicKey, err error) {
	defer recovered(&err, "JWT.Client", "")
	client := httpClient(j.Client)
	if url == "" {
		if url, err = j.discoverKeys(ctx); err != nil {
			return nil, err
		}
		client = j.discoveryClient()
	}
	text, err := fetch(ctx, client, url, maxKeysLength)
	if err != nil {
		return nil, fmt.Errorf("the keys of the authorization server cannot be fetched: %w", err)
	}
	keys, err := jose.ParseSet(text, maxKeysLength, maxKeys)
	if err != nil && !errors.Is(err, jose.ErrPrivateKey) {
		return nil, fmt.Errorf("the keys of the authorization server cannot be read from %s: %w", redactedURL(url), err)
	}
	return keys, nil
}

// httpClient returns the configured client, or one with a timeout of 5 s if it
// is nil.
func httpClient(configured *http.Client) *http.Client {
	if configured != nil {
		return configured
	}
	return &http.Client{Timeout: 5 * time.Second}
}
