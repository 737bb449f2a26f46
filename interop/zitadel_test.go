package interop_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey/resource"
)

const callback = "http://localhost:9999/auth/callback"

// jwtStorage is the storage of zitadel's example, whose client "jwt" gets JWT access tokens.
type jwtStorage struct{ *storage.Storage }

type jwtClient struct{ op.Client }

func (jwtClient) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

func (s jwtStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	client, err := s.Storage.GetClientByClientID(ctx, id)
	if err == nil && id == "jwt" {
		client = jwtClient{client}
	}
	return client, err
}

// zitadel starts the example provider of github.com/zitadel/oidc and returns its issuer.
func zitadel(t *testing.T) string {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	issuer := strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/"
	storage.RegisterClients(storage.WebClient("web", "secret", callback), storage.WebClient("jwt", "secret", callback))
	handler = exampleop.SetupServer(issuer, jwtStorage{storage.NewStorage(storage.NewUserStore(issuer))}, slog.New(slog.DiscardHandler), false)
	return issuer
}

// logIn completes the code flow as the user of the example, and returns the token response.
func logIn(t *testing.T, issuer, clientID string) *oauth2.Token {
	t.Helper()
	config := oauth2.Config{
		ClientID: clientID, ClientSecret: "secret", RedirectURL: callback, Scopes: []string{"openid", "profile", "offline_access"},
		Endpoint: oauth2.Endpoint{AuthURL: issuer + "auth", TokenURL: issuer + "oauth/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	verifier := oauth2.GenerateVerifier()
	page, err := browser.Get(config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close()
	response, err := browser.PostForm(issuer+"login/username", url.Values{
		"id": {page.Request.URL.Query().Get("authRequestID")}, "username": {"test-user@localhost"}, "password": {"verysecure"},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	location, err := response.Location()
	if err != nil {
		t.Fatal(err)
	}
	token, err := config.Exchange(t.Context(), location.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestGuardAcceptsTokensOfZitadel: an API is guarded with tokens of the example provider of
// github.com/zitadel/oidc, by introspection and as a JWT with keys found by the issuer. Its
// introspection responses have neither aud nor token_type; the endpoint reports tokens for
// other clients, and refresh tokens, as inactive. Its JWTs have no scope.
func TestGuardAcceptsTokensOfZitadel(t *testing.T) {
	issuer := zitadel(t)
	opaque, signed := logIn(t, issuer, "web"), logIn(t, issuer, "jwt")
	idToken, _ := signed.Extra("id_token").(string)
	if opaque.RefreshToken == "" || idToken == "" {
		t.Fatal("there is no refresh token or ID token")
	}
	introspection := func(clientID string) resource.Verifier {
		return &resource.Introspection{URL: issuer + "oauth/introspect", ClientID: clientID, ClientSecret: "secret", AllowUntyped: true, AllowAnyAudience: true}
	}
	jwt := &resource.JWT{Issuer: issuer, Audience: "jwt", AllowJWT: true, Algorithms: []string{"RS256"}}
	narrow := &resource.JWT{Issuer: issuer, Audience: "jwt", AllowJWT: true, Algorithms: []string{"ES256"}}
	for name, test := range map[string]struct {
		verifier resource.Verifier
		token    string
		want     string // the reason why the token is refused
	}{
		"introspection of a refresh token":   {introspection("web"), opaque.RefreshToken, "inactive"},
		"introspection":                      {introspection("web"), opaque.AccessToken, ""},
		"introspection by another client":    {introspection("jwt"), opaque.AccessToken, "inactive"},
		"introspection of an unknown token":  {introspection("web"), "x", "inactive"},
		"a JWT":                              {jwt, signed.AccessToken, ""},
		"a JWT with another audience":        {&resource.JWT{Issuer: issuer, Audience: "web", AllowJWT: true}, signed.AccessToken, "wrong_audience"},
		"a JWT with another algorithm":       {narrow, signed.AccessToken, "wrong_algorithm"},
		"a JWT with the type JWT, not asked": {&resource.JWT{Issuer: issuer, Audience: "jwt"}, signed.AccessToken, "wrong_type"},
		"an ID token":                        {jwt, idToken, "wrong_type"},
		"an opaque token":                    {jwt, opaque.AccessToken, "malformed"},
		"a changed JWT":                      {jwt, signed.AccessToken[:len(signed.AccessToken)-10] + "AAAAAAAAAA", "bad_signature"},
	} {
		policy := resource.Policy{Callers: resource.OnlyPeople}
		if _, ok := test.verifier.(*resource.Introspection); ok {
			policy.Scopes = []string{"openid", "profile"}
		}
		var refused error
		guard := resource.Guard{Verifier: test.verifier, OnRefused: func(_ *http.Request, err error) { refused = err }}
		api := guard.RequirePolicy(policy)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, _ := resource.FromContext(r.Context())
			_, _ = io.WriteString(w, token.Subject)
		}))
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+test.token)
		api.ServeHTTP(w, r)
		var reason *resource.InvalidTokenError
		switch {
		case test.want == "" && (w.Code != http.StatusOK || w.Body.String() != "id1"):
			t.Errorf("%s: got %d %s (%v)", name, w.Code, w.Body, refused)
		case test.want != "" && (w.Code != http.StatusUnauthorized || !errors.As(refused, &reason) || string(reason.Reason) != test.want):
			t.Errorf("%s: got %d (%v), want %s", name, w.Code, refused, test.want)
		}
	}
}
