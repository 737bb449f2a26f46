package resource_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// named is a Verifier for tokens whose aud is their text.
type named struct{}

func (named) Verify(_ context.Context, text string) (*resource.Token, error) {
	return &resource.Token{Scope: "read write", Audience: []string{text}}, nil
}

// TestAudiencesAreComparedAsTheServerComparesResources: RFC 8707 §2, RFC 3986 §6.2.
// Every place at which this package compares audiences agrees with package oauth.
func TestAudiencesAreComparedAsTheServerComparesResources(t *testing.T) {
	uris := []string{
		"https://api.example", "https://api.example/", "HTTPS://API.Example:443/", "https://api.example:", "https://api.example//", "https://api.example:8443", "http://api.example",
		"http://api.example:80/", "https://api.example/mcp", "https://api.example/mcp/", "https://api.example/MCP", "https://api.example/?a=B", "https://API.example?a=B", "https://api.example/?a=b",
		"https://api.example#x", "https://me@api.example", "urn:example:api", "urn:example:API", "URN:example:API", "api", "API", "https://[::1]:443/", "https://[::1]",
	}
	for _, want := range uris {
		for _, aud := range uris {
			first, err1 := oauth.CanonicalResource(want)
			second, err2 := oauth.CanonicalResource(aud)
			same := want == aud || err1 == nil && err2 == nil && first == second
			e := &endpoint{status: 200, body: `{"active":true,"token_type":"Bearer","aud":"` + aud + `"}`}
			_, err := (&resource.Introspection{URL: "https://id.example/introspect", Audience: want, Client: &http.Client{Transport: e}}).Verify(t.Context(), "x")
			if same != (err == nil) || err != nil && !errors.Is(err, resource.ErrInvalidToken) {
				t.Errorf("aud %s at %s: %v", aud, want, err)
			}
			if !strings.HasPrefix(strings.ToLower(want), "http") || strings.ContainsAny(want, "#@") {
				continue // the resource of an API is a URL (RFC 9728 §2)
			}
			guard := resource.Guard{Verifier: named{}, Metadata: &resource.Metadata{Resource: want}}
			if w := ask(&guard, "Bearer "+aud); same != (w.Code == 200) {
				t.Errorf("aud %s at the guard of %s: %d", aud, want, w.Code)
			}
		}
	}
}
