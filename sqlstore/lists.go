package sqlstore

import (
	"context"
	"encoding/json"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// Clients returns clients, sorted by "name" (the default), "client_id", "created" or "type".
func (s *Store) Clients(ctx context.Context, f oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
	l := listing{query: `SELECT ` + clientColumns + ` FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id`, key: "lower(t.name)", id: "t.id"}
	switch p.Sort {
	case "client_id":
		l.key = "t.id"
	case "created":
		l.key = "t.created_at"
	case "type":
		l.key = "t.type"
	}
	l.search(f.Search, "t.name", "t.id", "a.username")
	if f.Type != "" {
		l.filter("t.type = ?", string(f.Type))
	}
	if f.GrantType != "" {
		quoted, err := json.Marshal(f.GrantType)
		if err != nil {
			return nil, paging.Cursor{}, err
		}
		l.search(string(quoted), "t.settings")
	}
	if f.OwnerID != "" {
		l.filter("t.owner_id = ?", f.OwnerID)
	}
	l.addedBy(f.AddedBy)
	if f.Disabled != nil {
		l.filter("t.disabled = ?", number(*f.Disabled))
	}
	rows, cursor, err := list(ctx, s, l, p, func(c *oauth.Client) []any { return clientFields(c) })
	clients := make([]*oauth.Client, len(rows))
	for i := range rows {
		clients[i] = &rows[i]
	}
	return clients, cursor, err
}

// addedBy adds the condition that a client was added in this way (oauth.Client.AddedBy).
func (l *listing) addedBy(way oauth.AddedBy) {
	const registered, described = "substr(t.id, 1, 7) = ?", `(substr(t.id, 1, 4) = 'http' AND t.settings LIKE ?)`
	const fetched = `%"document_fetched_at":%` // a quote inside a text has a backslash before it
	switch way {
	case oauth.AddedByAdministrator:
		l.filter("NOT "+registered, oauth.RegistrationPrefix)
		l.filter("NOT "+described, fetched)
	case oauth.AddedByRegistration:
		l.filter(registered+" AND t.owner_id = ''", oauth.RegistrationPrefix)
	case oauth.AddedByPerson:
		l.filter(registered+" AND t.owner_id <> ''", oauth.RegistrationPrefix)
	case oauth.AddedByDocument:
		l.filter(described, fetched)
	}
}

// names joins what people call the client and the subject of a table "t".
const names = ` LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject`

// narrow adds the conditions of the filter. byClient and bySubject say whether
// the column has an index. A list of rows without one is searched; all other
// conditions are checked.
func (l *listing) narrow(f oauth.FamilyFilter, byClient, bySubject bool) {
	switch {
	case f.Subject != "" && bySubject:
		l.group, l.value, f.Subject = "t.subject", f.Subject, ""
	case f.ClientID != "" && byClient:
		l.group, l.value, f.ClientID = "t.client_id", f.ClientID, ""
	}
	rest := &l.check
	if !byClient && !bySubject {
		rest = &l.rare
	}
	if f.Subject != "" {
		*rest = append(*rest, l.condition("t.subject = ?", f.Subject))
	}
	if f.ClientID != "" {
		*rest = append(*rest, l.condition("t.client_id = ?", f.ClientID))
	}
	l.checkSearch(f.Search, "c.name", "t.client_id", "a.username")
}

// newestFirst is the only order of these lists.
func newestFirst(p paging.Page) paging.Page {
	p.Descending = true
	return p
}

// validFamilies selects the families that are valid.
func (s *Store) validFamilies(f oauth.FamilyFilter) listing {
	l := listing{
		query: `SELECT ` + familyColumns + `, c.name, a.username FROM latchkey_family t` + names, key: "t.id", id: "t.id", blobs: true,
		check: []string{familyValid}, args: []any{ms(s.Clock()), number(f.InSession)},
	}
	l.narrow(f, true, true)
	return l
}

// validAccess selects the opaque access tokens that are valid. The primary key is
// the only index, because another one would make each token more expensive, which a
// list does not justify.
func (s *Store) validAccess(f oauth.FamilyFilter) listing {
	l := listing{
		query: `SELECT ` + accessColumns + `, c.name, a.username FROM latchkey_access_token t` + names, key: "t.id", id: "t.id", blobs: true,
		check: []string{accessValid}, args: []any{ms(s.Clock())},
	}
	l.narrow(f, false, false)
	return l
}

// liveTickets selects the tickets of a kind that have not expired. There is no index
// on the kind, but a ticket does not live longer than oauth.LongestTicket, so only
// the newest ones are read.
func (s *Store) liveTickets(kind oauth.TicketKind, f oauth.FamilyFilter) listing {
	now := s.Clock()
	oldest := oauth.IDFrom(now.Add(-oauth.LongestTicket), [10]byte{})
	l := listing{
		query: `SELECT ` + ticketColumns + `, c.name, a.username FROM latchkey_ticket t` + names, key: "t.id", id: "t.id", blobs: true,
		bound: "t.id > $1", check: []string{"t.expires_at > $2 AND t.kind = $3"}, args: []any{oldest[:], ms(now), string(kind)},
	}
	l.narrow(f, false, false)
	return l
}

// consents selects consents. Those for a client that was deleted are omitted.
func consents(f oauth.FamilyFilter) listing {
	l := listing{
		query: `SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, c.name, a.username FROM latchkey_consent t` + names,
		key:   "t.updated_at", id: "t.subject || ' ' || t.client_id", check: []string{"c.id IS NOT NULL"},
	}
	l.narrow(f, true, true)
	return l
}

// Usage counts families and consents of a client or a person.
func (s *Store) Usage(ctx context.Context, f oauth.FamilyFilter) (u oauth.Usage, err error) {
	if u.Families, err = s.count(ctx, s.validFamilies(f)); err == nil {
		u.Consents, err = s.count(ctx, consents(f))
	}
	return u, err
}

// Families returns families that are valid, newest first.
func (s *Store) Families(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error) {
	return list(ctx, s, s.validFamilies(f), newestFirst(p), func(r *oauth.FamilyRow) []any {
		return append(familyFields(&r.Family), text{&r.ClientName}, text{&r.Username})
	})
}

// AccessTokens returns opaque access tokens that are valid, newest first.
func (s *Store) AccessTokens(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.AccessTokenRow, paging.Cursor, error) {
	return list(ctx, s, s.validAccess(f), newestFirst(p), func(r *oauth.AccessTokenRow) []any {
		return append(accessFields(&r.AccessToken), text{&r.ClientName}, text{&r.Username})
	})
}

// Tickets returns tickets of a kind that have not expired, newest first.
func (s *Store) Tickets(ctx context.Context, kind oauth.TicketKind, f oauth.FamilyFilter, p paging.Page) ([]oauth.TicketRow, paging.Cursor, error) {
	return list(ctx, s, s.liveTickets(kind, f), newestFirst(p), func(r *oauth.TicketRow) []any {
		return append(ticketFields(&r.Ticket), text{&r.ClientName}, text{&r.Username})
	})
}

// CountTickets counts what Tickets returns.
func (s *Store) CountTickets(ctx context.Context, kind oauth.TicketKind, f oauth.FamilyFilter) (oauth.Count, error) {
	return s.count(ctx, s.liveTickets(kind, f))
}

// Consents returns consents, the most recently changed first.
func (s *Store) Consents(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error) {
	return list(ctx, s, consents(f), newestFirst(p), func(r *oauth.ConsentRow) []any {
		return []any{&r.Subject, &r.ClientID, remembered{&r.Scope}, at{&r.GrantedAt}, at{&r.UpdatedAt}, text{&r.ClientName}, text{&r.Username}}
	})
}

// Users returns users, sorted by "username" (the default), "name", "created" or "last_login".
func (s *Store) Users(ctx context.Context, f account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error) {
	l := listing{query: `SELECT ` + userColumns + ` FROM latchkey_account a`, key: "a.canonical", id: "a.id"}
	switch p.Sort {
	case "name":
		l.key = "lower(a.name)"
	case "created":
		l.key = "a.created_at"
	case "last_login":
		l.key = "a.last_login_at"
	}
	l.search(f.Search, "a.username", "a.name", "a.email")
	if f.Admin != nil {
		l.filter("a.admin = ?", number(*f.Admin))
	}
	if f.Disabled != nil {
		l.filter("a.disabled = ?", number(*f.Disabled))
	}
	rows, cursor, err := list(ctx, s, l, p, func(u *account.User) []any { return userFields(u) })
	users := make([]*account.User, len(rows))
	for i := range rows {
		users[i] = &rows[i]
	}
	return users, cursor, err
}

// Sessions returns sessions that have not expired, newest first.
func (s *Store) Sessions(ctx context.Context, f account.SessionFilter, p paging.Page) ([]account.SessionRow, paging.Cursor, error) {
	l := listing{
		query: `SELECT ` + sessionColumns + `, a.username FROM latchkey_session t LEFT JOIN latchkey_account a ON a.id = t.user_id`, key: "t.id", id: "t.id",
		check: []string{"t.expires_at > $1 AND t.idle_expires_at > $1 AND a.disabled = 0"}, args: []any{ms(s.Clock())},
	}
	if f.UserID != "" {
		l.group, l.value = "t.user_id", f.UserID
	}
	if f.Method != "" {
		l.check = append(l.check, l.condition(holds("' ' || t.methods || ' '"), pattern(" "+f.Method+" ")))
	}
	l.checkSearch(f.Search, "a.username", "t.address")
	rows, cursor, err := list(ctx, s, l, newestFirst(p), func(r *account.SessionRow) []any {
		return append(sessionFields(&r.Session), text{&r.Username})
	})
	return rows, cursor, err
}
