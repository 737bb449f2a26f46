package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// fetchKeys reads a key set (RFC 7517 §5). Keys that are not public keys, or of
// an unknown type, are ignored.
func (j *JWT) fetchKeys(ctx context.Context, url string) ([]jose.PublicKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := httpClient(j.Client).Do(r)
	if err != nil {
		return nil, fmt.Errorf("the keys of the authorization server cannot be fetched: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the keys of the authorization server cannot be fetched: %s responds with %s", url, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxKeysLength+1))
	if err != nil {
		return nil, fmt.Errorf("the keys of the authorization server cannot be read completely: %w", err)
	}
	keys, err := jose.ParseSet(text, maxKeysLength, maxKeys)
	if err != nil && !errors.Is(err, jose.ErrPrivateKey) {
		return nil, fmt.Errorf("the keys of the authorization server: %w", err)
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
