package provider_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// disconnecting is a Store whose client closes the connection as soon as a ticket or a
// refresh token was tried. Like a database, it begins nothing for a context that
// has ended.
type disconnecting struct {
	oauth.Store
	disconnect context.CancelFunc
	broken     bool
}

func (s *disconnecting) Spend(ctx context.Context, r oauth.SpendRequest) (oauth.SpendResult, error) {
	defer s.disconnect()
	return s.Store.Spend(ctx, r)
}

func (s *disconnecting) Rotate(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	defer s.disconnect()
	return s.Store.Rotate(ctx, r)
}

func (s *disconnecting) Revoke(ctx context.Context, r oauth.Revocation) (bool, string, error) {
	switch {
	case ctx.Err() != nil:
		return false, "", ctx.Err()
	case s.broken:
		return false, "", oauth.ErrUnavailable
	}
	return s.Store.Revoke(ctx, r)
}

func (s *disconnecting) SessionClients(ctx context.Context, ids []string) ([]oauth.SessionClient, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return s.Store.SessionClients(ctx, ids)
}

func (s *disconnecting) EndSessions(ctx context.Context, e oauth.SessionsEnd) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.Store.EndSessions(ctx, e)
}

// reused uses a code and a refresh token again, for a client that closes the
// connection, and calls look with each error and the last tokens. It returns the
// events and the log.
func reused(t *testing.T, broken bool, look func(h *house, err error, last *provider.TokenResponse)) (events recorded, lines string) {
	t.Helper()
	var log bytes.Buffer
	for _, grant := range []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken} {
		s := &disconnecting{disconnect: func() {}}
		h := newHouse(t, func(o *provider.Config, c *oauth.Client) {
			events.listen(o, c)
			s.Store, o.Store, o.Logger = o.Store, s, slog.New(slog.NewTextHandler(&log, nil))
		})
		code := h.code()
		first, err := h.exchange(code)
		if err != nil {
			t.Fatal(err)
		}
		last, err := h.refresh(first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		gone, cancel := context.WithCancel(ctx)
		s.disconnect, s.broken = cancel, broken
		_, err = h.Token(gone, "", params(t, "client_id", h.id, "client_secret", h.key, "grant_type", grant,
			"code", code, "redirect_uri", callback, "code_verifier", verifier, "refresh_token", first.RefreshToken))
		look(h, err, last)
	}
	return events, log.String()
}

var (
	endedByCode    = oauth.Event{Name: oauth.EventReplay, Kind: oauth.GrantAuthorizationCode, Outcome: oauth.OutcomeRevoked}
	endedByRefresh = oauth.Event{Name: oauth.EventReplay, Kind: oauth.GrantRefreshToken, Outcome: oauth.OutcomeRevoked}
)

func TestReuseRevokesTheFamilyEvenIfTheClientDisconnects(t *testing.T) {
	events, lines := reused(t, false, func(h *house, err error, last *provider.TokenResponse) {
		wantCode(t, err, "invalid_grant")
		if h.active(last.AccessToken) {
			t.Error("the access token is still active")
		}
		_, err = h.refresh(last.RefreshToken)
		wantCode(t, err, "invalid_grant")
	})
	if !slices.Contains(events, endedByCode) || !slices.Contains(events, endedByRefresh) || strings.Count(lines, "was revoked") != 2 {
		t.Errorf("events %v, log %s", events, lines)
	}
}

func TestFailedRevocationIsNotReportedAsDone(t *testing.T) {
	events, lines := reused(t, true, func(h *house, err error, last *provider.TokenResponse) {
		if !errors.Is(err, oauth.ErrUnavailable) || !h.active(last.AccessToken) {
			t.Errorf("got %v", err)
		}
	})
	if slices.Contains(events, endedByCode) || slices.Contains(events, endedByRefresh) || strings.Contains(lines, "was revoked") {
		t.Errorf("events %v, log %s", events, lines)
	}
}

func TestRevocationAndLogoutCompleteEvenIfTheClientDisconnects(t *testing.T) {
	for name, test := range map[string]struct {
		format oauth.TokenFormat
		end    func(h *house, gone context.Context, tokens *provider.TokenResponse) error
	}{
		"a refresh token":        {oauth.Opaque, revokes(func(r *provider.TokenResponse) string { return r.RefreshToken })},
		"an opaque access token": {oauth.Opaque, revokes(func(r *provider.TokenResponse) string { return r.AccessToken })},
		"a JWT access token":     {oauth.JWT, revokes(func(r *provider.TokenResponse) string { return r.AccessToken })},
		"a session": {oauth.Opaque, func(h *house, gone context.Context, _ *provider.TokenResponse) error {
			return h.EndSessions(gone, h.who.SessionID)
		}},
		"all sessions": {oauth.Opaque, func(h *house, gone context.Context, _ *provider.TokenResponse) error {
			return h.EndSessionsOf(gone, h.who.Subject, "")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(o *provider.Config, c *oauth.Client) {
				o.Store, c.AccessTokenFormat = &disconnecting{Store: o.Store, disconnect: func() {}}, test.format
			})
			tokens := h.tokens("scope", "openid")
			gone, cancel := context.WithCancel(ctx)
			cancel()
			if err := test.end(h, gone, tokens); err != nil || h.active(tokens.AccessToken) {
				t.Errorf("it goes on: %v", err)
			}
		})
	}
}

// revokes revokes one of the tokens.
func revokes(which func(*provider.TokenResponse) string) func(*house, context.Context, *provider.TokenResponse) error {
	return func(h *house, gone context.Context, tokens *provider.TokenResponse) error {
		return h.Revoke(gone, "", params(h.t, "client_id", h.id, "client_secret", h.key, "token", which(tokens)))
	}
}
