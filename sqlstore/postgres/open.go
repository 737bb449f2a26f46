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

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// Options of a database; the zero value works.
type Options struct {
	// Migrate brings the tables up to date at the start. Without it Open
	// answers ErrPending if they are not.
	Migrate bool
	Clock   func() time.Time // nil means time.Now
	Logger  *slog.Logger     // nil logs nothing
	Trace   sqlstore.Trace   // may be nil
}

// ErrPending says that the tables are of an older release.
var ErrPending = errors.New("the tables of the database are not up to date")

// Bounds on a connection that the URL does not set.
const (
	// patience is how long one call may take, waiting for a connection
	// included; then the database counts as away.
	patience = 5 * time.Second
	// lockPatience is how long a statement waits for a row that another
	// transaction has changed and not yet committed: longer than any step of the
	// protocol takes. Who is in the way for longer must not hold up those whose
	// statements travel with it.
	lockPatience = 300 * time.Millisecond
	// lockProbe is how long it waits instead when others have waited for it
	// already.
	lockProbe = time.Millisecond
	// lockWariness is for how long, after a lock was waited for in vain, no batch
	// waits for another.
	lockWariness = time.Second
)

// Open opens the database of a URL or keyword string, as every pgx program
// takes it: several hosts, sslmode, pool_max_conns and so on. Only a server that accepts
// writes is used, whatever target_session_attrs is. Behind a pooler in transaction mode add
// default_query_exec_mode=exec; without it Open refuses one.
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
	engine := newEngine(pool)
	c := sqlstore.Config{
		Engine: engine, Duplicate: duplicate, Fatal: fatal, Away: away, Trace: o.Trace, Clock: o.Clock, Logger: o.Logger, Doubts: engine.doubts,
		Partitions: partitioner{pool, briefly},
		Changed:    func(context.Context) (bool, error) { return true, nil }, // ask: one row, twice a second
	}
	if o.Clock == nil { // the machine's
		c.DatabaseClock = engine.now
	}
	if c.Tables, err = tablesVersion(ctx, pool); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	store, err := sqlstore.New(ctx, c)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return store, nil
}

// upToDate opens the database to look at its tables, or to bring them up to
// date, which may wait for locks.
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

// connect makes a pool; it connects when it is used.
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
		// For each host: one that is silent leaves time for the next.
		hosts := 1 + len(config.ConnConfig.Fallbacks)
		config.ConnConfig.ConnectTimeout = patience / time.Duration(hosts+1)
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "latchkey"
	}
	if params := config.ConnConfig.RuntimeParams; params["plan_cache_mode"] == "" && !pooled(config) {
		// All statements find rows by key, whatever the key: planning anew costs
		// several times what the statement does.
		params["plan_cache_mode"] = "force_generic_plan"
	}
	requireWrites(config)
	if !pooled(config) {
		config.AfterConnect = prepareSession
	}
	return config, nil
}

// pooled reports whether there is a pooler in between, as the URL says: it
// would not take settings of ours.
func pooled(config *pgxpool.Config) bool {
	return config.ConnConfig.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}

// where names a database without its password.
func where(pool *pgxpool.Pool) string { return name(pool.Config().ConnConfig) }
