package web

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
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
	Picture       *PersonPicture  `json:"picture,omitempty"`
	Metadata      json.RawMessage `json:"metadata,omitempty"` // set by administrators or the host program
	Admin         bool            `json:"admin"`
	Roles         account.Roles   `json:"roles,omitempty"`
	Groups        []string        `json:"groups,omitempty"`
	Disabled      bool            `json:"disabled"`
	HasPassword   bool            `json:"has_password"`
	CreatedAt     time.Time       `json:"created_at"`
	UpdatedAt     time.Time       `json:"updated_at"`
	LastLoginAt   time.Time       `json:"last_login_at,omitzero"`
	ExpiresAt     time.Time       `json:"expires_at,omitzero"`
	DeleteAt      time.Time       `json:"delete_at,omitzero"`
	RevokedBefore time.Time       `json:"revoked_before,omitzero"` // all tokens that were issued up to then are revoked

	Factors      []PersonFactor      `json:"factors"`
	Sessions     []PersonSession     `json:"sessions"`
	Consents     []PersonConsent     `json:"consents"`
	Access       []PersonAccess      `json:"access"`       // permissions that are valid, with their refresh tokens
	EndedAccess  []PersonAccess      `json:"ended_access"` // permissions that have ended, until they are deleted
	Tokens       []PersonToken       `json:"access_tokens"`
	Requests     []PersonRequest     `json:"requests"`     // codes and requests that have not expired
	Applications []PersonApplication `json:"applications"` // for which the person is responsible
	Activity     []*audit.Record     `json:"activity"`     // records of the audit log about the person, without the origin of what administrators did
	Invitations  []PersonInvitation  `json:"invitations"`  // to the confirmed address, and the one that created the account
	Mails        []PersonMail        `json:"emails"`       // that wait to be sent
	// Incomplete names the lists that have more rows.
	Incomplete []string `json:"incomplete,omitempty"`
}

// PersonPicture is the picture of the person.
type PersonPicture struct {
	MediaType string    `json:"media_type"`
	Image     []byte    `json:"image"`
	CreatedAt time.Time `json:"created_at"`
}

// PersonFactor is something with which the person proves who they are.
type PersonFactor struct {
	account.Factor
	// Provider, Issuer and Subject identify the person at another provider.
	Provider string `json:"provider,omitempty"`
	Issuer   string `json:"issuer,omitempty"`
	Subject  string `json:"subject,omitempty"`
}

// PersonScope names an application and what it may do, or asks for.
type PersonScope struct {
	ClientID string       `json:"client_id"`
	Client   string       `json:"client_name,omitempty"`
	Scope    oauth.Scopes `json:"scope"`
}

// PersonRequest is a request of an application that is not complete.
type PersonRequest struct {
	Kind string `json:"kind"` // "pushed", "device" or "code"
	PersonScope
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// PersonInvitation is an invitation of the person.
type PersonInvitation struct {
	Email     string                  `json:"email,omitempty"`
	Locale    string                  `json:"locale,omitempty"`
	Note      string                  `json:"note,omitempty"`
	Admin     bool                    `json:"admin"`
	Roles     account.Roles           `json:"roles,omitempty"`
	State     account.InvitationState `json:"state"`
	CreatedAt time.Time               `json:"created_at"`
	ExpiresAt time.Time               `json:"expires_at,omitzero"`
	UsedAt    time.Time               `json:"used_at,omitzero"`
}

// PersonMail is an email that waits to be sent. Its text is written when it is sent.
type PersonMail struct {
	Kind      account.MailKind `json:"kind"`
	To        string           `json:"to"`
	Address   string           `json:"address,omitempty"` // of the browser that caused it
	Browser   string           `json:"browser,omitempty"`
	CreatedAt time.Time        `json:"created_at"`
	ExpiresAt time.Time        `json:"expires_at"`
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
	// Applications are the client IDs of the applications that know the session.
	Applications []string `json:"applications"`
}

// PersonConsent holds the permission that the person has given an application.
type PersonConsent struct {
	PersonScope
	GrantedAt time.Time `json:"granted_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// EndsAt is the end of the last permission, if the person limited its time.
	EndsAt time.Time `json:"ends_at,omitzero"`
}

// PersonAccess is a permission that an application uses.
type PersonAccess struct {
	PersonScope
	SessionID   string    `json:"session_id,omitempty"`
	LoggedInAt  time.Time `json:"logged_in_at,omitzero"`
	IssuedAt    time.Time `json:"issued_at"`
	RefreshedAt time.Time `json:"refreshed_at,omitzero"`
	// Address is where the application last obtained a token from.
	Address   string    `json:"address,omitempty"`
	ExpiresAt time.Time `json:"expires_at"`
	// EndsAt is the end of the permission, if the person limited its time.
	EndsAt time.Time `json:"ends_at,omitzero"`
	// RevokedAt is when the permission alone was revoked. A permission in EndedAccess without it has
	// expired, or ended with its application, its session or all permissions of the person.
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// PersonToken is an access token.
type PersonToken struct {
	PersonScope
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
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
	MailsOf(ctx context.Context, userID, address string, limit int) ([]account.Mail, error)
	Clients(ctx context.Context, f oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error)
	Families(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error)
	AccessTokens(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.AccessTokenRow, paging.Cursor, error)
	Consents(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error)
	Tickets(ctx context.Context, kind oauth.TicketKind, f oauth.FamilyFilter, p paging.Page) ([]oauth.TicketRow, paging.Cursor, error)
	SessionClients(ctx context.Context, sessionIDs []string) ([]oauth.SessionClient, error)
	JWTStanding(ctx context.Context, jti oauth.ID, family oauth.ID, clientID, subject string) (oauth.Standing, error)
}

// PersonDataOf returns what is stored about a person, without secrets. It omits unused
// codes. The lists have at most maxPersonRows rows each.
func PersonDataOf(ctx context.Context, accounts account.Store, protocol PersonStore, u *account.User, now time.Time) (*PersonData, error) {
	d := &PersonData{
		ExportedAt: now, ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified(), Claims: u.Claims,
		Admin: u.Roles().Has(account.RoleAdministrator), Roles: u.Roles(), Disabled: u.Disabled, HasPassword: u.PasswordHash != "", CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
		LastLoginAt: u.LastLoginAt, ExpiresAt: u.ExpiresAt, DeleteAt: u.DeleteAt,
		Factors: []PersonFactor{}, Requests: []PersonRequest{}, Invitations: []PersonInvitation{}, Mails: []PersonMail{}, // not null
	}
	for _, m := range u.Memberships {
		d.Groups = append(d.Groups, m.Group)
	}
	standing, err := protocol.JWTStanding(ctx, oauth.ID{}, oauth.ID{}, "", u.ID)
	if err != nil {
		return nil, err
	}
	d.RevokedBefore = standing.SubjectRevokedBefore
	if d.Metadata, err = accounts.UserMetadata(ctx, u.ID); err != nil {
		return nil, err
	}
	if err := d.readPicture(ctx, accounts); err != nil {
		return nil, err
	}
	factors, err := accounts.Factors(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range factors {
		issuer, subject := f.ProviderSubject()
		d.Factors = append(d.Factors, PersonFactor{f, f.Provider(), issuer, subject})
	}
	for _, read := range []func() error{
		func() error { return d.readAccess(ctx, accounts, protocol) },
		func() error { return d.readRequests(ctx, protocol) },
		func() error { return d.readInvitations(ctx, accounts) },
		func() error { return d.readMails(ctx, protocol) },
		func() error { return d.readActivity(ctx, protocol) },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *PersonData) readPicture(ctx context.Context, accounts account.Store) error {
	p, err := accounts.PictureOf(ctx, d.ID)
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	d.Picture = &PersonPicture{account.PictureType, p.Image, p.CreatedAt}
	return err
}

// readAccess reads the browsers and the applications of the person.
func (d *PersonData) readAccess(ctx context.Context, accounts account.Store, store PersonStore) error {
	return errors.Join(
		collect(ctx, d, "sessions", &d.Sessions, account.SessionFilter{UserID: d.ID}, accounts.Sessions, func(s account.SessionRow) PersonSession {
			return PersonSession{s.ID, s.Address, s.UserAgent, s.Methods, s.CreatedAt, s.SeenAt, s.ExpiresAt, []string{}}
		}),
		d.readSessionApplications(ctx, store),
		d.readPermissions(ctx, store),
		collect(ctx, d, "applications", &d.Applications, oauth.ClientFilter{OwnerID: d.ID}, store.Clients, func(c *oauth.Client) PersonApplication {
			return PersonApplication{c.ID, c.Name, c.CreatedAt}
		}),
	)
}

// readPermissions reads the consents and the tokens of the person.
func (d *PersonData) readPermissions(ctx context.Context, store PersonStore) error {
	of := oauth.FamilyFilter{Subject: d.ID}
	withEnded := of
	withEnded.Ended = true
	var all []oauth.FamilyRow
	valid := make(map[oauth.ID]bool)
	access := func(f oauth.FamilyRow) PersonAccess {
		return PersonAccess{PersonScope{f.ClientID, f.ClientName, f.Scope}, f.SessionID, f.AuthTime, f.IssuedAt, f.RotatedAt, f.Address, f.ExpiresAt, f.Details.Until, f.RevokedAt}
	}
	// The valid ones are read last: a permission that is given in the meantime has not ended.
	err := errors.Join(
		collect(ctx, d, "ended_access", &all, withEnded, store.Families, func(f oauth.FamilyRow) oauth.FamilyRow { return f }),
		collect(ctx, d, "consents", &d.Consents, of, store.Consents, func(c oauth.ConsentRow) PersonConsent {
			return PersonConsent{PersonScope{c.ClientID, c.ClientName, c.Scope}, c.GrantedAt, c.UpdatedAt, c.EndsAt}
		}),
		collect(ctx, d, "access", &d.Access, of, store.Families, func(f oauth.FamilyRow) PersonAccess {
			valid[f.ID] = true
			return access(f)
		}),
		collect(ctx, d, "access_tokens", &d.Tokens, of, store.AccessTokens, func(t oauth.AccessTokenRow) PersonToken {
			return PersonToken{PersonScope{t.ClientID, t.ClientName, t.Scope}, t.IssuedAt, t.ExpiresAt}
		}),
	)
	d.EndedAccess = []PersonAccess{}
	for _, f := range d.ended(all, valid) {
		d.EndedAccess = append(d.EndedAccess, access(f))
	}
	return err
}

// ended returns the permissions that are not valid. If only some of the valid ones were read, it
// returns only those that were revoked or have expired: another one could be valid.
func (d *PersonData) ended(all []oauth.FamilyRow, valid map[oauth.ID]bool) []oauth.FamilyRow {
	unsure := slices.Contains(d.Incomplete, "access")
	if unsure && !slices.Contains(d.Incomplete, "ended_access") {
		d.Incomplete = append(d.Incomplete, "ended_access")
	}
	return slices.DeleteFunc(all, func(f oauth.FamilyRow) bool {
		return valid[f.ID] || unsure && f.RevokedAt.IsZero() && f.ExpiresAt.After(d.ExportedAt)
	})
}

// readSessionApplications adds the applications to the sessions.
func (d *PersonData) readSessionApplications(ctx context.Context, store PersonStore) error {
	ids, at := make([]string, len(d.Sessions)), make(map[string]int, len(d.Sessions))
	for i, session := range d.Sessions {
		ids[i], at[session.ID] = session.ID, i
	}
	clients, err := store.SessionClients(ctx, ids)
	for _, c := range clients {
		session := &d.Sessions[at[c.SessionID]]
		session.Applications = append(session.Applications, c.ClientID)
	}
	return err
}

func (d *PersonData) readActivity(ctx context.Context, store PersonStore) error {
	d.Activity = []*audit.Record{}
	read := func(ctx context.Context, f audit.Filter, p paging.Page) ([]*audit.Record, paging.Cursor, error) {
		records, cursor, err := audit.List(ctx, store, f, p)
		return ownRecords(records, d.ID), cursor, err
	}
	return collect(ctx, d, "activity", &d.Activity, audit.Filter{Person: d.ID}, read, func(r *audit.Record) *audit.Record { return r })
}

// readRequests reads the codes and the requests of the person that have not expired.
func (d *PersonData) readRequests(ctx context.Context, store PersonStore) error {
	for name, kind := range provider.ListedTickets() {
		var rows []PersonRequest
		read := func(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.TicketRow, paging.Cursor, error) {
			return store.Tickets(ctx, kind, f, p)
		}
		err := collect(ctx, d, "requests", &rows, oauth.FamilyFilter{Subject: d.ID}, read, func(t oauth.TicketRow) PersonRequest {
			return PersonRequest{name, PersonScope{t.ClientID, t.ClientName, t.Scope}, t.IssuedAt, t.ExpiresAt}
		})
		if err != nil {
			return err
		}
		d.Requests = append(d.Requests, rows...)
	}
	slices.SortFunc(d.Requests, func(a, b PersonRequest) int { return b.IssuedAt.Compare(a.IssuedAt) })
	return nil
}

// readInvitations reads the invitation that created the account, and those to its address,
// if the person has confirmed that it is theirs.
func (d *PersonData) readInvitations(ctx context.Context, store account.Store) error {
	shown := func(i account.InvitationRow) PersonInvitation {
		return PersonInvitation{i.Email, i.Locale, i.Note, i.Admin, i.Roles(), i.State(d.ExportedAt), i.CreatedAt, i.ExpiresAt, i.UsedAt}
	}
	switch i, err := store.Invitation(ctx, d.ID); {
	case err == nil:
		d.Invitations = append(d.Invitations, shown(i))
	case !errors.Is(err, account.ErrNotFound):
		return err
	}
	if !d.EmailVerified || d.Email == "" {
		return nil
	}
	rows, _, err := store.Invitations(ctx, account.InvitationFilter{Email: d.Email}, paging.Page{Limit: 100})
	for _, row := range rows {
		if row.ID != d.ID {
			d.Invitations = append(d.Invitations, shown(row))
		}
	}
	return err
}

// readMails reads the emails that wait: those about the account, and those to its address, if
// the person has confirmed that it is theirs. The proofs in them are not stored.
func (d *PersonData) readMails(ctx context.Context, store PersonStore) error {
	address := ""
	if d.EmailVerified {
		address = d.Email
	}
	mails, err := store.MailsOf(ctx, d.ID, address, maxPersonRows)
	for _, m := range mails {
		d.Mails = append(d.Mails, PersonMail{m.Kind, m.To, m.Details.Address, m.Details.Browser, m.CreatedAt, m.ExpiresAt})
	}
	return err
}

// collect reads the pages of a list, up to maxPersonRows rows.
func collect[Filter, Stored, Row any](ctx context.Context, d *PersonData, name string, all *[]Row, f Filter,
	read func(context.Context, Filter, paging.Page) ([]Stored, paging.Cursor, error), convert func(Stored) Row,
) error {
	*all = []Row{}
	for p := (paging.Page{Limit: 500}); ; {
		rows, cursor, err := read(ctx, f, p)
		if err != nil {
			return err
		}
		for _, row := range rows {
			*all = append(*all, convert(row))
		}
		if cursor.Next == "" {
			return nil
		}
		if len(*all) >= maxPersonRows {
			d.Incomplete = append(d.Incomplete, name)
			return nil
		}
		p.After = cursor.Next
	}
}
