package oauth

import (
	"time"
)

// Authentication is a person who is logged in. The protocol does not know how
// the person logged in.
type Authentication struct {
	// Subject identifies the person: the sub of their tokens.
	Subject string
	// SessionID identifies the login session. If it is empty, the session is not known, and
	// nothing ends with it.
	SessionID string
	// AuthTime is when the person last proved their identity, or zero if it is not known.
	AuthTime time.Time
	// ACR and AMR describe how the person logged in (OpenID Connect Core §2, RFC
	// 8176). They may be empty.
	ACR string
	AMR []string // the authentication methods, such as "pwd"; see ACR
}

// Key returns a text that identifies the person in this session, and is never empty.
func (a Authentication) Key() string { return a.SessionID + " " + a.Subject }
