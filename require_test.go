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
	"github.com/seed-e6a88a41/latchkey/resource"
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
func clientToken(t *testing.T, p *latchkeytest.Provider, id, secret string, resources ...string) string {
	t.Helper()
	return tokenOf(t, p, url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "resource": resources})
}

// tokenOf returns the access token in the response to a token request, or "".
func tokenOf(t *testing.T, p *latchkeytest.Provider, form url.Values) string {
	t.Helper()
	response, err := http.PostForm(p.Issuer+"/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	_, rest, _ := strings.Cut(string(body), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// RFC 8707 §2, RFC 9728 §5.1: an API accepts only the tokens for it, and leads other
// callers to its metadata, in which they find the server and the scopes.
func TestAGuardedResourceAcceptsOnlyTokensForItself(t *testing.T) {
	var origin string
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		origin = strings.TrimSuffix(o.Issuer, "/o")
		o.Audience = "our-apis"
		o.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "tools", Description: "Use tools"})
		o.Resources = []oauth.ResourceInfo{
			{URI: origin + "/mcp", Name: "Tools", Scopes: oauth.Scopes{"tools"}}, {URI: origin + "/files/"}, {URI: "https://elsewhere.example/mcp"}, {URI: origin + "/files?version=2"},
		}
	})
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.MultipleResources = true })
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := resource.FromContext(r.Context())
		_, _ = io.WriteString(w, strings.Join(token.Audience, " "))
	})
	guards := map[string]http.Handler{
		"mcp": p.Server.RequireResource(origin+"/mcp", "tools")(hello), "files": p.Server.RequireResource(origin+"/files/", "read")(hello), "own": p.Server.Require("read")(hello),
	}
	call := func(guard, token string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+token)
		guards[guard].ServeHTTP(w, r)
		return w
	}
	for _, test := range []struct {
		resources []string
		accepted  string
	}{
		{nil, "own"},
		{[]string{p.Issuer}, "own"},
		{[]string{origin + "/mcp/"}, "mcp"},
		{[]string{origin + "/files"}, "files"},
		{[]string{"https://elsewhere.example/mcp"}, ""},
		{[]string{origin + "/mcp", origin + "/files", p.Issuer}, "mcp files own"},
	} {
		token := clientToken(t, p, client.ID, secret, test.resources...)
		for guard := range guards {
			status := 401
			if strings.Contains(test.accepted, guard) {
				status = 200
			}
			if w := call(guard, token); w.Code != status {
				t.Errorf("%v at %s: got %d %s", test.resources, guard, w.Code, w.Header().Get("WWW-Authenticate"))
			}
		}
	}
	w := call("mcp", "unknown")
	want := `resource_metadata="` + origin + `/.well-known/oauth-protected-resource/mcp", scope="tools"`
	if got := w.Header().Get("WWW-Authenticate"); !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	for path, want := range map[string]string{
		"/mcp":   `{"resource":"` + origin + `/mcp","authorization_servers":["` + p.Issuer + `"],"scopes_supported":["tools"],"bearer_methods_supported":["header"],"resource_name":"Tools"}`,
		"/files": `{"resource":"` + origin + `/files/","authorization_servers":["` + p.Issuer + `"],"scopes_supported":["read","write"],"bearer_methods_supported":["header"]}`,
	} {
		r, w := httptest.NewRequest("GET", "/.well-known/oauth-protected-resource"+path, nil), httptest.NewRecorder()
		p.Server.ServeHTTP(w, r)
		if w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	}
}
