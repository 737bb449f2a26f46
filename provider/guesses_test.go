package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/seed-e6a88a41/latchkey/internal/hashcost"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const chosenSecret = "a secret that a person chose"

// from returns the context of a request from an address.
func from(address string) context.Context {
	return context.WithValue(ctx, provider.AddressKey{}, provider.ClientAddressFunc(func() netip.Addr { return netip.MustParseAddr(address) }))
}

// chosen returns what is stored of a secret that a person chose: a hash that is cheap
// to compute.
func chosen(t *testing.T, text string) oauth.ClientSecret {
	t.Helper()
	phc, err := argon2id.CreateHash(text, hashcost.Least().Params())
	if err != nil {
		t.Fatal(err)
	}
	return oauth.ClientSecret{ID: oauth.NewID(time.Now()).String(), Slow: phc}
}

// addChosen adds a client with a chosen secret.
func (h *house) addChosen(id string) {
	h.t.Helper()
	h.add(&oauth.Client{ID: id, Name: id, Type: oauth.Confidential, GrantTypes: []string{oauth.GrantClientCredentials}, Secrets: []oauth.ClientSecret{chosen(h.t, chosenSecret)}})
}

func (h *house) tryFrom(address, id, secret string) error {
	h.t.Helper()
	_, err := h.Token(from(address), "", params(h.t, "grant_type", "client_credentials", "client_id", id, "client_secret", secret))
	return err
}

func isThrottled(err error) bool {
	var e *oauth.Error
	return errors.As(err, &e) && e.RetryAfter > 0
}

func TestGuessesAtAChosenSecretAreLimitedPerClientAndAddress(t *testing.T) {
	for name, attackers := range map[string][]string{"IPv4": {"192.0.2.1"}, "IPv6": {"2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"}} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil)
			h.addChosen("a")
			h.addChosen("b")
			wantCode(t, h.tryFrom("198.51.100.1", "a", chosenSecret), "") // so this process knows it
			var group sync.WaitGroup
			var mu sync.Mutex
			throttled := 0
			for i := range 100 {
				group.Go(func() {
					err := h.tryFrom(attackers[i%len(attackers)], "a", fmt.Sprintf("a wrong guess, number %d", i))
					mu.Lock()
					defer mu.Unlock()
					if isThrottled(err) || errors.Is(err, oauth.ErrUnavailable) {
						throttled++
					} else {
						wantCode(t, err, "invalid_client")
					}
				})
			}
			group.Wait()
			if throttled < 85 {
				t.Errorf("%d of 100 guesses were rejected without a check", throttled)
			}
			if err := h.tryFrom(attackers[0], "a", chosenSecret); !isThrottled(err) {
				t.Errorf("the correct secret from the address of the attacker: %v", err)
			}
			wantCode(t, h.tryFrom("198.51.100.1", "a", chosenSecret), "")
			wantCode(t, h.tryFrom("198.51.100.2", "a", chosenSecret), "")
			wantCode(t, h.tryFrom(attackers[0], "b", chosenSecret), "")
			h.now = h.now.Add(time.Minute)
			wantCode(t, h.tryFrom(attackers[0], "a", chosenSecret), "")
			wantCode(t, h.tryFrom(attackers[0], "a", "a wrong guess, after a minute"), "invalid_client")
			if err := h.tryFrom(attackers[0], "a", "another one at once"); !isThrottled(err) {
				t.Errorf("more than one guess per minute: %v", err)
			}
		})
	}
}

// An application that keeps sending an old secret must not use up the limit of
// the application with the new one behind the same address.
func TestRepeatedWrongSecretIsOneGuess(t *testing.T) {
	h := newHouse(t, nil)
	h.addChosen("a")
	for range 100 {
		wantCode(t, h.tryFrom("192.0.2.1", "a", "an old secret, again and again"), "invalid_client")
	}
	wantCode(t, h.tryFrom("192.0.2.1", "a", chosenSecret), "")
}
