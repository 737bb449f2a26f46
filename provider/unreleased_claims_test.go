package provider_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestClaimsThatNoScopeReleasesAreLoggedOnce: a claim of a scope that was not granted is
// not logged, because another request can receive it.
func TestClaimsThatNoScopeReleasesAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c.Scopes = []oauth.ScopeInfo{{Name: "team", Description: "See your team", Claims: []string{"groups"}}}
		c.Claims = func(context.Context, oauth.ClaimsQuery) (map[string]any, error) {
			return map[string]any{"name": "Ada", "groups": []string{"ENIAC"}, "badge_number": "hidden"}, nil
		}
	})
	for range 2 {
		if claims := h.payload(h.tokens("scope", "openid profile").IDToken); claims["name"] != "Ada" || claims["groups"] != nil || claims["badge_number"] != nil {
			t.Errorf("the claims are %v", claims)
		}
	}
	text := log.String()
	if strings.Count(text, "badge_number") != 1 || strings.Contains(text, "groups") || strings.Contains(text, "hidden") {
		t.Errorf("the log is %s", text)
	}
}

// TestClaimsOfAHookThatAreNotDeclaredAreDelivered: AddedClaims is only for discovery.
func TestClaimsOfAHookThatAreNotDeclaredAreDelivered(t *testing.T) {
	f := &hooks{claims: map[string]any{"department": "ENIAC"}}
	h := hookedHouse(t, f, nil)
	if claims := h.payload(h.tokens("scope", "openid").IDToken); claims["department"] != "ENIAC" {
		t.Errorf("the claims are %v", claims)
	}
}
