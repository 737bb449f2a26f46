package provider_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// adasClaims are the claims that the source has about ada.
var adasClaims = map[string]any{
	"name": "Ada L.", "preferred_username": "ada", "email": "ada@example.com", "email_verified": true, "phone_number": "+44",
	"address": map[string]any{"country": "GB"}, "nickname": "", "secret": "never told",
}

func newOpenIDHouse(t *testing.T, change func(*provider.Config, *oauth.Client)) *house {
	return newHouse(t, func(config *provider.Config, c *oauth.Client) {
		config.ACRValues = []string{"1"}
		config.Claims = func(_ context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
			if q.Subject != "ada-id" {
				return nil, oauth.ErrNotFound
			}
			return adasClaims, nil
		}
		if change != nil {
			change(config, c)
		}
	})
}

// payload verifies a JWT with the published keys and returns its claims.
func (h *house) payload(text string) map[string]any {
	h.t.Helper()
	document, err := h.JWKS(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(document.Body, &keys); err != nil {
		h.t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	if err != nil {
		h.t.Fatal(err)
	}
	body, err := signed.Verify(keys)
	if err != nil {
		h.t.Fatalf("%v: %s", err, text)
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		h.t.Fatal(err)
	}
	return claims
}

func (h *house) userinfo(token string) map[string]any {
	h.t.Helper()
	info, err := h.UserInfo(ctx, token)
	if err != nil {
		h.t.Fatal(err)
	}
	if info.JWT {
		return h.payload(string(info.Body))
	}
	var claims map[string]any
	if err := json.Unmarshal(info.Body, &claims); err != nil {
		h.t.Fatal(err)
	}
	return claims
}
