package provider

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// logoutTokenTTL is the lifetime of a logout token (OpenID Connect Back-Channel
// Logout §2.4).
const logoutTokenTTL = 2 * time.Minute

// logoutEvent is the member of events that makes a JWT a logout token (§2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// EndSessions ends login sessions by their ids. It revokes what was issued in
// them as far as it depends on the session, and has Run notify the clients that
// have a backchannel_logout_uri. Once started it completes, even if the context
// ends.
func (s *Provider) EndSessions(ctx context.Context, ids ...string) error {
	return s.endSessions(ctx, oauth.SessionsEnd{IDs: ids})
}

// EndSessionsOf ends all login sessions of a person. If except is not empty, the
// session with that id does not end.
func (s *Provider) EndSessionsOf(ctx context.Context, subject, except string) error {
	return s.endSessions(ctx, oauth.SessionsEnd{Subject: subject, Except: except})
}

func (s *Provider) endSessions(ctx context.Context, e oauth.SessionsEnd) error {
	e.At = s.now()
	err := s.Store.EndSessions(context.WithoutCancel(ctx), e)
	s.reportOutcome(ctx, oauth.Event{Name: oauth.EventSessionEnd, Subject: e.Subject}, err)
	if err == nil {
		s.wakeRun()
	}
	return err
}

// SessionsEnded makes Run notify the clients at once, after another call of the
// Store has ended sessions, for example because of a new password.
func (s *Provider) SessionsEnded(ctx context.Context) {
	s.reportOutcome(ctx, oauth.Event{Name: oauth.EventSessionEnd}, nil)
	s.wakeRun()
}

func (s *Provider) wakeRun() {
	select {
	case s.wake <- struct{}{}:
	default: // Run has already been notified
	}
}

// sendLogoutToken sends a logout token to the client (§2.5). A client that was
// deleted, is disabled or has no backchannel_logout_uri gets none.
func (s *Provider) sendLogoutToken(ctx context.Context, n oauth.LogoutNotice) error {
	client, err := s.clients.Client(ctx, n.ClientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil
	}
	if err != nil || client.BackchannelLogoutURI == "" || client.Disabled {
		return err
	}
	if s.Outbound == nil {
		return errors.New("Outbound is missing")
	}
	now := s.now()
	token, err := s.signFor(ctx, client, client.IDTokenAlgorithm(), typLogout, now, map[string]any{
		"iss": s.Issuer, "aud": client.ID, "iat": now.Unix(), "exp": now.Add(logoutTokenTTL).Unix(), "jti": oauth.NewID(now).String(),
		"sub": s.subject(client, n.Subject), "sid": s.sid(client.ID, n.SessionID),
		"events": map[string]any{logoutEvent: struct{}{}},
	})
	if err != nil {
		return err
	}
	return s.Outbound.Post(ctx, client.BackchannelLogoutURI, url.Values{"logout_token": {token}})
}
