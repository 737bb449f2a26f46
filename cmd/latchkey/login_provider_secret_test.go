package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// providerThatRefuses starts an OpenID provider that answers invalid_client, and returns its
// issuer.
func providerThatRefuses(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	upstream := httptest.NewServer(mux)
	t.Cleanup(upstream.Close)
	answer := func(path string, status int, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(strings.ReplaceAll(body, "URL", upstream.URL)))
		})
	}
	answer("/.well-known/openid-configuration", http.StatusOK, `{"issuer": "URL", "authorization_endpoint": "URL/authorize", "token_endpoint": "URL/token", "jwks_uri": "URL/keys", "claims_supported": ["sub", "name"]}`)
	answer("/keys", http.StatusOK, `{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "use": "sig", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`)
	answer("/authorize", http.StatusOK, "")
	answer("/token", http.StatusUnauthorized, `{"error": "invalid_client"}`)
	return upstream.URL
}

// TestProviderThatListsNoAuthTimeCausesAWarning in login-provider test and in check.
func TestProviderThatListsNoAuthTimeCausesAWarning(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "latchkey.yaml")
	write(t, file, "insecure_outbound: [127.0.0.0/8]\nlogin_providers: [{name: up, issuer: '"+providerThatRefuses(t)+"', client_id: shop}]")
	for want, args := range map[string][]string{
		"metadata +warning +claims_supported in the metadata does not contain auth_time": {"login-provider", "test", "up"},
		"LK061 +warning +The login provider up may be unable to confirm a new login":     {"check"},
	} {
		var out bytes.Buffer
		execute(t.Context(), append(args, "--config", file, "--data", folder), streams{strings.NewReader(""), &out, &out})
		if !regexp.MustCompile(want).Match(out.Bytes()) {
			t.Errorf("%v: %s", args, &out)
		}
	}
}

// TestLoginProviderTestNamesTheMissingSecret: the provider only answers invalid_client.
func TestLoginProviderTestNamesTheMissingSecret(t *testing.T) {
	issuer := providerThatRefuses(t)
	folder := t.TempDir()
	file := filepath.Join(folder, "latchkey.yaml")
	write(t, file, "insecure_outbound: [127.0.0.0/8]\nlogin_providers: [{name: up-1, issuer: '"+issuer+"', client_id: shop}]")
	test := func(name string) string {
		var stdout, stderr bytes.Buffer
		if status := execute(t.Context(), []string{"login-provider", "test", name, "--config", file, "--data", folder}, streams{strings.NewReader(""), &stdout, &stderr}); status != exitFailed {
			t.Fatalf("%s: status %d: %s%s", name, status, &stdout, &stderr)
		}
		return stderr.String()
	}
	const variable = "LATCHKEY_LOGIN_PROVIDER_UP_1_SECRET"
	if text := test("up-1"); !strings.Contains(text, "No secret is set. Set "+variable+"_FILE to the path") {
		t.Errorf("without a secret: %s", text)
	}
	var out bytes.Buffer
	if status := execute(t.Context(), []string{"login-provider", "add", "stored", "issuer=" + issuer, "client_id=shop", "--config", file, "--data", folder}, streams{strings.NewReader(""), &out, &out}); status != exitOK {
		t.Fatal(out.String())
	}
	if text := test("stored"); !strings.Contains(text, "No secret is set. Set it with: latchkey login-provider edit --config "+file+" --data "+folder+" stored --secret-stdin") {
		t.Errorf("a provider in the database: %s", text)
	}
	t.Setenv(variable, "hush")
	if text := test("up-1"); strings.Contains(text, "No secret") || !strings.Contains(text, "the client secret is wrong") || strings.Contains(text, "hush") {
		t.Errorf("with a wrong secret: %s", text)
	}
}
