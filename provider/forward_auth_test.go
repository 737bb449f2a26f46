package provider_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// readsStore counts the reads of access tokens, families and tickets.
type readsStore struct {
	oauth.Store
	reads int
}

func (s *readsStore) AccessToken(ctx context.Context, id oauth.ID) (oauth.AccessToken, oauth.Standing, error) {
	s.reads++
	return s.Store.AccessToken(ctx, id)
}

func (s *readsStore) Family(ctx context.Context, id oauth.ID) (oauth.Family, oauth.Standing, error) {
	s.reads++
	return s.Store.Family(ctx, id)
}

func (s *readsStore) Client(ctx context.Context, id string) (*oauth.Client, error) {
	s.reads++
	return s.Store.Client(ctx, id)
}

// newForward returns a house whose client protects a host.
func newForward(t *testing.T) (*house, *readsStore, provider.ForwardRequest) {
	t.Helper()
	store := new(readsStore)
	h := newHouse(t, func(config *provider.Config, c *oauth.Client) {
		store.Store = config.Store
		config.Store = store
		c.Type, c.Secrets, c.GrantTypes = oauth.Public, nil, []string{oauth.GrantAuthorizationCode}
		c.RedirectURIs = []string{"https://wiki.example" + provider.ForwardCallback, "https://id.example" + provider.ForwardCallback}
		c.DefaultScopes = oauth.Scopes{oauth.ScopeProfile, oauth.ScopeOfflineAccess}
		c.Scopes = nil
	})
	return h, store, provider.ForwardRequest{ClientID: h.client().ID, Origin: "https://wiki.example", Target: "/"}
}

// TestForwardAuthEndsWithTheSession: openid is always requested, and offline_access never.
func TestForwardAuthEndsWithTheSession(t *testing.T) {
	h, _, r := newForward(t)
	location, err := h.BeginForward(t.Context(), r, "browser")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(location)
	if err != nil || u.Query().Get("scope") != "openid profile" {
		t.Errorf("got %s, %v", location, err)
	}
}

// TestForwardAuthRefusesTheHostOfTheIssuer, to whose programs browsers would send the
// login session.
func TestForwardAuthRefusesTheHostOfTheIssuer(t *testing.T) {
	h, _, r := newForward(t)
	for _, origin := range []string{"https://id.example", "https://ID.example:8443"} {
		r.Origin = origin
		_, err := h.CheckForward(t.Context(), r, "")
		if rejected, ok := errors.AsType[*oauth.Error](err); !ok || rejected.Code != oauth.CodeAccessDenied || !strings.Contains(rejected.Detail, "host of the issuer") {
			t.Errorf("%s: got %v", origin, err)
		}
	}
}

// TestForwardAuthCostsOneRead for each request of a person who is logged in, and none for
// others.
func TestForwardAuthCostsOneRead(t *testing.T) {
	h, store, r := newForward(t)
	location, err := h.BeginForward(t.Context(), r, "browser")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for name := range u.Query() {
		pairs = append(pairs, name, u.Query().Get(name))
	}
	_, cookie, _, err := h.FinishForward(t.Context(), r, provider.ForwardAnswer{State: u.Query().Get("state"), Code: h.code(pairs...)}, "browser")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cookie string
		reads  int
	}{"logged in": {cookie, 1}, "logged out": {"", 0}, "a forged cookie": {cookie[1:], 0}} {
		if _, err := h.CheckForward(t.Context(), r, ""); err != nil { // caches the client
			t.Fatal(err)
		}
		store.reads = 0
		person, err := h.CheckForward(t.Context(), r, c.cookie)
		if err != nil || (person != nil) != (c.reads == 1) || store.reads != c.reads {
			t.Errorf("%s: got %v, %v after %d reads, want %d", name, person, err, store.reads, c.reads)
		}
	}
}
