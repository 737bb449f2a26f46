package latchkey_test

import (
	"context"
	"crypto"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// These functions contain the code of docs/how-to/authenticate-with-a-key.md,
// devices.md, exchange-tokens.md, let-applications-register.md and
// protect-an-mcp-server.md.

func introspectionWithKey(id string, key crypto.Signer) resource.Guard {
	guard := resource.Guard{Verifier: &resource.Introspection{
		URL: "https://id.example.com/o/introspect/", ClientID: id, Audience: "https://id.example.com/o",
		Key: &resource.ClientKey{Private: key, ID: "kid-of-the-key", Audience: "https://id.example.com/o"},
	}}
	return guard
}

// oidcProvider is a provider of package go-oidc.
type oidcProvider interface{ Endpoint() oauth2.Endpoint }

func connectDevice(ctx context.Context, provider oidcProvider, id string) (*oauth2.Token, error) {
	config := oauth2.Config{ClientID: id, Endpoint: provider.Endpoint(), Scopes: []string{"openid", "offline_access"}}
	started, err := config.DeviceAuth(ctx)
	if err != nil {
		return nil, err
	}
	// Show started.VerificationURI and started.UserCode.
	token, err := config.DeviceAccessToken(ctx, started)
	return token, err
}

func personAndActor(r *http.Request) (string, *resource.Actor) {
	token, _ := resource.FromContext(r.Context())
	// token.Subject is the person. token.Actor is the service that acts, or nil.
	// token.Actor.Before is the service that acted before it.
	return token.Subject, token.Actor
}

func acceptOrders(verifier resource.Verifier) resource.Guard {
	guard := resource.Guard{Verifier: verifier, AllowsActor: func(_ context.Context, t *resource.Token) bool {
		return t.Actor.Subject == "orders" && t.Actor.Issuer == ""
	}}
	return guard
}

func acceptOnlyExampleCom(options *latchkey.Options) {
	options.CheckClientURI = func(_ *oauth.Client, field, value string) error {
		if u, err := url.Parse(value); err != nil || !strings.HasSuffix(u.Hostname(), ".example.com") {
			return fmt.Errorf("'%s' is not below example.com. Ask the platform team for another domain.", value)
		}
		return nil
	}
}

func protectMCPServer(mux *http.ServeMux, issuer, uri string, handler http.Handler) {
	guard := resource.Guard{
		Verifier: &resource.JWT{Issuer: issuer, Audience: uri, KeysURL: issuer + "/.well-known/jwks.json"},
		Metadata: &resource.Metadata{
			Resource: uri, AuthorizationServers: []string{issuer},
			ScopesSupported: []string{"notes:read"}, Name: "Notes",
		},
	}
	mux.Handle(guard.Metadata.Path(), guard.Metadata)
	mux.Handle("/mcp", guard.Require("notes:read")(handler))
}
