package oauth_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestOnlyOriginsAsBrowsersSendThemAreRegistered(t *testing.T) {
	for _, bad := range []string{"https://app.example/", "https://App.example", "https://app.example:443", "https://app.example/x", "http://app.example", "*", "null", "https://*.example", "https://:8443", "http://:8001"} {
		if oauth.CheckOrigin(bad) == nil {
			t.Errorf("%q can be an origin", bad)
		}
	}
	for _, good := range []string{"https://app.example", "https://app.example:8443", "http://localhost:8001"} {
		if err := oauth.CheckOrigin(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

// Fetch §3.2.5, RFC 8252 §7.3.
func TestClientAllowsItsOwnOriginsAndThoseOfItsRedirectURIs(t *testing.T) {
	c := &oauth.Client{
		RedirectURIs:   []string{"https://spa.example/cb", "http://localhost:8001/cb", "http://127.0.0.1/cb", "com.example.app:/cb"},
		AllowedOrigins: []string{"https://app.example", "http://[::1]:8001"},
	}
	for origin, want := range map[string]bool{
		"https://app.example": true, "https://spa.example": true,
		// Redirect URIs on the loopback interface match on any port.
		"http://localhost:8001": true, "http://localhost:5173": true, "http://localhost": true, "http://127.0.0.1:5173": true,
		// An origin in the list has exactly its own port.
		"http://[::1]:8001": true, "http://[::1]:8002": false,
		"https://spa.example:8443": false, "http://spa.example": false, "https://localhost:8001": false,
		"http://localhost.evil.example": false, "http://localhost:5173/": false, "http://localhost:x": false,
		"null": false, "": false, "https://evil.example": false, "com.example.app://": false,
	} {
		if got := c.AllowsOrigin(origin); got != want {
			t.Errorf("%q is allowed: %v", origin, got)
		}
	}
}
