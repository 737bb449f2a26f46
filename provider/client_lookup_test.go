package provider_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// newRegistrationHouse returns a house in which the usual client has registered
// itself and is not stored.
func newRegistrationHouse(t *testing.T, change func(*provider.Config, *oauth.Client)) *house {
	t.Helper()
	var client oauth.Client
	h := newHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Registration = provider.RegistrationOpen
		if change != nil {
			change(config, c)
		}
		client = *c
	})
	if err := h.store.DeleteClient(ctx, h.id); err != nil {
		t.Fatal(err)
	}
	if err := provider.SealClient(h.Provider, &client, provider.RegistrationOpen); err != nil {
		t.Fatal(err)
	}
	h.id, h.key = client.ID, ""
	if client.Type == oauth.Confidential {
		h.key = provider.RegistrationSecret(h.Provider, client.ID)
	}
	return h
}

// clients returns the number of clients that are stored.
func (h *house) clients() int {
	h.t.Helper()
	all, _, err := h.store.Clients(ctx, oauth.ClientFilter{}, paging.Page{Limit: math.MaxInt32})
	if err != nil {
		h.t.Fatal(err)
	}
	return len(all)
}

func TestRegisteredClientIsStoredAtItsFirstConsent(t *testing.T) {
	for _, clientType := range []oauth.ClientType{oauth.Public, oauth.Confidential} {
		h := newRegistrationHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.Type, c.GrantTypes = clientType, []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
		})
		r, err := h.ask()
		if err != nil {
			t.Fatal(err)
		}
		handle, err := h.Seal(r, "browser")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Open(ctx, handle, "browser"); err != nil || h.clients() != 0 {
			t.Errorf("%s: before the consent, %d clients are stored, and %v", clientType, h.clients(), err)
		}
		tokens := h.tokens()
		if h.clients() != 1 || !h.active(tokens.AccessToken) {
			t.Errorf("%s: after the consent, %d clients are stored", clientType, h.clients())
		}
		if _, err := h.refresh(tokens.RefreshToken); err != nil {
			t.Errorf("%s: a refresh: %v", clientType, err)
		}
		h.pass(100 * 24 * time.Hour) // the registration has expired, the client is stored
		h.tokens()
		if h.clients() != 1 {
			t.Errorf("%s: after another consent, %d clients are stored", clientType, h.clients())
		}
	}
}

func TestRegistrationThatIsNeverUsedLeavesNoRow(t *testing.T) {
	h := newRegistrationHouse(t, nil)
	for i := range 100 {
		c := h.client()
		c.Name = fmt.Sprint("App ", i)
		if err := provider.SealClient(h.Provider, c, provider.RegistrationOpen); err != nil {
			t.Fatal(err)
		}
		if _, err := h.ask("client_id", c.ID); err != nil {
			t.Fatal(err)
		}
	}
	if h.clients() != 0 {
		t.Errorf("%d clients are stored", h.clients())
	}
}

func TestDeniedRegisteredClientIsNotStored(t *testing.T) {
	h := newRegistrationHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	_, err = h.Approve(ctx, r, h.who, nil, true)
	if wantCode(t, err, "access_denied"); h.clients() != 0 {
		t.Errorf("%d clients are stored", h.clients())
	}
	if _, err := h.store.Consent(ctx, h.who.Subject, h.id); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("the decision is stored: %v", err)
	}
}

func TestRegisteredClientIsStoredWithItsFirstOwnToken(t *testing.T) {
	h := newRegistrationHouse(t, nil)
	if _, err := h.token("grant_type", "client_credentials", "client_secret", "wrong"); err == nil || h.clients() != 0 {
		t.Errorf("after a wrong secret, %d clients are stored: %v", h.clients(), err)
	}
	if _, err := h.exchange(oauth.NewToken(oauth.KindCode, h.now).String()); err == nil || h.clients() != 0 {
		t.Errorf("after an invented code, %d clients are stored: %v", h.clients(), err)
	}
	tokens, err := h.token("grant_type", "client_credentials")
	if err != nil || h.clients() != 1 || !h.active(tokens.AccessToken) {
		t.Errorf("%d clients are stored: %v", h.clients(), err)
	}
}

func TestDeletedRegisteredClientIsNotStoredAgain(t *testing.T) {
	h := newRegistrationHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	h.tokens()
	if err := h.store.DeleteClient(ctx, h.id); err != nil {
		t.Fatal(err)
	}
	_, err = h.ask()
	wantCode(t, err, "invalid_client")
	r.Show(h.who)
	if _, err := h.Approve(ctx, r, h.who, r.Scope, true); !errors.Is(err, provider.ErrChanged) {
		t.Errorf("a request that began before: %v", err)
	}
	_, err = h.token("grant_type", "client_credentials")
	if wantCode(t, err, "invalid_client"); h.clients() != 0 {
		t.Errorf("%d clients are stored", h.clients())
	}
}

func TestDisabledRegisteredClientStaysDisabled(t *testing.T) {
	h := newRegistrationHouse(t, nil)
	h.tokens()
	if err := h.store.SwitchClient(ctx, oauth.ClientSwitch{ClientID: h.id, Disabled: true, At: h.now}); err != nil {
		t.Fatal(err)
	}
	_, err := h.ask()
	wantCode(t, err, "unauthorized_client")
	_, err = h.token("grant_type", "client_credentials")
	wantCode(t, err, "invalid_client")
}

// Nobody else can make or change a client_id, and a stricter policy takes effect at
// once.
func TestClientIDThatIsNotAValidRegistrationIsUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		id     func(id string) string
		policy string
		later  time.Duration
	}{
		"one character changed": {id: func(id string) string {
			return id[:40] + strings.Map(func(r rune) rune { return r ^ 1 }, id[40:41]) + id[41:]
		}},
		"a line break in it":         {id: func(id string) string { return id[:60] + "\n" + id[60:] }},
		"truncated":                  {id: func(id string) string { return id[:len(id)-4] }},
		"only the prefix":            {id: func(string) string { return oauth.RegistrationPrefix }},
		"too long":                   {id: func(id string) string { return id + strings.Repeat("A", oauth.MaxClientID) }},
		"expired":                    {later: 30*24*time.Hour + time.Second},
		"registration was closed":    {policy: provider.RegistrationClosed},
		"registration needs a token": {policy: provider.RegistrationToken},
		"registration needs a login": {policy: provider.RegistrationPerson},
	} {
		h := newRegistrationHouse(t, nil)
		if _, err := h.ask(); err != nil {
			t.Fatal(err)
		}
		id := h.id
		if test.id != nil {
			id = test.id(id)
		}
		if test.policy != "" {
			h.Registration = test.policy
		}
		h.pass(test.later)
		if _, err := h.ask("client_id", id); err == nil {
			t.Errorf("%s: it is known", name)
		} else {
			wantCode(t, err, "invalid_client")
		}
	}
}

// The last character of base64 has bits that mean nothing. Two texts would be two
// clients, of which an administrator deletes one.
func TestRegistrationHasOneClientID(t *testing.T) {
	h := newRegistrationHouse(t, nil)
	for i := range 8 {
		c := h.client()
		c.Name = strings.Repeat("x", i)
		if err := provider.SealClient(h.Provider, c, provider.RegistrationOpen); err != nil {
			t.Fatal(err)
		}
		known := 0
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			if _, err := h.ask("client_id", c.ID[:len(c.ID)-1]+string(last)); err == nil {
				known++
			}
		}
		if known != 1 {
			t.Errorf("%d texts are the client", known)
		}
	}
}

func TestRegistrationOfAnotherServerIsUnknown(t *testing.T) {
	h, other := newRegistrationHouse(t, nil), newRegistrationHouse(t, nil)
	_, err := h.ask("client_id", other.id)
	wantCode(t, err, "invalid_client")
}

// A client_id is part of every URL of a login and of every row of a token.
func TestLengthOfASealedClientID(t *testing.T) {
	h := newRegistrationHouse(t, nil)
	typical := &oauth.Client{
		Name: "Claude Code (example-server)", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken},
		RedirectURIs: []string{"http://localhost:54545/callback"}, Scopes: oauth.Scopes{"openid", "offline_access"}, ClientOpenID: oauth.ClientOpenID{ResponseTypes: []string{"code"}},
	}
	if err := provider.SealClient(h.Provider, typical, provider.RegistrationOpen); err != nil || len(typical.ID) > 200 {
		t.Errorf("a typical client_id has %d characters: %v", len(typical.ID), err)
	}
	large, fits := h.client(), 0
	for n := range 40 {
		large.RedirectURIs = append(large.RedirectURIs, "https://app.example/"+randomText(40))
		if err := provider.SealClient(h.Provider, large, provider.RegistrationOpen); err != nil {
			break
		}
		fits = n + 1
		r, err := h.ask("client_id", large.ID, "redirect_uri", large.RedirectURIs[n], "state", largest["letters"])
		if err != nil {
			continue
		}
		if handle, err := h.Seal(r, "browser"); err != nil || len(handle) > 7500 || len(large.ID) > oauth.MaxClientID {
			t.Errorf("a client_id of %d characters makes a handle of %d: %v", len(large.ID), len(handle), err)
		}
	}
	if fits < 15 || fits == 40 {
		t.Errorf("%d redirect URIs fit", fits)
	}
}

func TestReservedClientIDCannotBeChosen(t *testing.T) {
	h := newRegistrationHouse(t, nil)
	c := h.client()
	for id, ok := range map[string]bool{oauth.RegistrationPrefix + "mine": false, h.id: true, "mine": true} {
		c.ID = id
		if faults := provider.ValidateClient(c, h.Scopes); (len(faults) == 0) != ok {
			t.Errorf("%s: %v", id, faults)
		}
	}
}
