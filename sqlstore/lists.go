package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// Clients returns clients, sorted by "name" (the default), "client_id", "created" or "type".
func (s *Store) Clients(ctx context.Context, f oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
	l, err := s.clients(f)
	if err != nil {
		return nil, paging.Cursor{}, err
	}
	switch p.Sort {
	case "client_id":
		l.key = "t.id"
	case "created":
		l.key = "t.created_at"
	case "type":
		l.key = "t.type"
	}
	rows, cursor, err := list(ctx, s, l, p, func(c *oauth.Client) []any { return clientFields(c) })
	return pointers(rows), cursor, err
}

// CountClients counts what Clients returns.
func (s *Store) CountClients(ctx context.Context, f oauth.ClientFilter) (oauth.Count, error) {
	l, err := s.clients(f)
	if err != nil {
		return oauth.Count{}, err
	}
	return s.count(ctx, l.counted())
}

// FindClients returns clients whose name or client_id begins with the text.
func (s *Store) FindClients(ctx context.Context, text string, limit int) (found []*oauth.Client, err error) {
	query, args := begins(`SELECT `+clientColumns+` FROM latchkey_client t`, "latchkey_client", text, limit, "id", "lower(name)")
	err = s.each(ctx, query, args, func(row Rows) error {
		var c oauth.Client
		found = append(found, &c)
		return row.Scan(clientFields(&c)...)
	})
	return found, err
}

// mostSkipped is how many rows are read for each column in which a text is searched. These
// are the rows of the index that start at the text. A database can sort rows with other
// texts between them, for example because it ignores punctuation.
const mostSkipped = 100

// begins returns the query for the rows of a table, of which one of the columns begins
// with the text in any letter case. Each column has an index. The index of the ids is not
// in lower case, so they are searched for the text as it was typed too. An id that is
// the text comes first, and then those that begin with the text as it was typed: anybody
// can give an application a name that begins with the id of another one.
func begins(query, table, text string, limit int, columns ...string) (string, []any) {
	near := func(column, from string) string {
		return fmt.Sprintf(`SELECT id FROM (SELECT id, %[1]s AS value FROM %[2]s WHERE %[1]s >= %[3]s ORDER BY %[1]s LIMIT %[4]d) AS near WHERE lower(value) LIKE $2 ESCAPE '\'`, column, table, from, max(limit, mostSkipped))
	}
	lower := strings.ToLower(text)
	args := []any{lower, escaped(lower) + "%"}
	_, from, _ := strings.Cut(query, " FROM ")
	_, alias, _ := strings.Cut(from, " ")
	var parts []string
	var order string
	for _, column := range columns {
		parts = append(parts, near(column, "$1"))
		if column == "id" {
			parts, args = append(parts, near(column, "$3")), append(args, text)
			order = fmt.Sprintf(" ORDER BY CASE WHEN %[1]s.id = $3 THEN 0 WHEN substr(%[1]s.id, 1, length($3)) = $3 THEN 1 ELSE 2 END", alias)
		}
	}
	return query + " WHERE " + alias + ".id IN (" + strings.Join(parts, " UNION ") + ")" + order + fmt.Sprintf(" LIMIT %d", limit*len(columns)), args
}

func pointers[T any](rows []T) []*T {
	all := make([]*T, len(rows))
	for i := range rows {
		all[i] = &rows[i]
	}
	return all
}

// counted turns the conditions of a list that is searched as a whole into checks, so
// that count reads a bounded number of rows.
func (l listing) counted() listing {
	l.check, l.where = l.where, nil
	return l
}

// clients selects clients, in the order of their names.
func (s *Store) clients(f oauth.ClientFilter) (listing, error) {
	l := listing{query: `SELECT ` + clientColumns + ` FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id`, key: "lower(t.name)", id: "t.id"}
	l.search(f.Search, "t.name", "t.id", "a.username")
	if f.Type != "" {
		l.filter("t.type = ?", string(f.Type))
	}
	if f.GrantType != "" {
		quoted, err := json.Marshal(f.GrantType)
		if err != nil {
			return l, err
		}
		position, text := "instr", string(quoted)
		if s.batcher != nil {
			position, text = "strpos", strings.ReplaceAll(text, `\u`, `\/`) // as in setting
		}
		l.filter(position+"("+s.setting("t.settings", "grant_types")+", ?) > 0", text)
	}
	switch {
	case f.OwnerID != "" && f.Responsible:
		l.filter("t.owner_id = ?", f.OwnerID)
	case f.OwnerID != "":
		l.filter(`(t.owner_id = ? OR (t.co_owners <> '' AND replace(t.co_owners, '"' || CAST(? AS TEXT) || '"', '') <> t.co_owners))`, f.OwnerID)
	}
	if f.Review != "" {
		l.filter(s.setting("t.settings", "review")+" = ?", `"`+string(f.Review)+`"`)
	}
	s.addedBy(&l, f.AddedBy)
	if f.Legacy {
		l.where = append(l.where, "coalesce("+s.setting("t.settings", "legacy_features")+", '[]') NOT IN ('[]', 'null')")
	}
	if f.Disabled != nil {
		l.filter("t.disabled = ?", number(*f.Disabled))
	}
	l.added("t.created_at", f.From, f.Until)
	return l, s.only(&l, "t.id", f.IDs)
}

// only selects the rows with these ids. It selects all if ids is nil.
func (s *Store) only(l *listing, column string, ids []string) error {
	if ids == nil {
		return nil
	}
	list, err := textList(ids)
	l.filter(inList(s.batcher != nil, column, "?"), list)
	return err
}

// addedBy adds the condition that a client was added in this way (oauth.Client.AddedBy).
func (s *Store) addedBy(l *listing, way oauth.AddedBy) {
	const registered = "substr(t.id, 1, 7) = ?"
	described := "(substr(t.id, 1, 4) = 'http' AND " + s.setting("t.settings", "document_fetched_at") + " IS NOT NULL)"
	byPerson := s.settingIs("t.settings", "registered_by_person", "true")
	switch way {
	case oauth.AddedByAdministrator:
		l.filter("NOT "+registered+" AND NOT "+byPerson+" AND NOT "+described, oauth.RegistrationPrefix)
	case oauth.AddedByRegistration:
		l.filter(registered+" AND t.owner_id = ''", oauth.RegistrationPrefix)
	case oauth.AddedByPerson:
		l.filter("("+registered+" AND t.owner_id <> '' OR "+byPerson+")", oauth.RegistrationPrefix)
	case oauth.AddedByDocument:
		l.where = append(l.where, described)
	}
}

// names joins what people call the client and the subject of a table "t".
const names = ` LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject`

// narrow adds the conditions of the filter. byClient and bySubject say whether
// the column has an index. A list of rows without one is searched; all other
// conditions are checked.
func (l *listing) narrow(s *Store, f oauth.FamilyFilter, byClient, bySubject bool) {
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
	if f.Agents {
		l.check = append(l.check, s.settingIs("c.settings", "agent", "true"))
	}
	if f.Offline {
		l.check = append(l.check, l.condition(holds("' ' || t.scope || ' '"), pattern(" "+oauth.ScopeOfflineAccess+" ")))
	}
}

// newestFirst is the order of these lists, unless they are sorted by "time".
func newestFirst(p paging.Page) paging.Page {
	if p.Sort != "time" {
		p.Descending = true
	}
	return p
}

func blobID(id oauth.ID) any { return id[:] }

func textID(id oauth.ID) any { return id.String() }

// families selects families.
func (s *Store) families(f oauth.FamilyFilter, condition string) listing {
	l := listing{
		query: `SELECT ` + familyColumns + `, c.name, a.username FROM latchkey_family t` + names, key: "t.id", id: "t.id", blobs: true,
		check: []string{condition}, args: []any{ms(s.Clock()), number(f.InSession)},
	}
	l.between(f.From, f.Until, blobID)
	l.narrow(s, f, true, true)
	return l
}

// listedFamilies selects the families in the state of the filter.
func (s *Store) listedFamilies(f oauth.FamilyFilter) listing {
	return s.families(f, queryOf(familyStates, f.State).listed)
}

// access selects opaque access tokens. The primary key is the only index of the table, because another one would make
// each token more expensive, which a list does not justify: see ownerRuns. That index can lack tokens that have
// expired, so it serves only the lists of those that have not: that are valid, or whose client or person is disabled.
func (s *Store) access(f oauth.FamilyFilter, condition string) listing {
	l := listing{
		query: `SELECT ` + accessColumns + `, c.name, a.username FROM latchkey_access_token t` + names, key: "t.id", id: "t.id", blobs: true,
		check: []string{condition}, args: []any{ms(s.Clock())},
	}
	l.between(f.From, f.Until, blobID)
	l.narrow(s, f, false, false)
	switch {
	case f.State == oauth.TokenExpired || f.State == oauth.TokenRevoked: // those that were revoked can have expired, too
	case f.Subject != "":
		l.owner = personOwner(f.Subject)
	case f.ClientID != "":
		l.owner = clientOwner(f.ClientID)
	}
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
		bounds: []bound{{"t.id > ?", oldest[:]}}, check: []string{"t.expires_at > $1 AND t.kind = $2"}, args: []any{ms(now), string(kind)},
	}
	l.between(f.From, f.Until, blobID)
	l.narrow(s, f, false, false)
	return l
}

// consents selects consents. Those for a client that was deleted are omitted.
func (s *Store) consents(f oauth.FamilyFilter) listing {
	l := listing{
		query: `SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username FROM latchkey_consent t` + names,
		key:   "t.updated_at", id: "t.subject || ' ' || t.client_id", check: []string{"c.id IS NOT NULL"},
	}
	l.narrow(s, f, true, true)
	if !f.From.IsZero() {
		l.check = append(l.check, l.condition("t.updated_at >= ?", ms(f.From)))
	}
	if !f.Until.IsZero() {
		l.check = append(l.check, l.condition("t.updated_at < ?", ms(f.Until)))
	}
	return l
}

// Usage counts families and consents of a client or a person.
func (s *Store) Usage(ctx context.Context, f oauth.FamilyFilter) (u oauth.Usage, err error) {
	if u.Families, err = s.count(ctx, s.listedFamilies(f)); err == nil {
		u.Consents, err = s.count(ctx, s.consents(f))
	}
	return u, err
}

// Families returns families that are valid or in another state, or all of a person, newest first.
func (s *Store) Families(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error) {
	selected := s.listedFamilies(f)
	if f.Ended && f.Subject != "" {
		selected = s.families(f, familyStored)
	}
	return list(ctx, s, selected, newestFirst(p), func(r *oauth.FamilyRow) []any {
		return append(familyFields(&r.Family), text{&r.ClientName}, text{&r.Username})
	})
}

// AccessTokens returns opaque access tokens that are valid or in another state, newest first.
func (s *Store) AccessTokens(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.AccessTokenRow, paging.Cursor, error) {
	return list(ctx, s, s.access(f, queryOf(accessStates, f.State).listed), newestFirst(p), func(r *oauth.AccessTokenRow) []any {
		return append(accessFields(&r.AccessToken), text{&r.ClientName}, text{&r.Username})
	})
}

// CountFamilies counts families, without checking their clients and people if it can.
func (s *Store) CountFamilies(ctx context.Context, f oauth.FamilyFilter) (oauth.Count, error) {
	return s.countState(ctx, f, queryOf(familyStates, f.State), s.families)
}

// CountAccessTokens counts access tokens, without checking their clients and people if it can.
func (s *Store) CountAccessTokens(ctx context.Context, f oauth.FamilyFilter) (oauth.Count, error) {
	return s.countState(ctx, f, queryOf(accessStates, f.State), s.access)
}

// countState counts the rows of a state. If their clients and people must be checked, it reads only mostChecked rows,
// or mostRead of the rows that an index has.
func (s *Store) countState(ctx context.Context, f oauth.FamilyFilter, q stateQuery, selected func(oauth.FamilyFilter, string) listing) (oauth.Count, error) {
	if q.counted == "" {
		l := selected(f, q.listed)
		if l.owner != "" {
			return s.countOwned(ctx, l, mostRead)
		}
		return s.countFew(ctx, l, mostChecked)
	}
	l := selected(f, q.counted)
	l.own = f.Search == "" && !f.Agents
	return s.count(ctx, l)
}

// CountConsents counts consents.
func (s *Store) CountConsents(ctx context.Context, f oauth.FamilyFilter) (oauth.Count, error) {
	return s.count(ctx, s.consents(f))
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
	return list(ctx, s, s.consents(f), newestFirst(p), func(r *oauth.ConsentRow) []any {
		return []any{&r.Subject, &r.ClientID, remembered{&r.Scope}, at{&r.GrantedAt}, at{&r.UpdatedAt}, at{&r.EndsAt}, text{&r.ClientName}, text{&r.Username}}
	})
}

// ConsentCursor returns the cursor of a row of Consents: its key and its id in the listing.
func (s *Store) ConsentCursor(c oauth.Consent) string {
	return place{ms(c.UpdatedAt), c.Subject + " " + c.ClientID}.cursor()
}

// Users returns users, sorted by "username" (the default), "name", "created" or "last_login".
func (s *Store) Users(ctx context.Context, f account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error) {
	l, err := s.users(f)
	if err != nil {
		return nil, paging.Cursor{}, err
	}
	switch p.Sort {
	case "name":
		l.key = "lower(a.name)"
	case "created":
		l.key = "a.created_at"
	case "last_login":
		l.key = "a.last_login_at"
	}
	rows, cursor, err := list(ctx, s, l, p, func(u *account.User) []any { return userFields(u) })
	return pointers(rows), cursor, err
}

// CountUsers counts what Users returns.
func (s *Store) CountUsers(ctx context.Context, f account.UserFilter) (paging.Count, error) {
	l, err := s.users(f)
	if err != nil {
		return paging.Count{}, err
	}
	return s.count(ctx, l.counted())
}

// FindUsers returns users whose username, name or email address begins with the text.
func (s *Store) FindUsers(ctx context.Context, text string, limit int) (found []*account.User, err error) {
	query, args := begins(`SELECT `+userColumns+` FROM latchkey_account a`, "latchkey_account", text, limit, "canonical", "lower(name)", "lower(email)")
	err = s.each(ctx, query, args, func(row Rows) error {
		var u account.User
		found = append(found, &u)
		return row.Scan(userFields(&u)...)
	})
	return found, err
}

// users selects users, in the order of their usernames.
func (s *Store) users(f account.UserFilter) (listing, error) {
	l := listing{query: `SELECT ` + userColumns + ` FROM latchkey_account a`, key: "a.canonical", id: "a.id"}
	l.search(f.Search, "a.username", "a.name", "a.email")
	if f.Admin != nil {
		has := "a.admin = 1 OR a.id IN (SELECT m.user_id FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id WHERE g.admin = 1)"
		l.filter("CASE WHEN "+has+" THEN 1 ELSE 0 END = ?", number(*f.Admin))
	}
	if f.Role != "" {
		byGroup := "a.id IN (SELECT m.user_id FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id WHERE " + holds("' ' || g.roles || ' '") + ")"
		l.filter("("+holds("' ' || a.roles || ' '")+" OR "+byGroup+")", pattern(" "+string(f.Role)+" "))
	}
	if f.Disabled != nil {
		l.filter("a.disabled = ?", number(*f.Disabled))
	}
	l.added("a.created_at", f.From, f.Until)
	return l, s.only(&l, "a.id", f.IDs)
}

// Sessions returns sessions that have not expired, or those that have, newest first.
func (s *Store) Sessions(ctx context.Context, f account.SessionFilter, p paging.Page) ([]account.SessionRow, paging.Cursor, error) {
	l := s.sessions(f)
	if !f.Ended {
		l.check = append(l.check, "a.disabled = 0")
	}
	rows, cursor, err := list(ctx, s, l, newestFirst(p), func(r *account.SessionRow) []any {
		return append(sessionFields(&r.Session), text{&r.Username})
	})
	return rows, cursor, err
}

// CountSessions counts sessions, without checking their people if it can.
func (s *Store) CountSessions(ctx context.Context, f account.SessionFilter) (paging.Count, error) {
	l := s.sessions(f)
	if f.Ended {
		return s.countFew(ctx, l, mostChecked)
	}
	l.own = f.Search == ""
	return s.count(ctx, l)
}

// sessions selects sessions that have not expired, or with Ended those that cannot be used.
func (s *Store) sessions(f account.SessionFilter) listing {
	l := listing{
		query: `SELECT ` + sessionColumns + `, a.username FROM latchkey_session t LEFT JOIN latchkey_account a ON a.id = t.user_id`, key: "t.id", id: "t.id",
		check: []string{"t.expires_at > $1 AND t.idle_expires_at > $1"}, args: []any{ms(s.Clock())},
	}
	if f.Ended {
		l.check[0] = "(t.expires_at <= $1 OR t.idle_expires_at <= $1 OR coalesce(a.disabled, 1) <> 0)"
	}
	l.between(f.From, f.Until, textID)
	if f.UserID != "" {
		l.group, l.value = "t.user_id", f.UserID
	}
	if f.Method != "" {
		l.check = append(l.check, l.condition(holds("' ' || t.methods || ' '"), pattern(" "+f.Method+" ")))
	}
	l.checkSearch(f.Search, "a.username", "t.address")
	return l
}
