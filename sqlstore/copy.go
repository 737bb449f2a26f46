package sqlstore

import (
	"context"
	"errors"
	"fmt"
)

// Tables are those that a copy takes, all but the leases, which belong to the
// processes of one database, and the version of the tables.
func Tables() []string {
	return []string{
		"latchkey_config_version", "latchkey_signing_key", "latchkey_client", "latchkey_account", "latchkey_subject", "latchkey_consent",
		"latchkey_session", "latchkey_attempt", "latchkey_family", "latchkey_ticket", "latchkey_access_token",
		"latchkey_revoked_jwt", "latchkey_logout_notice", "latchkey_mail",
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
	return tables, resumed, to.Write(ctx, []Statement{{`DELETE FROM latchkey_lease WHERE name = $1 OR name LIKE $2`, []any{copyLease, copyLeases}}}, "", nil, nil)
}

// copier is one run of a copy.
type copier struct {
	from, to Whole
	progress func(CopyProgress)
}

// begin marks the target, if it is empty.
func (c *copier) begin(ctx context.Context) (resumed bool, err error) {
	var source string
	const mark = `SELECT holder FROM latchkey_lease WHERE name = $1`
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
		if name == "latchkey_config_version" {
			query = `SELECT 1 FROM latchkey_config_version WHERE version > 1`
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
		{`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, 0)`, []any{copyLease, c.from.Name()}},
		{`DELETE FROM latchkey_config_version`, nil}, // the migrations make its row
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
	found, err := one(ctx, c.to, `SELECT holder, until FROM latchkey_lease WHERE name = $1`, []any{lease}, &at, &p.Rows)
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
			`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until`,
			[]any{lease, place, p.Rows},
		}}, name, t.names(), rows)
		if err == nil {
			c.progress(p)
		}
		return err
	})
}
