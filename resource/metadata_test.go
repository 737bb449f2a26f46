package resource_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// RFC 9728 §3.1.
func TestTheMetadataIsAtTheWellKnownPathOfTheResource(t *testing.T) {
	const origin, wellKnown = "https://tools.example.com", "/.well-known/oauth-protected-resource"
	for uri, want := range map[string]string{
		origin:                             wellKnown,
		origin + "/":                       wellKnown,
		origin + "/mcp":                    wellKnown + "/mcp",
		origin + "/a%20b/mcp/":             wellKnown + "/a%20b/mcp",
		origin + "/mcp?tenant=1":           wellKnown + "/mcp?tenant=1",
		"http://localhost:8080/resource/1": "http://localhost:8080" + wellKnown + "/resource/1",
	} {
		if want[0] == '/' {
			want = origin + want
		}
		m := &resource.Metadata{Resource: uri}
		if got := m.URL(); got != want {
			t.Errorf("%s: got %s, want %s", uri, got, want)
		}
	}
}

// RFC 9728 §2, §3.2.
func TestTheMetadataDescribesTheResource(t *testing.T) {
	m := &resource.Metadata{Resource: "https://tools.example.com/mcp", AuthorizationServers: []string{"https://id.example.com/o"}, ScopesSupported: []string{"tools"}, Name: "Tools"}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", m.Path(), nil))
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"resource": "https://tools.example.com/mcp", "authorization_servers": []any{"https://id.example.com/o"}, "scopes_supported": []any{"tools"},
		"bearer_methods_supported": []any{"header"}, "resource_name": "Tools",
	}
	if h := w.Header(); !reflect.DeepEqual(got, want) || h.Get("Content-Type") != "application/json" || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("got %v %v", got, h)
	}
	for method, status := range map[string]int{"HEAD": 200, "OPTIONS": 204, "POST": 405} {
		r := httptest.NewRequest(method, m.Path(), nil)
		r.Header.Set("Access-Control-Request-Headers", "mcp-protocol-version")
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		if w.Code != status || (method == "OPTIONS") != (w.Header().Get("Access-Control-Allow-Headers") == "mcp-protocol-version") {
			t.Errorf("%s: got %d %v", method, w.Code, w.Header())
		}
	}
}

// tokens is a Verifier of a few tokens.
type tokens map[string]*resource.Token

func (v tokens) Verify(_ context.Context, text string) (*resource.Token, error) {
	if token := v[text]; token != nil {
		return token, nil
	}
	return nil, resource.ErrInvalidToken
}

// RFC 9728 §5.1, RFC 6750 §3, and the step-up of MCP 2026-07-28: the challenge of 403
// names all scopes that the next token needs.
func TestChallengesLeadToTheMetadataAndNameTheScopes(t *testing.T) {
	const uri = "https://tools.example.com/mcp"
	const metadata = `resource_metadata="https://tools.example.com/.well-known/oauth-protected-resource/mcp"`
	verifier := tokens{
		"reader": {Scope: "openid offline_access read", Audience: []string{"https://other.example.com", uri + "/"}}, "writer": {Scope: "read write", Audience: []string{uri}},
		"other": {Scope: "read write", Audience: []string{"https://other.example.com"}}, "parent": {Scope: "read write", Audience: []string{"https://tools.example.com"}},
		"nobody": {Scope: "read write"}, "odd": {Scope: "read a\"b c\\d \x01", Audience: []string{uri}},
	}
	described := resource.Guard{Verifier: verifier, Metadata: &resource.Metadata{Resource: uri}}
	plain := resource.Guard{Verifier: verifier}
	const wrongAudience = `Bearer error="invalid_token", error_description="The access token is for another API."`
	const unknown = `Bearer error="invalid_token", error_description="The access token is unknown, expired or revoked."`
	const lacking = `Bearer error="insufficient_scope", error_description="The access token does not have a required scope."`
	for _, test := range []struct {
		guard     *resource.Guard
		token     string
		status    int
		challenge string
	}{
		{&described, "", 401, `Bearer ` + metadata + `, scope="read write"`},
		{&described, "unknown", 401, unknown + `, ` + metadata + `, scope="read write"`},
		{&described, "reader", 403, lacking + `, ` + metadata + `, scope="openid read write"`},
		{&described, "odd", 403, lacking + `, ` + metadata + `, scope="read write"`},
		{&described, "writer", 200, ""},
		{&described, "other", 401, wrongAudience + `, ` + metadata + `, scope="read write"`},
		{&described, "parent", 401, wrongAudience + `, ` + metadata + `, scope="read write"`},
		{&described, "nobody", 401, wrongAudience + `, ` + metadata + `, scope="read write"`},
		{&plain, "", 401, `Bearer realm="api", scope="read write"`},
		{&plain, "reader", 403, `Bearer realm="api", ` + strings.TrimPrefix(lacking, "Bearer ") + `, scope="openid read write"`},
		{&plain, "other", 200, ""},
	} {
		api := test.guard.Require("read", "write")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
		r := httptest.NewRequest("GET", "/mcp", nil)
		if test.token != "" {
			r.Header.Set("Authorization", "Bearer "+test.token)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if got := w.Header().Get("WWW-Authenticate"); w.Code != test.status || got != test.challenge {
			t.Errorf("%q: got %d %s, want %d %s", test.token, w.Code, got, test.status, test.challenge)
		}
	}
}
