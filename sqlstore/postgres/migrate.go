package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/seed-e6a88a41/latchkey/sqlstore/convert"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// Pending returns the steps that Migrate would run. It changes nothing.
func Pending(ctx context.Context, url string) ([]migrations.Step, error) {
	pool, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	version, err := tablesVersion(ctx, pool)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	conversion, err := convert.PostgresPending(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", where(pool), err)
	}
	var steps []migrations.Step
	if conversion != nil {
		version.Have, steps = conversion.Version, append(steps, *conversion)
	}
	later, err := migrations.Steps("postgres", version.Have)
	if err != nil {
		return nil, err
	}
	steps = append(steps, later...)
	return steps, migrations.Weigh(steps, func(table string) (int64, error) { return estimate(ctx, pool, table) })
}

// Migrate brings the tables up to date while servers are running. It returns the
// names of the steps that it ran, even if a later step failed. Tables from before
// 0.1.0 are converted; servers must not be running during the conversion.
func Migrate(ctx context.Context, url string) (ran []string, err error) {
	return upToDate(ctx, url, true)
}

// estimate returns about how many rows a table and its partitions have: the
// number that PostgreSQL counted last, or the number that fills their files. It
// is 0 if the table does not exist.
func estimate(ctx context.Context, pool *pgxpool.Pool, table string) (rows int64, err error) {
	err = pool.QueryRow(ctx, `SELECT coalesce(sum(greatest(reltuples, pg_catalog.pg_relation_size(oid) / 250)), 0)::bigint FROM pg_class
		WHERE oid = pg_catalog.to_regclass($1)::oid OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = pg_catalog.to_regclass($1)::oid)`, table).Scan(&rows)
	return rows, err
}

// A step that finds a table locked gives up at once, so that no query waits
// behind it. It is tried again at these intervals, for this long.
const (
	migrateEvery = 200 * time.Millisecond
	migrateFor   = 5 * time.Minute
)

// migrate brings the tables up to date, or reports that they are not. Of several
// processes that start at the same time one runs the steps, and the others wait.
func migrate(ctx context.Context, pool *pgxpool.Pool, apply bool) (ran []string, err error) {
	found, err := look(ctx, pool)
	if err != nil {
		return nil, err
	}
	if !apply {
		return nil, found.upToDate()
	}
	if err := found.mayCreate(); err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	converted, err := convert.Postgres(ctx, db)
	if err != nil {
		return nil, err
	}
	if converted {
		ran = append(ran, convert.StepName)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(migrateFor/time.Second)))
	if err != nil {
		return ran, err
	}
	provider, err := migrations.NewProvider("postgres", db, goose.WithSessionLocker(locker))
	if err != nil {
		return ran, err
	}
	for until := time.Now().Add(migrateFor); ; {
		some, err := migrations.Ran(provider.Up(ctx)) // it takes as long as it takes
		ran = append(ran, some...)
		if !inTheWay(err) {
			return ran, err
		}
		if time.Now().After(until) {
			return ran, errors.Join(errors.New("other transactions hold locks on the tables; see pg_stat_activity"), err)
		}
		select {
		case <-ctx.Done():
			return ran, ctx.Err()
		case <-time.After(migrateEvery):
		}
	}
}
