package oauth

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// AdminStore has the methods of a backend that the back office and the command
// line need in addition to those of Store. Lists are paged by key, never by
// offset, and a backend reads a bounded number of rows for a page
// (paging.Cursor).
type AdminStore interface {
	// NewerTables reports whether a newer release had changed the tables of the Store when it
	// was opened. It is false for a Store that has no tables, such as memstore.
	NewerTables() bool
	// InOneFile reports whether the Store is one file, which the command latchkey db backup
	// copies.
	InOneFile() bool
	// Nodes returns the nodes for which UseIssuer has succeeded, and whose record is still valid,
	// sorted by host and start: at most MostNodes.
	Nodes(ctx context.Context) ([]Node, error)

	RejectionStore
	FlowStore
	TallyStore

	// CreateClient adds a client. ErrConflict: the client_id exists, or is reserved for a
	// client that can be restored, or it is the id
	// of a person, whom the client could then impersonate (RFC 9700 §4.15). It does not
	// check the client otherwise, and neither does UpdateClient: a host program calls
	// latchkey.Server.CreateApplication and UpdateApplication, which do.
	CreateClient(ctx context.Context, c *Client) error
	// UpdateClient saves all fields if the row still has c.Version, and then
	// increments c.Version. Otherwise it returns ErrConflict or ErrNotFound.
	UpdateClient(ctx context.Context, c *Client) error
	// SwitchClient disables or enables a client, increments the version, and sets ExpiresAt to
	// zero. If the client is already in this state, and nothing is revoked, it changes nothing.
	// ErrNotFound: the client does not exist. ErrConflict: s.Version is not zero, and the
	// client has another one. The check and the change are one statement.
	SwitchClient(ctx context.Context, s ClientSwitch) error
	// DeleteClient deletes the client, even if it was discarded, with its consents, tickets
	// and families. That also revokes its access tokens: a token of a client that does not
	// exist is not valid. A Store may delete most of these rows later (Removals), but a new
	// client with the same id gets none of them. If the client_id is a registration
	// (RegistrationID), it is revoked until it has expired, so that ConfirmClient does not
	// add the client again. ErrNotFound: the client does not exist.
	DeleteClient(ctx context.Context, id string) error
	// DiscardClient deletes a client that can be restored until RestoreTTL has passed. For
	// every method that does not mention discarded clients, it does not exist: it cannot authenticate,
	// and its tokens are not valid. But its consents, tickets and families are kept, and its client_id is
	// reserved. A registration is revoked as by DeleteClient. ErrNotFound: the client does not exist.
	// ErrConflict: version is not zero, and the client has another one.
	DiscardClient(ctx context.Context, id string, version int64, at time.Time) error
	// RestoreClient adds a discarded client again, with everything that it had, and
	// a new Version. The client is disabled, so its tokens are valid again only when it is
	// enabled (SwitchClient), and ExpiresAt is zero. OwnerID is empty if the account was deleted in
	// between (DeleteUser), and so are the CoOwnerIDs without an account; ServiceUserID is kept, because a client without it acts for itself. ErrNotFound: no such client was discarded, or its time
	// has passed. ErrConflict: the client_id has become the id of a person.
	RestoreClient(ctx context.Context, id string, at time.Time) error
	// DeletedClients returns the clients that can be restored, the most recently
	// discarded first, up to MostDeletedClients.
	DeletedClients(ctx context.Context, now time.Time) ([]DeletedClient, error)
	// DeleteDiscardedClients deletes for good the discarded clients whose time has passed,
	// as DeleteClient does: at most MaxUnusedClients in a call, and returns how many.
	DeleteDiscardedClients(ctx context.Context, now time.Time) (deleted int, err error)
	// DeleteUnusedClients deletes clients whose ExpiresAt has passed, at most
	// MaxUnusedClients in a call, and returns how many. A client that has a consent or a
	// valid family is kept for another UnusedClientTTL.
	DeleteUnusedClients(ctx context.Context, now time.Time) (deleted int, err error)
	// Usage counts what the lists of families and consents show for the client or
	// the person of the filter. It reads at most MostCounted rows for each count.
	Usage(ctx context.Context, f FamilyFilter) (Usage, error)

	// Clients returns a page of the clients that the filter selects, sorted by "name" (the
	// default), "client_id", "created" or "type".
	Clients(ctx context.Context, f ClientFilter, p paging.Page) ([]*Client, paging.Cursor, error)
	// CountClients returns the number of clients that Clients returns. It reads at most
	// MostCounted clients.
	CountClients(ctx context.Context, f ClientFilter) (Count, error)
	// FindClients returns clients whose name begins with the text in any letter case, or
	// whose client_id begins with the text as it is, at most limit of each. It can also
	// return clients whose client_id differs in the letter case. A client whose client_id
	// is the text is the first one, and those whose client_id begins with the text as it is
	// come next. FindClients reads a bounded number of rows, so in a language that sorts
	// punctuation in another way it can miss some.
	FindClients(ctx context.Context, text string, limit int) ([]*Client, error)
	// Families returns the families that are valid (Family.Valid), or in the State of the filter until they
	// are deleted, newest first. This list and those of access tokens, consents and tickets have the oldest first if the page
	// is sorted by "time" and not Descending.
	Families(ctx context.Context, f FamilyFilter, p paging.Page) ([]FamilyRow, paging.Cursor, error)
	// CountFamilies returns the number of families that Families returns. It reads at most
	// MostCounted families. For the states valid and expired, it does not check whether the
	// clients, the people and the sessions are valid, because that costs several times as much.
	// For the other states, it checks them, and may read fewer families.
	CountFamilies(ctx context.Context, f FamilyFilter) (Count, error)
	// AccessTokens returns the opaque access tokens that are valid
	// (AccessToken.Valid), or in the State of the filter until they are deleted.
	AccessTokens(ctx context.Context, f FamilyFilter, p paging.Page) ([]AccessTokenRow, paging.Cursor, error)
	// CountAccessTokens counts what AccessTokens returns, as CountFamilies does. It may stop at 1,000
	// tokens of one client or person.
	CountAccessTokens(ctx context.Context, f FamilyFilter) (Count, error)
	// Consents returns a page of the consents that people gave, with the names of the
	// clients and the usernames of people with an account: the most recently changed first.
	Consents(ctx context.Context, f FamilyFilter, p paging.Page) ([]ConsentRow, paging.Cursor, error)
	// ConsentCursor returns the cursor of a row of Consents: a page that is After it begins with the next row,
	// and a page that is Before it ends with the previous one.
	ConsentCursor(c Consent) string
	// CountConsents counts what Consents returns, as CountFamilies does.
	CountConsents(ctx context.Context, f FamilyFilter) (Count, error)
	// Accesses returns the present access of each client for the person: one for each key, in
	// the same order. Only families that are valid count (Family.Valid, with inSession). It is one
	// statement for all keys, of which there are at most MaxAccesses. It reads only the newest MostCounted
	// families of each, and can ignore all but MaxAccessFamilies of those that are valid. So it must not
	// decide whether a client has nothing to revoke.
	Accesses(ctx context.Context, of []ConsentKey, inSession bool) ([]Access, error)
	// Tickets returns the tickets of a kind that have not expired, used or not,
	// newest first.
	Tickets(ctx context.Context, kind TicketKind, f FamilyFilter, p paging.Page) ([]TicketRow, paging.Cursor, error)
	// CountTickets counts what Tickets returns. It reads at most MostCounted tickets,
	// of all kinds.
	CountTickets(ctx context.Context, kind TicketKind, f FamilyFilter) (Count, error)

	// RevokeClient revokes everything issued to the client until that time, and
	// increments its version, so that saving an earlier version cannot undo it. It also
	// revokes what was issued to a discarded client, so that restoring it cannot undo it.
	// ErrNotFound: the client does not exist, and no such client was discarded.
	RevokeClient(ctx context.Context, id string, at time.Time) error
	// EraseSubject deletes all consents of the person, also those for discarded clients, and
	// empties the Address of all families of the person. It revokes nothing: a family that is valid
	// gets a new Address when its client refreshes.
	EraseSubject(ctx context.Context, subject string) error

	// SecretUses returns the last use of each secret of a client, by the id of the
	// secret, for those that were used within KeepSecretUse. The empty id has the last use of
	// the client itself. For an unknown client it returns none.
	SecretUses(ctx context.Context, clientID string) (map[string]time.Time, error)
	// ClientUses returns the last use of each of these clients, by the client_id, for those
	// that were used within KeepSecretUse.
	ClientUses(ctx context.Context, ids []string) (map[string]time.Time, error)

	// AddInitialAccessToken adds a token with which applications register themselves.
	AddInitialAccessToken(ctx context.Context, t InitialAccessToken) error
	// InitialAccessTokens returns the newest tokens, up to MostInitialAccessTokens.
	// Expired tokens are deleted after a while.
	InitialAccessTokens(ctx context.Context) ([]InitialAccessToken, error)
	// RevokeInitialAccessToken deletes a token. ErrNotFound: it does not exist.
	RevokeInitialAccessToken(ctx context.Context, id ID) error

	// LogoutNotices counts the notices that have not been delivered, up to
	// MostLogoutNotices.
	LogoutNotices(ctx context.Context) (int, error)
	// Removals returns the removals that are not complete, oldest first, up to
	// MostRemovals.
	Removals(ctx context.Context) ([]Removal, error)
}

// MaxUnusedClients is the maximum number of clients that DeleteUnusedClients reads in a
// call.
const MaxUnusedClients = 100

// MostRemovals is the maximum number of removals that Removals returns.
const MostRemovals = 100

// A Removal deletes or revokes rows in small steps, so that no request has to wait
// for it. The action itself has already taken effect: a client was deleted, a
// consent withdrawn, or a session ended. Fields that do not apply to the action are
// empty.
type Removal struct {
	ClientID  string    // the client that was deleted, or whose consent was withdrawn
	SessionID string    // the login session that has ended
	Subject   string    // the person of the consent or the sessions
	Username  string    // the username of that person, if they have an account
	At        time.Time // when the action took effect
	Done      int64     // the number of rows removed so far
}

// MostLogoutNotices is the largest result of LogoutNotices.
const MostLogoutNotices = 10_000

// MostCounted is the maximum number of rows that are read for a Count.
const MostCounted = paging.MostCounted

// Count is a number of rows.
type Count = paging.Count

// Usage counts the families and consents that are valid.
type Usage struct {
	Families Count // families, each with the tokens of one permission
	Consents Count // remembered decisions of people
}

// ClientFilter selects clients. A zero field selects all.
type ClientFilter struct {
	// Search is a part of the name, the client_id or the username of the owner,
	// in any letter case.
	Search    string
	Type      ClientType // clients of this type
	GrantType string     // clients that may use this grant type
	OwnerID   string     // clients that this account owns (Client.OwnedBy)
	// Responsible, with OwnerID, selects only those with this Client.OwnerID.
	Responsible bool
	Review      ReviewState // clients in this state of the review
	// AddedBy is the way in which the client was added.
	AddedBy AddedBy
	// Legacy selects clients that have exceptions for legacy features.
	Legacy bool
	// IDs, if not nil, selects clients with these client_ids.
	IDs []string
	// Disabled, if set, selects clients that are disabled, or not.
	Disabled *bool
	// From and Until, if set, select clients that were added at or after From and before
	// Until.
	From, Until time.Time
}

// FamilyFilter selects tokens, tickets and consents. A zero field selects all.
type FamilyFilter struct {
	ClientID string // only those of this client
	Subject  string // only those of this person
	// Search is a part of the name of the client, its client_id or the
	// username.
	Search string
	// Agents selects only those of clients that are agents (Client.Agent).
	Agents bool
	// Offline selects only those with the scope offline_access. For consents, this is the scope that
	// is remembered, which does not say which access the client has at present (Accesses). So the
	// list of the back office does not use it for consents.
	Offline bool
	// InSession, for families, is the argument of Family.Valid.
	InSession bool
	// State, for families and access tokens, selects those in this state (Family.State); empty means
	// those that are valid.
	State TokenState
	// Ended, for Families with a Subject, also selects those that are not valid, until they are
	// deleted.
	Ended bool
	// From and Until, if set, select tokens and tickets that were issued, and consents that
	// were changed, at or after From and before Until.
	From, Until time.Time
}

// FamilyRow is a family with the names of its client and person.
type FamilyRow struct {
	Family
	ClientName string // the name of the application, or empty
	Username   string // the username of the person, or empty
}

// AccessTokenRow is an access token with the names of its client and person.
type AccessTokenRow struct {
	AccessToken
	ClientName string // the name of the application, or empty
	Username   string // the username of the person, or empty
}

// TicketRow is a ticket with the names of its client and person.
type TicketRow struct {
	Ticket
	ClientName string // the name of the application, or empty
	Username   string // the username of the person, or empty
}

// ConsentRow is a consent with the names of its client and person.
type ConsentRow struct {
	Consent
	ClientName string // the name of the application, or empty
	Username   string // the username of the person, or empty
}
