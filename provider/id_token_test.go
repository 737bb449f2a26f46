package provider_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestIDTokenHeaderHasAKeyIDAndNoKey(t *testing.T) {
	// OpenID Connect Core §2: no x5u, x5c, jku or jwk; §10.1: a kid if the set
	// has several keys; §3.1.3.7: never the algorithm none.
	for _, alg := range oauth.SigningAlgorithms() {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.IDTokenAlg = alg })
		first, _, _ := strings.Cut(h.tokens("scope", "openid").IDToken, ".")
		raw, err := base64.RawURLEncoding.DecodeString(first)
		if err != nil {
			t.Fatal(err)
		}
		var header map[string]string
		if err := json.Unmarshal(raw, &header); err != nil || header["alg"] != alg || header["kid"] == "" || header["typ"] != "JWT" || len(header) != 3 {
			t.Errorf("%s: the header is %s: %v", alg, raw, err)
		}
	}
}

func TestNonceIsReturnedUnchanged(t *testing.T) {
	for _, nonce := range []string{"n", "a b", "ä\u2028😀", `"<&>\`, strings.Repeat("n", 512)} {
		h := newOpenIDHouse(t, nil)
		if got := h.payload(h.tokens("scope", "openid", "nonce", nonce).IDToken)["nonce"]; got != nonce {
			t.Errorf("the nonce %q is returned as %q", nonce, got)
		}
	}
}

func TestIDTokenHasTheClaimsOfOpenIDConnectCore(t *testing.T) {
	for _, alg := range oauth.SigningAlgorithms() {
		t.Run(alg, func(t *testing.T) {
			h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.IDTokenAlg = alg })
			h.who.ACR, h.who.AMR = "1", []string{"pwd"}
			answer := h.tokens("scope", "openid profile", "nonce", "n-0S6")
			claims := h.payload(answer.IDToken)
			half := func(text string) string {
				if alg == oauth.AlgEdDSA {
					sum := sha512.Sum512([]byte(text))
					return base64.RawURLEncoding.EncodeToString(sum[:32])
				}
				sum := sha256.Sum256([]byte(text))
				return base64.RawURLEncoding.EncodeToString(sum[:16])
			}
			for name, want := range map[string]any{
				"iss": issuer, "sub": "ada-id", "aud": h.id, "azp": h.id, "nonce": "n-0S6", "acr": "1",
				"iat": float64(h.now.Unix()), "exp": float64(h.now.Add(time.Hour).Unix()), "auth_time": float64(h.who.AuthTime.Unix()),
				"at_hash": half(answer.AccessToken),
			} {
				if claims[name] != want {
					t.Errorf("%s is %v, want %v", name, claims[name], want)
				}
			}
			if claims["jti"] == nil || claims["sid"] == nil || claims["sid"] == "session" || claims["c_hash"] != nil {
				t.Errorf("got %v", claims)
			}
			if claims["name"] != "Ada L." || claims["amr"].([]any)[0] != "pwd" {
				t.Errorf("got %v", claims)
			}

			// §12.2: after a refresh, person and login are the same.
			h.pass(time.Minute)
			again, err := h.refresh(answer.RefreshToken)
			if err != nil {
				t.Fatal(err)
			}
			fresh := h.payload(again.IDToken)
			for _, name := range []string{"iss", "sub", "aud", "azp", "auth_time", "sid"} {
				if fresh[name] != claims[name] {
					t.Errorf("after a refresh %s is %v", name, fresh[name])
				}
			}
			if fresh["iat"] == claims["iat"] || fresh["nonce"] != nil {
				t.Errorf("after a refresh: %v", fresh)
			}
		})
	}
}

func TestRequestWithoutScopeOpenIDReturnsNoIDToken(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	answer := h.tokens("scope", "read", "claims", "not even JSON", "id_token_hint", "x")
	if answer.IDToken != "" {
		t.Error("a request without openid returns an ID token")
	}
	_, err := h.UserInfo(ctx, answer.AccessToken)
	wantCode(t, err, "insufficient_scope")
}
