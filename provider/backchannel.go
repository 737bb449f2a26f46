package provider

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Delivering logout tokens (OpenID Connect Back-Channel Logout §2.5).
const (
	logoutTokenTTL = 2 * time.Minute // §2.4
	logoutGiveUp   = 24 * time.Hour
	logoutWait     = 30 * time.Second // after the first attempt
	logoutBatch    = 16
	logoutEvery    = 5 * time.Second
)

// logoutEvent is the member of events that makes a JWT a logout token (§2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// EndSessions ends login sessions by their ids: what is bound to them is
// revoked, and the clients that want to know are told by Run. Once begun it is
// done, also if the context ends.
func (s *Provider) EndSessions(ctx context.Context, ids ...string) error {
	return s.endAndTell(ctx, oauth.SessionsEnd{IDs: ids})
}

// EndSessionsOf ends all login sessions of a person.
func (s *Provider) EndSessionsOf(ctx context.Context, subject string) error {
	return s.endAndTell(ctx, oauth.SessionsEnd{Subject: subject})
}

func (s *Provider) endAndTell(ctx context.Context, e oauth.SessionsEnd) error {
	ctx = context.WithoutCancel(ctx)
	err := s.endSessions(ctx, e)
	s.tell(ctx, Ending(oauth.EventSessionEnd, "", err))
	return err
}

func (s *Provider) endSessions(ctx context.Context, e oauth.SessionsEnd) error {
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
		default: // it is awake
		}
	}
	return nil
}

// DeliverLogouts tries to deliver the notices that are due, and tells how many
// those were. One that fails is put off, longer each time, for a day.
func (s *Provider) DeliverLogouts(ctx context.Context) (int, error) {
	now := s.now()
	// Whoever dies with a notice in hand leaves it for the next attempt.
	notices, err := s.Store.TakeLogoutNotices(ctx, now, logoutWait, logoutBatch)
	if err != nil {
		return 0, err
	}
	// All at once: a client that is slow holds up no other, and none is still
	// in hand when the next attempt takes it.
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

// deliverOne delivers a notice or lets it wait; the error is ours.
func (s *Provider) deliverOne(ctx context.Context, notice oauth.LogoutNotice, now time.Time) error {
	err := s.deliverLogout(ctx, notice)
	told := oauth.Event{Name: oauth.EventLogoutNotice, Outcome: oauth.OutcomeOK}
	defer func() { s.tell(ctx, told) }()
	switch {
	case err == nil:
		return s.Store.DropLogoutNotice(ctx, notice.ID)
	case now.Sub(notice.CreatedAt) > logoutGiveUp:
		told.Outcome = oauth.OutcomeFailed
		s.Logger.ErrorContext(ctx, "an application was not told of a log-out, and no longer will be", "client_id", notice.ClientID, "error", err.Error())
		return s.Store.DropLogoutNotice(ctx, notice.ID)
	}
	told.Outcome = oauth.OutcomeRetry
	s.Logger.WarnContext(ctx, "an application could not be told of a log-out yet", "client_id", notice.ClientID, "attempts", notice.Attempts, "error", err.Error())
	return nil
}

// deliverLogout sends a logout token. A client that is gone, or wants to know
// no longer, has been told.
func (s *Provider) deliverLogout(ctx context.Context, n oauth.LogoutNotice) error {
	client, err := s.clients.Client(ctx, n.ClientID)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil
	}
	if err != nil || client.BackchannelLogoutURI == "" {
		return err
	}
	if s.Outbound == nil {
		return errors.New("there is no Outbound")
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
