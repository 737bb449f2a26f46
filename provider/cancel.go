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
// ListedTickets. It is refused as if the person had refused it, so a device gets access_denied. A code can be neither
// used nor replaced, and an access token that was issued with it is revoked. CancelRequest first calls may with the
// person, or "" if nobody has decided yet, and changes nothing if it returns an error. It returns the request as it
// was before. ErrNotFound: it does not exist. ErrConflict: it was changed concurrently several times.
func (s *Provider) CancelRequest(ctx context.Context, kind string, id oauth.ID, may func(subject string) error) (before oauth.Ticket, result string, err error) {
	of, known := ListedTickets()[kind]
	if !known {
		return before, "", oauth.ErrNotFound
	}
	if before, _, err = s.Store.Ticket(ctx, of, id); err != nil {
		return before, "", err
	}
	for range maxCancels {
		if err := may(before.Subject); err != nil {
			return before, "", err
		}
		now := s.now()
		if !unfinished(before, now) {
			return before, RequestFinished, nil
		}
		got, err := s.cancel(ctx, before, now)
		switch {
		case err != nil:
			return before, "", err
		case got.Won:
			return before, RequestCancelled, nil
		case got.Ticket.State == before.State && unfinished(got.Ticket, now):
			return before, RequestKept, nil
		}
		before = got.Ticket // for example, the person has just approved a device
	}
	return before, "", oauth.ErrConflict
}

// maxCancels is how many times CancelRequest tries to cancel a request that is changed concurrently.
const maxCancels = 5

// cancel changes the state of an unfinished request. A code is then used up, because an unused one is replaced if the
// person decides again.
func (s *Provider) cancel(ctx context.Context, t oauth.Ticket, now time.Time) (oauth.SpendResult, error) {
	got, err := s.Store.Change(ctx, oauth.ChangeRequest{Kind: t.Kind, ID: t.ID, From: t.State, To: deniedState(t.Kind), Now: now})
	if err != nil || !got.Won || t.Kind != ticketCode {
		return got, err
	}
	if front := frontFamilies(got.Ticket); len(front) > 0 {
		if _, _, err := s.Store.Revoke(ctx, oauth.Revocation{ClientID: t.ClientID, Families: front, At: now}); err != nil {
			return got, err
		}
	}
	return s.Store.Spend(ctx, oauth.SpendRequest{Kind: t.Kind, ID: t.ID, Proofs: []oauth.Hash{got.Ticket.Proof}, State: codeDenied, Now: now})
}

func deniedState(kind oauth.TicketKind) string {
	switch kind {
	case ticketPush:
		return pushDenied
	case ticketCode:
		return codeDenied
	}
	return deviceDenied
}

// unfinished reports whether a ticket that the back office lists was neither used nor refused, and has not expired. A
// code that was refused but not used up can be cancelled again, because an error can have interrupted cancel.
func unfinished(t oauth.Ticket, now time.Time) bool {
	return t.SpentAt.IsZero() && (t.Kind == ticketCode || TicketState(t) != "denied") && t.ExpiresAt.After(now)
}
