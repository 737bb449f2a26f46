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

// EndSession is EndSessions for one session of a person. The id is empty if the session has
// none, so that nothing depends on it.
func (s *Provider) EndSession(ctx context.Context, subject, id string) error {
	err := s.endSession(ctx, id)
	s.reportSessionEnd(ctx, subject, id, err)
	return err
}

// EndHostSession is EndSession for a session that logOut deletes. Before it calls logOut, it
// revokes everything that depends on the session: if the Store fails, the person is still logged in
// and can try again. Afterwards, it revokes again, because an application may have joined the
// session in the meantime. It reports one event, even if logOut also reports the end of the session
// with its context.
func (s *Provider) EndHostSession(ctx context.Context, subject, id string, logOut func(context.Context) error) error {
	err := s.endSession(ctx, id)
	if err == nil {
		err = logOut(context.WithValue(ctx, endingKey{}, id))
	}
	if err == nil {
		err = s.endSession(ctx, id)
	}
	s.reportSessionEnd(ctx, subject, id, err)
	return err
}

// endingKey is the key of the id of the session that EndHostSession ends.
type endingKey struct{}

// reportSessionEnd reports the end of a session, unless EndHostSession will report it.
func (s *Provider) reportSessionEnd(ctx context.Context, subject, id string, err error) {
	if ending, is := ctx.Value(endingKey{}).(string); is && ending == id {
		return
	}
	s.reportOutcome(context.WithoutCancel(ctx), oauth.Event{Name: oauth.EventSessionEnd, Subject: subject}, err)
}

// RevokeSubject revokes everything that was issued to a person and ends all of their login
// sessions (oauth.Store.RevokeSubject). Once started it completes, even if the context ends.
func (s *Provider) RevokeSubject(ctx context.Context, subject string) error {
	ctx = context.WithoutCancel(ctx)
	err := s.Store.RevokeSubject(ctx, subject, s.now())
	if err == nil {
		s.wakeRun()
	}
	s.reportOutcome(ctx, oauth.Event{Name: oauth.EventSessionEnd, Subject: subject}, err)
	return err
}

func (s *Provider) endSession(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	return s.storeSessionsEnd(ctx, oauth.SessionsEnd{IDs: []string{id}})
}

func (s *Provider) endSessions(ctx context.Context, e oauth.SessionsEnd) error {
	err := s.storeSessionsEnd(ctx, e)
	if len(e.IDs) == 1 {
		s.reportSessionEnd(ctx, e.Subject, e.IDs[0], err)
	} else {
		s.reportOutcome(ctx, oauth.Event{Name: oauth.EventSessionEnd, Subject: e.Subject}, err)
	}
	return err
}

func (s *Provider) storeSessionsEnd(ctx context.Context, e oauth.SessionsEnd) error {
	e.At = s.now()
	err := s.Store.EndSessions(context.WithoutCancel(ctx), e)
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
func (s *Provider) sendLogoutToken(ctx context.Context, n oauth.LogoutNotice) (sent bool, _ error) {
	client, err := s.clients.Client(ctx, n.ClientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return false, nil
	}
	if err != nil || client.BackchannelLogoutURI == "" || client.Disabled {
		return false, err
	}
	if s.Outbound == nil {
		return false, errors.New("Outbound is missing")
	}
	now := s.now()
	token, err := s.signFor(ctx, client, client.IDTokenAlgorithm(), typLogout, now, map[string]any{
		"iss": s.Issuer, "aud": client.ID, "iat": now.Unix(), "exp": now.Add(logoutTokenTTL).Unix(), "jti": oauth.NewID(now).String(),
		"sub": s.subject(client, n.Subject), "sid": s.sid(client.ID, n.SessionID),
		"events": map[string]any{logoutEvent: struct{}{}},
	})
	if err != nil {
		return false, err
	}
	return true, s.Outbound.Post(ctx, client.BackchannelLogoutURI, url.Values{"logout_token": {token}})
}
