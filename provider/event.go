package provider

import (
	"cmp"
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// OutcomeEvent returns an event with the outcome of err, which is OutcomeOK if err
// is nil.
func OutcomeEvent(ctx context.Context, name, kind string, err error) oauth.Event {
	e := oauth.Event{Name: name, Kind: kind, Outcome: oauth.OutcomeOK}
	if err != nil {
		e.Outcome, e.Reason = outcome(err)
		if errorID, ok := ctx.Value(ErrorIDKey{}).(func() string); ok {
			e.ErrorID = errorID()
		}
	}
	return e
}

// reportOutcome reports an event with the outcome of err. event has the other fields.
func (s *Provider) reportOutcome(ctx context.Context, event oauth.Event, err error) {
	if s.OnEvent == nil {
		return
	}
	e := OutcomeEvent(ctx, event.Name, event.Kind, err)
	event.Outcome, event.Reason, event.ErrorID = cmp.Or(event.Outcome, e.Outcome), e.Reason, e.ErrorID
	s.report(ctx, event)
}

func outcome(err error) (code, reason string) {
	var visible *oauth.Error
	switch {
	case errors.As(err, &visible):
		return visible.Code, visible.Reason
	case errors.Is(err, ErrRequestLost):
		return oauth.OutcomeExpired, ""
	case errors.Is(err, oauth.ErrConflict):
		return oauth.OutcomeConflict, ""
	case errors.Is(err, oauth.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return oauth.CodeTemporarilyUnavailable, ""
	}
	return oauth.CodeServerError, ""
}

// report calls OnEvent.
func (s *Provider) report(ctx context.Context, e oauth.Event) {
	if s.OnEvent != nil {
		e.At = s.now()
		if oauth.EventOfRequest(e.Name) {
			e.Address = addressOf(ctx)
		}
		s.OnEvent(ctx, e)
	}
}

// grantKind returns the grant type for an event.
func (s *Provider) grantKind(p oauth.Params) string {
	if grant := s.grant(p.Get("grant_type")); grant != nil {
		return grant.Type()
	}
	return oauth.KindOther
}
