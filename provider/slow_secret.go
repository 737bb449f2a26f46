package provider

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/alexedwards/argon2id"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// checkSecret reports whether the text is a secret of the client that has not
// expired.
func (s *Provider) checkSecret(ctx context.Context, client *oauth.Client, text string) (bool, error) {
	now := s.Clock()
	fast := oauth.Hash(sha256.Sum256([]byte(text)))
	for _, secret := range client.Secrets {
		if !secret.ExpiresAt.IsZero() && !secret.ExpiresAt.After(now) {
			continue
		}
		if len(secret.Hash) == len(fast) && fast.Equal(oauth.Hash(secret.Hash)) {
			return true, nil
		}
		if secret.Slow == "" {
			continue
		}
		if ok, err := s.slow.check(ctx, secret.Slow, text); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// slowSecrets checks secrets that people chose. Such a hash is slow on
// purpose, so few are computed at once, and one that was right is remembered:
// under a key that only this process has, and never readable.
type slowSecrets struct {
	key       [32]byte
	slots     chan struct{}
	mu        sync.Mutex
	remembers map[[32]byte]struct{}
}

const maxRememberedSecrets = 10_000

func (c *slowSecrets) init() {
	_, _ = rand.Read(c.key[:])                                     // never fails (crypto/rand)
	c.slots = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)) // the rest is for everybody else
	c.remembers = make(map[[32]byte]struct{})
}

func (c *slowSecrets) check(ctx context.Context, phc, text string) (bool, error) {
	mac := hmac.New(sha256.New, c.key[:])
	mac.Write([]byte(phc))
	mac.Write([]byte{0})
	mac.Write([]byte(text))
	sum := [32]byte(mac.Sum(nil))
	c.mu.Lock()
	_, known := c.remembers[sum]
	c.mu.Unlock()
	if known {
		return true, nil
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return false, fmt.Errorf("%w: too many slow secrets are being checked", oauth.ErrUnavailable)
	}
	ok, err := argon2id.ComparePasswordAndHash(text, phc)
	if err != nil || !ok {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.remembers) >= maxRememberedSecrets {
		clear(c.remembers)
	}
	c.remembers[sum] = struct{}{}
	return true, nil
}

// describeSecret hints in the log at the mistakes that people make, without
// the secret.
func describeSecret(text string) string {
	switch _, generated := oauth.ParseToken(text, oauth.KindClientSecret); {
	case strings.HasPrefix(text, "$argon2") || strings.HasPrefix(text, "pbkdf2_"):
		return "it looks like a hash, not a secret"
	case generated:
		return "it is well formed"
	case strings.HasPrefix(text, "lk_"):
		return fmt.Sprintf("it looks cut or changed: %d characters", len(text))
	}
	return fmt.Sprintf("%d characters", len(text))
}
