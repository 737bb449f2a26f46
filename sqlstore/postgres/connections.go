package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connections are the connections to the database.
type connections struct {
	pool   *pgxpool.Pool
	pooled bool // this package does not set the connections: there is a pooler in between, or the pool is shared
}

// attempts is how many times a transaction is tried if it conflicts with others.
const attempts = 6

// again repeats a call that failed because of another transaction, or before it
// reached the database. That is always safe. Each time it waits a
// little longer, for a random time, so that two callers do not collide again.
func again(ctx context.Context, run func() error) error {
	for attempt := 0; ; attempt++ {
		err := run()
		if err == nil || attempt == attempts-1 || !(collided(err) || pgconn.SafeToRetry(err)) {
			return err
		}
		wait := time.Duration(rand.Int64N(int64(5*time.Millisecond) << attempt)) //nolint:gosec // not a secret
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// again is again for a call that needs a connection. If the server does not accept
// writes any more, all connections are replaced, perhaps by those to another server.
func (c connections) again(ctx context.Context, run func() error) error {
	return again(ctx, func() error {
		err := run()
		if code(err) == "25006" {
			c.pool.Reset()
			return readOnlyServer{err}
		}
		return err
	})
}

// readOnlyServer is the error of a server that takes no writes any more. Nothing
// was kept.
type readOnlyServer struct{ error }

func (m readOnlyServer) Unwrap() error     { return m.error }
func (m readOnlyServer) SafeToRetry() bool { return true }
