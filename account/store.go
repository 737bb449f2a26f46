package account

import (
	"context"
	"encoding/json"
	"time"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// Store stores accounts and sessions. Each method is atomic and takes one round
// trip. Times are stored with a precision of one millisecond. SetPassword,
// SwitchUser, StartSession, ChangeFactors,
// ScheduleDeletion, CancelDeletion, DeleteUser, WithdrawInvitation and CreateInvited
// return ErrNoTime if the time of the change is zero.
type Store interface {
	InvitationStore
	ProviderStore
	GroupStore

	// CreateUser adds a user with factors, which must not be second factors. It returns
	// ErrConflict if the canonical username, the ID or a factor is taken, or if the condition does
	// not hold. It is atomic among any number of processes.
	CreateUser(ctx context.Context, u *User, canonical string, only Condition, factors ...Factor) error
	// UserIDTaken reports whether no new user can get an ID, because a user has it or had it before
	// the deletion, or because it is or was the client_id of an application.
	UserIDTaken(ctx context.Context, id string) (bool, error)
	// UpdateUser saves all fields except PasswordHash, Disabled, LoginEpoch, Factors,
	// DeleteAt, LastLoginAt and CreatedAt, and increments u.Version. A zero ExpiresAt is
	// saved, and any other is ignored. It returns ErrNotFound if the user does not
	// exist, and ErrConflict if the stored version differs from u.Version or the
	// canonical username is taken. It returns ErrLastAdmin if the user is the only
	// enabled administrator and u.Admin is false.
	//
	// If the user loses a role, the same transaction increments u.LoginEpoch and revokes
	// everything that was issued to the user until u.UpdatedAt. Otherwise, old tokens for the
	// admin API would be valid again when the user gets a role again.
	//
	// The same transaction queues the notice, which may be nil. If that fails, the
	// user is not changed.
	UpdateUser(ctx context.Context, u *User, canonical string, notice *Notice) error
	// ReviseUser makes all changes of r, and increments the Version of the user, in one
	// transaction, or changes nothing. A new password and disabling the user also have the effects
	// of SetPassword and of SwitchUser, and the loss of a role has that of UpdateUser; together,
	// they increment the LoginEpoch once. It returns ErrNotFound if the user does not exist,
	// ErrConflict if the stored Version or LoginEpoch differs from those of r.User, or the canonical
	// username or a factor is taken, ErrLastAdmin if no enabled administrator would remain, and
	// ErrNoTime if r.At is zero. It updates the Version and the LoginEpoch of r.User.
	ReviseUser(ctx context.Context, r UserRevision) error
	// SwitchUser disables or enables a user. The same transaction blocks the subject in the protocol's Store, or unblocks
	// it. Disabling also ends the user's sessions, as EndSessions does, and
	// increments the user's LoginEpoch. Both set ExpiresAt to zero, and remove the
	// factor DirectoryBlockKey(s.UserID). Enabling sets DeleteAt to zero. Disabling a user with a
	// DeleteAt keeps it, and adds AdministratorBlock(s.UserID, s.At). If the user is already in this state,
	// it does not change the user or the Version, and only revokes what s.RevokedBefore says. It returns
	// ErrNotFound if the user does not exist, and ErrLastAdmin if the user to
	// disable is the only enabled administrator.
	SwitchUser(ctx context.Context, s Switch) error
	// SetPassword replaces the password hash, increments the user's Version and
	// LoginEpoch, and sets ExpiresAt to zero. The same transaction ends the user's
	// sessions, as EndSessions does, revokes everything that was issued to the user
	// until c.At, and queues c.Notice. It returns ErrNotFound if the user does not
	// exist, and ErrConflict if c.Checked is set and its condition does not hold, or if
	// c.Session is set and the session that it replaces has ended.
	// Otherwise it updates c.User.
	SetPassword(ctx context.Context, c PasswordChange) error
	// RenewPasswordHash replaces the hash old with phc, another hash of the same
	// password. It returns ErrConflict if the stored hash differs from old; the check
	// and the update are one statement.
	RenewPasswordHash(ctx context.Context, userID, old, phc string) error

	// UserMetadata returns the metadata of a user, which is empty if no
	// metadata is set, or ErrNotFound. It is not part of User, because few callers need it.
	UserMetadata(ctx context.Context, userID string) (json.RawMessage, error)
	// SetUserMetadata replaces the metadata of a user. Empty means none. It returns
	// ErrNotFound if the user does not exist. Accounts.SetMetadata checks it first.
	SetUserMetadata(ctx context.Context, userID string, metadata json.RawMessage) error

	// SetPicture is UpdateUser without a notice. The same transaction replaces the picture of
	// the user, or removes it if p is nil. The UserID of p is ignored.
	SetPicture(ctx context.Context, u *User, canonical string, p *Picture) error
	// Picture returns the picture with the ID. It returns ErrNotFound if the picture does not
	// exist, if the Claims of its user do not contain the ID, or if the user is disabled.
	Picture(ctx context.Context, id string) (Picture, error)
	// PictureOf returns the picture of a user, or ErrNotFound.
	PictureOf(ctx context.Context, userID string) (Picture, error)

	// KeepUser sets ExpiresAt to zero, because the user has used the account. It
	// returns ErrNotFound if the user does not exist.
	KeepUser(ctx context.Context, userID string) error
	// ScheduleDeletion disables a user as SwitchUser does, revokes everything that was
	// issued to the user until d.At, sets DeleteAt, and queues d.Notice, in one
	// transaction. It returns ErrNotFound if the user does not exist, ErrConflict if the
	// user is disabled or has another LoginEpoch than d.User, and ErrLastAdmin if the
	// user is the only enabled administrator. Otherwise it updates d.User.
	ScheduleDeletion(ctx context.Context, d Deletion) error
	// CancelDeletion enables a user whose DeleteAt is deleteAt, and sets DeleteAt to
	// zero. A user with the factor DirectoryBlockKey(userID) stays disabled. The check and the
	// change are one statement. It returns ErrNotFound if the
	// user does not exist, and ErrConflict if DeleteAt is another time.
	CancelDeletion(ctx context.Context, userID string, deleteAt, at time.Time) error
	// DeleteUser deletes a user. The same transaction ends the sessions as EndSessions
	// does, blocks the subject in the protocol's Store, and deletes the factors, the
	// picture, the mails that wait to be sent, and the metadata. The consents, tickets and families of
	// the user have no effect from then on; some of these rows may be deleted later. It
	// returns ErrNotFound if the user does not exist, ErrConflict if version is not zero and
	// differs from the stored one, and ErrLastAdmin if the user is the only enabled
	// administrator.
	DeleteUser(ctx context.Context, userID string, version int64, at time.Time) error

	// DeleteExpiredUsers deletes users whose ExpiresAt or DeleteAt has passed, as
	// DeleteUser does, and returns how many it deleted. A call deletes at most MaxExpiredUsers; the caller repeats
	// it until it deletes none. Users who have a session that has not expired are
	// kept, and their ExpiresAt is set to zero. Check and change are atomic: a user who is confirmed, used or disabled at the same
	// time, or whose deletion is canceled, is kept.
	DeleteExpiredUsers(ctx context.Context, now time.Time) (deleted int, err error)

	// User returns the user with the given ID, or ErrNotFound.
	User(ctx context.Context, id string) (*User, error)
	// UserByName returns the user with the given canonical username, or
	// ErrNotFound.
	UserByName(ctx context.Context, canonical string) (*User, error)
	// UsersByEmail returns up to MaxUsersByEmail users with the given address,
	// compared case-insensitively. Users whose Claims contain
	// "email_verified": true come first, and users with smaller IDs, which are
	// older, before others.
	UsersByEmail(ctx context.Context, email string) ([]*User, error)
	// Users returns a page of the users that the filter selects, sorted by "username" (the
	// default), "name", "created" or "last_login".
	Users(ctx context.Context, f UserFilter, p paging.Page) ([]*User, paging.Cursor, error)
	// CountUsers returns the number of users that Users returns. It reads at most
	// paging.MostCounted users.
	CountUsers(ctx context.Context, f UserFilter) (paging.Count, error)
	// FindUsers returns users whose username, name or email address begins with the text,
	// in any letter case, at most limit of each. It reads a bounded number of rows, so it
	// can miss some if the collation of the database ignores punctuation.
	FindUsers(ctx context.Context, text string, limit int) ([]*User, error)

	// StartSession adds a session, and sets the user's LastLoginAt to its CreatedAt. If the user has
	// logged in before, it sets ExpiresAt to zero. It returns ErrNotFound if the
	// user does not exist, and ErrConflict if the user is disabled or has another
	// LoginEpoch. Another LoginEpoch means that the password was changed, or that
	// all sessions of the user were ended, after the password was checked. It returns
	// ErrSecondFactor if User.Factors is not empty and start.Use is nil.
	//
	// The same transaction uses the factor of start.Use: it stores the step, the counter,
	// the body and the time of the use. It returns ErrFactorUsed if the user does not have
	// the factor, if the factor has expired, if the step is not greater than the step of the
	// factor, or if the counter is not greater than its counter, unless both counters
	// are 0. These checks and the change are one statement, so of any number of
	// callers with the same proof exactly one starts a session.
	//
	// The session start.Replaces, if not empty, ends in the same transaction. If it
	// belongs to the same user, only the row is deleted. If it belongs to another
	// user, it ends as EndSessions would end it. If start.Replaces is the ID of the new
	// session, the row is updated; it must exist and belong to the same user, or
	// StartSession returns ErrNotFound.
	//
	// If the user then has more than MaxSessions, the one with the earliest SeenAt
	// ends as EndSessions would end it.
	//
	// With start.Login, the same transaction adds the record of the login to the queue of
	// the audit log. If StartSession returns an error, there is neither a session nor a
	// record.
	StartSession(ctx context.Context, start SessionStart) error
	// Session returns a session and its user in one round trip. It returns
	// ErrNotFound if the session or its user does not exist or the user is
	// disabled. The caller compares the secret and the times.
	Session(ctx context.Context, id string) (Session, *User, error)
	// TouchSession sets SeenAt and IdleExpiresAt, unless the stored SeenAt is
	// later.
	TouchSession(ctx context.Context, id string, seen, idleExpires time.Time) error
	// Sessions returns a page of the sessions that have not expired, newest first.
	Sessions(ctx context.Context, f SessionFilter, p paging.Page) ([]SessionRow, paging.Cursor, error)
	// CountSessions returns the number of sessions that Sessions returns. It reads at most
	// paging.MostCounted sessions. It does not check whether the people are disabled.
	CountSessions(ctx context.Context, f SessionFilter) (paging.Count, error)

	// Factor returns the factor with the ID and its user, who may be disabled, in one
	// round trip. It returns ErrNotFound if the factor or the user does not exist.
	Factor(ctx context.Context, id FactorID) (Factor, *User, error)
	// Factors returns all factors of a user, oldest first. Their number is limited.
	Factors(ctx context.Context, userID string) ([]Factor, error)
	// ChangeFactors changes the factors of a user, sets User.Factors, increments the
	// user's Version, and queues the notice, in one transaction. It returns ErrNotFound
	// if the user does not exist, and ErrConflict if the stored version or LoginEpoch
	// differs from those of c.User, or if a factor to be added exists. So a caller that has read the
	// factors after the user knows exactly which factors there are after the change.
	ChangeFactors(ctx context.Context, c FactorChange) error
	// RemoveFactors removes the factors of a kind of all users that were created at or before a
	// time. The kind is FactorToken or FactorBrowser, with which nobody can log in. It reads all
	// factors.
	RemoveFactors(ctx context.Context, kind FactorKind, until time.Time) error

	// TokenFactors returns a page of the factors that f.Selects at the present time, sorted by "created" (the
	// default) or "used". The number of factors that it reads is limited.
	TokenFactors(ctx context.Context, f OwnedTokenFilter, p paging.Page) ([]TokenFactor, paging.Cursor, error)
	// CountTokenFactors returns the number of factors that TokenFactors returns. It reads at most
	// paging.MostCounted factors of the kind FactorToken.
	CountTokenFactors(ctx context.Context, f OwnedTokenFilter) (paging.Count, error)
	// NoteTokenUse sets UsedAt of a factor of the kind FactorToken, unless the stored one is less than
	// TokenUseInterval before it, or later. The check and the change are one statement. A factor that does not
	// exist is not an error.
	NoteTokenUse(ctx context.Context, id FactorID, at time.Time) error

	// CountAttempt counts an attempt for the key as failed. It returns the number
	// of failed attempts in the current window, including this one, and the time
	// when the window ends. The first attempt starts a window. The count is exact
	// among any number of processes, in one statement.
	CountAttempt(ctx context.Context, key string, window time.Duration, now time.Time) (count int, until time.Time, err error)
	// BeginAttempt counts an open attempt, which is one that has not ended, for each
	// of the limits. It returns false if a limit is full, which means that its
	// failed and open attempts together have reached Max. In this case, it counts no
	// open attempt. If failed attempts alone fill the limit, and it is not Shared,
	// BeginAttempt counts a failed attempt for each of the limits before it. So a
	// client that continues after it has reached the limit for an account also
	// reaches the limit for its address. The counts are those before the call, in
	// the order of the limits, up to the first that is full. They are exact among
	// any number of processes.
	BeginAttempt(ctx context.Context, limits []AttemptLimit, window time.Duration, now time.Time) (counts []AttemptCount, begun bool, err error)
	// EndAttempt ends an attempt that began with these counts, and counts it if it
	// failed. A window that has ended since then is not changed. If the attempt did
	// not fail, EndAttempt also deletes the failed attempts for the key in resets,
	// unless that is empty.
	EndAttempt(ctx context.Context, counts []AttemptCount, failed bool, resets string) error
}

// An InvitationStore stores invitations. AddInvitation deletes nothing; a Store deletes an
// invitation when KeepInvitation has passed after its end.
type InvitationStore interface {
	// AddInvitation adds an invitation, and queues its mail, which may be nil, in the same
	// transaction. If a bound of the queue is reached, it adds nothing and returns
	// mail.Dropped. It returns ErrConflict if the ID is taken.
	AddInvitation(ctx context.Context, i Invitation, mail *Notice) error
	// Invitation returns the invitation with the ID, or ErrNotFound.
	Invitation(ctx context.Context, id string) (InvitationRow, error)
	// Invitations returns a page of invitations, newest first.
	Invitations(ctx context.Context, f InvitationFilter, p paging.Page) ([]InvitationRow, paging.Cursor, error)
	// CountInvitations returns the number of invitations that Invitations returns. It reads
	// at most paging.MostCounted invitations.
	CountInvitations(ctx context.Context, f InvitationFilter) (paging.Count, error)
	// WithdrawInvitation withdraws an invitation that is open. It returns ErrConflict if it
	// is not, and ErrNotFound if it does not exist. The check and the change are one
	// statement.
	WithdrawInvitation(ctx context.Context, id string, at time.Time) error
	// CreateInvited adds a user with the ID of an invitation that its creator still allows
	// (Invitation.AllowedBy), and marks the invitation as
	// used, in one transaction. It returns ErrNotFound if the invitation does not exist or
	// is not open, and ErrConflict if the username is taken, or if a user has one with the
	// same Skeleton, and ErrFactorTaken if a user has one of the factors. Of any number of
	// concurrent calls, at most one succeeds.
	CreateInvited(ctx context.Context, i InvitedUser) error
}

// AttemptLimit is the number of failed attempts that are allowed for a key in a
// window.
type AttemptLimit struct {
	Key string // identifies what is limited
	Max int    // the number of failed attempts
	// Shared is set if the attempts of different clients count together. The
	// rejection of a client because of other clients is not a failed attempt.
	Shared bool
}

// AttemptCount counts the attempts for a key in the current window.
type AttemptCount struct {
	Key    string    // as in AttemptLimit
	Failed int       // attempts that have failed
	Open   int       // attempts that have not ended
	Until  time.Time // the end of the window
}

// A Condition restricts CreateUser.
type Condition int

// The conditions of CreateUser.
const (
	// Unconditionally adds the user, if the username is free.
	Unconditionally Condition = iota
	// IfFirst adds the user only if no user exists.
	IfFirst
	// IfFirstAdmin adds the user only if no user is an administrator. If the people are those of a
	// host program, CreateUser returns ErrHostPeople.
	IfFirstAdmin
	// IfDistinct adds the user only if no user has a username with the same
	// Skeleton.
	IfDistinct
)

// MaxSessions is the maximum number of sessions that a user has at the same time.
// It is small enough to end all of them in one transaction, for example when the
// password changes.
const MaxSessions = 200

// MaxExpiredUsers is the maximum number of users that a call of
// DeleteExpiredUsers deletes.
const MaxExpiredUsers = 100

// SessionStart is the start of a session.
type SessionStart struct {
	Session Session // the new session
	// Epoch is the LoginEpoch of the user at which the proof was checked.
	Epoch int64
	// Replaces is the ID of the session that ends, or empty.
	Replaces string
	// Use is the factor that the person used, or nil for the password alone.
	Use *FactorUse
	// Login is recorded, unless it is nil.
	Login *LoginRecord
}

// LoginRecord holds what the record of a login in the audit log has in addition to the
// session.
type LoginRecord struct {
	Username string // of the user
}

// Switch disables or enables a user.
type Switch struct {
	UserID   string // the user
	Disabled bool   // the new state
	// RevokedBefore, if not zero, revokes everything that was issued to the user up
	// to that time. Otherwise the tokens of a disabled user are valid again when
	// the user is enabled, unless they have expired.
	RevokedBefore time.Time
	// At is the time of the change.
	At time.Time
}

// Deletion is the request of a person to delete their account.
type Deletion struct {
	// User is the user as read from the Store.
	User *User
	// At is the time of the request, and DeleteAt that of the deletion.
	At, DeleteAt time.Time
	// Notice may be nil.
	Notice *Notice
}

// PasswordChange sets a password.
type PasswordChange struct {
	// User is the user as read from the Store. SetPassword updates PasswordHash,
	// Version and LoginEpoch.
	User *User
	Hash string // of the new password, as in User.PasswordHash
	// Checked is set if the right to change the password was checked against User:
	// the password is changed only if the user is still enabled and still has this
	// Email and LoginEpoch.
	Checked bool
	At      time.Time // when the password is changed
	// Notice may be nil.
	Notice *Notice
	// Session, if it is not nil, is started in place of the session with the ID Replaces,
	// in which the person has changed the password.
	Session  *Session
	Replaces string
}

// MaxUsersByEmail is the maximum number of users that UsersByEmail returns. The
// number of users with the same address is not limited, because people can
// enter any address.
const MaxUsersByEmail = 100

// UserFilter selects users. Zero fields match all users.
type UserFilter struct {
	// Search matches a part of the username, name or email address,
	// case-insensitively.
	Search   string
	Admin    *bool // whether RoleAdministrator is one of User.Roles
	Role     Role  // another one of User.Roles
	Disabled *bool // whether they are disabled
	// IDs, if not nil, selects the users with these IDs.
	IDs []string
	// From and Until select users who were added at or after From and before Until.
	From, Until time.Time
}

// SessionFilter selects sessions. Zero fields match all sessions.
type SessionFilter struct {
	UserID string // the user
	// Method is one of the Methods.
	Method string
	// Search matches a part of the username or address.
	Search string
	// Ended selects the sessions that have expired or whose user is disabled, until they are deleted,
	// instead of those that can be used. A session that was ended is deleted at once.
	Ended bool
	// From and Until select sessions that began at or after From and before Until.
	From, Until time.Time
}

// SessionRow is a session with the username of its user.
type SessionRow struct {
	Session
	Username string // the username of the user
}
