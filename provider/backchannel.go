package provider

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The delivery of logout tokens (OpenID Connect Back-Channel Logout §2.5).
const (
	logoutTokenTTL = 2 * time.Minute  // §2.4
	logoutGiveUp   = 24 * time.Hour   // after the first attempt
	logoutWait     = 30 * time.Second // between the first two attempts; it gets longer
	logoutBatch    = 16
	logoutEvery    = 5 * time.Second
)

// logoutEvent is the member of events that makes a JWT a logout token (§2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// EndSessions ends login sessions by their ids. It revokes what was issued in
// them as far as it depends on the session, and has Run notify the clients that
// have a backchannel_logout_uri. Once started it completes, even if the context
// ends.
func (s *Provider) EndSessions(ctx context.Context, ids ...string) error {
	return s.endSessions(ctx, oauth.SessionsEnd{IDs: ids})
}

// EndSessionsOf ends all login sessions of a person.
func (s *Provider) EndSessionsOf(ctx context.Context, subject string) error {
	return s.endSessions(ctx, oauth.SessionsEnd{Subject: subject})
}

func (s *Provider) endSessions(ctx context.Context, e oauth.SessionsEnd) error {
	ctx = context.WithoutCancel(ctx)
	err := s.endAndQueue(ctx, e)
	s.report(ctx, OutcomeEvent(oauth.EventSessionEnd, "", err))
	return err
}

// endAndQueue ends the sessions and stores the logout notices, in one step.
func (s *Provider) endAndQueue(ctx context.Context, e oauth.SessionsEnd) error {
	e.At = s.now()
	known, err := s.Store.SessionClients(ctx, e.IDs, e.Subject)
	if err != nil {
		return err
	}
	for _, k := range known {
		client, err := s.clients.Client(ctx, k.ClientID)
		if errors.Is(err, oauth.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if client.BackchannelLogoutURI != "" && !client.Disabled {
			e.Notices = append(e.Notices, oauth.LogoutNotice{
				ID: oauth.NewID(e.At), ClientID: k.ClientID, Subject: k.Subject, SessionID: k.SessionID, CreatedAt: e.At, NextAt: e.At,
			})
		}
	}
	if err := s.Store.EndSessions(ctx, e); err != nil {
		return err
	}
	if len(e.Notices) > 0 {
		select {
		case s.wake <- struct{}{}:
		default: // Run has been woken already
		}
	}
	return nil
}

// DeliverLogouts tries to deliver the logout notices that are due, and returns
// their number. A failed notice is retried for a day, at growing intervals.
func (s *Provider) DeliverLogouts(ctx context.Context) (int, error) {
	now := s.now()
	// A notice whose process dies before it is delivered is due again later.
	notices, err := s.Store.TakeLogoutNotices(ctx, now, logoutWait, logoutBatch)
	if err != nil {
		return 0, err
	}
	// All at the same time: a slow client does not delay the others, and each
	// attempt ends before the notice is due again.
	failures := make([]error, len(notices))
	var all sync.WaitGroup
	for i, notice := range notices {
		all.Go(func() { failures[i] = s.deliverOne(ctx, notice, now) })
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		return 0, err
	}
	return len(notices), nil
}

// deliverOne delivers a notice, or leaves it for the next attempt. The error is
// that of the Store.
func (s *Provider) deliverOne(ctx context.Context, notice oauth.LogoutNotice, now time.Time) error {
	err := s.deliverLogout(ctx, notice)
	event := oauth.Event{Name: oauth.EventLogoutNotice, Outcome: oauth.OutcomeOK}
	defer func() { s.report(ctx, event) }()
	switch {
	case err == nil:
		return s.Store.DropLogoutNotice(ctx, notice.ID)
	case now.Sub(notice.CreatedAt) > logoutGiveUp:
		event.Outcome = oauth.OutcomeFailed
		s.Logger.ErrorContext(ctx, "an application could not be notified of a logout within a day; the notice is dropped", "client_id", notice.ClientID, "error", err.Error())
		return s.Store.DropLogoutNotice(ctx, notice.ID)
	}
	event.Outcome = oauth.OutcomeRetry
	s.Logger.WarnContext(ctx, "an application could not be notified of a logout; it will be retried", "client_id", notice.ClientID, "attempts", notice.Attempts, "error", err.Error())
	return nil
}

// deliverLogout sends a logout token to the client. A client that was deleted, or
// that no longer has a backchannel_logout_uri, needs none.
func (s *Provider) deliverLogout(ctx context.Context, n oauth.LogoutNotice) error {
	client, err := s.clients.Client(ctx, n.ClientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil
	}
	if err != nil || client.BackchannelLogoutURI == "" {
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
