package provider_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestAJTIIsNotTrusted: it is not signed, so anybody can write one. It makes no request for the client
// metadata document at an address in it, and an ID from the future was not issued by this server.
func TestAJTIIsNotTrusted(t *testing.T) {
	h, site := newDocumentHouse(t, nil)
	before := site.fetches
	if found, err := h.byJTI(oauth.NewID(h.now).String() + "@" + documentID); site.fetches != before || !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("%d requests for the document; found %+v, %v", site.fetches-before, found, err)
	}
	h = newHouse(t, nil)
	if found, err := h.byJTI(oauth.NewID(h.now.AddDate(1, 0, 0)).String() + "@" + h.id); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("of next year: %+v, %v", found, err)
	}
}

// TestAJTIThatWasNotIssuedIsNotFound: it is older than its family, or its client could not exchange tokens when it
// was issued. A client that was changed since then can have been allowed to.
func TestAJTIThatWasNotIssuedIsNotFound(t *testing.T) {
	h := newHouse(t, nil)
	family, err := h.FindToken(ctx, h.tokens().RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	for id, change := range map[string]func(*oauth.Client){
		"other":     func(*oauth.Client) {},
		"exchanges": func(c *oauth.Client) { c.GrantTypes = append(c.GrantTypes, oauth.GrantTokenExchange) },
		"changed":   func(c *oauth.Client) { c.UpdatedAt = h.now.Add(time.Hour) },
	} {
		c := &oauth.Client{ID: id, Name: id, Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, CreatedAt: h.now}
		change(c)
		if err := h.store.CreateClient(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	h.pass(5 * time.Minute)
	for client, want := range map[string]bool{"": true, "@" + h.id: true, "@other": false, "@exchanges": true, "@changed": true} {
		for age, possible := range map[time.Duration]bool{0: want, 10 * 24 * time.Hour: false} {
			found, err := h.byJTI(oauth.NewID(h.now.Add(-age)).String() + "." + family.FamilyID.String() + client)
			if !possible && !errors.Is(err, oauth.ErrNotFound) || possible && (err != nil || found.State != provider.FoundNotRevoked) {
				t.Errorf("%q, issued %s ago: %+v, %v", client, age, found, err)
			}
		}
	}
}

func (h *house) byJTI(text string) (provider.FoundToken, error) {
	h.t.Helper()
	jti, ok := provider.ParseJWTID(text)
	if !ok {
		h.t.Fatalf("%s is not a jti", text)
	}
	return h.FindTokenByJTI(ctx, jti)
}

// TestAValidJWTIsNotFoundAsExpired after its application got another format or lifetime.
func TestAValidJWTIsNotFoundAsExpired(t *testing.T) {
	for name, change := range map[string]func(*oauth.Client){
		"opaque":  func(c *oauth.Client) { c.AccessTokenFormat = oauth.Opaque },
		"shorter": func(c *oauth.Client) { c.AccessTokenTTL = 60 },
	} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
		response, err := h.token("grant_type", "client_credentials", "scope", "read")
		if err != nil {
			t.Fatal(err)
		}
		h.now = h.now.Add(2 * time.Minute)
		if _, err := oauth.ChangeClient(ctx, h.store, h.id, func(c *oauth.Client) error { change(c); return nil }); err != nil {
			t.Fatal(err)
		}
		token, err := h.CheckAccessToken(ctx, response.AccessToken)
		if err != nil || !token.Active {
			t.Fatalf("%+v %v", token, err)
		}
		if found, err := h.byJTI(token.ID); err != nil || found.State != provider.FoundNotRevoked || found.ExpiresAt.Unix() < token.ExpiresAt {
			t.Errorf("%s: the token is active, but found as %s until %s: %v", name, found.State, found.ExpiresAt, err)
		}
	}
}

// TestAnExchangedJWTIsFoundWithItsOwnClient, and is revoked without the family, which belongs to another
// client. If that client is disabled, the token is not valid. The whole token is found in the same state as its jti.
func TestAnExchangedJWTIsFoundWithItsOwnClient(t *testing.T) {
	x := newExchanges(t, func(_ *provider.Config, _, s *oauth.Client, _ *oauth.TrustedIssuer) { s.AccessTokenFormat = oauth.JWT })
	tokens := x.tokens("scope", "read")
	swapped := func() string {
		response, err := x.swap(tokens.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		return response.AccessToken
	}
	revoked, other := swapped(), swapped()
	if err := x.Revoke(ctx, "", params(t, "client_id", "service", "client_secret", x.serviceKey, "token", revoked)); err != nil {
		t.Fatal(err)
	}
	want := func(state, token string) {
		t.Helper()
		jti, _ := x.payload(token)["jti"].(string)
		found, err := x.byJTI(jti)
		if err != nil || found.Kind != provider.FoundJWT || found.State != state || found.ClientID != "service" || found.Subject != "ada-id" || found.FamilyID.IsZero() {
			t.Errorf("found %+v, %v; want it %s", found, err, state)
		}
		if state == provider.FoundNotRevoked {
			state = provider.FoundValid
		}
		if found, err := x.FindToken(ctx, token); err != nil || found.State != state {
			t.Errorf("the whole token is found as %+v, %v; want it %s", found, err, state)
		}
	}
	want(provider.FoundRevoked, revoked)
	want(provider.FoundNotRevoked, other)
	if err := x.switchClient("client", func(c *oauth.Client) { c.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	want(provider.FoundDisabled, other)
}
