package oauth

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// AdminStore is what the back office and the command line need of a backend
// beside Store. Lists page by key, never by offset.
type AdminStore interface {
	// CreateClient adds a client; ErrConflict if the client_id is taken.
	CreateClient(ctx context.Context, c *Client) error
	// UpdateClient saves all fields if the row still has c.Version, which
	// then counts up in c too; else ErrConflict, or ErrNotFound.
	UpdateClient(ctx context.Context, c *Client) error
	// DeleteClient removes the client with its consents, codes and families.
	// Its access tokens die with it, because it no longer stands.
	DeleteClient(ctx context.Context, id string) error
	// ClientUsage counts what would go with the client.
	ClientUsage(ctx context.Context, id string, now time.Time) (ClientUsage, error)

	Clients(ctx context.Context, f ClientFilter, p paging.Page) ([]*Client, paging.Cursor, error)
	// Families lists what people have given to clients and is still alive:
	// "tokens" in the back office.
	Families(ctx context.Context, f FamilyFilter, p paging.Page) ([]FamilyRow, paging.Cursor, error)
	// AccessTokens lists opaque access tokens that have not expired.
	AccessTokens(ctx context.Context, f FamilyFilter, p paging.Page) ([]AccessTokenRow, paging.Cursor, error)
	Consents(ctx context.Context, f FamilyFilter, p paging.Page) ([]ConsentRow, paging.Cursor, error)

	// RevokeFamilies ends these families, whoever owns them.
	RevokeFamilies(ctx context.Context, ids []ID, at time.Time) error
	// DeleteAccessTokens ends these access tokens, whoever owns them.
	DeleteAccessTokens(ctx context.Context, ids []ID) error
	// RevokeClient ends everything issued to the client until then.
	RevokeClient(ctx context.Context, id string, at time.Time) error

	// LogoutNotices counts the notices that wait to be delivered; more than
	// MostLogoutNotices are that many.
	LogoutNotices(ctx context.Context) (int, error)
}

// MostLogoutNotices bounds what it costs to count them.
const MostLogoutNotices = 10_000

// ClientUsage counts what hangs on a client.
type ClientUsage struct {
	Families, AccessTokens, Consents int
}

// ClientFilter narrows a list of clients; zero fields do not.
type ClientFilter struct {
	// Search is found in name, client_id or the owner's username, in any
	// letter case.
	Search    string
	Type      ClientType
	GrantType string
	OwnerID   string
	// Disabled, if set, keeps only those (not) disabled.
	Disabled *bool
}

// FamilyFilter narrows lists of tokens and consents; zero fields do not.
type FamilyFilter struct {
	ClientID string
	Subject  string
	// Search is found in the client's name, its client_id or the username.
	Search string
}

// FamilyRow is a family with the names that people know.
type FamilyRow struct {
	Family
	ClientName string
	Username   string
}

// AccessTokenRow is an access token with the names that people know.
type AccessTokenRow struct {
	AccessToken
	ClientName string
	Username   string
}

// ConsentRow is a consent with the names that people know.
type ConsentRow struct {
	Consent
	ClientName string
	Username   string
}
