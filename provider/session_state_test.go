package provider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// OpenID Connect Session Management §2, §4.2.
func TestSessionStateDependsOnClientAndSession(t *testing.T) {
	h := newOpenIDHouse(t, func(config *provider.Config, _ *oauth.Client) { config.OwnLogin, config.ACRValues = true, nil })
	state := func(pairs ...string) string {
		t.Helper()
		r, err := h.ask(pairs...)
		if err != nil {
			t.Fatal(err)
		}
		r.Show(h.who)
		response, err := h.Approve(ctx, r, h.who, r.Scope, true)
		if err != nil {
			t.Fatal(err)
		}
		return answer(t, response.Location()).Get("session_state")
	}
	got := state("scope", "openid", "prompt", "consent")
	hash, salt, found := strings.Cut(got, ".")
	sum := sha256.Sum256([]byte(h.id + " https://app.example " + h.BrowserState(h.who.SessionID) + " " + salt))
	if !found || strings.Contains(got, " ") || hash != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Errorf("the session state is %q", got)
	}
	if h.BrowserState(h.who.SessionID) == h.BrowserState("another") || strings.Contains(h.BrowserState(h.who.SessionID), h.who.SessionID) {
		t.Error("the browser state is the same for two sessions, or contains the session id")
	}
	if got := state("scope", "read", "prompt", "consent"); got != "" {
		t.Errorf("a request without openid returns a session state: %q", got)
	}
}
