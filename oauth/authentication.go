package oauth

import (
	"time"
)

// Authentication is a person who is logged in. The protocol does not know how
// the person logged in.
type Authentication struct {
	// Subject identifies the person: the sub of their tokens.
	Subject string
	// SessionID identifies the login session.
	SessionID string
	// AuthTime is when the person last proved their identity.
	AuthTime time.Time
	// ACR and AMR describe how the person logged in (OpenID Connect Core §2, RFC
	// 8176). They may be empty.
	ACR string
	AMR []string
}

// Key identifies the person in this session. It is never empty.
func (a Authentication) Key() string { return a.SessionID + " " + a.Subject }
