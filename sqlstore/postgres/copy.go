package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
)

// CopySource opens a database to copy it. Its tables must be up to date.
func CopySource(ctx context.Context, url string) (copy.Database, error) {
	return openCopy(ctx, url, false)
}

// CopyTarget opens a database to copy another one into it, and brings its tables
// up to date. It changes nothing in a database that is in use or not empty. Call
// copy.CheckSource first.
func CopyTarget(ctx context.Context, url string) (copy.Database, error) {
	return openCopy(ctx, url, true)
}

func openCopy(ctx context.Context, url string, apply bool) (copy.Database, error) {
	pool, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	d := &copyDatabase{pool: pool, created: make(map[string]bool)}
	if apply {
		if err := d.checkTarget(ctx); err != nil {
			pool.Close()
			return nil, err
		}
	}
	if _, err := migrate(ctx, pool, apply); err != nil {
		pool.Close()
		return nil, fmt.Errorf("database %s: %w", where(pool), err)
	}
	version, err := tablesVersion(ctx, pool)
	if err == nil {
		err = version.CheckCopy(where(pool))
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return d, nil
}

// checkTarget returns an error if nothing can be copied into the database.
func (d *copyDatabase) checkTarget(ctx context.Context) error {
	found, err := look(ctx, d.pool)
	switch {
	case err != nil:
		return fmt.Errorf("database %s: %w", where(d.pool), err)
	case found.old:
		return fmt.Errorf("%s is not empty: it has tables from before 0.1.0. A copy needs a new database", where(d.pool))
	}
	version, err := tablesVersion(ctx, d.pool)
	if err == nil {
		err = version.CheckCopy(where(d.pool))
	}
	if err != nil {
		return err
	}
	return copy.CheckTarget(ctx, d)
}

// copyDatabase implements copy.Database.
type copyDatabase struct {
	pool    *pgxpool.Pool
	created map[string]bool // partitions
}

func (d *copyDatabase) Name() string { return where(d.pool) }

func (d *copyDatabase) Close() error {
	d.pool.Close()
	return nil
}

// kindOf returns the kind of a type that the tables have, or the type itself.
func kindOf(name string) string {
	switch name {
	case "bigint":
		return copy.KindInteger
	case "bytea":
		return copy.KindBlob
	}
	return name // KindText, or one that is not copied
}

func (d *copyDatabase) Columns(ctx context.Context, table string) ([]copy.Column, error) {
	rows, err := d.pool.Query(ctx, `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
		coalesce((SELECT pg_catalog.array_position(i.indkey::smallint[], a.attnum) + 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary), 0)
		FROM pg_attribute a WHERE a.attrelid = pg_catalog.to_regclass($1::text)::oid AND a.attnum > 0 AND NOT a.attisdropped`, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c copy.Column, err error) {
		err = row.Scan(&c.Name, &c.Kind, &c.Null, &c.Key)
		c.Kind = kindOf(c.Kind)
		return c, err
	})
}

// OtherTables returns the names of the tables that are not Latchkey's, in all schemas. Those in another
// schema than Latchkey's tables have it in their names.
func (d *copyDatabase) OtherTables(ctx context.Context) ([]string, error) {
	rows, err := d.pool.Query(ctx, `SELECT CASE WHEN n.oid = l.relnamespace THEN '' ELSE n.nspname || '.' END || c.relname
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_class l
		WHERE l.oid = pg_catalog.to_regclass('latchkey_lease') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		AND pg_catalog.left(c.relname::text, 9) <> 'latchkey_' AND pg_catalog.left(n.nspname::text, 3) <> 'pg_' AND n.nspname <> 'information_schema' ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (d *copyDatabase) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	ctx, cancel := context.WithCancel(ctx)
	found, err := d.pool.Query(ctx, query, args...)
	if err != nil {
		cancel()
		return nil, err
	}
	return rows{found, cancel}, nil
}

func (d *copyDatabase) Write(ctx context.Context, statements []copy.Statement, table string, columns []string, rows [][]any) error {
	if err := d.createPartitions(ctx, table, columns, rows); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s.SQL, s.Args...); err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			return nil
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

// copiedAge is how far the time of a row may be from now to get a partition of
// its time. The other rows go to the default partition.
const copiedAge = 400 * day

// createPartitions creates the partitions that the rows belong to. If others hold
// the locks, the rows go to the default partition.
func (d *copyDatabase) createPartitions(ctx context.Context, table string, columns []string, rows [][]any) error {
	i := slices.IndexFunc(partitionedTables[:], func(p partitioned) bool { return p.table == table })
	if i < 0 {
		return nil
	}
	p, id := partitionedTables[i], slices.Index(columns, "id")
	for _, row := range rows {
		raw, ok := row[id].([]byte)
		if !ok || len(raw) < 8 {
			continue
		}
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(raw) >> 16)) //nolint:gosec // 48 bits
		name := fmt.Sprint(table, at.UnixMilli()/p.width.Milliseconds())
		if age := time.Since(at).Abs(); d.created[name] || age > copiedAge {
			continue
		}
		// No request waits for a database that is being copied into.
		if err := (partitioner{d.pool, patience}).create(ctx, p, at); err != nil && !inTheWay(err) {
			return err
		}
		d.created[name] = true
	}
	return nil
}
