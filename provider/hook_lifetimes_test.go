package provider_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestLifetimesHookDeterminesTheLifetimesOfTokens(t *testing.T) {
	f := &hooks{lifetimes: oauth.Lifetimes{AccessToken: 2 * time.Minute, RefreshTokenIdle: time.Hour, RefreshToken: 90 * time.Minute}}
	h := hookedHouse(t, f, func(c *provider.Config, _ *oauth.Client) {
		c.Resources = []oauth.ResourceInfo{{URI: orders, Name: "Orders"}}
	})

	first := h.tokens("scope", "read write", "resource", orders)
	asked := f.last(t)
	if first.ExpiresIn != 120 || asked.GrantType != "authorization_code" || asked.Subject != "ada-id" || asked.Client.ID != h.id ||
		asked.Scope.String() != "read write" || asked.Resources.String() != orders {
		t.Errorf("the code: %d seconds, asked %+v", first.ExpiresIn, asked)
	}
	h.pass(59 * time.Minute)
	second, err := h.refresh(first.RefreshToken, "scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	if asked = f.last(t); second.ExpiresIn != 120 || asked.GrantType != "refresh_token" || asked.Scope.String() != "read" || asked.Subject != "ada-id" {
		t.Errorf("the refresh: %d seconds, asked %+v", second.ExpiresIn, asked)
	}
	h.pass(5 * time.Second)
	again, err := h.refresh(first.RefreshToken) // in the replay window
	if err != nil || again.AccessToken != second.AccessToken || again.ExpiresIn != 115 || f.last(t).Scope.String() != "read" {
		t.Errorf("the repeated refresh: %+v %v", again, err)
	}
	h.pass(31 * time.Minute) // of 90 in total
	if _, err := h.refresh(second.RefreshToken); err == nil {
		t.Error("the refresh token is valid after its total lifetime")
	}

	third := h.tokens("scope", "read")
	f.infos = nil
	h.pass(time.Hour)
	if _, err := h.refresh(third.RefreshToken); err == nil || len(f.infos) > 0 {
		t.Errorf("the refresh token is valid after its idle lifetime: %v, asked %v", err, f.infos)
	}
	itself, err := h.token("grant_type", "client_credentials", "scope", "read")
	if asked = f.last(t); err != nil || itself.ExpiresIn != 120 || asked.GrantType != "client_credentials" || asked.Subject != "" || asked.Resources.String() != issuer {
		t.Errorf("client credentials: %v, asked %+v", err, asked)
	}
	f.lifetimes = oauth.Lifetimes{} // the default
	if itself, err = h.token("grant_type", "client_credentials", "scope", "read"); err != nil || itself.ExpiresIn != 3600 {
		t.Errorf("the default: %+v %v", itself, err)
	}
}

func TestConsentPageShowsTheLifetimeOfTheHook(t *testing.T) {
	f := &hooks{lifetimes: oauth.Lifetimes{AccessToken: time.Minute, RefreshTokenIdle: time.Hour, RefreshToken: 2 * time.Hour}}
	h := hookedHouse(t, f, nil)
	r, err := h.ask("scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	total, idle, err := h.GrantLifetime(ctx, r, "ada-id")
	if asked := f.last(t); err != nil || total != 2*time.Hour || idle != time.Hour || asked.Subject != "ada-id" || asked.GrantType != "authorization_code" {
		t.Errorf("got %s %s %v, asked %+v", total, idle, err, asked)
	}
}

func TestLifetimeOfAHookThatIsOutOfBoundsIsAFailureOfTheServer(t *testing.T) {
	const day = 24 * time.Hour
	for _, l := range []oauth.Lifetimes{
		{AccessToken: -1},
		{AccessToken: time.Second - 1},
		{AccessToken: 30*day + 1},
		{RefreshTokenIdle: -1},
		{RefreshTokenIdle: 1831 * day},
		{RefreshToken: time.Millisecond},
		{RefreshToken: 1831 * day},
	} {
		f := &hooks{lifetimes: l}
		h := hookedHouse(t, f, nil)
		code := h.code("scope", "read")
		_, err := h.exchange(code)
		if err == nil || errors.As(err, new(*oauth.Error)) || errors.Is(err, oauth.ErrUnavailable) {
			t.Errorf("%+v: %v", l, err)
		}
		f.lifetimes = oauth.Lifetimes{AccessToken: 30 * day, RefreshTokenIdle: time.Second, RefreshToken: 1830 * day}
		if _, err := h.exchange(code); err != nil {
			t.Errorf("%+v: the code was lost: %v", l, err)
		}
	}
}
