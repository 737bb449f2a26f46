package resource_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestSessionIsForPagesOfTheSameSiteAndForPeople: a response that a session authorized is
// not for scripts of other origins, even if they can call the API with tokens. An API that
// is only for clients on their own behalf accepts no session.
func TestSessionIsForPagesOfTheSameSiteAndForPeople(t *testing.T) {
	guard := resource.Guard{
		Verifier: fake{}, AllowsOrigin: resource.Origins(spa),
		Session: func(r *http.Request) (bool, error) { return r.Header.Get("Cookie") != "", nil },
	}
	for name, test := range map[string]struct {
		policy        resource.Policy
		authorization string
		status        int
		origin        string
	}{
		"a session":              {resource.Policy{Scopes: []string{"read"}}, "", 200, ""},
		"a token and a session":  {resource.Policy{Scopes: []string{"read"}}, "Bearer reader", 200, spa},
		"a session of no client": {resource.Policy{Callers: resource.OnlyClients}, "", 401, spa},
		"a session of a person":  {resource.Policy{Callers: resource.OnlyPeople}, "", 200, ""},
	} {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("Cookie", "session=ada")
		r.Header.Set("Origin", spa)
		if test.authorization != "" {
			r.Header.Set("Authorization", test.authorization)
		}
		guard.RequirePolicy(test.policy)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		if w.Code != test.status || w.Header().Get("Access-Control-Allow-Origin") != test.origin {
			t.Errorf("%s: got %d %v", name, w.Code, w.Header())
		}
		if !slices.Contains(w.Header().Values("Vary"), "Cookie") {
			t.Errorf("%s: the response does not depend on cookies: %q", name, w.Header().Values("Vary"))
		}
	}
}

// TestWebSocketOfAnotherSiteDoesNotUseTheSession: a browser opens a WebSocket with GET, sends
// cookies, and lets every page read it (RFC 6455 §10.2).
func TestWebSocketOfAnotherSiteDoesNotUseTheSession(t *testing.T) {
	guard := resource.Guard{Verifier: fake{}, Session: func(*http.Request) (bool, error) { return true, nil }}
	type header map[string]string
	for name, test := range map[string]struct {
		header header
		status int
	}{
		"a page of the same origin":        {header{"Upgrade": "websocket", "Origin": "https://api.example", "Sec-Fetch-Site": "same-origin"}, 200},
		"the same without Sec-Fetch-Site":  {header{"Upgrade": "websocket", "Origin": "https://api.example"}, 200},
		"a program":                        {header{"Upgrade": "websocket"}, 200},
		"another site":                     {header{"Upgrade": "websocket", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403},
		"another site, by its origin only": {header{"Upgrade": "WebSocket", "Origin": "https://evil.example"}, 403},
		"another subdomain":                {header{"Upgrade": "websocket", "Origin": "https://evil.api.example", "Sec-Fetch-Site": "same-site"}, 403},
		"a frame without an origin":        {header{"Upgrade": "websocket", "Origin": "null"}, 403},
		"several protocols":                {header{"Upgrade": "h2c, websocket", "Origin": "https://evil.example"}, 403},
		"another site with a token":        {header{"Upgrade": "websocket", "Origin": "https://evil.example", "Authorization": "Bearer reader"}, 200},
		"a link on another site":           {header{"Sec-Fetch-Site": "cross-site"}, 200},
	} {
		r, w := httptest.NewRequest(http.MethodGet, "https://api.example/", nil), httptest.NewRecorder()
		for key, value := range test.header {
			r.Header.Set(key, value)
		}
		guard.Require("read")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		if w.Code != test.status || r.Method != http.MethodGet {
			t.Errorf("%s: got %d, want %d", name, w.Code, test.status)
		}
	}
}
