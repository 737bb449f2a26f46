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

// TestClaimsOfAHostAreReleasedOnlyInTheFormOfTheSpecification (OpenID Connect
// Core §5.1): many clients reject the whole response because of a value of
// another type.
func TestClaimsOfAHostAreReleasedOnlyInTheFormOfTheSpecification(t *testing.T) {
	var log bytes.Buffer
	h := newHouse(t, func(config *provider.Config, _ *oauth.Client) {
		config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		config.Claims = func(context.Context, oauth.ClaimsQuery) (map[string]any, error) {
			return map[string]any{
				"name": "Ada", "birthdate": "31.12.1999", "locale": "en_GB", "zoneinfo": "Mars/Base", "updated_at": "yesterday", "picture": 1,
				"email": "ada@example.com", "email_verified": "true",
				"address": "High Street", "phone_number": "+44 20 7946 0000", "phone_number_verified": 1,
			}, nil
		}
	})
	answer := h.tokens("scope", "openid profile email address phone")
	for place, claims := range map[string]map[string]any{"ID token": h.payload(answer.IDToken), "userinfo": h.userinfo(answer.AccessToken)} {
		for _, name := range []string{"birthdate", "locale", "zoneinfo", "updated_at", "picture", "email_verified", "address", "phone_number_verified"} {
			if claims[name] != nil {
				t.Errorf("the %s has %s: %v", place, name, claims[name])
			}
		}
		if claims["name"] != "Ada" || claims["email"] != "ada@example.com" {
			t.Errorf("the %s has %v", place, claims)
		}
	}
	if !strings.Contains(log.String(), "claim=email_verified error=\"This value is a text. It must be true or false") || strings.Contains(log.String(), "31.12.1999") {
		t.Errorf("the log is %s", log.String())
	}
}
