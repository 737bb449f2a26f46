package provider_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestFrontchannelLogoutURLsHaveIssuerAndSession: OpenID Connect Front-Channel
// Logout §2. Only clients with an ID token of the session are notified.
func TestFrontchannelLogoutURLsHaveIssuerAndSession(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
		c.FrontchannelLogoutURI = "https://app.example/front?x=1"
	})
	if got, err := h.FrontchannelLogouts(ctx, h.who.SessionID); err != nil || len(got) != 0 {
		t.Errorf("before any login: %v %v", got, err)
	}
	h.tokens("scope", "read")
	if got, err := h.FrontchannelLogouts(ctx, h.who.SessionID); err != nil || len(got) != 0 {
		t.Errorf("after a request without openid: %v %v", got, err)
	}
	id := h.payload(h.tokens("scope", "openid").IDToken)
	h.tokens("scope", "openid") // two ID tokens, but one URL
	got, err := h.FrontchannelLogouts(ctx, h.who.SessionID)
	if err != nil || len(got) != 1 {
		t.Fatalf("got %v %v", got, err)
	}
	u, err := url.Parse(got[0])
	if err != nil || !strings.HasPrefix(got[0], "https://app.example/front?x=1&") || u.Query().Get("iss") != issuer || u.Query().Get("sid") != id["sid"] {
		t.Errorf("got %v %v", got, err)
	}
}

func TestDisabledClientIsNotNotifiedOfLogouts(t *testing.T) {
	m := &mailbox{tokens: make(map[string][]string)}
	h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.Outbound, c.BackchannelLogoutURI, c.FrontchannelLogoutURI = m, listens, "https://app.example/front"
	})
	h.tokens("scope", "openid")
	c, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	disabled := *c
	disabled.Disabled = true
	if err := h.store.UpdateClient(ctx, &disabled); err != nil {
		t.Fatal(err)
	}
	if urls, err := h.FrontchannelLogouts(ctx, h.who.SessionID); err != nil || len(urls) != 0 {
		t.Errorf("the browser would load %q: %v", urls, err)
	}
	if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeliverLogouts(ctx); err != nil || len(m.tokens) != 0 {
		t.Errorf("%d logout tokens were sent: %v", len(m.tokens), err)
	}
}
