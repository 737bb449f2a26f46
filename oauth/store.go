package oauth

import (
	"context"
	"time"
)

// Reader is the half of a Store that only looks up; it is all that a Grant
// gets. What is not there is ErrNotFound.
type Reader interface {
	// Client finds a client by its client_id.
	Client(ctx context.Context, id string) (*Client, error)
	// Consent finds what the person has allowed the client before.
	Consent(ctx context.Context, subject, clientID string) (Consent, error)
	// AccessToken finds an opaque access token, with the OpenID of its family,
	// and its standing in one round trip. The caller compares the hash.
	AccessToken(ctx context.Context, id ID) (AccessToken, Standing, error)
	// Family finds a refresh token family and its standing in one round trip.
	Family(ctx context.Context, id ID) (Family, Standing, error)
	// JWTStanding tells, in one round trip, how those stand whom a JWT access
	// token depends on. The family may be zero, the subject empty; a family's
	// own subject counts before the one given. It is never ErrNotFound: what
	// is gone is said in the Standing.
	JWTStanding(ctx context.Context, jti ID, family ID, clientID, subject string) (Standing, error)
}

// Store is what a backend promises to the protocol. Its methods are the verbs
// of the protocol, each all or nothing, each one round trip: a caller never
// reads in order to write. storetest.Run holds a backend to it.
//
// What a method has acknowledged survives the death of the process. Times are
// kept to the millisecond. Errors that may pass are ErrUnavailable.
type Store interface {
	Reader

	// Version is a number that changes whenever a client or a signing key
	// has changed: at once for a change made through this Store, within a
	// second for one made by another process. It costs no round trip.
	Version() uint64

	// Approve writes what a person's decision earned. If the code exists
	// already and is unused, nothing is written and that is no error: two
	// clicks make one code. If it is used, ErrConflict.
	Approve(ctx context.Context, a Approval) error

	// Redeem spends a code and writes what it earns.
	Redeem(ctx context.Context, r Redemption) (Redeemed, error)

	// Rotate spends a refresh token and writes what it earns.
	Rotate(ctx context.Context, r Rotation) (Rotated, error)

	// Issue writes an access token that spends nothing.
	Issue(ctx context.Context, token AccessToken) error

	// Revoke ends tokens; unknown ones, and those of another client, are left
	// alone without an error (RFC 7009 §2.2).
	Revoke(ctx context.Context, r Revocation) error

	// SetSubject blocks or unblocks a person, and with a revokedBefore later
	// than the one kept ends all that was issued to them until then.
	SetSubject(ctx context.Context, subject string, blocked bool, revokedBefore time.Time) error

	// WithdrawConsent forgets the consent, revokes all families of the person
	// with the client, and deletes the codes that are not used yet; where there
	// was neither a consent nor a living family, it may leave those.
	WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error

	// SessionClients lists the clients that were granted something with the
	// scope openid in these login sessions, or in any of the subject's if that
	// is set; each once.
	SessionClients(ctx context.Context, sessionIDs []string, subject string) ([]SessionClient, error)
	// EndSessions ends login sessions: it revokes the families that are bound
	// to them (their scope has openid and not offline_access: the person
	// allowed those for as long as they are logged in, OpenID Connect Core
	// §11), queues the notices, and where the Store keeps the sessions too, it
	// deletes them. Unknown ones are no error.
	EndSessions(ctx context.Context, e SessionsEnd) error
	// TakeLogoutNotices gives up to n notices whose NextAt has come, and puts
	// them off in the same statement, so that of many processes one delivers
	// each: for wait the first time, twice as long each time after, at most 64
	// times as long. Attempts counts this one.
	TakeLogoutNotices(ctx context.Context, now time.Time, wait time.Duration, n int) ([]LogoutNotice, error)
	// DropLogoutNotice forgets a notice; an unknown one is no error.
	DropLogoutNotice(ctx context.Context, id ID) error

	// SigningKeys lists all keys, oldest first.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// AddSigningKey adds the key if replaces is the newest of its algorithm
	// (by CreatedAt; "" means if there is none), in one statement, so that of
	// many processes one wins; it reports whether it was added. The replaced
	// key gets RetiredAt key.ActiveAt, unless it retires earlier, and
	// ExpiresAt expires. ErrConflict: the ID is taken.
	AddSigningKey(ctx context.Context, key SigningKey, replaces string, expires time.Time) (bool, error)
	// RetireSigningKey brings RetiredAt and ExpiresAt of a key forward to
	// these, never back. ErrNotFound: there is no such key.
	RetireSigningKey(ctx context.Context, id string, retired, expires time.Time) error
	// EraseSigningKeys empties the Private of the keys that have expired then.
	EraseSigningKeys(ctx context.Context, now time.Time) error

	// Ping reports whether the Store can answer.
	Ping(ctx context.Context) error
	// Outage tells for how long this process could not reach what keeps the
	// rows, or could not write there, in the outages that it noticed since then,
	// each by the first call that failed (one that was noticed a moment before
	// counts from then on); and whether one lasts. A caller who gave up, a lock,
	// or too much to do is none: nobody from outside can make one. It costs no
	// round trip.
	Outage(since time.Time) (lasted time.Duration, lasts bool)
}

// Approval is what a person's decision earned.
type Approval struct {
	// Code is an authorization code, unless its ID is zero.
	Code Code
	// Consent is remembered, its scope added to what is; nil remembers nothing.
	Consent *Consent
	// Family and Access are an access token that goes through the browser, and
	// what ends it; Access may be nil where it is a JWT, Family is nil where
	// there is none.
	Family *Family
	Access *AccessToken
}

// Redemption asks to spend a code. It is spent if and only if every condition
// holds: same hash, client and challenge; same redirect URI (an empty one is
// good if the request omitted it too); unused; not expired at Now; and the
// client and the subject stand (Standing.Ends of the code's IssuedAt).
type Redemption struct {
	ID       ID
	Hash     Hash
	ClientID string
	// RedirectURI is that of the token request, or empty.
	RedirectURI string
	// Challenge is the S256 of the code_verifier, or empty if there is none.
	Challenge string
	Now       time.Time
	// InSession asks for one condition more: the code's SessionID is that of a
	// login session which this Store keeps, or empty. What is bound to a
	// session must not begin when that has ended.
	InSession bool

	// Family is written with it: its ID, ClientID, Subject, SessionID, Scope,
	// AuthTime, OpenID and AccessScope are those of the code, whatever is set
	// here.
	Family Family
	// Access is written too unless nil; its ClientID, Subject, FamilyID and
	// Scope are those of the code, whatever is set here.
	Access *AccessToken
}

// Redeemed answers a Redemption. Won tells whether the code was spent by this
// call; if not, nothing was written, and Code and Standing say why. A code
// that is not there is ErrNotFound.
type Redeemed struct {
	Won      bool
	Code     Code
	Standing Standing
}

// Rotation asks to spend a refresh token. It is spent if and only if every
// condition holds: same client, Presented is the family's Hash, neither
// expiry has come at Now, not revoked, and client and subject stand
// (Standing.Ends of the family's IssuedAt).
type Rotation struct {
	FamilyID  ID
	ClientID  string
	Presented Hash
	// Next replaces Presented, which becomes Previous.
	Next          Hash
	Now           time.Time
	IdleExpiresAt time.Time
	// Scope of the access token; empty means the family's whole scope.
	Scope Scopes
	// Access is written too unless nil; its ClientID, Subject, FamilyID and
	// Scope follow from the family, whatever is set here.
	Access *AccessToken
}

// Rotated answers a Rotation: the family as it is afterwards if Won, else as
// it was found. A family that is not there is ErrNotFound.
type Rotated struct {
	Won      bool
	Family   Family
	Standing Standing
}

// Revocation says what to end. The caller has checked possession for FamilyID
// and JWT; Access is checked by the Store against its hash.
type Revocation struct {
	// ClientID owns what is revoked; anything of another client stays.
	ClientID string
	At       time.Time
	// FamilyID ends a family with all its tokens, if set.
	FamilyID ID
	// Access ends an opaque access token (only ID and Hash are looked at)
	// and the family that it belongs to, if set.
	Access *AccessToken
	// JWT ends one JWT access token by its jti, if set. The Store forgets it
	// after JWTExpiresAt.
	JWT          ID
	JWTExpiresAt time.Time
}

// SessionClient is a client that knows of a login session.
type SessionClient struct{ SessionID, ClientID, Subject string }

// SessionsEnd says which login sessions end.
type SessionsEnd struct {
	IDs []string
	// Subject ends all sessions of the person too, if set.
	Subject string
	At      time.Time
	Notices []LogoutNotice
}

// LogoutNotice tells a client that a login session has ended (OpenID Connect
// Back-Channel Logout §2.3). It waits in the Store until it is delivered.
type LogoutNotice struct {
	ID       ID
	ClientID string
	// Subject and SessionID are ours, not the client's pseudonyms.
	Subject, SessionID string
	CreatedAt          time.Time
	// NextAt is when it may be tried next, Attempts how often it was.
	NextAt   time.Time
	Attempts int64
}
