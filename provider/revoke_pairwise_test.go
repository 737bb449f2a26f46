package provider_test

import (
	"context"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestRevocationsOfPairwiseClientsNameThePerson, and never the pseudonym.
func TestRevocationsOfPairwiseClientsNameThePerson(t *testing.T) {
	var subjects []string
	h := newHouse(t, func(c *provider.Config, client *oauth.Client) {
		client.AccessTokenFormat, client.SubjectType = oauth.JWT, oauth.SubjectPairwise
		c.OnEvent = func(_ context.Context, e oauth.Event) {
			if e.Name == oauth.EventRevocation || e.Name == oauth.EventToken {
				subjects = append(subjects, e.Name+" "+e.Subject+" "+e.Outcome)
			}
		}
	})
	first := h.tokens()
	second, err := h.refresh(first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{first.AccessToken, second.AccessToken, second.AccessToken} {
		if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", token)); err != nil {
			t.Fatal(err)
		}
	}
	if subjects[2] != "revocation ada-id ok" {
		t.Errorf("got %q", subjects)
	}
	for _, s := range subjects[3:] { // families that were revoked before: no row has the person
		if s != "revocation  ok" && s != "revocation  inactive" {
			t.Errorf("the event names another person: %s", s)
		}
	}
}
