package provider_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// description returns what a client can read of an error.
func description(err error) string {
	var seen *oauth.Error
	if !errors.As(err, &seen) {
		return ""
	}
	return seen.Description
}

// TestMissingChallengeIsExplained: a nonce can replace PKCE only for some
// clients (RFC 9700 §2.1.1), and only their error mentions it.
func TestMissingChallengeIsExplained(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*provider.Config, *oauth.Client)
		pairs  []string
		nonce  bool // is named as a way out
		ok     bool
	}{
		"a confidential client":                      {nonce: true},
		"a confidential client with openid":          {pairs: []string{"scope", "openid"}, nonce: true},
		"a confidential client with a nonce":         {pairs: []string{"nonce", "n"}, nonce: true},
		"a confidential client with both":            {pairs: []string{"scope", "openid", "nonce", "n"}, ok: true},
		"a confidential client that must use PKCE":   {change: func(_ *provider.Config, c *oauth.Client) { c.RequirePKCE = true }, pairs: []string{"scope", "openid", "nonce", "n"}},
		"a public client":                            {change: func(_ *provider.Config, c *oauth.Client) { native(false)(c); c.RedirectURIs = []string{callback} }, pairs: []string{"scope", "openid", "nonce", "n"}},
		"a confidential client that may do without":  {change: func(_ *provider.Config, c *oauth.Client) { c.CodeWithoutPKCE = true }, ok: true},
		"a scope whose name only begins with openid": {pairs: []string{"scope", "openid_x", "nonce", "n"}, nonce: true},
		"an empty nonce, which counts as missing":    {pairs: []string{"scope", "openid", "nonce", ""}, nonce: true},
	} {
		h := newHouse(t, test.change)
		_, err := h.ask(append([]string{"code_challenge", "", "code_challenge_method", ""}, test.pairs...)...)
		if test.ok {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		text := description(err)
		if !strings.Contains(text, "code_challenge is missing") || strings.Contains(text, "nonce") != test.nonce {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// TestErrorExplainsCredentialsThatAreNotEncoded: RFC 6749 §2.3.1 form-encodes both
// parts of the Basic credentials, and many clients do not.
func TestErrorExplainsCredentialsThatAreNotEncoded(t *testing.T) {
	h := newHouse(t, nil)
	raw := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	for name, test := range map[string]struct {
		authorization string
		told          bool
	}{
		"a secret with a plus sign":          {raw(h.id, "very+secret+password"), true},
		"a secret that cannot be decoded":    {raw(h.id, "100%-very-secret-x"), true},
		"a secret that is another one":       {raw(h.id, "very%20secret%20password"), true},
		"a client ID with a plus sign":       {raw("a+b", "x"), true},
		"a client ID that cannot be decoded": {raw("a%b", "x"), true},
		"a wrong secret without a sign":      {raw(h.id, "very-secret-password"), false},
		"an unknown client without a sign":   {raw("nobody", "x"), false},
	} {
		_, err := h.Token(ctx, test.authorization, params(t, "grant_type", "client_credentials"))
		wantCode(t, err, "invalid_client")
		text := description(err)
		if told := strings.Contains(text, "+ becomes %2B and % becomes %25"); told != test.told || strings.Contains(text, "password") || strings.Contains(text, "very") {
			t.Errorf("%s: %q", name, text)
		}
	}
}
