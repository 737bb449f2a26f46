// Package developers lets people register and manage applications of their own, within the limits
// that the administrators have set. Every change is made only if the person is an owner of the
// application at that moment, and only to what owners decide.
package developers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Store has the applications.
type Store interface {
	Client(ctx context.Context, id string) (*oauth.Client, error)
	Clients(ctx context.Context, f oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error)
	CreateClient(ctx context.Context, c *oauth.Client) error
	UpdateClient(ctx context.Context, c *oauth.Client) error
	DiscardClient(ctx context.Context, id string, version int64, at time.Time) error
}

// Config configures Apps. All fields are required.
type Config struct {
	Settings
	Store Store
	// CountAttempt is that of account.Store. It counts the registrations of a person.
	CountAttempt func(ctx context.Context, key string, window time.Duration, now time.Time) (count int, until time.Time, err error)
	// Scopes returns the scopes of the server, Validate what is wrong with an application, and
	// Secrets keeps secrets that must be readable.
	Scopes   func(context.Context) ([]oauth.ScopeInfo, error)
	Validate func(*oauth.Client) validate.FieldErrors
	Outbound oauth.Outbound
	Secrets  provider.SecretKeeper
	// Groups returns the groups of a person.
	Groups func(context.Context, *account.User) ([]string, error)
	Clock  func() time.Time
	// Key is a secret from which client_ids are derived.
	Key []byte
}

// Apps are the applications that people manage themselves.
type Apps struct{ Config }

// New returns Apps. The defaults of the settings are set.
func New(c Config) *Apps { return &Apps{c} }

// The errors of Apps, besides those of the Store.
var (
	// ErrNotAllowed means that the person must not register applications.
	ErrNotAllowed = errors.New("the person must not register applications")
	// ErrManaged means that administrators manage the application, because the server trusts it
	// more than others.
	ErrManaged = errors.New("administrators manage this application")
	// ErrOffer means that an offer does not exist, has expired or was used.
	ErrOffer = errors.New("the offer is no longer valid")
	// ErrTooManyOffers means that too many offers of an application are open.
	ErrTooManyOffers = errors.New("too many offers are open")
)

// Closed reports whether nobody can register applications.
func (a *Apps) Closed() bool { return a.Developers == Nobody }

// MayRegister reports whether a person can register applications.
func (a *Apps) MayRegister(ctx context.Context, u *account.User) (bool, error) {
	group, limited := strings.CutPrefix(a.Developers, GroupPrefix)
	if !limited || u == nil {
		return u != nil && a.Developers == Everybody, nil
	}
	groups, err := a.Groups(ctx, u)
	return slices.Contains(groups, group), err
}

// Own returns a page of the applications that a person owns.
func (a *Apps) Own(ctx context.Context, u *account.User, p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
	return a.Store.Clients(ctx, oauth.ClientFilter{OwnerID: u.ID}, p)
}

// App returns an application that a person owns. oauth.ErrNotFound: it does not exist, or has
// other owners.
func (a *Apps) App(ctx context.Context, u *account.User, id string) (*oauth.Client, error) {
	c, err := a.Store.Client(ctx, id)
	if err == nil && !c.OwnedBy(u.ID) {
		err = oauth.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// guarded returns a context whose changes are made only while the person owns an application.
func guarded(ctx context.Context, u *account.User, id string) context.Context {
	return account.WithGuard(context.WithoutCancel(ctx), account.Guard{Actor: u.ID, Owns: id})
}

// Managed reports whether only administrators change how an application connects to the server:
// the addresses, keys and secrets of an application that can do more than ask people for
// permission decide about tokens of others, and those of an application that can use the admin API
// decide about the server. An application that describes itself is changed by
// its description.
func Managed(c *oauth.Client) bool {
	_, registered := oauth.RegistrationID(c.ID)
	return c.Administers() || c.SkipAuthorization || c.ResourceServer || c.ServiceUserID != "" || len(c.ExchangeClients) > 0 || c.ExchangeImpersonation ||
		len(c.IDJAGAudiences) > 0 || len(c.WorkloadIdentities) > 0 || len(c.Legacy) > 0 || len(c.ForwardAuthGroups) > 0 || c.MultipleResources ||
		hasForeignGrant(c) || describesItself(c) || registered
}

// hasForeignGrant reports whether the application has a grant type with which people cannot
// register applications. With such a grant type, for example token exchange or one of the host
// program, an application gets tokens without asking the person.
func hasForeignGrant(c *oauth.Client) bool {
	return slices.ContainsFunc(c.GrantTypes, func(grant string) bool {
		switch grant {
		case oauth.GrantAuthorizationCode, oauth.GrantRefreshToken, oauth.GrantClientCredentials, oauth.GrantDeviceCode:
			return false
		}
		return true
	})
}

// describesItself reports whether a client metadata document describes the application.
func describesItself(c *oauth.Client) bool { return !c.DocumentFetchedAt.IsZero() }

// Editable reports whether an owner can change a field of an application.
func Editable(c *oauth.Client, field string) bool {
	_, registered := oauth.RegistrationID(c.ID)
	switch clientfields.Permission(field) {
	case account.ApplicationsDescribe:
		return !describesItself(c) && !registered
	case account.ApplicationsSecrets:
		return !Managed(c)
	}
	return false
}
