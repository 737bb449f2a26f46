package provider

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/seed-e6a88a41/latchkey/internal/hashcost"
	"github.com/seed-e6a88a41/latchkey/internal/turns"
)

// newSlowSecrets returns the check of a server that computes the given number of
// hashes at once, and the hash of a secret.
func newSlowSecrets(t *testing.T, computations int, cost hashcost.Cost) (c *slowSecrets, phc, secret string) {
	t.Helper()
	c = new(slowSecrets)
	c.init(time.Now)
	c.turns = turns.New(computations, maxWaiting)
	secret = "a secret that a person chose"
	phc, err := argon2id.CreateHash(secret, cost.Params())
	if err != nil {
		t.Fatal(err)
	}
	return c, phc, secret
}

// A server with many processors computes more hashes at once than a guesser may
// try. The guesses that wait are checked as soon as it is certain that they do
// not exceed the limit.
func TestParallelGuessesAtASecretDoNotExceedTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, phc, _ := newSlowSecrets(t, 32, hashcost.Cost{})
		who := newGuesser("a", netip.MustParseAddr("192.0.2.1"))
		var mu sync.Mutex
		var all sync.WaitGroup
		checked := 0
		for i := range 40 {
			all.Go(func() {
				_, err := c.check(t.Context(), who, phc, fmt.Sprint("guess ", i))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					checked++
				}
			})
		}
		all.Wait()
		if checked != maxGuesses {
			t.Errorf("%d guesses were checked, want %d", checked, maxGuesses)
		}
		if len(c.guesses.open) != 0 || len(c.flights.by) != 0 {
			t.Errorf("left over: %v %v", c.guesses.open, c.flights.by)
		}
	})
}

// Many instances of an application behind one address start at the same moment,
// and nine of ten possible guesses have been wrong.
func TestCorrectSecretWaitsForItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, phc, _ := newSlowSecrets(t, 8, hashcost.Least())
		who := newGuesser("a", netip.MustParseAddr("192.0.2.1"))
		for i := range maxGuesses - 1 {
			if _, err := c.check(t.Context(), who, phc, fmt.Sprint("guess ", i)); err != nil {
				t.Fatal(err)
			}
		}
		if wait, retry := c.guesses.begin(who, time.Now()); wait != 0 || retry != nil {
			t.Fatal("the last place is not free")
		}
		result := make(chan error, 1)
		go func() {
			ok, err := c.check(t.Context(), who, phc, "a secret that a person chose")
			if err == nil && !ok {
				err = errors.New("the correct secret is wrong")
			}
			result <- err
		}()
		synctest.Wait()
		select {
		case err := <-result:
			t.Fatalf("the secret did not wait: %v", err)
		default:
		}
		c.guesses.end(who, time.Now(), false)
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
}

func TestSecretIsNotCheckedIfTheClientHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, phc, secret := newSlowSecrets(t, 1, hashcost.Least())
		if err := c.turns.Take(t.Context(), "another client"); err != nil {
			t.Fatal(err)
		}
		who := newGuesser("a", netip.MustParseAddr("192.0.2.1"))
		contexts := make([]context.Context, 2)
		leave := make([]func(), 2)
		var all sync.WaitGroup
		for i := range 2 {
			contexts[i], leave[i] = context.WithCancel(t.Context())
			all.Go(func() {
				if _, err := c.check(contexts[i], who, phc, secret); !errors.Is(err, errBusy) {
					t.Errorf("caller %d: %v", i, err)
				}
			})
		}
		synctest.Wait()
		leave[0]()
		synctest.Wait()
		if len(c.flights.by) != 1 {
			t.Error("the check ended with the first of two callers")
		}
		leave[1]()
		all.Wait()
		c.turns.Give()
		synctest.Wait()
		if len(c.known) != 0 || len(c.flights.by) != 0 {
			t.Error("the secret was checked although nobody waited")
		}
	})
}

// If all results were forgotten at once, the hashes of all clients would have to
// be computed again.
func TestResultsOfChecksAreNotForgottenAtOnce(t *testing.T) {
	c := new(slowSecrets)
	c.init(time.Now)
	for i := range maxKnownSecrets + 1000 {
		c.remember([32]byte{byte(i), byte(i >> 8), byte(i >> 16)}, true)
		if i >= maxKnownSecrets && len(c.known) != maxKnownSecrets {
			t.Fatalf("%d results are known after %d checks", len(c.known), i+1)
		}
	}
}
