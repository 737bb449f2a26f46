package latchkey_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestServerGuardHasAllConditions: an API of the same program can require one of several
// scopes and a client on its own behalf, accept sessions, and read all claims.
func TestServerGuardHasAllConditions(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Resources = []oauth.ResourceInfo{{URI: "https://api.example/notes", Scopes: oauth.Scopes{"read"}}}
	})
	client, secret := p.AddClient("https://app.example/cb", nil)
	own, notes := clientToken(t, p, client.ID, secret), clientToken(t, p, client.ID, secret, "https://api.example/notes")
	var issuer string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token, ok := resource.FromContext(r.Context()); ok {
			var claims struct {
				Issuer string `json:"iss"`
			}
			if err := token.Claims(&claims); err != nil || claims.Issuer != token.Issuer || token.IssuedAt == 0 || !token.ClientOnly {
				t.Errorf("got %+v, %v", token, err)
			}
			issuer = token.Issuer
		}
		_, _ = io.WriteString(w, "hello")
	})
	guard := p.Server.Guard("")
	guard.Session = func(r *http.Request) (bool, error) { return r.Header.Get("Cookie") == "session=ada", nil }
	for name, test := range map[string]struct {
		api           http.Handler
		token, cookie string
		status        int
	}{
		"one of the scopes":       {guard.RequireAny("admin", "write")(handler), own, "", 200},
		"none of the scopes":      {guard.RequireAny("admin", "other")(handler), own, "", 403},
		"a session":               {guard.Require("read")(handler), "", "session=ada", 200},
		"neither":                 {guard.Require("read")(handler), "", "", 401},
		"a client for itself":     {guard.RequirePolicy(resource.Policy{Callers: resource.OnlyClients})(handler), own, "", 200},
		"an API for people":       {guard.RequirePolicy(resource.Policy{Callers: resource.OnlyPeople})(handler), own, "", 401},
		"a token for another API": {guard.Require("read")(handler), notes, "", 401},
		"the other API":           {p.Server.Guard("https://api.example/notes").Require("read")(handler), notes, "", 200},
	} {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		if test.token != "" {
			r.Header.Set("Authorization", "Bearer "+test.token)
		}
		r.Header.Set("Cookie", test.cookie)
		test.api.ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: got %d %s", name, w.Code, w.Header().Get("WWW-Authenticate"))
		}
	}
	if issuer != p.Issuer {
		t.Errorf("the token is of %q", issuer)
	}
	defer func() {
		if recover() == nil {
			t.Error("Guard accepts a text that is not a URI")
		}
	}()
	p.Server.Guard("notes")
}

// TestClaimsAreEncodedOnlyForAHandlerThatReadsThem: a guarded call in the same program has
// the members of the token already.
func TestClaimsAreEncodedOnlyForAHandlerThatReadsThem(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.AddClaims = func(context.Context, oauth.TokenInfo, oauth.ClaimsTarget) (map[string]any, error) {
			return map[string]any{"plan": "team"}, nil
		}
	})
	client, secret := p.AddClient("https://app.example/cb", nil)
	token, err := p.Server.Verifier().Verify(t.Context(), clientToken(t, p, client.ID, secret))
	if err != nil {
		t.Fatal(err)
	}
	if text, encoded := token.RawClaims.(json.RawMessage); encoded {
		t.Errorf("the claims were encoded: %s", text)
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil || claims["plan"] != "team" || claims["client_id"] != client.ID || claims["active"] != true {
		t.Errorf("got %v, %v", claims, err)
	}
}

// RFC 9470 §3: an API in the same program can require a recent login, for opaque tokens
// too.
func TestServerGuardRequiresARecentLogin(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	token := p.Tokens(client, secret, "ada", "read").AccessToken
	api := p.Server.Guard("").RequirePolicy(resource.Policy{Scopes: []string{"read"}, MaxAge: 5 * time.Minute})(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
	}))
	call := func() *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+token)
		api.ServeHTTP(w, r)
		return w
	}
	if w := call(); w.Code != http.StatusOK {
		t.Errorf("after the login: got %d %s", w.Code, w.Header().Get("WWW-Authenticate"))
	}
	p.Advance(6 * time.Minute)
	if w := call(); w.Code != http.StatusUnauthorized || !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="insufficient_user_authentication"`) {
		t.Errorf("six minutes later: got %d %s", w.Code, w.Header().Get("WWW-Authenticate"))
	}
}
