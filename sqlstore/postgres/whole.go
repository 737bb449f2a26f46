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
)

// Whole opens a database to be copied from or into. With Migrate its tables
// are brought up to date, without they must be.
func Whole(ctx context.Context, url string, o Options) (sqlstore.Whole, error) {
	pool, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	if _, err := migrate(ctx, pool, o.Migrate); err != nil {
		pool.Close()
		return nil, fmt.Errorf("database %s: %w", where(pool), err)
	}
	version, err := tablesVersion(ctx, pool)
	if err == nil {
		err = version.Whole(where(pool))
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &whole{pool: pool, made: make(map[string]bool)}, nil
}

type whole struct {
	pool *pgxpool.Pool
	made map[string]bool // the partitions
}

func (w *whole) Name() string { return where(w.pool) }

func (w *whole) Close() error {
	w.pool.Close()
	return nil
}

// kinds are those of the types that the tables have.
var kinds = map[string]string{"bigint": sqlstore.KindInteger, "text": sqlstore.KindText, "bytea": sqlstore.KindBlob}

func (w *whole) Columns(ctx context.Context, table string) ([]sqlstore.Column, error) {
	rows, err := w.pool.Query(ctx, `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
		coalesce((SELECT pg_catalog.array_position(i.indkey::smallint[], a.attnum) + 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary), 0)
		FROM pg_attribute a WHERE a.attrelid = $1::text::regclass::oid AND a.attnum > 0 AND NOT a.attisdropped`, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c sqlstore.Column, err error) {
		var kind string
		err = row.Scan(&c.Name, &kind, &c.Null, &c.Key)
		if c.Kind = kinds[kind]; c.Kind == "" {
			c.Kind = kind
		}
		return c, err
	})
}

func (w *whole) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	ctx, cancel := context.WithCancel(ctx)
	found, err := w.pool.Query(ctx, query, args...)
	if err != nil {
		cancel()
		return nil, err
	}
	return rows{found, cancel}, nil
}

func (w *whole) Write(ctx context.Context, statements []sqlstore.Statement, table string, columns []string, rows [][]any) error {
	if err := w.makePartitions(ctx, table, columns, rows); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
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

// copiedAge is how old or young a row may be to get a partition of its time;
// the others are in the default one.
const copiedAge = 400 * day

// makePartitions makes those that the rows belong to. Where others are in the
// way the default one is good enough.
func (w *whole) makePartitions(ctx context.Context, table string, columns []string, rows [][]any) error {
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
		if age := time.Since(at).Abs(); w.made[name] || age > copiedAge {
			continue
		}
		// Nobody else uses a database that is being copied into.
		if err := (partitioner{w.pool, patience}).make(ctx, p, at); err != nil && !inTheWay(err) {
			return err
		}
		w.made[name] = true
	}
	return nil
}
