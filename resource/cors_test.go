package resource_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

const spa = "https://spa.example"

// call sends a request through a guard to an API that does not look at the
// method. headers are names and values in turn.
func call(guard resource.Guard, method string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	guard.Require("read")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "the content of the API")
	})).ServeHTTP(w, r)
	return w
}

// Fetch §4.8: a preflight request has no token.
func TestGuardAnswersPreflightRequestsItself(t *testing.T) {
	preflight := []string{"Origin", spa, "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "authorization,traceparent,x-version"}
	for name, test := range map[string]struct {
		guard   resource.Guard
		headers []string
		origin  string
	}{
		"an allowed origin": {resource.Guard{Verifier: fake{}, AllowsOrigin: resource.Origins("https://a.example", spa)}, preflight, spa},
		"every origin":      {resource.Guard{Verifier: fake{}, AllowsOrigin: resource.Origins("*")}, preflight, spa},
		"another origin":    {resource.Guard{Verifier: fake{}, AllowsOrigin: resource.Origins("https://a.example")}, preflight, ""},
		"a plain OPTIONS":   {resource.Guard{Verifier: fake{}, AllowsOrigin: resource.Origins(spa)}, nil, ""},
		"without CORS":      {resource.Guard{Verifier: fake{}}, preflight, ""},
	} {
		w := call(test.guard, "OPTIONS", test.headers...)
		if w.Code != http.StatusNoContent || w.Body.Len() > 0 || w.Header().Get("Access-Control-Allow-Origin") != test.origin || w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: got %d %v %s", name, w.Code, w.Header(), w.Body)
		}
		if test.origin != "" && (w.Header().Get("Access-Control-Allow-Methods") != "PUT" || w.Header().Get("Access-Control-Allow-Headers") != "authorization,traceparent,x-version") {
			t.Errorf("%s: got %v", name, w.Header())
		}
		if test.guard.AllowsOrigin != nil && !slices.Contains(w.Header().Values("Vary"), "Origin") {
			t.Errorf("%s: got Vary %q", name, w.Header().Values("Vary"))
		}
	}
}

func TestOPTIONSWithATokenIsGuardedLikeOtherMethods(t *testing.T) {
	guard := resource.Guard{Verifier: fake{}, AllowsOrigin: resource.Origins(spa)}
	for token, want := range map[string]int{"reader": 200, "x": 401} {
		if w := call(guard, "OPTIONS", "Authorization", "Bearer "+token); w.Code != want {
			t.Errorf("%s: got %d", token, w.Code)
		}
	}
}

// Fetch §3.2. A script must be able to read that its token has expired.
func TestScriptsOfAllowedOriginsCanReadEveryResponse(t *testing.T) {
	guard := resource.Guard{Verifier: fake{}, AllowsOrigin: resource.Origins(spa)}
	for authorization, status := range map[string]int{"Bearer reader": 200, "Bearer expired": 401, "": 401, "Bearer down": 503} {
		for _, origin := range []string{spa, "https://evil.example", "null", ""} {
			w := call(guard, "GET", "Authorization", authorization, "Origin", origin)
			want := map[bool]string{true: spa}[origin == spa]
			if w.Code != status || w.Header().Get("Access-Control-Allow-Origin") != want || !slices.Contains(w.Header().Values("Vary"), "Origin") {
				t.Errorf("%q from %q: got %d %v", authorization, origin, w.Code, w.Header())
			}
			if exposed := w.Header().Get("Access-Control-Expose-Headers"); origin == spa && !strings.Contains(exposed, "WWW-Authenticate") {
				t.Errorf("%q from %q: exposes %q", authorization, origin, exposed)
			}
		}
	}
}

func TestAllowsOriginReceivesTheTokenOfTheRequest(t *testing.T) {
	guard := resource.Guard{Verifier: fake{}, AllowsOrigin: func(_ context.Context, _ string, token *resource.Token) bool {
		return token != nil && token.Subject == "ada"
	}}
	for authorization, want := range map[string]string{"Bearer reader": spa, "Bearer x": ""} {
		if w := call(guard, "GET", "Authorization", authorization, "Origin", spa); w.Header().Get("Access-Control-Allow-Origin") != want {
			t.Errorf("%s: got %v", authorization, w.Header())
		}
	}
}
