package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 6749 §5.2: a caller that cannot authenticate gets the same answer whether the
// client exists or not, and however it is registered. The log has the difference.
func TestWrongCredentialsHaveOneAnswer(t *testing.T) {
	f := newForeign(t, nil)
	attacker, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, secret := oauth.NewClientSecret(f.now)
	for id, change := range map[string]func(*oauth.Client){
		"basic":    func(*oauth.Client) {},
		"disabled": func(c *oauth.Client) { c.Disabled = true },
		"public":   func(c *oauth.Client) { c.Type = oauth.Public },
		"mac":      func(c *oauth.Client) { c.AuthMethod = oauth.AuthSecretJWT },
		"keyed": func(c *oauth.Client) {
			c.AuthMethod, c.JWKS = oauth.AuthPrivateKeyJWT, json.RawMessage(f.publish[foreignKeysAt])
		},
		"alg": func(c *oauth.Client) {
			c.AuthMethod, c.AuthAlg, c.JWKS = oauth.AuthPrivateKeyJWT, oauth.AlgPS256, json.RawMessage(f.publish[foreignKeysAt])
		},
		"workload": func(c *oauth.Client) {
			c.WorkloadIdentities = json.RawMessage(`[{"issuer":"` + foreignIssuer + `","subject":"x"}]`)
		},
	} {
		c := &oauth.Client{ID: id, Name: id, Type: oauth.Confidential, GrantTypes: []string{oauth.GrantClientCredentials}, Secrets: []oauth.ClientSecret{secret}}
		change(c)
		f.add(c)
	}
	claims := func(id string, change map[string]any) map[string]any {
		all := map[string]any{"iss": id, "sub": id, "aud": issuer, "exp": f.now.Unix() + 60, "iat": f.now.Unix(), "jti": id}
		for name, value := range change {
			all[name] = value
		}
		return all
	}
	for name, sent := range map[string]func(id string) (assertion string){
		"a wrong secret": func(string) string { return "" },
		"an assertion with any key": func(id string) string {
			return testjwt.Sign(t, jose.ES256, attacker, map[string]any{"kid": "k1"}, claims(id, nil))
		},
		"an assertion without a kid": func(id string) string { return testjwt.Sign(t, jose.ES256, attacker, nil, claims(id, nil)) },
		"an HMAC":                    func(id string) string { return testjwt.Sign(t, jose.HS256, make([]byte, 32), nil, claims(id, nil)) },
		"an expired assertion": func(id string) string {
			return testjwt.Sign(t, jose.ES256, attacker, nil, claims(id, map[string]any{"exp": 1}))
		},
		"an assertion of a trusted issuer, with any key": func(id string) string {
			return testjwt.Sign(t, jose.ES256, attacker, map[string]any{"kid": "k1"}, claims(id, map[string]any{"iss": foreignIssuer, "sub": "x"}))
		},
		"an assertion of an unknown issuer": func(id string) string {
			return testjwt.Sign(t, jose.ES256, attacker, nil, claims(id, map[string]any{"iss": "https://other.example", "sub": "x"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			want, details := "", make(map[string]bool)
			for _, id := range []string{"nobody", "basic", "disabled", "public", "mac", "keyed", "alg", "workload"} {
				with := []string{"client_secret", "wrong"}
				if assertion := sent(id); assertion != "" {
					with = []string{"client_assertion_type", assertionType, "client_assertion", assertion}
				}
				_, err := f.Token(ctx, "", params(t, append([]string{"grant_type", "client_credentials", "client_id", id}, with...)...))
				e, ok := errors.AsType[*oauth.Error](err)
				if !ok || e.Code != oauth.CodeInvalidClient || want != "" && e.Description != want || e.Authenticated || e.RetryAfter > 0 {
					t.Errorf("%s: got %v, want %q", id, err, want)
					continue
				}
				want, details[e.Detail] = e.Description, true
			}
			if len(details) < 2 {
				t.Errorf("the log has only %v", details)
			}
		})
	}
}
