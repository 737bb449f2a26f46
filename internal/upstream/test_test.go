package upstream_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// TestTestReportsTheStepThatFails: the metadata, the keys, the redirect URI, and the secret.
// The steps do not contain the secret.
func TestTestReportsTheStepThatFails(t *testing.T) {
	f := newFake(t)
	var authorization, token int
	var fault string
	f.Config.Handler = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/authorize":
				if r.URL.Query().Get("prompt") != "none" || r.URL.Query().Get("redirect_uri") == "" {
					t.Errorf("the request is %v", r.URL.Query())
				}
				w.WriteHeader(authorization)
			case r.URL.Path == "/token" && token != 0:
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(token)
				_, _ = w.Write([]byte(`{"error":"` + fault + `","error_description":"secret"}`))
			default:
				next.ServeHTTP(w, r)
			}
		})
	}(f.Config.Handler)
	for _, test := range []struct {
		name                 string
		authorization, token int
		fault                string
		metadata             func(map[string]any)
		step, want           string // the last step, and its fault
	}{
		{"everything is right", 302, 400, "invalid_grant", nil, upstream.StepSecret, ""},
		{"a login page", 200, 400, "invalid_grant", nil, upstream.StepSecret, ""},
		{"a wrong secret", 302, 401, "invalid_client", nil, upstream.StepSecret, "the client ID or the client secret is wrong"},
		{"a server error", 302, 500, "", nil, upstream.StepSecret, "status 500"},
		{"a code of anybody", 302, 0, "", nil, upstream.StepSecret, "accepted a code that does not exist"},
		{"an unknown redirect URI", 400, 400, "", nil, upstream.StepRedirectURI, "register this redirect URI"},
		{"no keys", 302, 400, "", func(m map[string]any) { m["jwks_uri"] = f.URL + "/token" }, upstream.StepKeys, "has the status 400"},
		{"another issuer", 302, 400, "", func(m map[string]any) { m["issuer"] = "https://evil.example" }, upstream.StepMetadata, "issuer"},
	} {
		authorization, token, fault, f.metadata = test.authorization, test.token, test.fault, test.metadata
		steps := f.provider(nil).Test(ctx, "")
		last := steps[len(steps)-1]
		if last.Name != test.step || (last.Fault == "") != (test.want == "") || !strings.Contains(last.Fault, test.want) || strings.Contains(last.Fault+last.Detail, "secret\"") {
			t.Errorf("%s: %+v", test.name, steps)
		}
	}
}

// TestMetadataWithoutAuthTimeIsAWarning: it is the only sign before a login that the provider
// cannot confirm a new one. A provider need not list its claims (OpenID Connect Discovery §3).
func TestMetadataWithoutAuthTimeIsAWarning(t *testing.T) {
	f := newFake(t)
	for _, test := range []struct {
		name   string
		claims any
		change func(*upstream.Settings)
		want   bool
	}{
		{"no list", nil, nil, false},
		{"an empty list", []string{}, nil, false},
		{"a list with auth_time", []string{"sub", "auth_time"}, nil, false},
		{"a list without auth_time", []string{"sub", "name"}, nil, true},
		{"logins are accepted without auth_time", []string{"sub", "name"}, func(s *upstream.Settings) { s.OmitsAuthTime = true }, false},
	} {
		f.metadata = func(m map[string]any) {
			if test.claims != nil {
				m["claims_supported"] = test.claims
			}
		}
		p := f.provider(test.change)
		step := p.Test(ctx, "")[0]
		if strings.Contains(step.Warning, "auth_time") != test.want || step.Fault != "" {
			t.Errorf("%s: the step: %+v", test.name, step)
		}
		if warning, err := p.NewLoginWarning(ctx); warning != step.Warning || err != nil {
			t.Errorf("%s: %q, %v", test.name, warning, err)
		}
	}
	f.down.Store(true)
	if warning, err := f.provider(nil).NewLoginWarning(ctx); warning != "" || err == nil {
		t.Errorf("without metadata: %q, %v", warning, err)
	}
	if warning, err := f.provider(func(s *upstream.Settings) { s.Type = upstream.TypeGitHub }).NewLoginWarning(ctx); warning != "" || err != nil {
		t.Errorf("GitHub: %q, %v", warning, err)
	}
}
