package latchkey_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestOAuth2PackageCompletesTheCodeFlow uses golang.org/x/oauth2 as a client that
// was written by others.
func TestOAuth2PackageCompletesTheCodeFlow(t *testing.T) {
	for name, change := range map[string]func(*oauth.Client){
		"confidential, opaque": nil,
		"confidential, JWT":    func(c *oauth.Client) { c.AccessTokenFormat = oauth.JWT },
		"public":               func(c *oauth.Client) { c.Type = oauth.Public; c.GrantTypes = c.GrantTypes[:2] },
	} {
		t.Run(name, func(t *testing.T) {
			p := latchkeytest.New(t)
			p.AddUser("ada", false)
			p.Mux.Handle("/api/hello", p.Server.Require("read")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "Hello, OAuth2!")
			})))
			client, secret := p.AddClient("https://app.example/cb", change)
			config := oauth2.Config{
				ClientID: client.ID, ClientSecret: secret, RedirectURL: "https://app.example/cb", Scopes: []string{"read"},
				Endpoint: oauth2.Endpoint{AuthURL: p.Issuer + "/authorize", TokenURL: p.Issuer + "/token"},
			}
			verifier := oauth2.GenerateVerifier()
			code, err := p.Browser().Authorize(config.AuthCodeURL("xyz", oauth2.S256ChallengeOption(verifier)), "ada")
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			if token.TokenType != "Bearer" || token.RefreshToken == "" || token.Extra("scope") != "read" {
				t.Errorf("token response %+v", token)
			}
			hello := func(token *oauth2.Token) string {
				response, err := config.Client(ctx, token).Get(p.URL + "/api/hello")
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = response.Body.Close() }()
				body, _ := io.ReadAll(response.Body)
				return response.Status + " " + string(body)
			}
			if got := hello(token); got != "200 OK Hello, OAuth2!" {
				t.Errorf("the API answers %q", got)
			}
			refreshed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
			if err != nil {
				t.Fatal(err)
			}
			if refreshed.AccessToken == token.AccessToken || refreshed.RefreshToken == token.RefreshToken {
				t.Error("refreshing returned the same tokens")
			}
			if got := hello(refreshed); got != "200 OK Hello, OAuth2!" {
				t.Errorf("the API answers %q", got)
			}
		})
	}
}
