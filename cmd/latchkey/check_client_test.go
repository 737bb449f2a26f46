package main

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 8252 §8.6.
func TestCheckSaysWhereSkippingAuthorizationHasNoEffect(t *testing.T) {
	const loopback, web = "http://127.0.0.1/cb", "https://app.example/cb"
	for name, test := range map[string]struct {
		client oauth.Client
		asked  string
	}{
		"public and https":           {oauth.Client{Type: oauth.Public, RedirectURIs: []string{web}}, ""},
		"public and loopback":        {oauth.Client{Type: oauth.Public, RedirectURIs: []string{web, loopback}}, "response_type=code with " + loopback},
		"confidential and loopback":  {oauth.Client{Type: oauth.Confidential, RedirectURIs: []string{loopback}}, ""},
		"tokens through the browser": {oauth.Client{Type: oauth.Confidential, RedirectURIs: []string{loopback}, ClientOpenID: oauth.ClientOpenID{ResponseTypes: []string{"code", "id_token token"}}}, "response_type=id_token token with " + loopback},
	} {
		got := skipsConsent(&test.client)
		if asked := strings.Contains(got, "every time"); asked != (test.asked != "") || !strings.Contains(got, test.asked) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
