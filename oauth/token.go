package oauth

import (
	"time"
)

// A code is made after the request whose ID it has.
const (
	// LongestCode is how long after its ID was made a code may be good at most,
	// also where clocks differ.
	LongestCode = 3 * time.Hour
)

// Code is an authorization code (RFC 6749 §4.1.2) as a Store keeps it.
type Code struct {
	// ID is the id of the authorization request, so that two clicks on
	// Authorize make one code. What is issued from the code is the family of
	// the same ID.
	ID       ID
	Hash     Hash
	ClientID string
	// Subject is who consented.
	Subject string
	// SessionID is the login session of the person at that moment.
	SessionID string
	// RedirectURI is where the code went. RedirectURIOmitted: the request did
	// not name it, so the exchange need not either (RFC 6749 §4.1.3).
	RedirectURI        string
	RedirectURIOmitted bool
	Scope              Scopes
	// Challenge is the S256 code_challenge, or empty (RFC 7636 §4.3).
	Challenge string
	Nonce     string
	// OpenID is for the ID tokens to come.
	OpenID    OpenID
	AuthTime  time.Time
	IssuedAt  time.Time
	ExpiresAt time.Time
	// UsedAt is zero until the code is redeemed.
	UsedAt time.Time
}

// Family is all that descends from one authorization code: one row, updated
// in place at each refresh (RFC 9700 §4.14.2).
type Family struct {
	ID        ID
	ClientID  string
	Subject   string
	SessionID string
	// Scope is the scope granted; a refresh may narrow an access token but
	// not this (RFC 6749 §6).
	Scope    Scopes
	AuthTime time.Time
	// OpenID is that of the code.
	OpenID OpenID

	// Hash is of the refresh token that is good now, Previous of the one
	// spent for it; zero where there is none.
	Hash     Hash
	Previous Hash
	// Generation counts the rotations.
	Generation int64
	// RotatedAt is when Previous was spent, AccessScope what the access token
	// got then: an idempotent replay repeats both.
	RotatedAt   time.Time
	AccessScope Scopes

	IssuedAt time.Time
	// IdleExpiresAt moves with each refresh, ExpiresAt never.
	IdleExpiresAt time.Time
	ExpiresAt     time.Time
	// RevokedAt is zero while the family lives.
	RevokedAt time.Time
}

// AccessToken is an opaque access token as a Store keeps it. A JWT has no row.
type AccessToken struct {
	ID       ID
	Hash     Hash
	ClientID string
	// Subject is the person, or empty for the client itself.
	Subject string
	// FamilyID is zero for client credentials.
	FamilyID  ID
	Scope     Scopes
	IssuedAt  time.Time
	ExpiresAt time.Time
	// OpenID is that of its family, for userinfo. It is read, never written.
	OpenID OpenID
}

// Standing is what a Store knows of those whom a token depends on. A token
// lives only while all of them stand.
type Standing struct {
	ClientMissing        bool
	ClientDisabled       bool
	ClientRevokedBefore  time.Time
	SubjectBlocked       bool
	SubjectRevokedBefore time.Time
	// FamilyRevoked: the family is revoked or gone, or no younger than what was
	// revoked of its client or subject. Its access tokens may be younger: a
	// refresh can run beside that.
	FamilyRevoked bool
	// TokenRevoked: this very token (a JWT, by its jti) was revoked.
	TokenRevoked bool
	// Username names the subject, where the Store knows accounts.
	Username string
}

// Ends reports why something issued at that time is no longer good, or "".
func (s Standing) Ends(issuedAt time.Time) string {
	switch {
	case s.ClientMissing:
		return "its application was deleted"
	case s.ClientDisabled:
		return "its application is disabled"
	case !issuedAt.After(s.ClientRevokedBefore):
		return "all tokens of its application were revoked"
	case s.SubjectBlocked:
		return "its person is disabled"
	case !issuedAt.After(s.SubjectRevokedBefore):
		return "all tokens of its person were revoked"
	case s.FamilyRevoked, s.TokenRevoked:
		return "it was revoked"
	}
	return ""
}
