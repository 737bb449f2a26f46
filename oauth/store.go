package oauth

import (
	"context"
	"time"
)

// Reader is the part of a Store that only reads. A row that does not exist is
// ErrNotFound.
type Reader interface {
	// Client returns the client with the given client_id.
	Client(ctx context.Context, id string) (*Client, error)
	// Consent returns what the person has allowed the client before.
	Consent(ctx context.Context, subject, clientID string) (Consent, error)
	// AccessToken returns an opaque access token, with the Details of its
	// family, and its standing, in one round trip. The caller compares the hash.
	AccessToken(ctx context.Context, id ID) (AccessToken, Standing, error)
	// Family returns a refresh token family and its standing in one round trip.
	Family(ctx context.Context, id ID) (Family, Standing, error)
	// Ticket returns a ticket, spent or not, and its standing in one round
	// trip. A ticket of another kind is ErrNotFound.
	Ticket(ctx context.Context, kind TicketKind, id ID) (Ticket, Standing, error)
	// JWTStanding returns, in one round trip, the standing of a JWT access
	// token. The family may be zero and the subject empty; the subject of the
	// family takes precedence over the one given. The result is never
	// ErrNotFound: a row that does not exist is reported in the Standing.
	JWTStanding(ctx context.Context, jti ID, family ID, clientID, subject string) (Standing, error)
}

// Store lists what a backend promises to the protocol. Its methods are the
// operations of the protocol. Each is all or nothing and one round trip: a caller
// never reads a row in order to write it. storetest.Run tests a backend.
//
// Everything that a method has acknowledged survives a crash of the process. Times
// are kept to the millisecond. A failure that may be temporary is ErrUnavailable.
// No call waits longer than StoreWaitLeft returns for its context, whatever it waits for.
// Every time that a method compares or stores is required. If it is zero, and the
// documentation does not say what that means, the method returns ErrNoTime.
type Store interface {
	Reader
	IssuerStore
	DefinitionStore

	// Version is a number that changes whenever a client, a signing key, a definition or a login
	// provider (account.ProviderStore) has changed. It changes at once after a change made through this Store, and within
	// a second after one made by another process. It costs no round trip.
	Version() uint64

	// Put writes new tickets, all or none. If one of the IDs exists, for a
	// ticket of any kind, spent or not, Put returns ErrConflict.
	Put(ctx context.Context, tickets ...Ticket) error

	// ConfirmClient adds a client that was not stored before, because its client_id
	// contains its metadata or is the URL of it. If a client with the client_id
	// exists, ConfirmClient changes nothing. ErrNotFound: its registration
	// (RegistrationID) was revoked, because an earlier client with this client_id
	// was deleted. ErrConflict: the client_id is the id of a person.
	ConfirmClient(ctx context.Context, c *Client) error

	// Discarded reports whether a client was deleted and can still be restored
	// (AdminStore.DiscardClient). Its metadata document does not describe it then.
	Discarded(ctx context.Context, clientID string) (bool, error)

	// UpdateClient and DeleteClient are those of AdminStore, for a client that
	// manages its registration (RFC 7592).
	UpdateClient(ctx context.Context, c *Client) error
	DeleteClient(ctx context.Context, id string) error

	// InitialAccessToken returns an initial access token. The caller compares the
	// hash.
	InitialAccessToken(ctx context.Context, id ID) (InitialAccessToken, error)
	// UseInitialAccessToken counts a use of a token. Of any number of concurrent
	// calls, at most InitialAccessToken.Uses succeed. ErrNotFound: the token does not
	// exist, has expired or is used up.
	UseInitialAccessToken(ctx context.Context, id ID, now time.Time) error

	// Spend spends a ticket and writes what is issued for it. Of any number of
	// concurrent calls at most one wins. If the family to be issued already exists,
	// it returns ErrConflict and does nothing.
	Spend(ctx context.Context, r SpendRequest) (SpendResult, error)

	// Change moves a ticket from one state to another. Of any number of
	// concurrent calls at most one wins.
	Change(ctx context.Context, r ChangeRequest) (SpendResult, error)

	// Cancel moves a ticket that is neither spent nor expired from one state to another, even if its client or its
	// person is disabled, or something was revoked: it only takes something away. Of any number of concurrent calls
	// at most one wins.
	Cancel(ctx context.Context, c Cancellation) (SpendResult, error)

	// Approve writes what the decision of a person grants, all or nothing. It
	// returns the IssuedAt of the ticket Put as it is stored, which is earlier than
	// that of Put if the same decision was approved before.
	//
	// ErrNotFound means that the login session has ended or the consent that the
	// approval relies on has changed: the person may have to log in, or be asked.
	// ErrConflict means that the request was answered before: a spend or a change
	// did not win, Put cannot replace the ticket of its ID, or the family was
	// revoked.
	Approve(ctx context.Context, a Approval) (issuedAt time.Time, err error)

	// Rotate exchanges a refresh token and writes what is issued for it. Of any
	// number of concurrent calls at most one wins.
	Rotate(ctx context.Context, r Rotation) (SpendResult, error)

	// SetReplayWindow changes how long a refresh token that was exchanged
	// returns the same tokens again. If the conditions of the request do not
	// hold, it changes nothing and returns nil.
	SetReplayWindow(ctx context.Context, w ReplayWindow) error

	// Issue writes an access token for which nothing is spent.
	Issue(ctx context.Context, token AccessToken) error

	// Revoke revokes tokens, and reports whether this call revoked any, and for
	// which person. The subject is that of one of the revoked tokens. It is empty if
	// no row with a person was changed. Tokens that do not exist, belong to another
	// client, or were revoked before are ignored without an error (RFC 7009 §2.2).
	Revoke(ctx context.Context, r Revocation) (revoked bool, subject string, err error)

	// SetSubject blocks or unblocks a person. A revokedBefore later than the one
	// kept also revokes everything issued to the person up to that time.
	SetSubject(ctx context.Context, subject string, blocked bool, revokedBefore time.Time) error

	// WithdrawConsent deletes the consent, revokes all families of the person
	// with the client, and deletes the unspent tickets of both. If there was
	// neither a consent nor a valid family, it may leave the tickets. However many
	// families and tickets there are, none of them is valid when it returns; some
	// rows may be changed later.
	WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error

	// SessionClients returns the clients that learned of these login sessions:
	// those that Approve was called for with Approval.Session. It returns them for
	// sessions that have ended too, as long as the Store remembers them.
	SessionClients(ctx context.Context, sessionIDs []string) ([]SessionClient, error)
	// EndSessions ends login sessions, in one transaction. It deletes the sessions
	// if the Store keeps them. It revokes the families that are bound to them: their
	// scope has openid and not offline_access, because the person allowed those for
	// as long as they are logged in (OpenID Connect Core §11). However many families
	// there are, none of them is valid when it returns; some rows may be changed
	// later. It creates a notice for each of their SessionClients. A ticket of an
	// ended session is not spent, and nothing is issued in an ended session, even if
	// this is attempted at the same time. The end of a session that the Store does
	// not keep is remembered for LongestTicket: such a session can be one of the host.
	EndSessions(ctx context.Context, e SessionsEnd) error
	// RevokeSubject revokes everything issued to the person until that time. The same
	// transaction ends all login sessions of the person, as EndSessions does, and so also
	// their personal tokens and remembered browsers (account.User.LoginEpoch). A
	// person who is blocked remains blocked. The Store need not know the person.
	RevokeSubject(ctx context.Context, subject string, at time.Time) error
	// TakeLogoutNotices returns up to n notices whose NextAt has passed, apart from
	// those for the clients in except. In the same statement it sets their NextAt to
	// a later time, so that only one of many processes delivers each. The delay is
	// wait at first, doubles each time, and is at most 64 times as long. Attempts
	// includes this attempt.
	TakeLogoutNotices(ctx context.Context, now time.Time, wait time.Duration, n int, except ...string) ([]LogoutNotice, error)
	// DropLogoutNotice deletes a notice; one that does not exist is ignored. The
	// Store deletes a notice by itself LogoutNoticeTTL after the session ended.
	DropLogoutNotice(ctx context.Context, c SessionClient) error

	// SigningKeys returns all keys, oldest first.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// AddSigningKey adds the key if replaces is the newest key of its algorithm (by
	// CreatedAt; "" means that there must be none), in one statement, so that only
	// one of many processes wins. It reports whether the key was added. RetiredAt of
	// all earlier keys of the algorithm becomes key.ActiveAt, unless it is earlier, and ExpiresAt
	// becomes expires, which can be zero if replaces is "". So at most one key is active.
	// ErrConflict: the ID exists.
	AddSigningKey(ctx context.Context, key SigningKey, replaces string, expires time.Time) (bool, error)
	// RetireSigningKey sets RetiredAt and ExpiresAt of a key to these times, unless
	// they are earlier already. If no key of its algorithm is then active at retired, the key
	// that is published, and has no end, becomes active at that time. ErrNotFound: the key
	// does not exist.
	RetireSigningKey(ctx context.Context, id string, retired, expires time.Time) error
	// EraseSigningKeys empties the Private of the keys that have expired by now.
	EraseSigningKeys(ctx context.Context, now time.Time) error

	// NoteSecretUses records when clients and their secrets were last used. An earlier
	// time than the one stored is ignored, and so is a client that does not exist.
	NoteSecretUses(ctx context.Context, uses []SecretUse) error

	// Ping reports whether the Store can answer.
	Ping(ctx context.Context) error
}

// Rotation is the argument of Store.Rotate. The token is exchanged if and only if
// all of this is true:
//
//   - The client is the same, and Presented is the family's Hash.
//   - The family has not expired at Now by either time and was not revoked.
//   - Its client and person are valid: Standing.RevokedBecause returns "" for the
//     IssuedAt of the family.
//   - With InSession, the login session of a family that is bound to it (see
//     EndSessions) exists and has not expired at Now.
type Rotation struct {
	FamilyID ID     // the family that the refresh token belongs to
	ClientID string // the client that presents the refresh token
	// Presented is the hash of the refresh token that the client sent.
	Presented Hash
	InSession bool // also check that the login session exists
	// Next replaces Presented, which becomes Previous.
	Next Hash
	// Now is the time of the request, and IdleExpiresAt is stored in the family.
	Now           time.Time
	IdleExpiresAt time.Time // when the family expires unless it is refreshed again
	// Until ReplayUntil, a request with Presented gets the same answer again.
	ReplayUntil time.Time
	// Scope is that of the access token; empty means the scope of the family.
	Scope Scopes
	// Audience is that of the access token; empty means the Resources of the
	// family's Details. It is also stored in the family.
	Audience Audience
	// Address is the network address of the client, or empty. It is stored in the family.
	Address string
	// Access is written too, unless nil. Its ClientID, Subject, FamilyID,
	// Scope and Audience are those of the rotation, whatever is set here.
	Access *AccessToken
}

// ReplayWindow changes the ReplayUntil of a family, if Presented is its
// Previous, it was not revoked, and its ReplayUntil is not before Since. If a
// rotation from Presented is being committed, the Store waits for it or fails
// with ErrUnavailable: it must not report success and then find Presented
// exchanged. (In SQL: match the row by hash or by previous, so that the row
// lock is waited for, and decide in a CASE.)
type ReplayWindow struct {
	FamilyID ID // the family whose window changes
	// Presented is the hash of the refresh token that was exchanged.
	Presented Hash
	Since     time.Time // the earliest ReplayUntil that is changed
	// Until is the new ReplayUntil; zero means the family's IdleExpiresAt.
	Until time.Time
}

// Revocation is the argument of Store.Revoke. The caller has checked possession of the
// families and of the JWT; the Store compares the hash of Access.
type Revocation struct {
	// ClientID is the client that the tokens belong to; tokens of other clients
	// are ignored.
	ClientID string
	// At is the time of the revocation.
	At time.Time
	// Families are revoked with all their tokens.
	Families []ID
	// Access revokes an opaque access token (only ID and Hash are used) and
	// the family that it belongs to, unless nil.
	Access *AccessToken
	// JWT revokes one JWT access token by its jti, if set. The Store may delete
	// the row after JWTExpiresAt.
	JWT          ID
	JWTExpiresAt time.Time // when the JWT expires; see JWT
}
