package provider_test

import (
	"context"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestRevokingOneTokenRevokesBoth(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		for _, which := range []string{"access", "refresh", "an old refresh"} {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
			tokens := h.tokens()
			token := map[string]string{"access": tokens.AccessToken, "refresh": tokens.RefreshToken, "an old refresh": tokens.RefreshToken}[which]
			if which == "an old refresh" {
				next, err := h.refresh(token)
				if err != nil {
					t.Fatal(err)
				}
				tokens = next
			}
			if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", token, "token_type_hint", "nonsense")); err != nil {
				t.Fatal(err)
			}
			if h.active(tokens.AccessToken) {
				t.Errorf("%s, by %s: the access token is still active", format, which)
			}
			_, err := h.refresh(tokens.RefreshToken)
			wantCode(t, err, "invalid_grant")
		}
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		own, err := h.token("grant_type", "client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", own.AccessToken)); err != nil || h.active(own.AccessToken) {
			t.Errorf("%s of the client itself: %v", format, err)
		}
	}
}

func TestClientCannotRevokeTokensOfAnother(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		tokens := h.tokens()
		key := h.key
		other := h.client()
		other.ID = "other"
		secret := other.RotateSecret(h.now, 0)
		h.add(other)
		h.key = key
		for _, token := range []string{tokens.AccessToken, tokens.RefreshToken, "unknown"} {
			// RFC 7009 §2.2: the response is the same as for a valid token.
			if err := h.Revoke(ctx, "", params(t, "client_id", "other", "client_secret", secret, "token", token)); err != nil {
				t.Error(err)
			}
			wantCode(t, h.Revoke(ctx, "", params(t, "client_id", h.id, "token", token)), "invalid_client")
		}
		if _, err := h.refresh(tokens.RefreshToken); err != nil || !h.active(tokens.AccessToken) {
			t.Errorf("%s: another client has revoked the tokens: %v", format, err)
		}
		wantCode(t, h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key)), "invalid_request")
	}
}

// TestOnlyARevocationOfAnExistingTokenIsRecorded (RFC 7009 §2.2): anybody can invent tokens
// for a public client.
func TestOnlyARevocationOfAnExistingTokenIsRecorded(t *testing.T) {
	var events []oauth.Event
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.OnEvent = func(_ context.Context, e oauth.Event) {
			if e.Name == oauth.EventRevocation {
				events = append(events, e)
			}
		}
	})
	tokens, second := h.tokens(), h.tokens()
	key := h.key
	other := h.client()
	other.ID = "other"
	secret := other.RotateSecret(h.now, 0)
	h.add(other)
	h.key = key
	invented := oauth.NewToken(oauth.KindAccess, h.now).String()
	for i, c := range []struct {
		client, secret, token, want string
	}{
		{h.id, h.key, "garbage", oauth.OutcomeInactive},
		{h.id, h.key, invented, oauth.OutcomeInactive},
		{"other", secret, tokens.AccessToken, oauth.OutcomeInactive},
		{"other", secret, tokens.RefreshToken, oauth.OutcomeInactive},
		{h.id, h.key, tokens.AccessToken, oauth.OutcomeOK},
		{h.id, h.key, tokens.AccessToken, oauth.OutcomeInactive},
		{h.id, h.key, second.RefreshToken, oauth.OutcomeOK},
		{h.id, h.key, second.RefreshToken, oauth.OutcomeInactive},
	} {
		events = nil
		if err := h.Revoke(ctx, "", params(t, "client_id", c.client, "client_secret", c.secret, "token", c.token)); err != nil {
			t.Fatal(err)
		}
		if len(events) != 1 || events[0].Outcome != c.want || (events[0].Subject != "") != (c.want == oauth.OutcomeOK) || (events[0].Recorded() != "") != (c.want == oauth.OutcomeOK) {
			t.Errorf("%d: %+v, want %s", i, events, c.want)
		}
	}
}
