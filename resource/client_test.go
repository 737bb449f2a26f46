package resource_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestClientCredentialsAreAcceptedIfTheHostWants in place of a token. They are never a
// person's, and a page of another website cannot use those that a browser remembers.
func TestClientCredentialsAreAcceptedIfTheHostWants(t *testing.T) {
	authenticate := func(r *http.Request) (*resource.Token, error) {
		switch r.Header.Get("Authorization")[len("Basic "):] {
		case "good":
			return &resource.Token{ClientID: "app", ClientOnly: true, Scope: "read"}, nil
		case "person":
			return &resource.Token{ClientID: "app", Subject: "ada", Scope: "read"}, nil
		case "nothing":
			return nil, nil
		case "down":
			return nil, errors.New("connection refused")
		}
		return nil, &resource.InvalidTokenError{Reason: resource.WrongClient}
	}
	read := resource.Policy{Scopes: []string{"read"}}
	for name, test := range map[string]struct {
		authorization string
		policy        resource.Policy
		method, site  string
		off           bool
		status        int
		challenge     string // how it begins
	}{
		"credentials":                        {authorization: "Basic good", policy: read, status: 200},
		"in another case":                    {authorization: "basic good", policy: read, status: 200},
		"for a client on its own behalf":     {authorization: "Basic good", policy: resource.Policy{Callers: resource.OnlyClients}, status: 200},
		"for people":                         {authorization: "Basic good", policy: resource.Policy{Callers: resource.OnlyPeople}, status: 401, challenge: "Bearer "},
		"without a scope":                    {authorization: "Basic good", policy: resource.Policy{Scopes: []string{"write"}}, status: 403, challenge: "Bearer "},
		"wrong credentials":                  {authorization: "Basic wrong", policy: read, status: 401, challenge: `Basic realm="api"`},
		"wrong credentials, optional":        {authorization: "Basic wrong", policy: resource.Policy{Optional: true}, status: 401, challenge: "Basic realm="},
		"the server is down":                 {authorization: "Basic down", policy: read, status: 503},
		"the function returns a person":      {authorization: "Basic person", policy: read, status: 503},
		"the function returns nothing":       {authorization: "Basic nothing", policy: read, status: 503},
		"a POST of another website":          {authorization: "Basic good", policy: read, method: "POST", site: "cross-site", status: 403},
		"a POST":                             {authorization: "Basic good", policy: read, method: "POST", status: 200},
		"not wanted":                         {authorization: "Basic good", policy: read, off: true, status: 401, challenge: "Bearer "},
		"a token":                            {authorization: "Bearer reader", policy: read, status: 200},
		"a token of another website's pages": {authorization: "Bearer reader", policy: read, method: "POST", site: "cross-site", status: 200},
		"no credentials":                     {policy: read, status: 401, challenge: "Bearer "},
	} {
		guard := resource.Guard{Verifier: fake{}, AuthenticateClient: authenticate, OnRefused: func(*http.Request, error) {}}
		if test.off {
			guard.AuthenticateClient = nil
		}
		if test.method == "" {
			test.method = http.MethodGet
		}
		r, w := httptest.NewRequest(test.method, "/", nil), httptest.NewRecorder()
		if test.authorization != "" {
			r.Header.Set("Authorization", test.authorization)
		}
		if test.site != "" {
			r.Header.Set("Sec-Fetch-Site", test.site)
		}
		guard.RequirePolicy(test.policy)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if token, ok := resource.FromContext(r.Context()); !ok || strings.HasPrefix(test.authorization, "Basic") && token.ClientID != "app" {
				t.Errorf("%s: the handler gets %+v", name, token)
			}
		})).ServeHTTP(w, r)
		if got := w.Header().Get("WWW-Authenticate"); w.Code != test.status || !strings.HasPrefix(got, test.challenge) || got != "" && test.challenge == "" {
			t.Errorf("%s: got %d %q, want %d %q", name, w.Code, got, test.status, test.challenge)
		}
	}
}
