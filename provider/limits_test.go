package provider_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// starter starts a device, or pushes a request, as a client from an address.
type starter func(ctx context.Context, clientID, secret string) error

// starters returns what a public client can make the server store.
func (h *house) starters() map[string]starter {
	return map[string]starter{
		"device": func(ctx context.Context, clientID, secret string) error {
			_, err := h.AuthorizeDevice(ctx, "", params(h.t, "client_id", clientID, "client_secret", secret))
			return err
		},
		"push": func(ctx context.Context, clientID, secret string) error {
			_, err := h.Push(ctx, "", params(h.t, "client_id", clientID, "client_secret", secret, "response_type", "code",
				"redirect_uri", callback, "code_challenge", challenge(verifier), "code_challenge_method", "S256"))
			return err
		},
	}
}

// newLimitedHouse has a limit of three and a public client.
func newLimitedHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.PublicRequestLimit, c.Registration = 3, provider.RegistrationOpen
	})
	h.add(&oauth.Client{
		ID: "public", Name: "Public", Type: oauth.Public, RedirectURIs: []string{callback},
		GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantDeviceCode},
	})
	return h
}

// A public client needs no secret, so attackers in its name cannot fill the database.
// Others are not affected.
func TestRequestsOfPublicClientsAreLimitedPerNetwork(t *testing.T) {
	for name := range (*house)(nil).starters() {
		t.Run(name, func(t *testing.T) {
			h := newLimitedHouse(t)
			start := h.starters()[name]
			for range 3 {
				wantCode(t, start(from("192.0.2.1"), "public", ""), "")
			}
			err := start(from("192.0.2.1"), "public", "")
			wantCode(t, err, "temporarily_unavailable")
			if e, _ := errors.AsType[*oauth.Error](err); e == nil || e.RetryAfter != 20*time.Minute || e.Reason != "throttled" {
				t.Errorf("got %+v", err)
			}
			wantCode(t, start(from("192.0.2.2"), "public", ""), "")
			for i := range 3 {
				wantCode(t, start(from(fmt.Sprintf("2001:db8::%d", i)), "public", ""), "")
			}
			wantCode(t, start(from("2001:db8::ffff"), "public", ""), "temporarily_unavailable")
			wantCode(t, start(from("2001:db8:0:1::1"), "public", ""), "")
			for range 4 {
				wantCode(t, start(ctx, "public", ""), "") // not even the address is known
				wantCode(t, start(from("192.0.2.1"), h.id, h.key), "")
			}
			h.pass(20 * time.Minute)
			wantCode(t, start(from("192.0.2.1"), "public", ""), "")
			wantCode(t, start(from("192.0.2.1"), "public", ""), "temporarily_unavailable")
			h.pass(time.Hour)
			for range 3 {
				wantCode(t, start(from("192.0.2.1"), "public", ""), "")
			}
		})
	}
}

// If all can register an application, its secret proves nothing until a person has
// given it permission.
func TestSecretOfANewRegistrationDoesNotLiftTheLimit(t *testing.T) {
	for name := range (*house)(nil).starters() {
		h := newLimitedHouse(t)
		start := h.starters()[name]
		information, err := h.Register(from("192.0.2.1"), "", []byte(`{"redirect_uris":["`+callback+`"],"grant_types":["authorization_code","urn:ietf:params:oauth:grant-type:device_code"]}`))
		if err != nil {
			t.Fatal(err)
		}
		id, secret := information["client_id"].(string), information["client_secret"].(string)
		for range 3 {
			wantCode(t, start(from("192.0.2.1"), id, secret), "")
		}
		wantCode(t, start(from("192.0.2.1"), id, secret), "temporarily_unavailable")
	}
}

// A request that is rejected stores nothing and is not counted.
func TestRejectedRequestsDoNotCount(t *testing.T) {
	h := newLimitedHouse(t)
	for name, start := range h.starters() {
		for range 4 {
			wantCode(t, start(from("192.0.2.1"), "public", "not mine"), "invalid_client")
		}
		if err := start(from("192.0.2.1"), "public", ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLimitsCanBeSwitchedOff(t *testing.T) {
	h := newHouse(t, func(c *provider.Config, client *oauth.Client) {
		c.PublicRequestLimit, client.Type, client.Secrets = -1, oauth.Public, nil
	})
	for range 3001 {
		wantCode(t, h.starters()["device"](from("192.0.2.1"), h.id, ""), "")
	}
}

// The memory of limits is bounded. A caller that was forgotten can begin again.
func TestMemoryOfLimitsIsBounded(t *testing.T) {
	for _, apart := range []time.Duration{0, time.Second} {
		if most := provider.CallersRemembered(120_000, apart); most > 50_000 {
			t.Errorf("%d callers are remembered", most)
		}
	}
}
