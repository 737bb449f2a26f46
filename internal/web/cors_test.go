package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// endpoints are the paths that scripts of other origins can request, and a
// method of each.
var endpoints = map[string]string{
	"/o/token": "POST", "/o/token/": "POST", "/o/revoke_token": "POST", "/o/introspect": "POST", "/o/userinfo": "GET", "/o/userinfo/": "POST",
	"/o/.well-known/jwks.json": "GET", "/o/.well-known/openid-configuration": "GET", "/o/.well-known/oauth-authorization-server": "GET",
	"/.well-known/oauth-authorization-server/o": "GET", "/.well-known/openid-configuration/o": "GET",
}

// Fetch §4.8. Tracing tools add their headers to every request of a script.
func TestPreflightAllowsTheHeadersOfTracingTools(t *testing.T) {
	p := latchkeytest.New(t)
	for path, method := range endpoints {
		response, _ := send(t, "OPTIONS", p.URL+path, "", "Origin", "https://spa.example", "Access-Control-Request-Method", method,
			"Access-Control-Request-Headers", "authorization,baggage,content-type,sentry-trace,traceparent,tracestate")
		allowed := strings.Split(strings.ToLower(response.Header.Get("Access-Control-Allow-Headers")), ", ")
		for _, want := range []string{"authorization", "content-type", "traceparent", "tracestate", "baggage", "sentry-trace"} {
			if !strings.Contains(" "+strings.Join(allowed, " ")+" ", " "+want+" ") {
				t.Errorf("%s: the header %s is not among %q", path, want, allowed)
			}
		}
		if response.StatusCode != http.StatusNoContent || !strings.Contains(response.Header.Get("Access-Control-Allow-Methods"), method) || response.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: got %d %v", path, response.StatusCode, response.Header)
		}
	}
}

// RFC 9110 §12.5.5. A cache must not send the answer for one origin to another.
func TestPreflightAnswersVaryByOrigin(t *testing.T) {
	p := latchkeytest.New(t)
	for path, method := range endpoints {
		for _, headers := range [][]string{
			{}, {"Origin", "https://spa.example"}, {"Origin", "https://spa.example", "Access-Control-Request-Method", method},
		} {
			if response, _ := send(t, "OPTIONS", p.URL+path, "", headers...); response.Header.Get("Vary") != "Origin" {
				t.Errorf("%s %q: got %v", path, headers, response.Header)
			}
		}
	}
}

// RFC 8252 §7.3.
func TestScriptsOnAnyLoopbackPortCanReadTheAnswerIfTheRedirectURIIsLoopback(t *testing.T) {
	p := latchkeytest.New(t)
	for _, test := range []struct {
		redirectURI, origin string
		allowed             bool
	}{
		{"http://localhost/cb", "http://localhost:5173", true},
		{"http://127.0.0.1:3000/cb", "http://127.0.0.1:5173", true},
		{"http://[::1]/cb", "http://[::1]:5173", true},
		{"http://localhost/cb", "http://127.0.0.1:5173", false},
		{"http://localhost/cb", "http://localhost.evil.example:5173", false},
		{"https://app.example/cb", "https://app.example:5173", false},
	} {
		client, _ := p.AddClient(test.redirectURI, func(c *oauth.Client) {
			c.Type, c.GrantTypes = oauth.Public, []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
		})
		response, body := send(t, "POST", p.Issuer+"/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {client.ID}, "refresh_token": {"x"}}.Encode(),
			"Content-Type", form, "Origin", test.origin)
		if got := response.Header.Get("Access-Control-Allow-Origin") == test.origin; got != test.allowed || response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s, redirect URI %s: got %d %v %s", test.origin, test.redirectURI, response.StatusCode, response.Header, body)
		}
	}
}
