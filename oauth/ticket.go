package oauth

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// TicketKind distinguishes the uses of a ticket, such as "code" for an authorization
// code. A Store does not know the kinds: it only compares them.
type TicketKind string

// LongestTicket is the longest time between the time in a ticket's ID and its
// ExpiresAt, clock differences included. A Store need not look further back
// for unspent tickets. It does not apply to tickets that are never spent and belong to no
// person: the time in their IDs can be days earlier.
const LongestTicket = 3 * time.Hour

// KeepTicket is the minimum time for which a Store keeps a ticket after its ExpiresAt,
// so that a replay is recognized.
const KeepTicket = 24 * time.Hour

// Ticket is something that can be used once, such as an authorization code
// (RFC 6749 §4.1.2). Proof is a hash of everything that must be presented to use it
// (see Fold).
type Ticket struct {
	Kind TicketKind // the use of the ticket, such as "code"
	// ID is the primary key and begins with a time. The family that is issued
	// for the ticket has the same ID.
	ID ID
	// Proof is the Hash that Fold returns for the values that must be presented.
	Proof Hash
	// ClientID is empty if the ticket belongs to no client.
	ClientID string
	// Permission is copied to the family by the Store.
	Permission
	// State is changed only by Change. A SpendRequest names the state that it requires.
	State string
	// Body is JSON that the Store does not read.
	Body      string
	IssuedAt  time.Time // when the ticket was written; a Change that replaces Permission updates it
	ExpiresAt time.Time // when the ticket can no longer be used
	// SpentAt is when the ticket was used, or zero.
	SpentAt time.Time
}

// Permission holds what a person allowed a client to do, and how the person had logged
// in. Every ticket and family that is issued for it has a copy.
type Permission struct {
	// Subject is the person, or empty if the client acts for itself, or before a person
	// has decided.
	Subject string
	// SessionID is the login session in which the person decided, or empty.
	SessionID string
	// Scope has the scopes that the person allowed. AuthTime is when the person logged
	// in, or zero if that is not known.
	Scope    Scopes
	AuthTime time.Time // when the person logged in, or zero if that is not known
	Details  Details   // what else the person allowed, and how they had logged in
}

// Ended reports whether the permission was given for a limited time that has passed.
func (p *Permission) Ended(now time.Time) bool {
	return !p.Details.Until.IsZero() && !p.Details.Until.After(now)
}

// Fold returns the Proof of a ticket: HashOf its kind and its conditions. It is the
// only way to create a Proof, and each kind has exactly one function that lists its
// conditions and calls Fold.
func Fold(kind TicketKind, conditions ...string) Hash { return HashOf(string(kind), conditions...) }

// HashOf returns SHA-256 over a purpose and parts, each preceded by its length in four
// bytes, so that no other purpose or list of parts has the same hash.
func HashOf(purpose string, parts ...string) Hash {
	b := make([]byte, 0, 512) // enough for most parts, and not on the heap
	for i := -1; i < len(parts); i++ {
		part := purpose
		if i >= 0 {
			part = parts[i]
		}
		b = binary.BigEndian.AppendUint32(b, uint32(len(part))) //nolint:gosec // requests are bounded
		b = append(b, part...)
	}
	return sha256.Sum256(b)
}
