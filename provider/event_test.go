package provider_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// recorded collects the events of a house.
type recorded []oauth.Event

func (l *recorded) listen(c *provider.Config, _ *oauth.Client) {
	c.OnEvent = func(_ context.Context, e oauth.Event) { *l = append(*l, e.Labels()) }
}

func TestEventsHaveFewLabels(t *testing.T) {
	const (
		code, refresh = oauth.GrantAuthorizationCode, oauth.GrantRefreshToken
		refused       = oauth.CodeInvalidGrant
	)
	for name, c := range map[string]struct {
		do   func(*house)
		want []oauth.Event
	}{
		"a walk": {func(h *house) {
			tokens := h.tokens()
			_, _ = h.refresh(tokens.RefreshToken)
		}, []oauth.Event{event(oauth.EventToken, code, "ok", ""), event(oauth.EventToken, refresh, "ok", "")}},
		"a replay inside the window": {func(h *house) {
			tokens := h.tokens()
			_, _ = h.refresh(tokens.RefreshToken)
			_, _ = h.refresh(tokens.RefreshToken)
		}, []oauth.Event{
			event(oauth.EventToken, code, "ok", ""),
			event(oauth.EventToken, refresh, "ok", ""),
			event(oauth.EventReplay, refresh, "same_answer", ""),
			event(oauth.EventToken, refresh, "ok", ""),
		}},
		"a old refresh token": {func(h *house) {
			tokens := h.tokens()
			_, _ = h.refresh(tokens.RefreshToken)
			h.pass(time.Minute)
			_, _ = h.refresh(tokens.RefreshToken)
			_, _ = h.refresh(tokens.RefreshToken)
		}, []oauth.Event{
			event(oauth.EventToken, code, "ok", ""),
			event(oauth.EventToken, refresh, "ok", ""),
			event(oauth.EventReplay, refresh, "revoked", ""),
			event(oauth.EventToken, refresh, refused, "used_before"),
			event(oauth.EventToken, refresh, refused, "revoked"),
		}},
		"a code twice": {func(h *house) {
			text := h.code()
			_, _ = h.exchange(text)
			_, _ = h.exchange(text)
		}, []oauth.Event{
			event(oauth.EventToken, code, "ok", ""),
			event(oauth.EventReplay, code, "revoked", ""),
			event(oauth.EventToken, code, refused, "used_before"),
		}},
		"an expired code": {func(h *house) {
			text := h.code()
			h.pass(time.Hour)
			_, _ = h.exchange(text)
		}, []oauth.Event{event(oauth.EventToken, code, refused, "expired")}},
		"a code without its proofs": {func(h *house) {
			text := h.code()
			_, _ = h.exchange(text, "redirect_uri", callback+"/x")
			_, _ = h.exchange(text, "code_verifier", "")
			_, _ = h.exchange(text, "code_verifier", verifier+"x")
		}, []oauth.Event{
			event(oauth.EventToken, code, refused, "wrong_redirect_uri"),
			event(oauth.EventToken, code, refused, "no_verifier"),
			event(oauth.EventToken, code, refused, "wrong_verifier"),
		}},
		"who is not who they say": {func(h *house) {
			_, _ = h.token("grant_type", refresh, "client_secret", "guess")
			_, _ = h.token("grant_type", refresh, "client_secret", "")
			_, _ = h.token("grant_type", refresh, "client_id", "nobody")
		}, []oauth.Event{
			event(oauth.EventToken, refresh, oauth.CodeInvalidClient, "wrong_secret"),
			event(oauth.EventToken, refresh, oauth.CodeInvalidClient, "no_secret"),
			event(oauth.EventToken, refresh, oauth.CodeInvalidClient, "unknown_client"),
		}},
		"an invented grant type": {func(h *house) {
			_, _ = h.token("grant_type", "urn:made:up")
			_, _ = h.token("grant_type", "")
			_, _ = h.token("grant_type", "client_credentials", "scope", "made-up")
		}, []oauth.Event{
			event(oauth.EventToken, "other", oauth.CodeUnsupportedGrantType, ""),
			event(oauth.EventToken, "other", oauth.CodeInvalidRequest, ""),
			event(oauth.EventToken, oauth.GrantClientCredentials, oauth.CodeInvalidScope, "unknown_scope"),
		}},
		"introspection, userinfo and revocation": {func(h *house) {
			tokens := h.tokens("scope", "openid")
			own := []string{"client_id", h.id, "client_secret", h.key, "token", tokens.AccessToken}
			_, _ = h.Introspect(ctx, "", params(h.t, own...))
			_, _ = h.UserInfo(ctx, tokens.AccessToken)
			_ = h.Revoke(ctx, "", params(h.t, own...))
			_, _ = h.Introspect(ctx, "", params(h.t, own...))
			_, _ = h.UserInfo(ctx, tokens.AccessToken)
			_, _ = h.Introspect(ctx, "", params(h.t, "client_id", h.id))
		}, []oauth.Event{
			event(oauth.EventToken, code, "ok", ""),
			event(oauth.EventIntrospection, "", "active", ""),
			event(oauth.EventUserInfo, "", "ok", ""),
			event(oauth.EventRevocation, "", "ok", ""),
			event(oauth.EventIntrospection, "", "inactive", ""),
			event(oauth.EventUserInfo, "", oauth.CodeInvalidToken, "unknown"),
			event(oauth.EventIntrospection, "", oauth.CodeInvalidClient, "no_secret"),
		}},
		"a log-out": {func(h *house) { _ = h.EndSessions(ctx, "session") }, []oauth.Event{event(oauth.EventSessionEnd, "", "ok", "")}},
	} {
		t.Run(name, func(t *testing.T) {
			var got recorded
			c.do(newHouse(t, got.listen))
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
}

func TestEventOfAnInternalErrorHasNoText(t *testing.T) {
	for err, want := range map[error]string{
		oauth.ErrUnavailable: oauth.CodeTemporarilyUnavailable, context.Canceled: oauth.CodeTemporarilyUnavailable,
		context.DeadlineExceeded: oauth.CodeTemporarilyUnavailable, oauth.ErrConflict: oauth.OutcomeConflict,
		provider.ErrRequestLost: oauth.OutcomeExpired, errors.New("disk /dev/sda is on fire"): oauth.CodeServerError, nil: oauth.OutcomeOK,
	} {
		if e := provider.OutcomeEvent(ctx, "name", "kind", err); e != (oauth.Event{Name: "name", Kind: "kind", Outcome: want}) {
			t.Errorf("%v is reported as %v", err, e)
		}
	}
}

func TestEventsWithoutAListenerAreDropped(t *testing.T) {
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) { c.OnEvent = nil })
	heard := newHouse(t, func(c *provider.Config, _ *oauth.Client) { c.OnEvent = func(context.Context, oauth.Event) {} })
	count := func(h *house) float64 {
		p := params(t, "client_id", h.id, "client_secret", h.key, "token", "lk_at_unknown")
		return testing.AllocsPerRun(100, func() { _, _ = h.Introspect(ctx, "", p) })
	}
	if with, without := count(heard), count(h); with != without {
		t.Errorf("%v allocations with a listener, %v without", with, without)
	}
}

func event(name, kind, outcome, reason string) oauth.Event {
	return oauth.Event{Name: name, Kind: kind, Outcome: outcome, Reason: reason}
}
