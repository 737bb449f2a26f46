package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ticketAssertion is the kind of an assertion that has been accepted once
// (RFC 7523 §3, claim jti). It has no proof and is never spent: a second one with
// the same ID cannot be written.
const ticketAssertion oauth.TicketKind = "assertion"

const (
	// clockLeeway is the difference between the clocks of this server and of the
	// issuer of a JWT that is accepted.
	clockLeeway = time.Minute
	// maxAssertionTTL is how far ahead the exp of an assertion can be. Its ticket
	// must belong to a partition that the Store has created in advance.
	maxAssertionTTL = 24 * time.Hour
	// maxJWTLength is the length of the longest JWT of another issuer that is parsed, in bytes.
	maxJWTLength = 8 << 10
	// maxJTILength is the length of the longest jti, in bytes.
	maxJTILength = 256
)

// assertionID returns the ID of the ticket of an assertion. The same issuer, jti
// and exp always have the same ID, and its time is the exp. The signature of the
// assertion protects all three.
func assertionID(issuer, jti string, expires time.Time) oauth.ID {
	digest := oauth.HashOf(string(ticketAssertion), issuer, jti)
	return oauth.IDFrom(expires, [10]byte(digest[:10]))
}

// firstUse records the use of an assertion, and reports whether it is the first.
// Of any number of concurrent calls, at all processes, one gets true. The caller
// has verified the signature and all claims, because a call uses the assertion
// up: the jti has 1 to maxJTILength bytes, and expires is at most maxAssertionTTL
// ahead. The issuer distinguishes the jti values of different issuers. The
// clientID is that of the client that presented the assertion.
func (s *Provider) firstUse(ctx context.Context, clientID, issuer, jti string, expires time.Time) (bool, error) {
	now := s.now()
	if jti == "" || len(jti) > maxJTILength || expires.After(now.Add(maxAssertionTTL+clockLeeway)) {
		return false, fmt.Errorf("provider: an assertion of %q has a jti of %d bytes and expires in %s; the caller must check both", beginning(issuer), len(jti), expires.Sub(now))
	}
	err := s.Store.Put(ctx, usedAssertion(clientID, issuer, jti, expires, now))
	if errors.Is(err, oauth.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// assertionMargin is how long the ticket of an assertion is kept after the assertion has
// expired, for servers whose clocks differ.
const assertionMargin = 10 * time.Minute

// usedAssertion returns the ticket of an assertion that is used now. It is never spent,
// so its ExpiresAt only says when a Store can delete it.
func usedAssertion(clientID, issuer, jti string, expires, now time.Time) oauth.Ticket {
	return oauth.Ticket{
		Kind: ticketAssertion, ID: assertionID(issuer, jti, expires), ClientID: clientID,
		IssuedAt: now, ExpiresAt: expires.Add(clockLeeway + assertionMargin - oauth.KeepTicket),
	}
}
