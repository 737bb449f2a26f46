package account

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// A StoredProvider is a login provider that an administrator has added.
type StoredProvider struct {
	// Name identifies the provider, also in the identities of people.
	Name string
	// Settings are its settings as a JSON object. The Store does not read them.
	Settings json.RawMessage
	// Secret is the client secret, encrypted under the master key, or empty.
	Secret string
	// Version is 1 at first, and incremented by each change.
	Version int64
	// CreatedAt and UpdatedAt are when the provider was added and last changed.
	CreatedAt, UpdatedAt time.Time
}

// MaxStoredProviders is the maximum number of login providers in a Store.
const MaxStoredProviders = 100

// ErrTooManyProviders means that there are MaxStoredProviders already.
var ErrTooManyProviders = errors.New("there are too many login providers; remove one first")

// A ProviderStore stores login providers. Each change also changes the Version of the
// protocol's Store, as a change to a client does.
type ProviderStore interface {
	// LoginProviders returns all of them, by their names.
	LoginProviders(ctx context.Context) ([]StoredProvider, error)
	// AddLoginProvider adds one. It returns ErrConflict if the name is taken, and
	// ErrTooManyProviders. The number is exact among any number of processes.
	AddLoginProvider(ctx context.Context, p StoredProvider) error
	// UpdateLoginProvider saves the settings, the secret and UpdatedAt, if the row still has
	// p.Version, and increments the version. Otherwise it returns ErrConflict or ErrNotFound.
	UpdateLoginProvider(ctx context.Context, p StoredProvider) error
	// RemoveLoginProvider removes one, or returns ErrNotFound, or ErrConflict if version
	// is not zero and differs from the stored one. The
	// identities of people remain.
	RemoveLoginProvider(ctx context.Context, name string, version int64) error
	// IdentityOwners returns at most limit factors of the kind FactorIdentity, ordered by UserID,
	// with their users. It reads no other factors.
	IdentityOwners(ctx context.Context, limit int) ([]IdentityOwner, error)
}

// An IdentityOwner is an account at another provider, and the user to whom it is connected.
type IdentityOwner struct {
	// Factor has only its ID, UserID, Kind and Body.
	Factor Factor
	// User has only its ID, PasswordHash, Factors and roles.
	User User
}
