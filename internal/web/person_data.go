package web

import (
	"context"
	"encoding/json"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// maxPersonRows is the maximum number of rows in each list of PersonData. Only a person
// with thousands of logins to an application that never logs out has more.
const maxPersonRows = 5000

// PersonData is everything that is stored about a person with an account, without secrets.
type PersonData struct {
	ExportedAt time.Time `json:"exported_at"`

	ID            string          `json:"id"`
	Username      string          `json:"username"`
	Name          string          `json:"name,omitempty"`
	Email         string          `json:"email,omitempty"`
	EmailVerified bool            `json:"email_verified"`
	Claims        json.RawMessage `json:"claims,omitempty"`
	Metadata      json.RawMessage `json:"metadata,omitempty"` // set by administrators or the host program
	Admin         bool            `json:"admin"`
	Disabled      bool            `json:"disabled"`
	HasPassword   bool            `json:"has_password"`
	CreatedAt     time.Time       `json:"created_at"`
	UpdatedAt     time.Time       `json:"updated_at"`
	LastLoginAt   time.Time       `json:"last_login_at,omitzero"`
	ExpiresAt     time.Time       `json:"expires_at,omitzero"`
	DeleteAt      time.Time       `json:"delete_at,omitzero"`

	Factors      []account.Factor    `json:"factors"`
	Sessions     []PersonSession     `json:"sessions"`
	Consents     []PersonConsent     `json:"consents"`
	Access       []PersonAccess      `json:"access"` // permissions that are valid, with their refresh tokens
	Tokens       []PersonToken       `json:"access_tokens"`
	Applications []PersonApplication `json:"applications"` // for which the person is responsible
	Activity     []*audit.Record     `json:"activity"`     // records of the audit log about the person, without the origin of what administrators did
	// Incomplete names the lists that have more rows.
	Incomplete []string `json:"incomplete,omitempty"`
}

// PersonSession is a browser in which the person is logged in.
type PersonSession struct {
	ID         string    `json:"id"`
	Address    string    `json:"address,omitempty"`
	UserAgent  string    `json:"user_agent,omitempty"`
	Methods    []string  `json:"methods,omitempty"` // values of amr (RFC 8176)
	LoggedInAt time.Time `json:"logged_in_at"`
	SeenAt     time.Time `json:"seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// PersonConsent holds the permission that the person has given an application.
type PersonConsent struct {
	ClientID  string       `json:"client_id"`
	Client    string       `json:"client_name,omitempty"`
	Scope     oauth.Scopes `json:"scope"`
	GrantedAt time.Time    `json:"granted_at"`
	UpdatedAt time.Time    `json:"updated_at"`
}

// PersonAccess is a permission that an application uses.
type PersonAccess struct {
	ClientID    string       `json:"client_id"`
	Client      string       `json:"client_name,omitempty"`
	Scope       oauth.Scopes `json:"scope"`
	SessionID   string       `json:"session_id,omitempty"`
	LoggedInAt  time.Time    `json:"logged_in_at,omitzero"`
	IssuedAt    time.Time    `json:"issued_at"`
	RefreshedAt time.Time    `json:"refreshed_at,omitzero"`
	ExpiresAt   time.Time    `json:"expires_at"`
}

// PersonToken is an access token.
type PersonToken struct {
	ClientID  string       `json:"client_id"`
	Client    string       `json:"client_name,omitempty"`
	Scope     oauth.Scopes `json:"scope"`
	IssuedAt  time.Time    `json:"issued_at"`
	ExpiresAt time.Time    `json:"expires_at"`
}

// PersonApplication is an application for which the person is responsible.
type PersonApplication struct {
	ClientID  string    `json:"client_id"`
	Name      string    `json:"client_name,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// PersonStore has the lists that PersonDataOf reads.
type PersonStore interface {
	audit.Store
	Clients(ctx context.Context, f oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error)
	Families(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error)
	AccessTokens(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.AccessTokenRow, paging.Cursor, error)
	Consents(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error)
}

// PersonDataOf returns what is stored about a person, without secrets. It omits the provider
// and the subject of identities, unused codes, and emails that wait. The lists have at most
// maxPersonRows rows each.
func PersonDataOf(ctx context.Context, accounts account.Store, protocol PersonStore, u *account.User, now time.Time) (*PersonData, error) {
	d := &PersonData{
		ExportedAt: now, ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified(), Claims: u.Claims,
		Admin: u.Admin, Disabled: u.Disabled, HasPassword: u.PasswordHash != "", CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
		LastLoginAt: u.LastLoginAt, ExpiresAt: u.ExpiresAt, DeleteAt: u.DeleteAt,
	}
	var err error
	if d.Metadata, err = accounts.UserMetadata(ctx, u.ID); err != nil {
		return nil, err
	}
	factors, err := accounts.Factors(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	d.Factors = append([]account.Factor{}, factors...) // not null
	for _, read := range []func() error{
		func() error { return d.readSessions(ctx, accounts) },
		func() error { return d.readAccess(ctx, protocol) },
		func() error { return d.readApplications(ctx, protocol) },
		func() error { return d.readActivity(ctx, protocol) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *PersonData) readSessions(ctx context.Context, store account.Store) error {
	return collect(d, "sessions", &d.Sessions, func(p paging.Page) (rows []PersonSession, next string, err error) {
		sessions, cursor, err := store.Sessions(ctx, account.SessionFilter{UserID: d.ID}, p)
		for _, s := range sessions {
			rows = append(rows, PersonSession{s.ID, s.Address, s.UserAgent, s.Methods, s.CreatedAt, s.SeenAt, s.ExpiresAt})
		}
		return rows, cursor.Next, err
	})
}

func (d *PersonData) readAccess(ctx context.Context, store PersonStore) error {
	of := oauth.FamilyFilter{Subject: d.ID}
	err := collect(d, "consents", &d.Consents, func(p paging.Page) (rows []PersonConsent, next string, err error) {
		consents, cursor, err := store.Consents(ctx, of, p)
		for _, c := range consents {
			rows = append(rows, PersonConsent{c.ClientID, c.ClientName, c.Scope, c.GrantedAt, c.UpdatedAt})
		}
		return rows, cursor.Next, err
	})
	if err != nil {
		return err
	}
	err = collect(d, "access", &d.Access, func(p paging.Page) (rows []PersonAccess, next string, err error) {
		families, cursor, err := store.Families(ctx, of, p)
		for _, f := range families {
			rows = append(rows, PersonAccess{f.ClientID, f.ClientName, f.Scope, f.SessionID, f.AuthTime, f.IssuedAt, f.RotatedAt, f.ExpiresAt})
		}
		return rows, cursor.Next, err
	})
	if err != nil {
		return err
	}
	return collect(d, "access_tokens", &d.Tokens, func(p paging.Page) (rows []PersonToken, next string, err error) {
		tokens, cursor, err := store.AccessTokens(ctx, of, p)
		for _, t := range tokens {
			rows = append(rows, PersonToken{t.ClientID, t.ClientName, t.Scope, t.IssuedAt, t.ExpiresAt})
		}
		return rows, cursor.Next, err
	})
}

func (d *PersonData) readActivity(ctx context.Context, store PersonStore) error {
	return collect(d, "activity", &d.Activity, func(p paging.Page) (rows []*audit.Record, next string, err error) {
		records, cursor, err := audit.List(ctx, store, audit.Filter{Person: d.ID}, p)
		return ownRecords(records, d.ID), cursor.Next, err
	})
}

func (d *PersonData) readApplications(ctx context.Context, store PersonStore) error {
	return collect(d, "applications", &d.Applications, func(p paging.Page) (rows []PersonApplication, next string, err error) {
		clients, cursor, err := store.Clients(ctx, oauth.ClientFilter{OwnerID: d.ID}, p)
		for _, c := range clients {
			rows = append(rows, PersonApplication{c.ID, c.Name, c.CreatedAt})
		}
		return rows, cursor.Next, err
	})
}

// collect reads the pages of a list, up to maxPersonRows rows.
func collect[Row any](d *PersonData, name string, all *[]Row, read func(paging.Page) (rows []Row, next string, err error)) error {
	*all = []Row{}
	for p := (paging.Page{Limit: 500}); ; {
		rows, next, err := read(p)
		if err != nil {
			return err
		}
		*all = append(*all, rows...)
		if next == "" {
			return nil
		}
		if len(*all) >= maxPersonRows {
			d.Incomplete = append(d.Incomplete, name)
			return nil
		}
		p.After = next
	}
}
