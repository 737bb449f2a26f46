package e2e

import (
	"context"
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// TestGoOIDCVerifiesTheIDToken logs in with go-oidc, refreshes and logs out.
func TestGoOIDCVerifiesTheIDToken(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	id, secret := p.addClient()
	ctx := oidc.ClientContext(context.Background(), p.client())
	op, err := oidc.NewProvider(ctx, p.issuer)
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{
		ClientID: id, ClientSecret: secret, RedirectURL: redirectURI, Endpoint: op.Endpoint(),
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	verifier := oauth2.GenerateVerifier()
	person := newPerson(t, p)
	back, err := url.Parse(person.visit(config.AuthCodeURL("a state",
		oidc.Nonce("a nonce"), oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "consent"))))
	if err != nil {
		t.Fatal(err)
	}
	if back.Query().Get("state") != "a state" {
		t.Fatalf("the person returned to %s", back)
	}
	token, err := config.Exchange(ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := op.Verifier(&oidc.Config{ClientID: id}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if idToken.Nonce != "a nonce" {
		t.Errorf("the nonce is %q", idToken.Nonce)
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		t.Error(err)
	}
	who, err := op.UserInfo(ctx, config.TokenSource(ctx, token))
	if err != nil {
		t.Fatal(err)
	}
	if who.Subject != idToken.Subject || who.Email != personEmail {
		t.Errorf("userinfo is %+v", who)
	}
	token.Expiry = token.Expiry.AddDate(-1, 0, 0)
	fresh, err := config.TokenSource(ctx, token).Token()
	if err != nil {
		t.Fatal(err)
	}
	if fresh.AccessToken == token.AccessToken {
		t.Error("a refresh returned the same access token")
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := op.Claims(&metadata); err != nil {
		t.Fatal(err)
	}
	query := url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {postLogoutRedirectURI}, "state": {"after"}}
	if got := person.visit(metadata.EndSession + "?" + query.Encode()); got != postLogoutRedirectURI+"?state=after" {
		t.Errorf("the logout leads to %s", got)
	}
}
