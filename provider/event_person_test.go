package provider_test

import (
	"context"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestEventsOfTokensNeverNameAPseudonymAsThePerson: a JWT of a client with pairwise subjects has
// only the pseudonym (OpenID Connect Core §8.1). The endpoint userinfo reads the permission, which
// has the person. Introspection does not read it.
func TestEventsOfTokensNeverNameAPseudonymAsThePerson(t *testing.T) {
	for _, test := range []struct {
		format        oauth.TokenFormat
		subjects      oauth.SubjectType
		introspection string
	}{
		{oauth.Opaque, oauth.SubjectPairwise, "ada-id"},
		{oauth.JWT, oauth.SubjectPairwise, ""},
		{oauth.JWT, oauth.SubjectPublic, "ada-id"},
	} {
		var last oauth.Event
		h := newHouse(t, func(c *provider.Config, client *oauth.Client) {
			client.AccessTokenFormat, client.SubjectType = test.format, test.subjects
			c.OnEvent = func(_ context.Context, e oauth.Event) { last = e }
		})
		tokens := h.tokens("scope", "openid")
		_, err := h.Introspect(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", tokens.AccessToken))
		if err != nil || last.Name != oauth.EventIntrospection || last.Subject != test.introspection || last.PermissionID == "" {
			t.Errorf("%s, %s: %+v %v", test.format, test.subjects, last, err)
		}
		if _, err := h.UserInfo(ctx, tokens.AccessToken); err != nil || last.Name != oauth.EventUserInfo || last.Subject != "ada-id" {
			t.Errorf("%s, %s: %+v %v", test.format, test.subjects, last, err)
		}
	}
}
