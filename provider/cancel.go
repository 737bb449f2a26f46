package provider

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A CancelledRequest is the result of CancelRequest.
type CancelledRequest struct {
	Before oauth.Ticket // the request as it was before
	// Cancelled reports whether it was cancelled. Otherwise it had been used or refused before, or had expired.
	Cancelled bool
	// Flow has the cancellation as a step of its flow (oauth.Flow), if Cancelled.
	Flow oauth.Flow
}

// CancelRequest cancels a pushed request, a device code or an authorization code, whose kind is a key of
// ListedTickets, even if its client or its person is disabled. A device gets access_denied. For the person who opens or
// answers a pushed request, the error is ErrCancelled. A code can be neither used nor replaced, and an access token that
// was issued with it is revoked. CancelRequest first calls may with the person, or "" if nobody has decided yet, and
// changes nothing if it returns an error. ErrNotFound: the request does not exist. ErrConflict: it was changed
// concurrently several times.
func (s *Provider) CancelRequest(ctx context.Context, kind string, id oauth.ID, may func(subject string) error) (c CancelledRequest, err error) {
	of, known := ListedTickets()[kind]
	if !known {
		return c, oauth.ErrNotFound
	}
	if c.Before, _, err = s.Store.Ticket(ctx, of, id); err != nil {
		return c, err
	}
	for range maxCancels {
		if err := may(c.Before.Subject); err != nil {
			return c, err
		}
		now := s.now()
		if !unfinished(c.Before, now) {
			return c, nil
		}
		got, err := s.cancel(ctx, c.Before, now)
		if err != nil {
			return c, err
		}
		if got.Won {
			c.Cancelled, c.Flow = true, s.flowOf(c.Before)
			c.Flow.DeniedAt = now
			return c, nil
		}
		c.Before = got.Ticket // for example, the person has just approved a device
	}
	return c, oauth.ErrConflict
}

// flowOf returns the flow to which a ticket belongs, without steps. That of a pushed request that cannot be read has no
// ID.
func (s *Provider) flowOf(t oauth.Ticket) oauth.Flow {
	f := oauth.Flow{ID: t.ID, ClientID: t.ClientID, Device: t.Kind == ticketDevice}
	if t.Kind == ticketPush {
		f.ID = oauth.ID{}
		if r, _, err := s.openPushed(t); err == nil {
			f.ID = r.ID
		}
	}
	return f
}

// maxCancels is how many times CancelRequest tries to cancel a request that is changed concurrently.
const maxCancels = 5

// cancel changes the state of an unfinished request. A code is then used up, because an unused one is replaced if the
// person decides again.
func (s *Provider) cancel(ctx context.Context, t oauth.Ticket, now time.Time) (oauth.SpendResult, error) {
	c := oauth.Cancellation{Kind: t.Kind, ID: t.ID, From: t.State, To: cancelledState(t.Kind), Proof: t.Proof, Now: now}
	got, err := s.Store.Cancel(ctx, c)
	if err != nil || !got.Won || t.Kind != ticketCode {
		return got, err
	}
	if front := frontFamilies(got.Ticket); len(front) > 0 {
		if _, _, err := s.Store.Revoke(ctx, oauth.Revocation{ClientID: t.ClientID, Families: front, At: now}); err != nil {
			return got, err
		}
	}
	c.From, c.Spent = c.To, true
	return s.Store.Cancel(ctx, c)
}

// cancelledState returns the state of a request that was cancelled.
func cancelledState(kind oauth.TicketKind) string {
	switch kind {
	case ticketPush:
		return pushCancelled
	case ticketCode:
		return codeDenied
	}
	return deviceDenied
}

// unfinished reports whether a ticket that the back office lists can be cancelled.
func unfinished(t oauth.Ticket, now time.Time) bool {
	return !TicketFinished(t) && t.ExpiresAt.After(now)
}
