package resource_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// FuzzIntrospectedToken reads arbitrary responses: nothing panics, and only a response
// with the audience of the API is accepted.
func FuzzIntrospectedToken(f *testing.F) {
	for _, seed := range []string{
		`{"active":true,"token_type":"Bearer","aud":"api","sub":"ada","scope":["a","b"],"iat":1.5,"auth_time":"x","acr":7,"amr":"pwd"}`,
		`{"active":true,"token_type":"Bearer","aud":["api"],"exp":1e400,"act":{"sub":"x","act":{}}}`, `{"active":"true"}`, `[]`, `null`, ``,
		`{"active":true,"token_type":"Bearer","aud":"\u0061pi","gty":null,"scope":"\ud800","iat":-0}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		i := &resource.Introspection{URL: "https://id.example/introspect", Audience: "api", Client: &http.Client{Transport: &endpoint{status: 200, body: body}}}
		token, err := i.Verify(t.Context(), "token")
		if (token == nil) != (err != nil) {
			t.Fatalf("got %+v, %v", token, err)
		}
		if token != nil {
			var all map[string]any
			if err := token.Claims(&all); err != nil || all["active"] == false {
				t.Fatalf("got %v, %v", all, err)
			}
		}
	})
}

// FuzzGuard sends arbitrary headers and URLs: no request without a valid token is passed
// on, and every challenge has the form of RFC 6750 §3.
func FuzzGuard(f *testing.F) {
	f.Add("Bearer reader", "access_token=reader", `my "realm"`, "read")
	f.Add("bearer\treader", "access_token=a&access_token=b", "\x00", "a b\"c")
	f.Add("Bearer  x\\\"", "%zz", "é", "")
	f.Fuzz(func(t *testing.T, authorization, query, realm, scope string) {
		if strings.ContainsFunc(realm, func(r rune) bool { return r < 0x20 || r > 0x7e || r == '"' || r == '\\' }) {
			realm = "" // Require panics
		}
		guard := resource.Guard{Verifier: fake{}, Realm: realm, OnRefused: func(*http.Request, error) {}}
		r, w, passed := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder(), false
		r.URL.RawQuery = query
		r.Header["Authorization"] = []string{authorization}
		guard.RequireScopes(func(*http.Request) []string { return []string{scope} })(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			token, ok := resource.FromContext(r.Context())
			passed = true
			if !ok || !token.Has(scope) {
				t.Fatalf("passed on with %+v", token)
			}
		})).ServeHTTP(w, r)
		for _, challenge := range w.Header().Values("WWW-Authenticate") {
			checkChallenge(t, challenge)
		}
		if passed != (w.Code == http.StatusOK) || !passed && w.Code != http.StatusServiceUnavailable && w.Header().Get("WWW-Authenticate") == "" {
			t.Fatalf("got %d %v", w.Code, w.Header())
		}
	})
}

// FuzzJWT verifies arbitrary texts: none of them is signed, so none is accepted.
func FuzzJWT(f *testing.F) {
	for _, seed := range []string{
		"eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.AAAA", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "..", "a.b.c.d.e", "{}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := newIssuer(t)
		s.publish("k")
		if token, err := s.guard().Verify(t.Context(), text); err == nil || token != nil {
			t.Fatalf("accepted as %+v", token)
		}
	})
}
