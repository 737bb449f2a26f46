package oauth

import "time"

// Family is everything that descends from one permission: the current refresh
// token and the access tokens. It is one row, updated in place at each refresh
// (RFC 9700 §4.14.2).
type Family struct {
	// ID is the ID of the ticket for which the family was issued, if there was one.
	ID       ID
	ClientID string // the client to which the tokens were issued
	// Permission.Scope is the scope that was granted. A refresh may narrow the
	// scope of an access token, but not this (RFC 6749 §6).
	Permission

	// Hash is the hash of the current refresh token, and Previous that of the one
	// that was exchanged for it. Each is zero if there is no such token.
	Hash     Hash
	Previous Hash // the hash of the previous refresh token, or zero; see Hash
	// Generation counts the rotations.
	Generation int64
	// RotatedAt is when Previous was exchanged, and AccessScope the scope of the
	// access token issued then. If Previous is presented again before
	// ReplayUntil, the same tokens are returned again.
	RotatedAt   time.Time
	AccessScope Scopes // the scope of the access token that was issued at RotatedAt
	// AccessAudience is the audience of that access token; empty means the
	// Resources of Details.
	AccessAudience Audience
	ReplayUntil    time.Time // the end of the replay window; see RotatedAt
	// Address is the network address of the last token request in which the Store stored
	// one, or empty. A server of a release before this field exchanges tokens without
	// changing it.
	Address string

	// IssuedAt is when the family was issued. If everything of its client or person is
	// revoked at this time or later, the family is revoked too.
	IssuedAt time.Time
	// IdleExpiresAt is extended by each refresh. ExpiresAt never changes.
	IdleExpiresAt time.Time
	ExpiresAt     time.Time // when the family expires, even if it is refreshed
	// RevokedAt is zero unless the family was revoked.
	RevokedAt time.Time
}

// BoundToSession reports whether the family is revoked with its login session: the
// person allowed openid, and not offline_access (OpenID Connect Core §11).
func (f *Family) BoundToSession() bool {
	return f.SessionID != "" && f.Scope.Contains(ScopeOpenID) && !f.Scope.Contains(ScopeOfflineAccess)
}

// Valid reports whether the family can be refreshed at that time, as far as a
// Store knows: it has not expired and was not revoked, and its client and person
// are valid. With inSession, the login session of a family that is bound to it
// must exist too, and not have expired.
func (f *Family) Valid(s Standing, now time.Time, inSession bool) bool {
	return f.RevokedAt.IsZero() && f.IdleExpiresAt.After(now) && f.ExpiresAt.After(now) && s.RevokedBecause(f.IssuedAt) == "" &&
		(!inSession || !f.BoundToSession() || s.SessionExpiresAt.After(now))
}

// State returns the state of the family at that time. It is TokenValid if and only if Valid reports true.
func (f *Family) State(s Standing, now time.Time, inSession bool) TokenState {
	ends := f.ExpiresAt
	if f.IdleExpiresAt.Before(ends) {
		ends = f.IdleExpiresAt
	}
	s.FamilyRevoked = s.FamilyRevoked || !f.RevokedAt.IsZero()
	state := s.State(f.IssuedAt, ends, now)
	if state == TokenValid && !f.Valid(s, now, inSession) {
		return TokenRevoked // its session has ended
	}
	return state
}

// AccessToken is a stored opaque access token. A JWT is not stored.
type AccessToken struct {
	// ID and Hash are those of the Token: the key of the row, and the hash of the secret.
	ID       ID
	Hash     Hash   // the hash of the secret of the token
	ClientID string // the client to which the token was issued
	// Subject is the person, or empty if the client acts for itself.
	Subject string
	// FamilyID is zero for client credentials.
	FamilyID  ID
	Scope     Scopes    // the scopes of the token
	IssuedAt  time.Time // when the token was issued
	ExpiresAt time.Time // when the token expires
	// Audience are the resources that the token was narrowed to; empty means the
	// Resources of Details.
	Audience Audience
	// Details and AuthTime are those of the family. A Store returns them and does not
	// write them.
	Details  Details
	AuthTime time.Time // when the person logged in, or zero if that is not known
	// Act is the actor, and FamilyClient the client of the family if it is another one
	// (RFC 8693). Only a JWT has them, so a Store neither returns nor writes them.
	Act          *Actor
	FamilyClient string // the client_id of another client that the family belongs to, or empty
}

// Valid reports whether the access token is valid at that time: it has not expired,
// and neither it nor its family, its client or its person was revoked.
func (t *AccessToken) Valid(s Standing, now time.Time) bool {
	return t.ExpiresAt.After(now) && s.RevokedBecause(t.IssuedAt) == ""
}

// State returns the state of the access token at that time. It is TokenValid if and only if Valid reports
// true.
func (t *AccessToken) State(s Standing, now time.Time) TokenState {
	return s.State(t.IssuedAt, t.ExpiresAt, now)
}

// TokenState is the state of a family or an access token.
type TokenState string

// The states of a family or an access token. One that was revoked, and would have expired since, is
// TokenRevoked.
const (
	TokenValid    TokenState = "valid"
	TokenExpired  TokenState = "expired"
	TokenRevoked  TokenState = "revoked"  // by itself, with its client or its person, or because its session ended
	TokenDisabled TokenState = "disabled" // its client or its person is disabled; it can become valid again
)

// TokenStates returns all states.
func TokenStates() []TokenState {
	return []TokenState{TokenValid, TokenExpired, TokenRevoked, TokenDisabled}
}

// Standing holds what a Store knows about the client and the person that a token
// depends on. A token is valid only while both are valid.
type Standing struct {
	// ClientMissing reports that the client does not exist, and ClientDisabled that it is
	// disabled. Tokens and tickets that were issued at ClientRevokedBefore or earlier were
	// revoked; zero means that none were.
	ClientMissing       bool
	ClientDisabled      bool
	ClientRevokedBefore time.Time
	// SubjectBlocked and SubjectRevokedBefore say the same about the person.
	SubjectBlocked       bool
	SubjectRevokedBefore time.Time
	// FamilyRevoked reports that the family was revoked or does not exist, or
	// was issued before everything of its client or person was revoked. An
	// access token can be younger than that, because a refresh can run at the
	// same time.
	FamilyRevoked bool
	// TokenRevoked reports that this JWT was revoked by its jti.
	TokenRevoked bool
	// SessionExpiresAt is when the login session of a family expires; zero if the
	// Store does not keep it, and for everything that is not a family.
	SessionExpiresAt time.Time
	// Username is the name of the person, if the Store keeps accounts.
	Username string
}

// Disabled returns a clause that says that the person or the client is disabled,
// or "". A disabled person or client can be enabled again, and nothing is
// revoked.
func (s Standing) Disabled() string {
	switch {
	case s.ClientDisabled:
		return "the application is disabled"
	case s.SubjectBlocked:
		return "the account of the person is disabled"
	}
	return ""
}

// State returns the state of something that was issued at one time and expires at another.
func (s Standing) State(issuedAt, expiresAt, now time.Time) TokenState {
	enabled := s
	enabled.ClientDisabled, enabled.SubjectBlocked = false, false
	switch {
	case enabled.RevokedBecause(issuedAt) != "":
		return TokenRevoked
	case !expiresAt.After(now):
		return TokenExpired
	case s.Disabled() != "":
		return TokenDisabled
	}
	return TokenValid
}

// RevokedBecause returns why something issued at that time is no longer valid, as a
// clause for the log, or "" if it is valid.
func (s Standing) RevokedBecause(issuedAt time.Time) string {
	switch {
	case s.ClientMissing:
		return "its application was deleted"
	case s.ClientDisabled:
		return "its application is disabled"
	case !issuedAt.After(s.ClientRevokedBefore):
		return "all tokens of its application were revoked"
	case s.SubjectBlocked:
		return "the account of the person is disabled"
	case !issuedAt.After(s.SubjectRevokedBefore):
		return "all tokens of the person were revoked"
	case s.FamilyRevoked, s.TokenRevoked:
		return "it was revoked"
	}
	return ""
}
