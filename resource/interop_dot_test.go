package resource_test

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// TestResponsesOfDjangoOAuthToolkitAreVerified: the responses were recorded; the file says how.
// They have no token_type, no sub, and an aud only for a token for a resource.
func TestResponsesOfDjangoOAuthToolkitAreVerified(t *testing.T) {
	text, err := os.ReadFile("testdata/django-oauth-toolkit.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Responses map[string]json.RawMessage `json:"responses"`
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ any, audience, person string }{ // verdicts with AllowAnyAudience, with an Audience, and for people only
		"a token of a person":                             {"valid", "wrong_audience", "valid"},
		"a token of a person, introspected with a secret": {"valid", "wrong_audience", "valid"},
		"a token of a person for a resource":              {"valid", "valid", "valid"},
		"a token of client_credentials":                   {"valid", "wrong_audience", "no_person"},
		"an expired token":                                {"inactive", "inactive", "inactive"},
		"an unknown token":                                {"inactive", "inactive", "inactive"},
	}
	if len(recorded.Responses) != len(tests) {
		t.Fatalf("there are %d responses", len(recorded.Responses))
	}
	for name, body := range recorded.Responses {
		test := tests[name]
		client := &http.Client{Transport: &endpoint{status: 200, body: string(body)}}
		lax := &resource.Introspection{URL: "https://id.example/o/introspect/", ClientID: "api", ClientSecret: "secret", AllowUntyped: true, AllowAnyAudience: true, Client: client}
		strict := &resource.Introspection{URL: "https://id.example/o/introspect/", AllowUntyped: true, Audience: "https://api.example", Client: client}
		token, err := lax.Verify(t.Context(), "token")
		if got := verdict(err); got != test.any || err == nil && (token.ClientID != "app" || !token.Has("read") || token.ExpiresAt == 0 || token.Username != "ada" && test.person == "valid") {
			t.Errorf("%s: %s (%v), %+v", name, got, err, token)
		}
		if _, err := strict.Verify(t.Context(), "token"); verdict(err) != test.audience {
			t.Errorf("%s, with an audience: %v, want %s", name, err, test.audience)
		}
		guard := resource.Guard{Verifier: lax}
		if _, err := guard.Check(t.Context(), []string{"Bearer token"}, resource.Policy{Callers: resource.OnlyPeople}); err == nil != (test.person == "valid") {
			t.Errorf("%s, for people: %v, want %s", name, err, test.person)
		}
		// A token without a person is not known to be for the client itself: other servers
		// omit the person too.
		if _, err := guard.Check(t.Context(), []string{"Bearer token"}, resource.Policy{Callers: resource.OnlyClients}); err == nil {
			t.Errorf("%s: accepted for clients on their own behalf", name)
		}
	}
}
