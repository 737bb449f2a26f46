package provider

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"

	"github.com/alexedwards/argon2id"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// slowSecrets checks secrets that were chosen by people, against hashes that are
// slow to compute. It computes only a few at once. A secret that was correct is
// recognised the next time by a MAC of hash and secret, under a random key of
// this process.
type slowSecrets struct {
	key     [32]byte
	slots   chan struct{} // one for each computation
	mu      sync.Mutex
	correct map[[32]byte]struct{}
}

// maxCorrectSecrets bounds slowSecrets.correct, which is cleared when it is full.
const maxCorrectSecrets = 10_000

func (c *slowSecrets) init() {
	_, _ = rand.Read(c.key[:])                                     // never fails (crypto/rand)
	c.slots = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)) // leaves half of the CPUs for other requests
	c.correct = make(map[[32]byte]struct{})
}

// check reports whether the text is the secret with this hash. The hash has a
// random salt, so it identifies the client too.
func (c *slowSecrets) check(ctx context.Context, phc, text string) (bool, error) {
	mac := hmac.New(sha256.New, c.key[:])
	mac.Write([]byte(phc))
	mac.Write([]byte{0})
	mac.Write([]byte(text))
	sum := [32]byte(mac.Sum(nil))
	c.mu.Lock()
	_, known := c.correct[sum]
	c.mu.Unlock()
	if known {
		return true, nil
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return false, fmt.Errorf("%w: too many client secrets are being checked at once", oauth.ErrUnavailable)
	}
	ok, err := argon2id.ComparePasswordAndHash(text, phc)
	if err != nil || !ok {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.correct) >= maxCorrectSecrets {
		clear(c.correct)
	}
	c.correct[sum] = struct{}{}
	return true, nil
}
