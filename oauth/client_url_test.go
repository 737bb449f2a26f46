package oauth_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// draft-ietf-oauth-client-id-metadata-document §3.
func TestClientURLRules(t *testing.T) {
	for clientID, valid := range map[string]bool{
		"https://app.example/client.json":      true,
		"https://app.example:8443/client":      true,
		"https://app.example/":                 true, // not recommended
		"https://app.example/client?version=2": true, // not recommended
		"https://app.example/a.b/..c/...":      true,
		"https://[2606:4700::1]/client":        true,
		"http://127.0.0.1:8080/client":         true,
		"http://localhost/client":              true,
		"http://[::1]:1/client":                true,
		"https://app.example":                  false,
		"https://app.example?path=/x":          false,
		"https://app.example/client#":          false,
		"https://app.example/client#fragment":  false,
		"https://user@app.example/client":      false,
		"https://user:pass@app.example/client": false,
		"https://@app.example/client":          false,
		"https://app.example/./client":         false,
		"https://app.example/a/../client":      false,
		"https://app.example/..":               false,
		"https://app.example/%2E%2e/client":    false,
		"https://app.example/.%2e/client":      false,
		"https:///client":                      false,
		"https://./client":                     false,
		"https://:443/client":                  false,
		"https://app.example:/client":          false,
		"https://app.example:x/client":         false,
		"https://app%2eexample/client":         false,
		"https://app.example\\@evil.example/c": false,
		"https://app.example/a b":              false,
		"https://app.example/\u00e9":           false,
		"https://app.ex\u00e4mple/c":           false,
		"http://app.example/client":            false,
		"http://127.0.0.1.evil.example/client": false,
		"HTTPS://app.example/client":           false,
		"ftp://app.example/client":             false,
		"javascript:alert(1)":                  false,
		"client":                               false,
		"":                                     false,
		"https://a.example/" + strings.Repeat("x", oauth.MaxClientURL-len("https://a.example/")):   true,
		"https://a.example/" + strings.Repeat("x", oauth.MaxClientURL-len("https://a.example/")+1): false,
	} {
		if err := oauth.CheckClientURL(clientID); (err == nil) != valid {
			t.Errorf("%q: %v", clientID, err)
		}
	}
}

func TestHostOfAClientURL(t *testing.T) {
	for clientID, want := range map[string]string{
		"https://App.Example:8443/x": "app.example",
		"https://app.example./x":     "app.example",
		"http://[::1]:1/x":           "::1",
		"app.example":                "",
		"ftp://app.example/":         "",
	} {
		if got := oauth.ClientURLHost(clientID); got != want {
			t.Errorf("%q: %q", clientID, got)
		}
	}
}

// FuzzCheckClientURL: a client_id that passes cannot name another host or document
// than it seems to.
func FuzzCheckClientURL(f *testing.F) {
	for _, seed := range []string{"https://app.example/client.json", "https://a@b/c", "https://a/%2e./", "http://localhost/x", "https://a.example/?#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, clientID string) {
		if oauth.CheckClientURL(clientID) != nil {
			return
		}
		authority, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(clientID, "https://"), "http://"), "/")
		if len(clientID) > oauth.MaxClientURL || strings.ContainsAny(clientID, "\\# \x00") || strings.Contains(authority, "@") || strings.Contains(clientID+"/", "/../") ||
			oauth.ClientURLHost(clientID) == "" {
			t.Errorf("%q is accepted", clientID)
		}
	})
}
