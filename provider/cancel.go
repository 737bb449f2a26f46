package provider

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The results of CancelRequest.
const (
	// RequestCancelled means that the request can no longer be used, and could be before.
	RequestCancelled = "cancelled"
	// RequestFinished means that it was used or refused, or had expired.
	RequestFinished = "finished"
	// RequestKept means that it was not changed, because its client or its person is disabled, or its client is
	// not stored yet. It can be used later.
	RequestKept = "kept"
)

// CancelRequest cancels a pushed request, a device code or an authorization code, whose kind is a key of
// ListedTickets. A pushed request or a device code is refused as if the person had refused it, so a device gets
// access_denied. An authorization code is used up without tokens. CancelRequest first calls may with the person, or ""
// if nobody has decided yet, and changes nothing if it returns an error. It returns the request as it was before.
// ErrNotFound: it does not exist.
func (s *Provider) CancelRequest(ctx context.Context, kind string, id oauth.ID, may func(subject string) error) (before oauth.Ticket, result string, err error) {
	of, known := ListedTickets()[kind]
	if !known {
		return before, "", oauth.ErrNotFound
	}
	if before, _, err = s.Store.Ticket(ctx, of, id); err != nil {
		return before, "", err
	}
	if err := may(before.Subject); err != nil {
		return before, "", err
	}
	now := s.now()
	if !unfinished(before, now) {
		return before, RequestFinished, nil
	}
	var got oauth.SpendResult
	if of == ticketCode {
		got, err = s.Store.Spend(ctx, oauth.SpendRequest{Kind: of, ID: id, Proofs: []oauth.Hash{before.Proof}, State: before.State, Now: now})
	} else {
		got, err = s.Store.Change(ctx, oauth.ChangeRequest{Kind: of, ID: id, From: before.State, To: deniedState(of), Now: now})
	}
	switch {
	case err != nil:
		return before, "", err
	case got.Won:
		return before, RequestCancelled, nil
	case unfinished(got.Ticket, now):
		return before, RequestKept, nil
	}
	return before, RequestFinished, nil
}

func deniedState(kind oauth.TicketKind) string {
	if kind == ticketPush {
		return pushDenied
	}
	return deviceDenied
}

// unfinished reports whether a ticket that the back office lists was neither used nor refused, and has not expired.
func unfinished(t oauth.Ticket, now time.Time) bool {
	state := TicketState(t)
	return state != "used" && state != "denied" && t.ExpiresAt.After(now)
}
