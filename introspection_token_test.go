package latchkey_test

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/oauth2/clientcredentials"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestGuardIntrospectsWithATokenOfItsOwn: an API in another program gets an access token
// with golang.org/x/oauth2, and uses it at the introspection endpoint (RFC 7662 §2.1).
func TestGuardIntrospectsWithATokenOfItsOwn(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: oauth.ScopeIntrospection})
	})
	client, secret := p.AddClient("https://api.example/cb", func(c *oauth.Client) { c.ResourceServer = true })
	config := clientcredentials.Config{ClientID: client.ID, ClientSecret: secret, TokenURL: p.Issuer + "/token/", Scopes: []string{oauth.ScopeIntrospection}}
	tokens := config.TokenSource(t.Context())
	verifier := &resource.Introspection{URL: p.Issuer + "/introspect/", Audience: p.Issuer, AccessToken: func(context.Context) (string, error) {
		token, err := tokens.Token()
		if err != nil {
			return "", err
		}
		return token.AccessToken, nil
	}}
	for name, text := range map[string]string{"valid": p.Token("ada", "read"), "inactive": "lk_at_x"} {
		token, err := verifier.Verify(t.Context(), text)
		if (err == nil) != (name == "valid") || err == nil && (token.Username != "ada" || !token.Has("read")) || err != nil && !errors.Is(err, resource.ErrInvalidToken) {
			t.Errorf("a token that is %s: got %+v, %v", name, token, err)
		}
	}
	verifier.AccessToken = func(context.Context) (string, error) { return p.Token("ada", "read", oauth.ScopeIntrospection), nil }
	if token, err := verifier.Verify(t.Context(), p.Token("ada", "read")); err == nil || errors.Is(err, resource.ErrInvalidToken) {
		t.Errorf("the token of a person authenticates an API: %+v, %v", token, err)
	}
}
