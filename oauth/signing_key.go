package oauth

import (
	"time"
)

// KeyState is where a key stands in its life.
type KeyState string

// The states of a key.
const (
	KeyPublished KeyState = "published" // read by clients, not signing yet
	KeyActive    KeyState = "active"    // signing
	KeyRetired   KeyState = "retired"   // what it signed is still good
	KeyExpired   KeyState = "expired"   // nobody needs it any more
)

// State tells where the key stands at that time.
func (k *SigningKey) State(at time.Time) KeyState {
	switch {
	case !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(at):
		return KeyExpired
	case !k.RetiredAt.IsZero() && !k.RetiredAt.After(at):
		return KeyRetired
	case k.ActiveAt.After(at):
		return KeyPublished
	}
	return KeyActive
}

// SigningKey is a signing key as a Store keeps it.
type SigningKey struct {
	// ID is the kid: the RFC 7638 thumbprint of the public key.
	ID  string
	Alg string
	// Public is the public key as a JWK (RFC 7517); Private is the private
	// one, sealed under the master key, or empty once it is erased.
	Public    []byte
	Private   []byte
	CreatedAt time.Time
	// ActiveAt is from when it may sign; RetiredAt, if set, from when it may
	// not; ExpiresAt, if set, from when it is published no longer.
	ActiveAt  time.Time
	RetiredAt time.Time
	ExpiresAt time.Time
}
