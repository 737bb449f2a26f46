package latchkey_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// serverFor returns a server whose issuer is the given one.
func serverFor(t *testing.T, issuer string) (*latchkey.Server, error) {
	t.Helper()
	return latchkey.New(t.Context(), latchkey.Options{Issuer: issuer, Store: memstore.New(nil), MasterKey: make([]byte, 32)})
}

// TestEveryResponseHasTheSecurityHeaders: pages, documents, errors, redirects and
// assets, of the public URLs and of the back office (RFC 6797 §7.2).
func TestEveryResponseHasTheSecurityHeaders(t *testing.T) {
	for issuer, hsts := range map[string]string{"https://id.example.com/o": "max-age=31536000", "http://localhost:8000/o": "", "https://localhost:8443/o": ""} {
		server, err := serverFor(t, issuer)
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle("/", server)
		mux.Handle("/admin/", server.Admin())
		for _, target := range []string{
			"GET /", "GET /nothing", "GET /o/login/", "POST /o/login/", "GET /o/authorize/", "GET /o/logout/", "GET /o/account/", "GET /o/check_session/",
			"GET /o/.well-known/jwks.json", "GET /.well-known/openid-configuration/o", "POST /o/token/", "GET /o/token/", "OPTIONS /o/token/", "POST /o/introspect/",
			"POST /o/revoke_token/", "GET /o/userinfo/", "GET /o/static/nothing", "GET /admin/", "GET /admin/nothing", "POST /admin/users/",
		} {
			method, path, _ := strings.Cut(target, " ")
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			if got := w.Header(); got.Get("X-Content-Type-Options") != "nosniff" || got.Get("Strict-Transport-Security") != hsts || len(got.Values("X-Content-Type-Options")) != 1 {
				t.Errorf("%s, %s: %d %v", issuer, target, w.Code, got)
			}
		}
	}
}

// TestWellKnownDocumentsAreServedWithAndWithoutATrailingSlash and never with a
// redirect.
func TestWellKnownDocumentsAreServedWithAndWithoutATrailingSlash(t *testing.T) {
	server, err := serverFor(t, "https://id.example.com/o")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/o/.well-known/jwks.json", "/.well-known/oauth-authorization-server/o", "/o/.well-known/oauth-authorization-server",
		"/o/.well-known/openid-configuration", "/.well-known/openid-configuration/o", "/.well-known/oauth-authorization-server",
	} {
		var bodies []string
		for _, path := range []string{path, path + "/"} {
			w := httptest.NewRecorder()
			server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d", path, w.Code)
			}
			bodies = append(bodies, w.Body.String())
		}
		if bodies[0] != bodies[1] {
			t.Errorf("%s: the responses differ", path)
		}
	}
}

// TestIssuerWithAPathThatOthersChangeIsRejected: clients and proxies clean and
// decode paths, and then look for the metadata elsewhere (RFC 8414 §3.1).
func TestIssuerWithAPathThatOthersChangeIsRejected(t *testing.T) {
	for _, issuer := range []string{
		"https://id.example.com//o", "https://id.example.com/a//o", "https://id.example.com//", "https://id.example.com/../o", "https://id.example.com/a/..",
		"https://id.example.com/./o", "https://id.example.com/%6f", "https://id.example.com/a%2Fb", "https://id.example.com/a b", "https://id.example.com/ö",
		"https://id.example.com/{x}", "https://id.example.com/a;b", "https://id.example.com/a\\b",
	} {
		if _, err := serverFor(t, issuer); err == nil || !strings.Contains(err.Error(), "Issuer") {
			t.Errorf("%s: %v", issuer, err)
		}
	}
	for _, issuer := range []string{"https://id.example.com", "https://id.example.com/o", "https://id.example.com/realms/Acme-1.0_~x", "https://id.example.com/..o"} {
		if _, err := serverFor(t, issuer); err != nil {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}
