package sqlstore

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
	// bounds are conditions on the primary key that limit the rows that are read.
	bounds []bound
	// check are conditions that no index serves. The rows that where selects are
	// read in the order of the list, up to mostRead, and those that fail a check
	// are left out.
	check []string
	// rare are conditions on the columns of the table that no index serves, and that
	// few rows may meet: see search. The key of the list is the id.
	rare []string
	// owner is the client or the person of the access tokens, if there is only one: see ownerRuns.
	owner owner
	ids   [][]byte // if not nil, only these rows
	// key is the column to sort by, and id the one that decides between equal keys.
	key, id string
	blobs   bool // an id is a blob
	// group is a column with an index, of which only one value is listed.
	group, value string
	// kind is a condition without a parameter, or empty. An index has only the rows that meet it.
	kind string
	few  bool // group is read as a whole, see choose
	own  bool // the checks need no joins
}

// A bound is a condition in which each ? stands for the argument.
type bound struct {
	condition string
	arg       any
}

// bounded returns the conditions of the kind, of the bounds and of the ids.
func (l *listing) bounded() (conditions []string) {
	if l.kind != "" {
		conditions = append(conditions, l.kind)
	}
	for _, b := range l.bounds {
		conditions = append(conditions, l.condition(b.condition, b.arg))
	}
	if l.ids == nil {
		return conditions
	}
	var ids []string
	for _, id := range l.ids {
		ids = append(ids, l.condition("?", id))
	}
	return append(conditions, "t.id IN ("+strings.Join(ids, ", ")+")")
}

// between selects the rows whose ids begin with a time that is not before from, and before
// until. A zero time selects all. id returns the value of the column.
func (l *listing) between(from, until time.Time, id func(oauth.ID) any) {
	for _, b := range []struct {
		at   time.Time
		than string
	}{{from, ">="}, {until, "<"}} {
		if !b.at.IsZero() {
			l.bounds = append(l.bounds, bound{"t.id " + b.than + " ?", id(oauth.IDFrom(b.at, [10]byte{}))})
		}
	}
}

// added selects the rows whose column has a time that is not before from, and before until.
func (l *listing) added(column string, from, until time.Time) {
	if !from.IsZero() {
		l.filter(column+" >= ?", ms(from))
	}
	if !until.IsZero() {
		l.filter(column+" < ?", ms(until))
	}
}

// filter adds a condition in which each ? becomes the argument.
func (l *listing) filter(condition string, arg any) {
	l.where = append(l.where, l.condition(condition, arg))
}

func (l *listing) condition(condition string, arg any) string {
	l.args = append(l.args, arg)
	return strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(l.args)))
}

// search adds the condition that one of the columns contains the text.
func (l *listing) search(text string, columns ...string) {
	if text != "" {
		l.filter(oneHolds(columns), pattern(text))
	}
}

// checkSearch is search with a condition that is checked.
func (l *listing) checkSearch(text string, columns ...string) {
	if text != "" {
		l.check = append(l.check, l.condition(oneHolds(columns), pattern(text)))
	}
}

func oneHolds(columns []string) string {
	var any []string
	for _, column := range columns {
		any = append(any, holds(column))
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

// holds returns the condition that a column contains the text of a pattern.
func holds(column string) string { return `lower(coalesce(` + column + `, '')) LIKE ? ESCAPE '\'` }

func pattern(text string) string {
	return "%" + escaped(strings.ToLower(text)) + "%"
}

// escaped returns a text that matches only itself in a LIKE with ESCAPE '\'.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
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

// fits reports whether the place can belong to this list. A cursor comes from the
// browser, and an engine may reject a value of another kind.
func (l *listing) fits(p place) bool { return l.fitsColumn(l.key, p.Key) && l.fitsColumn(l.id, p.ID) }

func (l *listing) fitsColumn(column string, value any) bool {
	switch v := value.(type) {
	case int64:
		return strings.HasSuffix(column, "_at")
	case string:
		return !strings.HasSuffix(column, "_at") && !l.isBlob(column) && utf8.ValidString(v) && !strings.Contains(v, "\x00")
	case []byte:
		return l.isBlob(column)
	}
	return false
}

func (l *listing) isBlob(column string) bool { return l.blobs && column == "t.id" }

const (
	// mostRead is how many rows are read for one page of a list in which rows are
	// checked.
	mostRead = 10_000
	// mostSearchTime is how long a list is searched for rare rows. That is well below
	// oauth.MaxStoreWait.
	mostSearchTime = 3 * time.Second
)

// choose decides how to read a list of one group. If the group has few rows, all of
// them are read and sorted. Otherwise the rows of all groups are read in the order
// of the list, because many of them belong to this group. So no index is needed for
// each group in the order of the list, and the planner of the database has only one
// choice.
func (s *Store) choose(ctx context.Context, l *listing) error {
	if l.group == "" {
		return nil
	}
	table, _ := l.from()
	var n int
	err := s.row(ctx, fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM %s t WHERE %[2]s >= $1 AND %[2]s <= $1 LIMIT %d) AS found`, table, l.group, mostRead+1), l.value).Scan(&n)
	if l.few = n <= mostRead; !l.few {
		l.check = append(l.check, l.condition(l.group+" = ?", l.value))
	}
	return err
}

// from returns the table of the query, and the rest of it.
func (l *listing) from() (table, joins string) {
	_, from, _ := strings.Cut(l.query, " FROM ")
	table, joins, _ = strings.Cut(from, " ")
	_, joins, _ = strings.Cut(joins, l.alias())
	return table, joins
}

// alias returns the name of the table in the query.
func (l *listing) alias() string {
	alias, _, _ := strings.Cut(l.id, ".")
	return alias
}

// members is a subquery for at most limit rows of the group, or of all groups. It
// is a range, because a planner that expects the value in most rows would read the
// whole table. The limit keeps this subquery apart from the rest of the query.
func (l *listing) members(limit int) string {
	table, _ := l.from()
	condition := "TRUE"
	if l.group != "" {
		condition = l.condition(l.group+" >= ? AND "+l.group+" <= ?", l.value)
	}
	condition = strings.Join(append([]string{condition}, l.bounded()...), " AND ")
	if l.owner != "" && l.ids == nil { // otherwise, PostgreSQL could read the whole table for the first rows
		condition += " ORDER BY t.id DESC"
	}
	return fmt.Sprintf("(SELECT * FROM %[1]s %[4]s WHERE %[2]s LIMIT %[3]d) %[4]s", table, condition, limit, l.alias())
}

// read returns the query for a number of rows of the list after a place.
func (l listing) read(from *place, descending bool, limit int) (query string, args []any) {
	order, than := "ASC", ">"
	if descending {
		order, than = "DESC", "<"
	}
	l.args, l.where = slices.Clip(l.args), slices.Clip(l.where)
	l.where = append(l.where, l.bounded()...)
	if from != nil {
		l.args = append(l.args, from.Key, from.ID)
		l.where = append(l.where, fmt.Sprintf("(%s, %s) %s ($%d, $%d)", l.key, l.id, than, len(l.args)-1, len(l.args)))
	}
	checked := "1"
	if len(l.check) > 0 {
		checked = "CASE WHEN " + strings.Join(l.check, " AND ") + " THEN 1 ELSE 0 END"
	}
	query = strings.Replace(l.query, " FROM ", fmt.Sprintf(", %s, %s, %s FROM ", checked, l.key, l.id), 1)
	where := ""
	if len(l.where) > 0 {
		where = " WHERE " + strings.Join(l.where, " AND ")
	}
	sorted := fmt.Sprintf(" ORDER BY %s %s, %s %s LIMIT %d", l.key, order, l.id, order, limit)
	if l.few {
		table, _ := l.from()
		members := "(SELECT * FROM " + l.members(mostRead+1) + where + sorted + ")"
		query, where = strings.Replace(query, " FROM "+table, " FROM "+members, 1), ""
	}
	return query + where + sorted, l.args
}

// A walk reads the rows of one page in the order of the list.
type walk[T any] struct {
	rows   []T
	places []place
	// first and last are the places of the first and the last row that was read.
	first, last *place
	// end reports that there are no more rows.
	end bool
}

// run reads until there are limit rows, there are no more rows, or mostRead rows
// were read. Few rows are read at first, because most of them pass the checks.
func (w *walk[T]) run(ctx context.Context, s *Store, l listing, from *place, descending bool, limit int, fields func(*T) []any) error {
	w.last = from
	left, size := mostRead, limit
	if len(l.check) > 0 {
		size = 2 * limit
	}
	for !w.end && len(w.rows) < limit && left > 0 {
		size = min(size, left)
		query, args := l.read(w.last, descending, size)
		read := 0
		err := s.each(ctx, query, args, func(result Rows) error {
			var (
				row    T
				at     place
				passed bool
			)
			read++
			if err := result.Scan(append(fields(&row), flag{&passed}, &at.Key, &at.ID)...); err != nil {
				return err
			}
			if len(w.rows) == limit {
				return nil
			}
			if w.last = &at; w.first == nil {
				w.first = &at
			}
			if passed {
				w.rows, w.places = append(w.rows, row), append(w.places, at)
			}
			return nil
		})
		if err != nil {
			return err
		}
		w.end = read < size
		left, size = left-read, left-read
	}
	w.end = w.end && len(w.rows) < limit
	return nil
}

// list returns a page of the list. fields returns the fields into which a row is
// scanned.
func list[T any](ctx context.Context, s *Store, l listing, p paging.Page, fields func(*T) []any) (rows []T, cursor paging.Cursor, err error) {
	limit := p.Limit
	if limit <= 0 || limit > 1000 {
		limit = 50
	}
	var from *place
	descending, backward := p.Descending, false
	if at, ok := l.readCursor(p.After); ok {
		from = &at
	} else if at, ok := l.readCursor(p.Before); ok {
		from, backward, descending = &at, true, !descending
	} else if p.Last && p.After == "" && p.Before == "" {
		backward, descending = true, !descending
	}
	if err := s.choose(ctx, &l); err != nil {
		return nil, cursor, err
	}
	var w walk[T]
	read := w.run
	if len(l.rare) > 0 {
		read = w.search
	}
	if err := read(ctx, s, l, from, descending, limit+1, fields); err != nil {
		return nil, cursor, err
	}
	rows = w.rows[:min(limit, len(w.rows))]
	if w.first == nil { // no row was read
		return nil, cursor, nil
	}
	ahead, behind := "", "" // in the direction of reading
	switch {
	case len(w.rows) > limit:
		ahead = w.places[limit-1].cursor()
	case !w.end:
		ahead = w.last.cursor()
	}
	if from != nil {
		behind = w.first.cursor()
	}
	if backward {
		slices.Reverse(rows)
		return rows, paging.Cursor{Previous: ahead, Next: behind}, nil
	}
	return rows, paging.Cursor{Previous: behind, Next: ahead}, nil
}

// count counts the rows of the group that pass the checks, of those that are read.
func (s *Store) count(ctx context.Context, l listing) (oauth.Count, error) {
	if l.owner != "" {
		return s.countOwned(ctx, l, mostOwnedRead)
	}
	return s.countFew(ctx, l, oauth.MostCounted)
}

// countFew is count, and reads at most one row more than most.
func (s *Store) countFew(ctx context.Context, l listing, most int) (oauth.Count, error) {
	passed, read, err := s.countUpTo(ctx, l, most+1)
	return oauth.Count{N: min(passed, most), More: read > most}, err
}

// countUpTo is count for at most a number of rows.
func (s *Store) countUpTo(ctx context.Context, l listing, most int) (passed, read int, err error) {
	_, joins := l.from()
	if l.own {
		joins = ""
	}
	check := strings.Join(slices.Concat([]string{"TRUE"}, l.check, l.rare), " AND ")
	members := l.members(most)
	err = s.row(ctx, fmt.Sprintf(`SELECT coalesce(sum(CASE WHEN %s THEN 1 ELSE 0 END), 0), count(*) FROM %s%s`, check, members, joins), l.args...).Scan(&passed, &read)
	return passed, read, err
}
