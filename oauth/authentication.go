package oauth

import (
	"time"
)

// Authentication tells the protocol who is logged in. The protocol does not
// know how that came about.
type Authentication struct {
	// Subject is the person: the sub of their tokens.
	Subject string
	// SessionID names the login session.
	SessionID string
	// AuthTime is when they last proved who they are.
	AuthTime time.Time
	// ACR and AMR say how (OpenID Connect Core §2, RFC 8176); may be empty.
	ACR string
	AMR []string
}

// Key names the person in this session; it is never empty.
func (a Authentication) Key() string { return a.SessionID + " " + a.Subject }
