package account

import (
	"crypto/sha256"
	"time"
)

// Session is one browser in which a person is logged in.
type Session struct {
	// ID names the session; it is not secret.
	ID string
	// SecretHash is the SHA-256 of the secret half of the cookie, the only form
	// that is kept.
	SecretHash [sha256.Size]byte
	UserID     string
	// AuthTime is when the person last proved who they are.
	AuthTime  time.Time
	CreatedAt time.Time
	// SeenAt is when the session was last used, to within five minutes.
	SeenAt time.Time
	// ExpiresAt is the absolute end.
	ExpiresAt time.Time
	// Address and UserAgent are what the browser came with at log-in.
	Address   string
	UserAgent string
}
