package latchkey_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestScriptsOfAnApplicationCanCallAGuardedAPI: the guard has the CORS policy of
// the token endpoint. The origins of the application that the token was issued
// to can read the API, and every origin can read that it was refused.
func TestScriptsOfAnApplicationCanCallAGuardedAPI(t *testing.T) {
	for _, insecure := range []bool{false, true} {
		p := latchkeytest.New(t, func(o *latchkey.Options) { o.InsecureAllowAnyOrigin = insecure })
		client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.AllowedOrigins = []string{"https://spa.example"} })
		p.AddClient("https://other.example/cb", nil)
		token := clientToken(t, p, client.ID, secret)
		api := p.Server.Require("read")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
		call := func(method, origin, token string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, "/api", nil)
			r.Header.Set("Origin", origin)
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			} else {
				r.Header.Set("Access-Control-Request-Method", "GET")
			}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if !slices.Contains(w.Header().Values("Vary"), "Origin") {
				t.Errorf("%s from %s: got Vary %q", method, origin, w.Header().Values("Vary"))
			}
			return w
		}
		for origin, allowed := range map[string]bool{
			"https://app.example": true, "https://spa.example": true, "https://other.example": insecure, "https://evil.example": insecure,
		} {
			if w := call("OPTIONS", origin, ""); w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != origin {
				t.Errorf("preflight from %s: got %d %v", origin, w.Code, w.Header())
			}
			if w := call("GET", origin, "expired"); w.Code != 401 || w.Header().Get("Access-Control-Allow-Origin") != origin {
				t.Errorf("a refused request from %s: got %d %v", origin, w.Code, w.Header())
			}
			if w := call("GET", origin, token); w.Code != 200 || (w.Header().Get("Access-Control-Allow-Origin") == origin) != allowed {
				t.Errorf("insecure %v, from %s: got %d %v", insecure, origin, w.Code, w.Header())
			}
		}
	}
}

// clientToken returns an access token for a client itself.
func clientToken(t *testing.T, p *latchkeytest.Provider, id, secret string) string {
	t.Helper()
	response, err := http.PostForm(p.Issuer+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	_, rest, _ := strings.Cut(string(body), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}
