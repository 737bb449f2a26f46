package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// committer sends statements that write.
type committer struct {
	connections
	lockedAt atomic.Pointer[time.Time] // when a statement last failed to take a lock in time
}

// commit sends a batch. If a lock is held for long, there are often more of them:
// then the next batches wait for no lock, and leave that to insist.
func (c *committer) commit(statements []*statement) {
	wait := lockPatience
	if at := c.lockedAt.Load(); at != nil && time.Since(*at) < lockWariness {
		wait = lockProbe
	}
	c.share(statements, wait, lockProbe)
}

// insist is commit for statements that met a lock. It waits for the locks where
// nobody else has to wait: for the first as long as for all others together.
func (c *committer) insist(statements []*statement) {
	c.share(statements, lockPatience, max(lockPatience/time.Duration(len(statements)), lockProbe))
}

func (c *committer) share(statements []*statement, wait, further time.Duration) {
	ctx, cancel := bounded(context.Background())
	defer cancel()
	slices.SortStableFunc(statements, insertsFirst)
	c.try(ctx, statements, wait, further)
}

// try sends statements as one transaction. If the server refuses it, nothing was
// kept for certain, which matters because a statement must not run twice, and it
// is known which statement failed. That statement is tried alone, and the others
// without it, so that it does not affect them. They wait for less time, because
// their waiting times add up. A statement that met a lock is not tried alone the first
// time, but left to insist.
func (c *committer) try(ctx context.Context, statements []*statement, wait, further time.Duration) {
	if len(statements) == 0 {
		return
	}
	at, err := c.send(ctx, statements, wait)
	if err == nil {
		return
	}
	if wait == lockPatience && lockTimeout(err) {
		now := time.Now()
		c.lockedAt.Store(&now)
	}
	n := alike(statements[at:])
	failed, before, behind := statements[at:at+n], statements[:at], statements[at+n:]
	switch {
	case !refused(err):
		fail(statements, err)
		return
	case lockTimeout(err) && !failed[0].locked:
		fail(failed, err)
		for _, s := range failed {
			s.locked = true
		}
	case len(statements) == 1:
		fail(failed, err)
	case n == len(statements):
		before, behind = failed[:n/2], failed[n/2:]
	default:
		c.try(ctx, failed, further, further)
	}
	c.try(ctx, before, further, further)
	c.try(ctx, behind, further, further)
}

// send returns with an error the place of the statement that it is about, or 0 if
// that is not known.
func (c *committer) send(ctx context.Context, statements []*statement, wait time.Duration) (at int, err error) {
	err = c.again(ctx, func() (err error) {
		at, err = c.sendOnce(ctx, statements, wait)
		return err
	})
	return at, err
}

// sendOnce makes one round trip and one transaction: without a BEGIN, the
// statements between two syncs are one transaction.
func (c *committer) sendOnce(ctx context.Context, statements []*statement, wait time.Duration) (at int, err error) {
	var b pgx.Batch
	unset := c.pooled || wait != lockPatience // settings of a pooler's connections are not ours
	if unset {
		b.Queue(`SELECT pg_catalog.set_config('lock_timeout', $1, true)`, strconv.FormatInt(wait.Milliseconds(), 10))
	}
	for _, s := range statements {
		s.found, s.err = false, nil // this may be the second attempt
	}
	for rest := statements; len(rest) > 0; {
		n, args := alike(rest), rest[0].args
		if rest[0].insert {
			args = columns(rest[:n])
		}
		b.Queue(rest[0].query, args...)
		rest = rest[n:]
	}
	results := c.pool.SendBatch(ctx, &b)
	defer func() { err = errors.Join(err, results.Close()) }()
	if unset {
		if _, err := results.Exec(); err != nil {
			return 0, err
		}
	}
	for i := 0; i < len(statements); i += alike(statements[i:]) {
		if err := statements[i].read(results); err != nil {
			return i, err
		}
	}
	return 0, nil
}
