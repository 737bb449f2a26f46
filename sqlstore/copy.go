package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// Tables are those that a copy takes, all but the leases, which belong to the
// processes of one database, and the version of the tables.
func Tables() []string {
	return []string{
		"config_version", "signing_key", "client", "account", "subject", "consent", "session", "strike",
		"family", "code", "access_token", "revoked_jwt", "logout_notice",
	}
}

// Whole is a database with its tables up to date, to be copied from or into.
// Nothing is swept there.
type Whole interface {
	// Name tells people which one it is.
	Name() string
	// Columns are those of a table in any order.
	Columns(ctx context.Context, table string) ([]Column, error)
	// Query reads, for as long as it takes.
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	// Write runs the statements and adds the rows, all in one transaction.
	Write(ctx context.Context, statements []Statement, table string, columns []string, rows [][]any) error
	Close() error
}

// Column is one of a table.
type Column struct {
	Name, Kind string // Kind is KindInteger, KindText or KindBlob; or another, which no copy takes
	Null       bool
	Key        int // its place in the primary key, from 1; 0 is none
}

// The kinds of columns.
const (
	KindInteger = "integer"
	KindText    = "text"
	KindBlob    = "blob"
)

// Statement is one of SQL that gives no rows.
type Statement struct {
	SQL  string
	Args []any
}

// CopyProgress is how far a copy has come with a table.
type CopyProgress struct {
	Table     string
	Verifying bool // after all tables are copied
	Rows, Of  int64
}

// TableCopy is a table as it is in both databases after the copy. A checksum
// is the sum of the SHA-256 of its rows, in whatever order.
type TableCopy struct {
	Table          string `json:"table"`
	Rows           int64  `json:"rows"`
	Checksum       string `json:"checksum"`
	TargetRows     int64  `json:"target_rows"`
	TargetChecksum string `json:"target_checksum"`
}

// Equal reports whether both are the same.
func (t TableCopy) Equal() bool {
	return t.Rows == t.TargetRows && t.Checksum == t.TargetChecksum
}

// ErrDiffers says that the copy is not what the source is.
var ErrDiffers = errors.New("the copy differs from its source")

// errUnfinished says that a database is half a copy.
var errUnfinished = errors.New("a copy into this database was begun and has not ended well: run the same latchkey db copy again, which goes on where it stopped")

// A copy keeps how far it has come among the leases of its target: one that
// tells where it comes from, and one for each table with the last key. They go
// when all is verified.
const (
	copyLease  = "copy"
	copyLeases = "copy %"
)

// copyBatch and copyBatchBytes bound a transaction of the target.
var copyBatch = 10_000 // rows; a test takes less

const copyBatchBytes = 8 << 20

// Copy copies all tables and compares what is then in both databases. The
// target is empty, or has a copy from the same source that was begun: then it
// goes on. Nobody may write to either of them meanwhile; what is written to
// the source behind the copy's back is missed, and is an ErrDiffers.
func Copy(ctx context.Context, from, to Whole, progress func(CopyProgress)) (tables []TableCopy, resumed bool, err error) {
	c := copier{from: from, to: to, progress: progress}
	if resumed, err = c.begin(ctx); err != nil {
		return nil, resumed, err
	}
	for _, name := range Tables() {
		if err := c.table(ctx, name); err != nil {
			return nil, resumed, fmt.Errorf("table %s: %w", name, err)
		}
	}
	equal := true
	for _, name := range Tables() {
		t, err := c.verify(ctx, name)
		if err != nil {
			return nil, resumed, fmt.Errorf("table %s: %w", name, err)
		}
		tables, equal = append(tables, t), equal && t.Equal()
	}
	if !equal {
		return tables, resumed, ErrDiffers
	}
	return tables, resumed, to.Write(ctx, []Statement{{`DELETE FROM lease WHERE name = $1 OR name LIKE $2`, []any{copyLease, copyLeases}}}, "", nil, nil)
}

// copier is one run of a copy.
type copier struct {
	from, to Whole
	progress func(CopyProgress)
}

// begin marks the target, if it is empty.
func (c *copier) begin(ctx context.Context) (resumed bool, err error) {
	var source string
	const mark = `SELECT holder FROM lease WHERE name = $1`
	half, err := one(ctx, c.from, mark, []any{copyLease}, &source)
	if err == nil && half {
		err = fmt.Errorf("%s: %w (from %s)", c.from.Name(), errUnfinished, source)
	}
	if err != nil {
		return false, err
	}
	found, err := one(ctx, c.to, mark, []any{copyLease}, &source)
	switch {
	case err != nil:
		return false, err
	case found && source != c.from.Name():
		return false, fmt.Errorf("a copy from %s into %s was begun; only that can go on", source, c.to.Name())
	case found:
		return true, nil
	}
	for _, name := range Tables() {
		query := `SELECT 1 FROM ` + name + ` LIMIT 1`
		if name == "config_version" {
			query = `SELECT 1 FROM config_version WHERE version > 1`
		}
		var some int64
		found, err := one(ctx, c.to, query, nil, &some)
		if err != nil {
			return false, err
		}
		if found {
			return false, fmt.Errorf("%s is not empty: it has rows in the table %s. A copy goes into a new database", c.to.Name(), name)
		}
	}
	return false, c.to.Write(ctx, []Statement{
		{`INSERT INTO lease (name, holder, until) VALUES ($1, $2, 0)`, []any{copyLease, c.from.Name()}},
		{`DELETE FROM config_version`, nil}, // the migrations make its row
	}, "", nil, nil)
}

// one reads one row of a query.
func one(ctx context.Context, w Whole, query string, args []any, dest ...any) (found bool, err error) {
	rows, err := w.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if found = rows.Next(); found {
		err = rows.Scan(dest...)
	}
	return found, errors.Join(err, rows.Err())
}

// table copies what is left of a table.
func (c *copier) table(ctx context.Context, name string) error {
	t, err := c.common(ctx, name)
	if err != nil {
		return err
	}
	p := CopyProgress{Table: name}
	if _, err := one(ctx, c.from, `SELECT count(*) FROM `+name, nil, &p.Of); err != nil {
		return err
	}
	lease := copyLease + " " + name
	var at string
	found, err := one(ctx, c.to, `SELECT holder, until FROM lease WHERE name = $1`, []any{lease}, &at, &p.Rows)
	if err != nil {
		return err
	}
	var after []any
	if found {
		if after, err = t.readPlace(at); err != nil {
			return err
		}
	}
	c.progress(p)
	return t.batches(ctx, c.from, after, func(rows [][]any) error {
		p.Rows += int64(len(rows))
		place, err := t.place(rows[len(rows)-1])
		if err != nil {
			return err
		}
		err = c.to.Write(ctx, []Statement{{
			`INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until`,
			[]any{lease, place, p.Rows},
		}}, name, t.names(), rows)
		if err == nil {
			c.progress(p)
		}
		return err
	})
}

// common finds the columns of a table, which must be those of both databases.
func (c *copier) common(ctx context.Context, name string) (table, error) {
	var both [2][]Column
	for i, w := range []Whole{c.from, c.to} {
		columns, err := w.Columns(ctx, name)
		if err != nil {
			return table{}, err
		}
		slices.SortFunc(columns, func(a, b Column) int { return strings.Compare(a.Name, b.Name) })
		for _, column := range columns {
			if column.Null || !slices.Contains([]string{KindInteger, KindText, KindBlob}, column.Kind) {
				return table{}, fmt.Errorf("the column %s of %s is of a kind that cannot be copied: %+v", column.Name, w.Name(), column)
			}
		}
		both[i] = columns
	}
	if len(both[0]) == 0 || !slices.Equal(both[0], both[1]) {
		return table{}, fmt.Errorf("the columns differ: %+v, %+v", both[0], both[1])
	}
	t := table{name: name, columns: both[0]}
	for place := 1; ; place++ {
		i := slices.IndexFunc(t.columns, func(column Column) bool { return column.Key == place })
		if i < 0 {
			break
		}
		t.key = append(t.key, i)
	}
	if len(t.key) == 0 {
		return t, errors.New("there is no primary key")
	}
	return t, nil
}

// table is one that both databases have.
type table struct {
	name    string
	columns []Column // by name
	key     []int    // which of them are the primary key
}

func (t table) names() []string {
	names := make([]string, len(t.columns))
	for i, column := range t.columns {
		names[i] = column.Name
	}
	return names
}

// query reads a batch of rows behind a key, in the order that the database has
// of keys.
func (t table) query(first bool) string {
	var keys, args []string
	for i, k := range t.key {
		keys, args = append(keys, t.columns[k].Name), append(args, fmt.Sprintf("$%d", i+1))
	}
	where := fmt.Sprintf(" WHERE (%s) > (%s)", strings.Join(keys, ", "), strings.Join(args, ", "))
	if first {
		where = ""
	}
	return fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT %d", strings.Join(t.names(), ", "), t.name, where, strings.Join(keys, ", "), copyBatch)
}

// batches reads the rows behind a key, the next batch while one is handled.
func (t table) batches(ctx context.Context, w Whole, after []any, handle func([][]any) error) error {
	type batch struct {
		rows [][]any
		err  error
	}
	read := make(chan batch)
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	reading.Go(func() {
		defer close(read)
		for {
			rows, err := t.batch(ctx, w, after)
			if err == nil && len(rows) == 0 {
				return
			}
			select {
			case read <- batch{rows, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			after = t.keyOf(rows[len(rows)-1])
		}
	})
	for b := range read {
		if b.err != nil {
			return b.err
		}
		if err := handle(b.rows); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (t table) keyOf(row []any) []any {
	key := make([]any, len(t.key))
	for i, k := range t.key {
		key[i] = row[k]
	}
	return key
}

// batch reads the rows that come after a key; nil is before the first.
func (t table) batch(ctx context.Context, w Whole, after []any) (batch [][]any, err error) {
	rows, err := w.Query(ctx, t.query(after == nil), after...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	fields := make([]field, len(t.columns))
	dest := make([]any, len(fields))
	for i, column := range t.columns {
		fields[i].column = column
		dest[i] = &fields[i]
	}
	for size := 0; size < copyBatchBytes && rows.Next(); {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		row := make([]any, len(fields))
		for i, f := range fields {
			row[i] = f.value
			size += f.size
		}
		batch = append(batch, row)
	}
	return batch, rows.Err()
}

// field scans a value into one of a kind, so that it is the same from every
// engine.
type field struct {
	column Column
	value  any
	size   int
}

var _ sql.Scanner = (*field)(nil)

func (f *field) Scan(value any) error {
	f.size = 8
	switch v := value.(type) {
	case int64:
		f.value = v
		if f.column.Kind == KindInteger {
			return nil
		}
	case string:
		f.value, f.size = v, len(v)
		if f.column.Key == 0 {
			f.value = readable(v)
		}
		if f.column.Kind == KindText {
			return nil
		}
	case []byte:
		f.value, f.size = append([]byte{}, v...), len(v)
		if f.column.Kind == KindBlob {
			return nil
		}
	}
	return fmt.Errorf("the column %s holds %T and should be %s", f.column.Name, value, f.column.Kind)
}

// readable replaces what a text cannot hold everywhere: a browser may have
// called itself by bytes that are not UTF-8.
func readable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// place writes a row's key down.
func (t table) place(row []any) (string, error) {
	text, err := json.Marshal(t.keyOf(row)) // blobs in base64
	return string(text), err
}

func (t table) readPlace(text string) ([]any, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal([]byte(text), &parts); err != nil || len(parts) != len(t.key) {
		return nil, fmt.Errorf("the place %q where the copy stopped cannot be read", text)
	}
	key := make([]any, len(parts))
	for i, k := range t.key {
		var (
			number int64
			text   string
			blob   []byte
			err    error
		)
		switch t.columns[k].Kind {
		case KindInteger:
			err = json.Unmarshal(parts[i], &number)
			key[i] = number
		case KindText:
			err = json.Unmarshal(parts[i], &text)
			key[i] = text
		default:
			err = json.Unmarshal(parts[i], &blob)
			key[i] = blob
		}
		if err != nil {
			return nil, err
		}
	}
	return key, nil
}

// verify reads a table of both databases as it is now.
func (c *copier) verify(ctx context.Context, name string) (TableCopy, error) {
	t, err := c.common(ctx, name)
	if err != nil {
		return TableCopy{}, err
	}
	var (
		sums   [2]checksum
		faults [2]error
		p      = CopyProgress{Table: name, Verifying: true}
		all    sync.WaitGroup
	)
	if _, err := one(ctx, c.from, `SELECT count(*) FROM `+name, nil, &p.Of); err != nil {
		return TableCopy{}, err
	}
	c.progress(p)
	for i, w := range []Whole{c.from, c.to} {
		all.Go(func() {
			faults[i] = t.batches(ctx, w, nil, func(rows [][]any) error {
				for _, row := range rows {
					sums[i].add(row)
				}
				if i == 0 {
					p.Rows = sums[0].rows
					c.progress(p)
				}
				return nil
			})
		})
	}
	all.Wait()
	return TableCopy{name, sums[0].rows, sums[0].String(), sums[1].rows, sums[1].String()}, errors.Join(faults[:]...)
}

// checksum is the sum of the hashes of rows, in 256 bits: it does not depend
// on their order, which engines have different ideas of.
type checksum struct {
	rows  int64
	words [4]uint64
	text  []byte
}

// add adds a row: each value with its kind and length, so that no two rows
// read the same.
func (c *checksum) add(row []any) {
	c.text = c.text[:0]
	for _, value := range row {
		switch v := value.(type) {
		case int64:
			c.text = binary.BigEndian.AppendUint64(append(c.text, 'i'), uint64(v)) //nolint:gosec // its bits
		case string:
			c.text = append(binary.AppendUvarint(append(c.text, 't'), uint64(len(v))), v...)
		case []byte:
			c.text = append(binary.AppendUvarint(append(c.text, 'b'), uint64(len(v))), v...)
		}
	}
	hash := sha256.Sum256(c.text)
	var carry uint64
	for i := range c.words {
		c.words[i], carry = bits.Add64(c.words[i], binary.LittleEndian.Uint64(hash[8*i:]), carry)
	}
	c.rows++
}

func (c *checksum) String() string {
	var sum []byte
	for _, word := range c.words {
		sum = binary.LittleEndian.AppendUint64(sum, word)
	}
	return hex.EncodeToString(sum)
}
