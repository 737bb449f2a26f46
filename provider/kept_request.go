package provider

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ticketKept is the kind of an authorization request that waits while the person
// does something outside of this browser, such as opening an email. Its body is the
// handle, which only that browser can open.
const ticketKept oauth.TicketKind = "kept"

// keptProof folds everything that must be presented to continue the request: by, which
// only that browser and the email contain, and the client.
func keptProof(by, clientID string) oauth.Hash { return oauth.Fold(ticketKept, by, clientID) }

// KeepRequest stores the handle of a request for ttl, and returns the id under which
// TakeRequest finds it. by is a random text, which TakeRequest requires too.
func (s *Provider) KeepRequest(ctx context.Context, handle, by, clientID string, ttl time.Duration) (id string, err error) {
	now := s.now()
	// The ticket belongs to no client, because a client with a document may have no
	// row yet. Open checks the client.
	t := oauth.Ticket{Kind: ticketKept, ID: oauth.NewID(now), Proof: keptProof(by, clientID), Body: handle, IssuedAt: now, ExpiresAt: now.Add(ttl)}
	return t.ID.String(), s.Store.Put(ctx, t)
}

// TakeRequest returns a handle that was kept, once. It is "" if it does not exist, was
// kept for something else, was taken before or has expired.
func (s *Provider) TakeRequest(ctx context.Context, id, by, clientID string) (handle string, err error) {
	parsed, err := oauth.ParseID(id)
	if err != nil {
		return "", nil
	}
	result, err := s.Store.Spend(ctx, oauth.SpendRequest{Kind: ticketKept, ID: parsed, Proofs: []oauth.Hash{keptProof(by, clientID)}, Now: s.now()})
	if errors.Is(err, oauth.ErrNotFound) || (err == nil && !result.Won) {
		return "", nil
	}
	return result.Ticket.Body, err
}
