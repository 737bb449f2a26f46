package provider_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestClientIDsOfOtherServersCanBeKept: RFC 6749 appendix A.1 allows printable
// ASCII, and RFC 7617 §2 no colon.
func TestClientIDsOfOtherServersCanBeKept(t *testing.T) {
	for id, want := range map[string]bool{
		"01a20a30-0f96-7766-b4c9-ad40215f973d": true, "123-abc.apps.example.com": true, "https//app.example/client.json": true,
		"with space": true, "~!@#$%^&*()_+{}|<>?": true, strings.Repeat("x", 255): true,
		"a:b": false, "https://app.example": false, "ü": false, "tab\tbed": false, "": false, strings.Repeat("x", 256): false, "\x7f": false,
	} {
		c := &oauth.Client{ID: id, Name: "App", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{callback}}
		if faults := provider.ValidateClient(c, nil); (len(faults) == 0) != want {
			t.Errorf("%q: %v", id, faults)
		}
	}
}

// TestShortSecretsOfOtherServersCanBeKept, and are stored as slow hashes.
func TestShortSecretsOfOtherServersCanBeKept(t *testing.T) {
	h := newHouse(t, nil)
	for _, text := range []string{"x", "hybrid-secret", strings.Repeat("s", 1024)} {
		secret, err := oauth.ImportClientSecret(text, h.now)
		if err != nil || secret.Hash != nil || !strings.HasPrefix(secret.Slow, "$argon2id$") {
			t.Fatalf("%q: %+v %v", text, secret, err)
		}
		if len(text) > 1 && strings.Contains(secret.Slow, text) {
			t.Errorf("%q is stored as %+v", text, secret)
		}
		c := h.client()
		c.ID, c.Secrets = "with "+text[:1], []oauth.ClientSecret{secret}
		h.add(c)
		authorization := "Basic " + base64.StdEncoding.EncodeToString([]byte("with+"+text[:1]+":"+text))
		if _, err := h.Token(ctx, authorization, params(t, "grant_type", "client_credentials")); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := h.Token(ctx, authorization+"eA==", params(t, "grant_type", "client_credentials")); err == nil {
			t.Errorf("%q: a longer secret is accepted", text)
		}
		if err := h.store.DeleteClient(ctx, "with "+text[:1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"", strings.Repeat("s", 1025)} {
		if _, err := oauth.ImportClientSecret(text, h.now); err == nil {
			t.Errorf("a secret of %d characters is imported", len(text))
		}
	}
}
