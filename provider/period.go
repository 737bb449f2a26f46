package provider

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Period is how long a person gives permission.
type Period string

// The periods that a person can choose. They begin with the request. A permission with a
// period is not remembered: the person is asked again about the next request.
const (
	PeriodUnlimited Period = "" // until the person withdraws the permission
	PeriodMonth     Period = "30d"
	PeriodDay       Period = "1d"
	PeriodOnce      Period = "once"
)

// Periods returns all periods, longest first.
func Periods() []Period { return []Period{PeriodUnlimited, PeriodMonth, PeriodDay, PeriodOnce} }

// Duration returns the length of the period, or zero if it has no end.
func (p Period) Duration() time.Duration {
	switch p {
	case PeriodMonth:
		return 30 * 24 * time.Hour
	case PeriodDay:
		return 24 * time.Hour
	case PeriodOnce:
		return 3 * time.Hour // more than RequestTTL and CodeTTL together
	}
	return 0
}

// LastPeriod returns the period that the person chose in their last decision about a client.
// It is derived from the end of the permission: a period begins with the request, which is
// answered within RequestTTL.
func LastPeriod(c oauth.Consent) Period {
	if c.EndsAt.IsZero() {
		return PeriodUnlimited
	}
	last := PeriodMonth
	for _, p := range Periods() {
		if p.Duration() >= c.EndsAt.Sub(c.UpdatedAt) {
			last = p // the shortest that is long enough
		}
	}
	return last
}

// Limit limits the permission that Approve will grant to a period. With any other value, the
// permission has no end.
func (r *AuthorizationRequest) Limit(p Period) {
	if d := p.Duration(); d > 0 {
		r.until = r.BeganAt().Add(d).Truncate(time.Second).UTC()
	}
}

// checkPeriod returns an error if the permission of a ticket or a family that was used has
// ended, and then revokes the family. The end is part of the row that the Store returned,
// and never changes.
func (s *Provider) checkPeriod(ctx context.Context, req *tokenRequest, award *award, found oauth.SpendResult) error {
	permission, family := found.Family.Permission, found.Family.ID
	if award.Ticket != nil {
		permission, family = found.Ticket.Permission, found.Ticket.ID
	}
	if !permission.Ended(req.Now) {
		return nil
	}
	_, _, err := s.Store.Revoke(context.WithoutCancel(ctx), oauth.Revocation{ClientID: req.Client.ID, Families: []oauth.ID{family}, At: req.Now})
	if err != nil {
		return err
	}
	return oauth.Errorf(oauth.CodeInvalidGrant, "The person gave permission for a limited time, which has passed. The person has to give permission again.").WithReason("period_ended").
		WithDetail("family %s ended at %s", family, permission.Details.Until.Format(time.RFC3339))
}
