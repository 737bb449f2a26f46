package provider_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

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

// OpenID Connect Core §3.3.3.6.
func TestIDTokensOfAHybridFlowAgree(t *testing.T) {
	for _, responseType := range []string{"code id_token", "code id_token token"} {
		h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.ResponseTypes, c.SubjectType = oauth.ResponseTypes(), oauth.SubjectPairwise
		})
		r, err := h.ask("response_type", responseType, "scope", "openid profile", "nonce", "n", "claims", `{"id_token":{"email":null}}`)
		if err != nil {
			t.Fatal(err)
		}
		r.Show(h.who)
		answer, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true)
		if err != nil {
			t.Fatal(err)
		}
		_, fragment, _ := strings.Cut(answer.Location(), "#")
		fields, err := url.ParseQuery(fragment)
		if err != nil {
			t.Fatal(err)
		}
		response, err := h.exchange(fields.Get("code"))
		if err != nil {
			t.Fatal(err)
		}
		front, back := h.payload(fields.Get("id_token")), h.payload(response.IDToken)
		for _, name := range []string{"iss", "sub", "aud", "azp", "auth_time", "nonce", "sid", "email"} {
			if front[name] == nil || front[name] != back[name] {
				t.Errorf("%s: %s is %v in the response, %v at the token endpoint", responseType, name, front[name], back[name])
			}
		}
		if fields.Get("access_token") == response.AccessToken || back["c_hash"] != nil || front["c_hash"] == nil {
			t.Errorf("%s: %v, %v", responseType, front, back)
		}
	}
}

func TestPairwiseSubjectsAreShortASCIIAndStable(t *testing.T) {
	// OpenID Connect Core §2: at most 255 ASCII characters; §8.1: stable, and not
	// reversible.
	var seen []string
	for range 2 {
		h := newOpenIDHouse(t, func(config *provider.Config, c *oauth.Client) {
			config.MasterKey = []byte(strings.Repeat("k", 32))
			c.SubjectType = oauth.SubjectPairwise
		})
		sub, _ := h.payload(h.tokens("scope", "openid").IDToken)["sub"].(string)
		if len(sub) < 20 || len(sub) > 255 || strings.Contains(sub, "ada") || strings.ContainsFunc(sub, func(r rune) bool { return r > 0x7e || r < 0x21 }) {
			t.Errorf("the sub is %q", sub)
		}
		seen = append(seen, sub)
	}
	if !slices.Equal(seen[:1], seen[1:]) {
		t.Errorf("the subs of one person are %q", seen)
	}
}
