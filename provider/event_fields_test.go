package provider_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// The event of an introspection names the person and the permission of a valid token, and nothing
// about a token that the caller must not know.
func TestIntrospectionEventNamesThePersonAndThePermission(t *testing.T) {
	var last oauth.Event
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.OnEvent = func(_ context.Context, e oauth.Event) {
			if e.Name == oauth.EventToken || e.Name == oauth.EventIntrospection {
				last = e
			}
		}
	})
	tokens := h.tokens("scope", "openid")
	permission := last.PermissionID
	for name, c := range map[string]struct{ token, subject, permission string }{
		"an access token":  {tokens.AccessToken, "ada-id", permission},
		"a refresh token":  {tokens.RefreshToken, "ada-id", permission},
		"an unknown token": {tokens.AccessToken + "x", "", ""},
	} {
		_, _ = h.Introspect(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", c.token))
		if last.Name != oauth.EventIntrospection || last.ClientID != h.id || last.Subject != c.subject || last.PermissionID != c.permission || permission == "" {
			t.Errorf("%s: got %+v, want the permission %s", name, last, c.permission)
		}
	}
}

// An application without a backchannel_logout_uri is not notified, so nothing is reported.
func TestLogoutNoticeThatIsNotSentIsNotReported(t *testing.T) {
	var notices int
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.OnEvent = func(_ context.Context, e oauth.Event) {
			if e.Name == oauth.EventLogoutNotice {
				notices++
			}
		}
	})
	h.tokens("scope", "openid")
	if err := h.EndSessions(ctx, h.who.SessionID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeliverLogouts(ctx); err != nil || notices != 0 {
		t.Errorf("%d events, %v", notices, err)
	}
}

// RFC 7636 §4.2: the last character of a SHA-256 hash in base64url has only 4 bits.
func TestCodeChallengeWithAnImpossibleLastCharacterIsExplained(t *testing.T) {
	h := newHouse(t, nil)
	_, err := h.ask("code_challenge", strings.Repeat("x", 43))
	if wantCode(t, err, oauth.CodeInvalidRequest); err == nil || !strings.Contains(err.Error(), "AEIMQUYcgkosw048") {
		t.Errorf("got %v", err)
	}
}

// A log has only the beginning of an unknown client_id, and its length.
func TestLogHasTheLengthOfAnUnknownClientID(t *testing.T) {
	h := newHouse(t, nil)
	_, err := h.ask("client_id", "trackr")
	if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Detail != `client_id "tra…" of 6 characters is unknown` {
		t.Errorf("got %#v", err)
	}
}
