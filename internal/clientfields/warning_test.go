package clientfields_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 8252 §8.6.
func TestCheckSaysWhereSkippingAuthorizationHasNoEffect(t *testing.T) {
	const loopback, web = "http://127.0.0.1/cb", "https://app.example/cb"
	for name, test := range map[string]struct {
		client oauth.Client
		asked  string
		short  string
	}{
		"public and https":          {oauth.Client{Type: oauth.Public, RedirectURIs: []string{web}}, "", "consent is not requested"},
		"public, https and another": {oauth.Client{Type: oauth.Public, RedirectURIs: []string{web, loopback}}, "response_type=code with " + loopback, "consent is not requested, except where other programs could receive the response"},
		"public and loopback":       {oauth.Client{Type: oauth.Public, RedirectURIs: []string{loopback}}, "response_type=code with " + loopback, "has no effect: people are asked for permission every time"},
		"public and an app scheme":  {oauth.Client{Type: oauth.Public, RedirectURIs: []string{"com.example.app:/cb"}}, "response_type=code with com.example.app:/cb", "has no effect: people are asked for permission every time"},
		"confidential and loopback": {oauth.Client{Type: oauth.Confidential, RedirectURIs: []string{loopback}}, "", "consent is not requested"},
		"tokens through the browser": {
			oauth.Client{Type: oauth.Confidential, RedirectURIs: []string{loopback}, ClientOpenID: oauth.ClientOpenID{ResponseTypes: []string{"code", "id_token token"}}},
			"response_type=id_token token with " + loopback, "consent is not requested, except where other programs could receive the response",
		},
	} {
		test.client.SkipAuthorization = true
		all := clientfields.Warnings(&test.client, time.Time{})
		i := slices.IndexFunc(all, func(w clientfields.Warning) bool { return w.ID == "LK021" })
		if i < 0 {
			t.Fatalf("%s: got %v", name, all)
		}
		w := all[i]
		if asked := strings.Contains(w.Text, "every time"); asked != (test.asked != "") || !strings.Contains(w.Text, test.asked) || w.Short.String() != test.short {
			t.Errorf("%s: got %+v", name, w)
		}
	}
	if all := clientfields.Warnings(&oauth.Client{Type: oauth.Public, RedirectURIs: []string{web}}, time.Time{}); len(all) != 0 {
		t.Errorf("got %v", all)
	}
}

// A secret that can make an HMAC is stored encrypted instead of hashed.
func TestCheckWarnsOfASecretThatIsStoredEncrypted(t *testing.T) {
	for method, want := range map[string]bool{
		oauth.AuthSecretJWT: true, oauth.AuthPrivateKeyJWT: false, oauth.AuthSecretBasic: false, oauth.AuthSecretPost: false,
	} {
		all := clientfields.Warnings(&oauth.Client{Type: oauth.Confidential, AuthMethod: method}, time.Time{})
		if found := len(all) == 1 && all[0].ID == "LK029" && all[0].Field == "token_endpoint_auth_method" && strings.Contains(all[0].Text, "private_key_jwt"); found != want || len(all) > 1 {
			t.Errorf("%s: got %v", method, all)
		}
	}
}

// TestEveryWarningIsAboutAField that the back office shows, apart from secrets, which
// have their own table.
func TestEveryWarningIsAboutAField(t *testing.T) {
	all := clientfields.Warnings(&oauth.Client{
		Type: oauth.Public, RedirectURIs: []string{"myapp:/cb"}, SkipAuthorization: true, Secrets: []oauth.ClientSecret{{Slow: "x"}},
		ClientOpenID: oauth.ClientOpenID{ResponseTypes: []string{"id_token"}, IDTokenAlg: oauth.AlgHS256, RequestObjectAlg: oauth.AlgNone, CodeWithoutPKCE: true},
		Legacy:       []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "2027-03-31"}},
	}, time.Time{})
	if len(all) != 8 {
		t.Errorf("got %d warnings: %v", len(all), all)
	}
	for _, w := range all {
		known := slices.ContainsFunc(clientfields.All(), func(f clientfields.Field) bool { return f.Name == w.Field })
		if w.Short == nil || w.Text == "" || (!known && w.Field != "secrets") {
			t.Errorf("got %+v", w)
		}
	}
}
