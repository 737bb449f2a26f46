package latchkey_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hashcost"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestApplicationCallsAnAPIWithItsSecret, as views of Django OAuth Toolkit for clients allow.
// It can do what it could do with a token of the client credentials grant.
func TestApplicationCallsAnAPIWithItsSecret(t *testing.T) {
	const notes = "https://api.example/notes"
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Resources = []oauth.ResourceInfo{{URI: notes, Scopes: oauth.Scopes{"write"}}, {URI: "https://api.example/other"}}
	})
	type change func(*oauth.Client)
	for name, test := range map[string]struct {
		change change
		uri    string
		policy resource.Policy
		secret string // in place of the right one
		status int
	}{
		"the secret":                      {uri: "", policy: resource.Policy{Scopes: []string{"read"}}, status: 200},
		"a wrong secret":                  {secret: "wrong", status: 401},
		"a scope of another API":          {policy: resource.Policy{Scopes: []string{"write"}}, status: 403},
		"the other API":                   {uri: notes, policy: resource.Policy{Scopes: []string{"write"}}, status: 200},
		"a scope that it must not have":   {change: func(c *oauth.Client) { c.Scopes = oauth.Scopes{"write"} }, policy: resource.Policy{Scopes: []string{"read"}}, status: 403},
		"a scope about people":            {policy: resource.Policy{Scopes: []string{"profile"}}, status: 403},
		"an API that it must not use":     {change: func(c *oauth.Client) { c.Resources = []string{"https://api.example/other"} }, uri: notes, status: 401},
		"without client_credentials":      {change: func(c *oauth.Client) { c.GrantTypes = []string{"authorization_code"} }, status: 401},
		"disabled":                        {change: func(c *oauth.Client) { c.Disabled = true }, status: 401},
		"with a service user":             {change: func(c *oauth.Client) { c.ServiceUserID = "ada" }, status: 401},
		"a public application":            {change: func(c *oauth.Client) { c.Type, c.GrantTypes = oauth.Public, []string{"authorization_code"} }, status: 401},
		"an API for people":               {policy: resource.Policy{Callers: resource.OnlyPeople}, status: 401},
		"an API for applications":         {policy: resource.Policy{Callers: resource.OnlyClients}, status: 200},
		"an application that has no name": {secret: "-", status: 401},
	} {
		client, secret := p.AddClient("https://app.example/cb", test.change)
		guard := p.Server.Guard(test.uri)
		guard.AuthenticateClient = p.Server.AuthenticateClient(test.uri)
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		id := client.ID
		if test.secret != "" {
			secret = test.secret
		}
		if test.secret == "-" {
			id = ""
		}
		r.SetBasicAuth(id, secret)
		guard.RequirePolicy(test.policy)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if token, ok := resource.FromContext(r.Context()); !ok || token.ClientID != client.ID || !token.ClientOnly {
				t.Errorf("%s: the handler gets %+v", name, token)
			}
		})).ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: got %d %s %s", name, w.Code, w.Header().Get("WWW-Authenticate"), w.Body)
		}
		plain := httptest.NewRecorder()
		p.Server.Guard(test.uri).RequirePolicy(test.policy)(http.NotFoundHandler()).ServeHTTP(plain, r)
		if plain.Code != http.StatusUnauthorized {
			t.Errorf("%s: accepted although the guard does not want it: %d", name, plain.Code)
		}
	}
}

// TestClientCredentialsAtAnAPIHaveTheScopesOfTheHost: the scopes of a source can change while
// the server runs.
func TestClientCredentialsAtAnAPIHaveTheScopesOfTheHost(t *testing.T) {
	name := "first"
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes, o.ScopeSource = nil, func(context.Context) ([]oauth.ScopeInfo, error) {
			return []oauth.ScopeInfo{{Name: name, Description: "Use the API"}}, nil
		}
	})
	client, secret := p.AddClient("https://app.example/cb", nil)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth(client.ID, secret)
	for _, want := range []string{"first", "second"} {
		name = want
		p.Advance(time.Minute)
		token, err := p.Server.AuthenticateClient("")(r)
		if err != nil || token.Scope != want {
			t.Errorf("got %+v, %v, want the scope %s", token, err, want)
		}
	}
}

// TestGuessesOfASecretAtAnAPIAreLimited for each network address, as at the token endpoint.
// The API works, so the response is 429 (RFC 6585 §4).
func TestGuessesOfASecretAtAnAPIAreLimited(t *testing.T) {
	p := latchkeytest.New(t)
	phc, err := argon2id.CreateHash("a secret that a person chose", hashcost.Least().Params())
	if err != nil {
		t.Fatal(err)
	}
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Secrets = []oauth.ClientSecret{{ID: "chosen", Slow: phc}}
	})
	guard := p.Server.Guard("")
	guard.AuthenticateClient = p.Server.AuthenticateClient("")
	var refused error
	guard.OnRefused = func(_ *http.Request, err error) { refused = err }
	guess := func(address, secret string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.RemoteAddr = address + ":1234"
		r.SetBasicAuth(client.ID, secret)
		guard.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		return w
	}
	for i := range 100 {
		if w := guess("192.0.2.1", fmt.Sprint("guess ", i)); w.Code != http.StatusUnauthorized {
			break
		}
	}
	w := guess("192.0.2.1", "a secret that a person chose")
	if limit, ok := errors.AsType[*resource.LimitError](refused); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !ok || limit.Error() == "" {
		t.Errorf("after 100 guesses got %d, Retry-After %q, reason %v", w.Code, w.Header().Get("Retry-After"), refused)
	}
	if w := guess("198.51.100.1", "a secret that a person chose"); w.Code != http.StatusOK {
		t.Errorf("guesses lock out the application at another address: %d %s", w.Code, w.Body)
	}
}
