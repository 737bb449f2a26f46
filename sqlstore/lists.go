package sqlstore

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// listing is a query for one page of a list. A page begins after a key, and not at
// an offset. The names of columns come from the code, and everything else is an
// argument.
type listing struct {
	query string // SELECT … FROM … without WHERE
	where []string
	args  []any
	// key is the column to sort by, and id the one that decides between equal keys.
	key, id string
	blobs   bool // key and id are blobs
}

// filter adds a condition in which each ? becomes the argument.
func (l *listing) filter(condition string, arg any) {
	l.args = append(l.args, arg)
	l.where = append(l.where, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(l.args))))
}

// search adds the condition that one of the columns contains the text.
func (l *listing) search(text string, columns ...string) {
	if text == "" {
		return
	}
	var any []string
	for _, column := range columns {
		any = append(any, holds(column))
	}
	l.filter("("+strings.Join(any, " OR ")+")", pattern(text))
}

// holds returns the condition that a column contains the text of a pattern.
func holds(column string) string { return `lower(coalesce(` + column + `, '')) LIKE ? ESCAPE '\'` }

func pattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text)) + "%"
}

// place is the position of a row in a list: the values of key and id.
type place struct {
	Key any
	ID  any
}

// cursor returns a place as a text. Blobs and numbers keep their kind.
func (p place) cursor() string {
	text, _ := json.Marshal([]any{wrap(p.Key), wrap(p.ID)}) // strings, numbers and base64 only
	return base64.RawURLEncoding.EncodeToString(text)
}

func wrap(v any) any {
	if raw, ok := v.([]byte); ok {
		return map[string][]byte{"b": raw}
	}
	return v
}

func (l *listing) readCursor(text string) (p place, ok bool) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || text == "" {
		return p, false
	}
	var parts []json.RawMessage
	if json.Unmarshal(plain, &parts) != nil || len(parts) != 2 {
		return p, false
	}
	values := make([]any, 2)
	for i, part := range parts {
		var (
			number int64
			text   string
			blob   struct{ B []byte }
		)
		switch {
		case json.Unmarshal(part, &number) == nil:
			values[i] = number
		case json.Unmarshal(part, &text) == nil:
			values[i] = text
		case json.Unmarshal(part, &blob) == nil:
			values[i] = blob.B
		default:
			return p, false
		}
	}
	p = place{values[0], values[1]}
	return p, l.fits(p)
}

// fits reports whether the place can be one of this list. A cursor comes from the
// browser, and an engine may reject a value of another kind.
func (l *listing) fits(p place) bool { return l.fitsColumn(l.key, p.Key) && l.fitsColumn(l.id, p.ID) }

func (l *listing) fitsColumn(column string, value any) bool {
	switch v := value.(type) {
	case int64:
		return strings.HasSuffix(column, "_at")
	case string:
		return !strings.HasSuffix(column, "_at") && !l.blobs && utf8.ValidString(v) && !strings.Contains(v, "\x00")
	case []byte:
		return l.blobs
	}
	return false
}

// list runs the query. fields returns the fields into which a row is scanned.
func list[T any](ctx context.Context, s *Store, l listing, p paging.Page, fields func(*T) []any) (rows []T, cursor paging.Cursor, err error) {
	limit := p.Limit
	if limit <= 0 || limit > 1000 {
		limit = 50
	}
	descending, backward := p.Descending, false
	from, ok := l.readCursor(p.After)
	if !ok {
		if from, ok = l.readCursor(p.Before); ok {
			backward, descending = true, !descending
		}
	}
	order, than := "ASC", ">"
	if descending {
		order, than = "DESC", "<"
	}
	if ok {
		l.args = append(l.args, from.Key, from.ID)
		n := len(l.args)
		l.where = append(l.where, fmt.Sprintf("(%s, %s) %s ($%d, $%d)", l.key, l.id, than, n-1, n))
	}
	where := ""
	if len(l.where) > 0 {
		where = " WHERE " + strings.Join(l.where, " AND ")
	}
	query := strings.Replace(l.query, " FROM ", fmt.Sprintf(", %s, %s FROM ", l.key, l.id), 1) + where +
		fmt.Sprintf(" ORDER BY %s %s, %s %s LIMIT %d", l.key, order, l.id, order, limit+1)
	var places []place
	err = s.each(ctx, query, l.args, func(result Rows) error {
		var (
			row T
			at  place
		)
		err := result.Scan(append(fields(&row), &at.Key, &at.ID)...)
		rows, places = append(rows, row), append(places, at)
		return err
	})
	if err != nil {
		return nil, cursor, err
	}
	more := len(rows) > limit
	if more {
		rows, places = rows[:limit], places[:limit]
	}
	if backward {
		slices.Reverse(rows)
		slices.Reverse(places)
	}
	if len(rows) == 0 {
		return nil, cursor, nil
	}
	if more || backward {
		cursor.Next = places[len(places)-1].cursor()
	}
	if backward && more || !backward && ok {
		cursor.Previous = places[0].cursor()
	}
	return rows, cursor, nil
}

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

// names joins what people call the client and the subject of a table "t".
const names = ` LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject`

func (l *listing) narrow(f oauth.FamilyFilter) {
	if f.ClientID != "" {
		l.filter("t.client_id = ?", f.ClientID)
	}
	if f.Subject != "" {
		l.filter("t.subject = ?", f.Subject)
	}
	if f.Search != "" { // the names once, and not those of each of millions of rows
		l.filter(`(t.client_id IN (SELECT id FROM latchkey_client WHERE `+holds("name")+` OR `+holds("id")+`)
			OR t.subject IN (SELECT id FROM latchkey_account WHERE `+holds("username")+`))`, pattern(f.Search))
	}
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
		where: []string{familyValid}, args: []any{ms(s.Clock()), number(f.InSession)},
	}
	l.narrow(f)
	return l
}

// validAccess selects the opaque access tokens that are valid.
func (s *Store) validAccess(f oauth.FamilyFilter) listing {
	l := listing{
		query: `SELECT ` + accessColumns + `, c.name, a.username FROM latchkey_access_token t` + names, key: "t.id", id: "t.id", blobs: true,
		where: []string{accessValid}, args: []any{ms(s.Clock())},
	}
	l.narrow(f)
	return l
}

// consents selects consents. Those for a client that was deleted are left out.
func consents(f oauth.FamilyFilter) listing {
	l := listing{
		query: `SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, c.name, a.username FROM latchkey_consent t` + names,
		key:   "t.updated_at", id: "t.subject || ' ' || t.client_id", where: []string{"c.id IS NOT NULL"},
	}
	l.narrow(f)
	return l
}

// Usage counts what the lists show.
func (s *Store) Usage(ctx context.Context, f oauth.FamilyFilter) (oauth.Usage, error) {
	var u oauth.Usage
	for l, n := range map[*listing]*int{new(s.validFamilies(f)): &u.Families, new(s.validAccess(f)): &u.AccessTokens, new(consents(f)): &u.Consents} {
		_, from, _ := strings.Cut(l.query, " FROM ")
		if err := s.row(ctx, `SELECT count(*) FROM `+from+` WHERE `+strings.Join(l.where, " AND "), l.args...).Scan(n); err != nil {
			return u, err
		}
	}
	return u, nil
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

// Consents returns consents, the one that changed last first.
func (s *Store) Consents(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error) {
	return list(ctx, s, consents(f), newestFirst(p), func(r *oauth.ConsentRow) []any {
		return []any{&r.Subject, &r.ClientID, scopes{&r.Scope}, at{&r.GrantedAt}, at{&r.UpdatedAt}, text{&r.ClientName}, text{&r.Username}}
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

// Sessions returns sessions that have not expired, the one that was used last first.
func (s *Store) Sessions(ctx context.Context, f account.SessionFilter, p paging.Page) ([]account.SessionRow, paging.Cursor, error) {
	l := listing{query: `SELECT ` + sessionColumns + `, a.username FROM latchkey_session t JOIN latchkey_account a ON a.id = t.user_id AND a.disabled = 0`, key: "t.seen_at", id: "t.id"}
	l.filter("t.expires_at > ? AND t.idle_expires_at > ?", ms(s.Clock()))
	if f.UserID != "" {
		l.filter("t.user_id = ?", f.UserID)
	}
	l.search(f.Search, "a.username", "t.address")
	rows, cursor, err := list(ctx, s, l, newestFirst(p), func(r *account.SessionRow) []any {
		return append(sessionFields(&r.Session), text{&r.Username})
	})
	return rows, cursor, err
}
