package account

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// Store is what a backend promises for people and their sessions. Each method
// is all or nothing and one round trip. Times are kept to the millisecond.
type Store interface {
	// CreateUser adds a user. ErrConflict if the canonical username or the ID
	// is taken. With onlyFirst it adds the user only if there is none at all,
	// in one statement, and else answers ErrConflict.
	CreateUser(ctx context.Context, u *User, canonical string, onlyFirst bool) error
	// UpdateUser saves all fields but Password, LastLoginAt and CreatedAt if
	// the row still has u.Version, which then counts up in u too; else
	// ErrConflict (also for a taken username), or ErrNotFound. When Disabled
	// turns on or off, everything issued to the user stops or may start
	// again in the same transaction: sessions are deleted, and the protocol's
	// Store blocks or unblocks the subject.
	UpdateUser(ctx context.Context, u *User, canonical string) error
	// SetPassword replaces the hash. In the same transaction all sessions of
	// the user end and everything issued to them before at is revoked.
	// ErrNotFound if there is no such user.
	SetPassword(ctx context.Context, userID, phc string, at time.Time) error
	// RenewPasswordHash replaces the hash of the same password if it is still
	// old, in one statement; else ErrConflict.
	RenewPasswordHash(ctx context.Context, userID, old, phc string) error

	User(ctx context.Context, id string) (*User, error)
	UserByName(ctx context.Context, canonical string) (*User, error)
	// UsersByEmail finds those who say that the address is theirs, in any
	// letter case: at most MaxUsersByEmail, those whose Claims hold a true
	// email_verified first.
	UsersByEmail(ctx context.Context, email string) ([]*User, error)
	Users(ctx context.Context, f UserFilter, p paging.Page) ([]*User, paging.Cursor, error)

	// StartSession adds a session, deletes the one it replaces (may be
	// empty), and notes the log-in at the user.
	StartSession(ctx context.Context, s Session, replaces string) error
	// Session finds a session and its user in one round trip. A session whose
	// user is gone or disabled is ErrNotFound. The caller compares the hash
	// and the times.
	Session(ctx context.Context, id string) (Session, *User, error)
	// TouchSession moves SeenAt forward.
	TouchSession(ctx context.Context, id string, at time.Time) error
	Sessions(ctx context.Context, f SessionFilter, p paging.Page) ([]SessionRow, paging.Cursor, error)

	// CountAttempt counts an attempt against the key and tells how many there were
	// in the current window, this one included, and when that window ends. A
	// window begins with the first strike. One statement, exact among any
	// number of processes.
	CountAttempt(ctx context.Context, key string, window time.Duration, now time.Time) (count int, until time.Time, err error)
	// ClearAttempts forgets the key.
	ClearAttempts(ctx context.Context, key string) error
	// UncountAttempt takes one strike back from each of the keys, where there
	// is one.
	UncountAttempt(ctx context.Context, keys ...string) error
}

// MaxUsersByEmail is the most that UsersByEmail finds. Anybody can say that an
// address is theirs, so there may be many.
const MaxUsersByEmail = 1000

// UserFilter narrows a list of users; zero fields do not.
type UserFilter struct {
	// Search is found in username, name or email, in any letter case.
	Search   string
	Admin    *bool
	Disabled *bool
}

// SessionFilter narrows a list of sessions; zero fields do not.
type SessionFilter struct {
	UserID string
	// Search is found in the username or the address.
	Search string
}

// SessionRow is a session with the name that people know.
type SessionRow struct {
	Session
	Username string
}
