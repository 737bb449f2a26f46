package provider

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"runtime"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// slowSecrets checks secrets that were chosen by people, against hashes that are
// slow to compute. It computes only a few at once, in turn for each client, and
// limits guesses. A secret that was checked before is recognised by a MAC of hash
// and secret, under a random key of this process: it is not a new guess.
type slowSecrets struct {
	key     [32]byte
	clock   func() time.Time
	turns   *turns // one for each computation
	guesses guesses
	flights singleflight.Group // computations of the same secret
	mu      sync.Mutex
	known   map[[32]byte]bool // whether the secret was correct
}

// maxKnownSecrets bounds slowSecrets.known, which is cleared when it is full.
const maxKnownSecrets = 10_000

func (c *slowSecrets) init(clock func() time.Time) {
	c.clock = clock
	_, _ = rand.Read(c.key[:])                          // never fails (crypto/rand)
	c.turns = newTurns(max(1, runtime.GOMAXPROCS(0)/2)) // leaves half of the CPUs for other requests
	c.known = make(map[[32]byte]bool)
	c.guesses.counts = make(map[guesser]guessCount)
}

// check reports whether the text is the secret with this hash. The hash has a
// random salt, so it identifies the client too. A guesser who has to wait gets no
// answer, even if the secret is correct; otherwise the limit would not limit
// guesses at a secret that the client uses.
func (c *slowSecrets) check(ctx context.Context, who guesser, phc, text string) (bool, error) {
	if wait := c.guesses.wait(who, c.clock()); wait > 0 {
		return false, errTooManyGuesses(wait)
	}
	mac := hmac.New(sha256.New, c.key[:])
	mac.Write([]byte(phc))
	mac.Write([]byte{0})
	mac.Write([]byte(text))
	sum := [32]byte(mac.Sum(nil))
	if correct, known := c.remembered(sum); known {
		return correct, nil
	}
	// Callers with the same secret share a computation, but not a guesser's limit.
	flight := string(sum[:]) + who.network.String()
	done := c.flights.DoChan(flight, func() (any, error) {
		return c.compute(context.WithoutCancel(ctx), who, phc, text, sum)
	})
	select {
	case result := <-done:
		correct, _ := result.Val.(bool)
		return correct, result.Err
	case <-ctx.Done():
		return false, errBusy
	}
}

// compute computes the hash of the text, when it is the client's turn.
func (c *slowSecrets) compute(ctx context.Context, who guesser, phc, text string, sum [32]byte) (bool, error) {
	if err := c.turns.take(ctx, who.clientID); err != nil {
		return false, err
	}
	defer c.turns.give()
	if wait := c.guesses.wait(who, c.clock()); wait > 0 { // other guesses were wrong while this one waited
		return false, errTooManyGuesses(wait)
	}
	correct, err := argon2id.ComparePasswordAndHash(text, phc)
	if err != nil {
		return false, err
	}
	if !correct {
		c.guesses.add(who, c.clock())
	}
	c.remember(sum, correct)
	return correct, nil
}

func (c *slowSecrets) remembered(sum [32]byte) (correct, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	correct, known = c.known[sum]
	return correct, known
}

func (c *slowSecrets) remember(sum [32]byte, correct bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxKnownSecrets {
		clear(c.known)
	}
	c.known[sum] = correct
}

// errTooManyGuesses is the error of a client from whose address too many wrong
// secrets came.
func errTooManyGuesses(wait time.Duration) *oauth.Error {
	e := oauth.Errorf(oauth.CodeInvalidClient, "Too many wrong secrets of this application were sent from this network address. Try again in %s.", wait.Round(time.Second)).
		WithReason("throttled")
	e.RetryAfter = wait
	return e
}
