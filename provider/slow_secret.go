package provider

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/seed-e6a88a41/latchkey/internal/turns"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// slowSecrets checks secrets that were chosen by people, against hashes that are
// slow to compute. It computes only a few at once, in turn for each client, and
// limits guesses. A secret that was checked before is recognized by a MAC of hash
// and secret, under a random key of this process: it is not a new guess.
type slowSecrets struct {
	key     [32]byte
	clock   func() time.Time
	turns   *turns.Turns // one for each computation
	guesses guesses
	flights flights // computations of the same secret
	mu      sync.Mutex
	known   map[[32]byte]bool // whether the secret was correct
}

// maxWaiting is how many secrets of a client may wait to be checked.
const maxWaiting = 64

// maxComputation is the memory, in bytes, that is needed to check a secret; see oauth.HashSecret.
const maxComputation = 19 << 20

// maxKnownSecrets limits slowSecrets.known to about 10 MB. A secret that does not
// fit replaces another.
const maxKnownSecrets = 100_000

func (c *slowSecrets) init(clock func() time.Time) {
	c.clock = clock
	_, _ = rand.Read(c.key[:]) // never fails (crypto/rand)
	c.turns = turns.New(turns.Secrets.AtOnce(maxComputation), maxWaiting)
	c.known = make(map[[32]byte]bool)
	c.guesses.init()
	c.flights.init()
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
	return c.flights.do(ctx, string(sum[:])+who.network.String(), func(ctx context.Context) (bool, error) {
		if err := c.takeTurn(ctx, who); err != nil {
			return false, err
		}
		defer c.turns.Give()
		return c.compute(who, phc, text, sum)
	})
}

// takeTurn waits for the client's turn, and for a place among the guesses. The
// caller must give the turn back, unless takeTurn returns an error.
func (c *slowSecrets) takeTurn(ctx context.Context, who guesser) error {
	for {
		if c.turns.Take(ctx, who.clientID) != nil {
			return errBusy
		}
		wait, retry := c.guesses.begin(who, c.clock())
		if wait == 0 && retry == nil {
			return nil
		}
		c.turns.Give() // while this guess waits, others can be checked
		if wait > 0 {
			return errTooManyGuesses(wait)
		}
		select {
		case <-retry:
		case <-ctx.Done():
			return errBusy
		}
	}
}

// compute computes the hash of the text, unless another caller has done so while
// this one waited. It frees the place that takeTurn took.
func (c *slowSecrets) compute(who guesser, phc, text string, sum [32]byte) (correct bool, err error) {
	correct, known := c.remembered(sum)
	defer func() { c.guesses.end(who, c.clock(), err == nil && !known && !correct) }()
	if known {
		return correct, nil
	}
	if correct, err = argon2id.ComparePasswordAndHash(text, phc); err != nil {
		return false, err
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
	for other := range c.known { // in an order that is not predictable
		if len(c.known) < maxKnownSecrets {
			break
		}
		delete(c.known, other)
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
