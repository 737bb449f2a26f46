// Package postgres opens a Store on PostgreSQL 14 or newer, which any number
// of processes can share.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// Options configure a database. The zero value is valid.
type Options struct {
	// Migrate brings the tables up to date. Without it, Open returns ErrPending if
	// they are not.
	Migrate bool
	Clock   func() time.Time // nil means time.Now
	Logger  *slog.Logger     // nil logs nothing
	Trace   sqlstore.Trace   // may be nil
}

// ErrPending is returned if the tables belong to an older release.
var ErrPending = errors.New("the tables of the database are not up to date")

// Limits of a connection that the URL does not set.
const (
	// patience is the maximum time for one call, including the wait for a
	// connection. After that the database counts as unavailable.
	patience = oauth.MaxStoreWait
	// lockPatience is how long a statement waits for a row that another transaction
	// has changed and not committed yet: longer than any operation of the protocol
	// takes. The statements that are sent in the same batch wait as long.
	lockPatience = 300 * time.Millisecond
	// lockProbe is how long a statement waits instead if others have waited already.
	lockProbe = time.Millisecond
	// lockWariness is for how long no batch waits for a lock after a batch failed to
	// take one in time.
	lockWariness = time.Second
)

// Open opens the database of a URL or a keyword string, in the form that pgx
// accepts: with several hosts, sslmode, pool_max_conns and so on. It uses only a
// server that accepts writes, whatever target_session_attrs is. For a pooler in
// transaction mode, add default_query_exec_mode=exec; without it, Open rejects a
// pooler.
func Open(ctx context.Context, url string, o Options) (*sqlstore.Store, error) {
	if _, err := upToDate(ctx, url, o.Migrate); err != nil {
		return nil, err
	}
	config, err := configure(url)
	if err != nil {
		return nil, err
	}
	if !pooled(config) {
		config.ConnConfig.RuntimeParams["lock_timeout"] = strconv.FormatInt(lockPatience.Milliseconds(), 10)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return newStore(ctx, newEngine(pool, false), o)
}

// newStore returns a Store on a database whose tables are up to date. If it fails, it
// closes the engine.
func newStore(ctx context.Context, engine *engine, o Options) (*sqlstore.Store, error) {
	c := sqlstore.Config{
		Engine: engine, Duplicate: duplicate, Permanent: permanent, Unreachable: unreachable,
		Trace: o.Trace, Clock: o.Clock, Logger: o.Logger, Warnings: engine.warnings,
		Partitions: partitioner{engine.pool, briefly}, SizesQuery: sizesQuery,
		Changed: func(context.Context) (bool, error) { return true, nil }, // always read the row, twice a second
	}
	if o.Clock == nil { // it is that of the machine
		c.DatabaseClock = engine.now
	}
	var err error
	if c.Tables, err = tablesVersion(ctx, engine.pool); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	store, err := sqlstore.New(ctx, c)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return store, nil
}

// upToDate checks that the tables are up to date, or brings them up to date. It
// uses its own connections, which may wait for locks.
func upToDate(ctx context.Context, url string, apply bool) (ran []string, err error) {
	pool, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if ran, err = migrate(ctx, pool, apply); err != nil {
		return ran, fmt.Errorf("database %s: %w", where(pool), err)
	}
	return ran, nil
}

// connect returns a pool, which connects when it is used.
func connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := configure(url)
	if err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, config)
}

func configure(url string) (*pgxpool.Config, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		// The time is divided among the hosts, so that the next one is tried if one does
		// not answer.
		hosts := 1 + len(config.ConnConfig.Fallbacks)
		config.ConnConfig.ConnectTimeout = patience / time.Duration(hosts+1)
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "latchkey"
	}
	if params := config.ConnConfig.RuntimeParams; params["plan_cache_mode"] == "" && !pooled(config) {
		// All statements find rows by key, whatever the key is. To plan them again
		// costs several times as much as to run them.
		params["plan_cache_mode"] = "force_generic_plan"
	}
	if params := config.ConnConfig.RuntimeParams; params["jit"] == "" && !pooled(config) {
		// To compile such a statement takes longer than to run it. PostgreSQL would do so
		// while it knows nothing about the size of a table.
		params["jit"] = "off"
	}
	requireWrites(config)
	if !pooled(config) {
		config.AfterConnect = prepareSession
	}
	return config, nil
}

// pooled reports whether the URL says that there is a pooler in between. A pooler
// does not accept our settings.
func pooled(config *pgxpool.Config) bool {
	return config.ConnConfig.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}

// where returns the name of a database, without its password.
func where(pool *pgxpool.Pool) string { return name(pool.Config().ConnConfig) }
