package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestCorrectSecretOfOneClientIsWrongForAnother: a secret that was verified once
// is recognized without computing its hash again, but only for its own client.
func TestCorrectSecretOfOneClientIsWrongForAnother(t *testing.T) {
	h := newHouse(t, nil)
	secrets := map[string]string{"first": "a secret that a person chose", "second": "another secret that a person chose"}
	for id, text := range secrets {
		h.add(&oauth.Client{ID: id, Name: id, Type: oauth.Confidential, GrantTypes: []string{oauth.GrantClientCredentials}, Secrets: []oauth.ClientSecret{chosen(t, text)}})
	}
	authenticate := func(id, text string) error {
		_, err := h.Token(ctx, "", params(t, "grant_type", "client_credentials", "client_id", id, "client_secret", text))
		return err
	}
	for range 2 {
		for id, text := range secrets {
			wantCode(t, authenticate(id, text), "")
		}
		wantCode(t, authenticate("first", secrets["second"]), "invalid_client")
		wantCode(t, authenticate("second", secrets["first"]), "invalid_client")
	}
	// A rotated secret has another hash, so the old one is not recognized.
	c, err := h.store.Client(ctx, "first")
	if err != nil {
		t.Fatal(err)
	}
	replaced := *c
	replaced.Secrets = []oauth.ClientSecret{chosen(t, "a secret that replaces it")}
	if err := h.store.UpdateClient(ctx, &replaced); err != nil {
		t.Fatal(err)
	}
	wantCode(t, authenticate("first", secrets["first"]), "invalid_client")
	wantCode(t, authenticate("first", "a secret that replaces it"), "")
}
