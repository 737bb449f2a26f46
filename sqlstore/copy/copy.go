// Package copy copies a database to another one, even between engines (latchkey db
// copy), and compares both afterwards.
package copy

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// Progress is the progress of a table.
type Progress struct {
	Table     string // the name of the table
	Verifying bool   // all tables are copied, and are compared now
	Rows, Of  int64  // how many rows are done, and how many the table has
}

// ErrDiffers is returned if the copy is not equal to its source.
var ErrDiffers = errors.New("the copy differs from its source")

// A copy stores how far it is in the leases of its target: in one lease from
// which source it comes, and in one for each table the last key that was copied.
// They are deleted after the comparison.
const tableLeases = sqlstore.CopyLease + " %"

// batchBytes and Options.BatchRows limit a transaction of the target, because other
// programs on the machine wait for the disk while it is written.
const batchBytes = 1 << 20

// Options configure a copy. The zero value is valid.
type Options struct {
	// Progress is called as the copy proceeds; may be nil.
	Progress func(Progress)
	// BatchRows is the maximum number of rows that one transaction copies; 0 means
	// 2,000.
	BatchRows int
}

// Run copies all tables, and then compares the contents of both databases. The
// target is empty, or contains an incomplete copy from the same source, which is
// continued. If the record of a running server is in one of them, Run returns an error.
// Call CheckSource before you open the target, because that creates its tables.
//
// Other programs must not write to either database while Run copies: a row that is written to
// the source can be missed, and Run then returns ErrDiffers with the comparisons. resumed reports whether an incomplete copy was continued. After a temporary
// error, call Run again with the same databases to continue.
func Run(ctx context.Context, from, to Database, o Options) (tables []Comparison, resumed bool, err error) {
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.BatchRows == 0 {
		o.BatchRows = 2_000
	}
	c := copier{from: from, to: to, Options: o}
	if resumed, err = c.begin(ctx); err != nil {
		return nil, resumed, err
	}
	for _, name := range Tables() {
		if err := c.copyTable(ctx, name); err != nil {
			return nil, resumed, fmt.Errorf("table %s: %w", name, err)
		}
	}
	equal := true
	for _, name := range Tables() {
		t, err := c.compare(ctx, name)
		if err != nil {
			return nil, resumed, fmt.Errorf("table %s: %w", name, err)
		}
		tables, equal = append(tables, t), equal && t.Equal()
	}
	if !equal {
		return tables, resumed, ErrDiffers
	}
	return tables, resumed, c.end(ctx)
}

// copier is one run of a copy.
type copier struct {
	Options
	from, to Database
}

// begin marks the target as an incomplete copy, if it is empty.
func (c *copier) begin(ctx context.Context) (resumed bool, err error) {
	if err := CheckSource(ctx, c.from); err != nil {
		return false, err
	}
	source, err := checkTarget(ctx, c.to)
	switch {
	case err != nil:
		return false, err
	case source == c.from.Name():
		return true, nil
	case source != "":
		return false, fmt.Errorf("%s contains an incomplete copy from %s; only that copy can be continued", c.to.Name(), source)
	}
	return false, c.to.Write(ctx, []Statement{
		{`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, 0)`, []any{sqlstore.CopyLease, c.from.Name()}},
		{`DELETE FROM latchkey_config_version`, nil}, // the migrations insert its row
	}, "", nil, nil)
}

// end marks the copy as complete. It also copies the record that the people are those of a host
// program, which is a lease.
func (c *copier) end(ctx context.Context) error {
	var one int64
	hosted, err := readOne(ctx, c.from, `SELECT 1 FROM latchkey_lease WHERE name = $1`, []any{sqlstore.HostLease}, &one)
	if err != nil {
		return err
	}
	statements := []Statement{{`DELETE FROM latchkey_lease WHERE name = $1 OR name LIKE $2`, []any{sqlstore.CopyLease, tableLeases}}}
	if hosted {
		statements = append(statements, Statement{`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, '', 0) ON CONFLICT (name) DO NOTHING`, []any{sqlstore.HostLease}})
	}
	return c.to.Write(ctx, statements, "", nil, nil)
}

// readOne reads one row of a query.
func readOne(ctx context.Context, db Database, query string, args []any, dest ...any) (found bool, err error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if found = rows.Next(); found {
		err = rows.Scan(dest...)
	}
	return found, errors.Join(err, rows.Err())
}

// copyTable copies the rows of a table that were not copied yet.
func (c *copier) copyTable(ctx context.Context, name string) error {
	t, err := c.commonTable(ctx, name)
	if err != nil {
		return err
	}
	p := Progress{Table: name}
	if _, err := readOne(ctx, c.from, `SELECT count(*) FROM `+name, nil, &p.Of); err != nil {
		return err
	}
	lease := sqlstore.CopyLease + " " + name
	var last string
	found, err := readOne(ctx, c.to, `SELECT holder, until FROM latchkey_lease WHERE name = $1`, []any{lease}, &last, &p.Rows)
	if err != nil {
		return err
	}
	var after []any
	if found {
		if after, err = t.parseKey(last); err != nil {
			return err
		}
	}
	c.Progress(p)
	return t.batches(ctx, c.from, after, func(rows [][]any) error {
		p.Rows += int64(len(rows))
		last, err := t.formatKey(rows[len(rows)-1])
		if err != nil {
			return err
		}
		err = c.to.Write(ctx, []Statement{{
			`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until`,
			[]any{lease, last, p.Rows},
		}}, name, t.names(), rows)
		if err == nil {
			c.Progress(p)
		}
		return err
	})
}
