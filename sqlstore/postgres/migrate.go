package postgres

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// Pending tells what migrating would run, and changes nothing.
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
	steps, err := migrations.Steps("postgres", version.Have)
	if err != nil {
		return nil, err
	}
	return steps, migrations.Weigh(steps, func(table string) (int64, error) { return estimate(ctx, pool, table) })
}

// Migrate brings the tables up to date while servers work on, and names the
// steps that it ran, also if a later one failed.
func Migrate(ctx context.Context, url string) (ran []string, err error) {
	return upToDate(ctx, url, true)
}

// estimate is about how many rows a table has, with its partitions: as they
// were last counted, or as many as fill its disk; none if there is no such
// table.
func estimate(ctx context.Context, pool *pgxpool.Pool, table string) (rows int64, err error) {
	err = pool.QueryRow(ctx, `SELECT coalesce(sum(greatest(reltuples, pg_relation_size(oid) / 250)), 0)::bigint FROM pg_class
		WHERE oid = to_regclass($1) OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass($1))`, table).Scan(&rows)
	return rows, err
}

// A step that finds a table in use gives up at once, so that nobody queues
// behind it, and is tried again for so long.
const (
	migrateEvery = 200 * time.Millisecond
	migrateFor   = 5 * time.Minute
)

// migrate brings the tables up to date, or tells that they are not. Of several
// processes that start at once one does, and the others wait for it.
func migrate(ctx context.Context, pool *pgxpool.Pool, apply bool) (ran []string, err error) {
	there, err := look(ctx, pool)
	if err != nil {
		return nil, err
	}
	if !apply {
		return nil, there.upToDate()
	}
	if err := there.mayBegin(); err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations.Files, "postgres")
	if err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(migrateFor/time.Second)))
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, err
	}
	for until := time.Now().Add(migrateFor); ; {
		some, err := migrations.Ran(provider.Up(ctx)) // which works for as long as it takes
		ran = append(ran, some...)
		if !inTheWay(err) {
			return ran, err
		}
		if time.Now().After(until) {
			return ran, errors.Join(errors.New("other transactions hold the tables; see pg_stat_activity"), err)
		}
		select {
		case <-ctx.Done():
			return ran, ctx.Err()
		case <-time.After(migrateEvery):
		}
	}
}
