package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// noteFailure stores that the Store failed with err, and that a request was not
// answered because of it. A server that is only busy does not count: any caller
// can make it busy.
func (s *Provider) noteFailure(ctx context.Context, p oauth.Params, now time.Time, err error) {
	if !errors.Is(err, oauth.ErrUnavailable) || errors.Is(err, errUndecided) || errors.Is(err, errBusy) || ctx.Err() != nil {
		return
	}
	s.unanswered.failedAt.Store(s.now().UnixMilli()) // a request can fail long after it began
	s.noteUnanswered(ctx, p, now, err)
}

// noteUnanswered stores that a request was not answered because of err, if the
// client is still waiting.
func (s *Provider) noteUnanswered(ctx context.Context, p oauth.Params, now time.Time, err error) {
	if !errors.Is(err, oauth.ErrUnavailable) || ctx.Err() != nil {
		return
	}
	if token, ok := s.refreshTokens.parse(p.Get("refresh_token")); ok {
		s.unanswered.add(token, now)
	}
}

// extendReplayWindows extends the window of every family with an unanswered
// refresh, for as long as the next refresh token is valid. It stops when the
// Store fails; Run tries again.
func (s *Provider) extendReplayWindows(ctx context.Context) {
	for presented, one := range s.unanswered.all() {
		err := s.Store.SetReplayWindow(ctx, oauth.ReplayWindow{FamilyID: one.family, Presented: presented, Since: one.began})
		if err != nil {
			if errors.Is(err, oauth.ErrUnavailable) && ctx.Err() == nil {
				s.unanswered.failedAt.Store(s.now().UnixMilli())
			}
			return
		}
		s.unanswered.extended(presented, one)
	}
}

// endReplayWindow reduces an extended window to its usual length, because the
// client is about to get its answer.
func (s *Provider) endReplayWindow(ctx context.Context, presented oauth.Hash, family oauth.Family, now time.Time) error {
	end := now.Add(s.ReplayWindow)
	if !now.After(family.ReplayUntil) && !family.ReplayUntil.After(end) {
		return nil
	}
	since := now
	if began, known := s.unanswered.began(presented); known && began.Before(now) {
		since = began
	}
	return s.Store.SetReplayWindow(ctx, oauth.ReplayWindow{FamilyID: family.ID, Presented: presented, Since: since, Until: end})
}
