package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// leastShared is how many connections a shared pool must allow: for batches of writes
// and lookups, and for the host program.
const leastShared = 4

// Use returns a Store that shares the pool of the host program, on PostgreSQL 14 or
// newer:
//
//	pool, err := pgxpool.New(ctx, "postgres://shop@db.example/shop")
//	store, err := postgres.Use(ctx, pool, postgres.Options{Migrate: true})
//
// The names of Latchkey's tables and indexes begin with latchkey_, and so does the name
// of the table in which their version is recorded, so the host can have any other
// tables, and use goose too. The tables are in the schema of the search_path that has
// them, or else in the first one. To keep them in a schema of their own, create it
// (CREATE SCHEMA latchkey), and set the search_path of the pool, in its URL
// (?search_path=latchkey,public) or for its role. Several issuers can each have a
// schema, and a pool with its search_path.
//
// Use returns an error that says what to change, unless
//
//   - the pool allows at least 4 connections;
//   - its DefaultQueryExecMode is the default, or pgx.QueryExecModeExec for a pooler in
//     transaction mode;
//   - synchronous_commit is not off, default_transaction_isolation is read committed,
//     and default_transaction_read_only is off.
//
// The settings of the host's connections do not change. Statements of Latchkey wait for a
// connection for at most oauth.MaxStoreWait, so do not hold all connections for longer.
// Latchkey's writes are never part of a transaction of the host. If the server stops
// accepting writes, because another one has become the primary server, Latchkey resets
// the pool (pgxpool.Pool.Reset).
//
// A separate pool, from Open, is faster: it plans each statement only once
// (plan_cache_mode). Closing the Store does not close the pool: close the Store first.
func Use(ctx context.Context, pool *pgxpool.Pool, o Options) (*sqlstore.Store, error) {
	if pool == nil {
		return nil, errors.New("postgres: the pool is nil. Create it with pgxpool.New, and check its error")
	}
	if err := checkShared(ctx, pool); err != nil {
		return nil, err
	}
	if _, err := migrate(ctx, pool, o.Migrate); err != nil {
		if errors.Is(err, ErrPending) {
			err = fmt.Errorf("%w, or set postgres.Options.Migrate", err)
		}
		return nil, fmt.Errorf("database %s: %w", where(pool), err)
	}
	return newStore(ctx, newEngine(pool, true), o)
}

// checkShared returns all reasons why the pool cannot be shared.
func checkShared(ctx context.Context, pool *pgxpool.Pool) error {
	config := pool.Config()
	if config.MaxConns < leastShared {
		// The following queries could wait forever for a connection.
		return notShared(fmt.Errorf("its limit is %d, and at least %d connections are needed. Increase pool_max_conns", config.MaxConns, leastShared))
	}
	if mode := config.ConnConfig.DefaultQueryExecMode; mode != pgx.QueryExecModeCacheStatement && mode != pgx.QueryExecModeExec {
		return notShared(fmt.Errorf("its DefaultQueryExecMode is %q. Use the default, or exec for a pooler in transaction mode", mode))
	}
	var commit, isolation, readOnly string
	err := pool.QueryRow(ctx, `SELECT pg_catalog.current_setting('synchronous_commit'), pg_catalog.current_setting('default_transaction_isolation'), pg_catalog.current_setting('default_transaction_read_only')`).
		Scan(&commit, &isolation, &readOnly)
	if err != nil {
		return fmt.Errorf("database %s: %w", where(pool), err)
	}
	var faults []error
	if commit == "off" {
		faults = append(faults, errors.New("synchronous_commit is off, so acknowledged writes could be lost. Set it to on"))
	}
	if !strings.EqualFold(isolation, "read committed") {
		faults = append(faults, fmt.Errorf("default_transaction_isolation is %s. Set it to read committed, and begin your own transactions with another level", isolation))
	}
	if readOnly != "off" {
		faults = append(faults, errors.New("default_transaction_read_only is on. Set it to off"))
	}
	return notShared(errors.Join(faults...))
}

// notShared returns the error for a pool that cannot be shared, or nil.
func notShared(fault error) error {
	if fault == nil {
		return nil
	}
	return fmt.Errorf("postgres: the pool cannot be shared: %w", fault)
}
