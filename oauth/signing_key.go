package oauth

import (
	"time"
)

// KeyState is the state of a signing key.
type KeyState string

// The states of a key.
const (
	KeyPublished KeyState = "published" // clients can fetch it; it does not sign yet
	KeyActive    KeyState = "active"    // it signs
	KeyRetired   KeyState = "retired"   // it no longer signs; its signatures are valid
	KeyExpired   KeyState = "expired"   // it is no longer published
)

// State returns the state of the key at that time.
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

// SigningKey is a stored signing key.
type SigningKey struct {
	// ID is the kid: the RFC 7638 thumbprint of the public key.
	ID  string
	Alg string // the signature algorithm, such as AlgES256
	// Public is the public key as a JWK (RFC 7517). Private is the private key,
	// sealed under the master key, or empty after it was erased.
	Public    []byte
	Private   []byte    // the sealed private key; see Public
	CreatedAt time.Time // when the key was added
	// The key signs from ActiveAt until RetiredAt, and is published until ExpiresAt.
	// Zero means that there is no end.
	ActiveAt  time.Time
	RetiredAt time.Time // when the key stops signing; zero means that no time is set
	ExpiresAt time.Time // when the key is no longer published; zero means that no time is set
}
