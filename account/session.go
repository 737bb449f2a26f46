package account

import (
	"crypto/sha256"
	"time"
)

// Session is a browser in which a person is logged in.
type Session struct {
	// ID identifies the session. It is not secret.
	ID string
	// SecretHash is the SHA-256 hash of the secret part of the cookie. The secret
	// itself is not stored.
	SecretHash [sha256.Size]byte
	UserID     string // the ID of the User
	// AuthTime is when the person last logged in: with their password, with a passkey that
	// verified them, or with both the password and a factor.
	AuthTime time.Time
	// ConfirmedAt is when the person last confirmed who they are by a factor alone, in this
	// session. Unlike AuthTime, it is not the time of a login. It may be zero.
	ConfirmedAt time.Time
	// Methods lists how the person logged in and confirmed who they are: values of amr (RFC 8176).
	Methods   []string
	CreatedAt time.Time // the time of the login
	// SeenAt is when the session was last used, with a precision of five minutes.
	SeenAt time.Time
	// IdleExpiresAt is when the session expires unless it is used again, and
	// ExpiresAt when it expires even if it is used.
	IdleExpiresAt, ExpiresAt time.Time
	// Address and UserAgent describe the browser at the time of the login.
	Address   string
	UserAgent string // see Address
}

// Browser describes a browser in which a person logs in: by its network address as text,
// such as "203.0.113.7", and the User-Agent header of the request. Both may be empty.
// StartSession stores them, and shortens the User-Agent.
type Browser struct{ Address, UserAgent string }
