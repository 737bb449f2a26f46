package provider

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The delivery of logout notices. An attempt at one client lasts at most as long
// as an outbound request; until the notice is due again, nobody repeats it.
const (
	logoutGiveUp = 24 * time.Hour   // after the end of the session
	logoutWait   = 30 * time.Second // between the first two attempts; it gets longer
	logoutRest   = 30 * time.Second // for a client after a failed attempt
	logoutBatch  = 16               // notices that are taken at a time
	logoutPosts  = 4                // concurrent attempts at one client
	logoutEvery  = 5 * time.Second
)

// DeliverLogouts tries to deliver the logout notices that are due, and returns
// their number when all attempts have ended. A notice that is not delivered is
// retried for a day, at growing intervals.
func (s *Provider) DeliverLogouts(ctx context.Context) (int, error) {
	n, err := s.startDeliveries(ctx)
	s.deliveries.Running.Wait()
	return n, err
}

// startDeliveries starts to deliver the notices that are due, and returns their
// number.
func (s *Provider) startDeliveries(ctx context.Context) (started int, err error) {
	for ctx.Err() == nil {
		excluded, full := s.deliveries.Excluded(s.now())
		if full {
			return started, nil
		}
		// A notice whose process dies before it is delivered is due again later.
		notices, err := s.Store.TakeLogoutNotices(ctx, s.now(), logoutWait, logoutBatch, excluded...)
		if err != nil || len(notices) == 0 {
			return started, err
		}
		started += len(notices)
		byClient := make(map[string][]oauth.LogoutNotice)
		for _, n := range notices {
			byClient[n.ClientID] = append(byClient[n.ClientID], n)
		}
		for client, notices := range byClient {
			s.deliveries.Begin(client)
			s.deliveries.Running.Go(func() {
				defer crash.Log(s.Logger)
				s.deliverTo(ctx, client, notices)
			})
		}
	}
	return started, nil
}

// deliverTo delivers notices to one client, a few at the same time. After the
// first that fails, the others are left for the next attempt.
func (s *Provider) deliverTo(ctx context.Context, client string, notices []oauth.LogoutNotice) {
	var restUntil time.Time
	defer func() { s.deliveries.End(client, restUntil) }()
	for some := range slices.Chunk(notices, logoutPosts) {
		delivered := make([]bool, len(some))
		var all sync.WaitGroup
		for i, n := range some {
			all.Go(func() {
				defer crash.Log(s.Logger)
				delivered[i] = s.deliverOne(ctx, n)
			})
		}
		all.Wait()
		if slices.Contains(delivered, false) {
			restUntil = s.now().Add(logoutRest)
			return
		}
	}
}

// deliverOne delivers a notice and drops it, or leaves it for the next attempt.
func (s *Provider) deliverOne(ctx context.Context, n oauth.LogoutNotice) (delivered bool) {
	sent, err := s.sendLogoutToken(ctx, n)
	event := oauth.Event{Name: oauth.EventLogoutNotice, Outcome: oauth.OutcomeOK, ClientID: n.ClientID, Subject: n.Subject}
	defer func() {
		if sent || err != nil {
			s.report(ctx, event)
		}
	}()
	switch {
	case err == nil:
	case s.now().Sub(n.EndedAt) > logoutGiveUp:
		event.Outcome = oauth.OutcomeFailed
		s.Logger.ErrorContext(ctx, "an application could not be notified of a logout within a day; the notice is dropped", "client_id", n.ClientID, "error", err.Error())
	default:
		event.Outcome = oauth.OutcomeRetry
		s.Logger.WarnContext(ctx, "an application could not be notified of a logout; this will be retried", "client_id", n.ClientID, "attempts", n.Attempts, "error", err.Error())
		return false
	}
	if dropErr := s.Store.DropLogoutNotice(ctx, n.SessionClient); dropErr != nil {
		s.logDelivery(ctx, dropErr)
	}
	return err == nil
}

// logDelivery logs a failure of the Store. One that is unavailable logs that
// itself.
func (s *Provider) logDelivery(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil && !errors.Is(err, oauth.ErrUnavailable) {
		s.Logger.WarnContext(ctx, "logout notices could not be delivered; they will be retried", "error", err.Error())
	}
}
