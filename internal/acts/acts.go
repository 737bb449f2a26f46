// Package acts contains what administrators do, for the back office, the admin API and the
// host program: the checks, the change in the Store, and the values that changed. It also has
// the rules that say which permission a change needs.
package acts

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Store has the rows that the acts read and change.
type Store interface {
	Client(ctx context.Context, id string) (*oauth.Client, error)
	CreateClient(ctx context.Context, c *oauth.Client) error
	UpdateClient(ctx context.Context, c *oauth.Client) error
	User(ctx context.Context, id string) (*account.User, error)
	Groups(ctx context.Context, f account.GroupFilter, p paging.Page) ([]*account.Group, paging.Cursor, error)
	oauth.DefinitionStore
}

// Acts performs the acts. All fields are required, apart from IsResource and Outbound.
type Acts struct {
	Store Store
	// ReadScopes reads the scopes of the host program again, before Validate needs them.
	ReadScopes func(context.Context) error
	// Validate returns what is wrong with an application.
	Validate func(*oauth.Client) validate.FieldErrors
	// IsResource reports whether applications can request access tokens for a URI. If it is nil,
	// this is not checked.
	IsResource func(uri string) bool
	// Join joins scopes and resources of the Store with those of the configuration.
	Join func(ctx context.Context, rows []oauth.Definition) (*provider.Definitions, error)
	// Outbound fetches documents that applications publish.
	Outbound oauth.Outbound
	// Secrets encrypts the secrets of applications that use HS256.
	Secrets  provider.SecretKeeper
	OwnLogin bool // the people are those of the Store
	Clock    func() time.Time
}
