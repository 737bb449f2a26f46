package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// A sweep runs in small steps, so that no request waits for it.
const (
	sweepEvery = time.Minute
	sweepLease = 2 * sweepEvery
	sweepStep  = 500
	// keepSpent is how long an expired ticket or family is kept, so that a replay
	// is recognised.
	keepSpent = 24 * time.Hour
	// maxAhead is how far the clock of this machine may be ahead of that of the
	// database.
	maxAhead = time.Minute
)

// Partitions create and drop the partitions of the token tables
// latchkey_access_token, latchkey_ticket and latchkey_family by time, for an
// engine that has partitions. The rows of other times are in the default
// partition of a table, for example latchkey_ticket_default.
type Partitions interface {
	// MissingRights returns a sentence about the right to create and drop
	// partitions that is missing, and how to grant it; "" if none is missing.
	MissingRights(ctx context.Context) (string, error)
	// CreateAhead creates the partitions of the present time and of the next days.
	CreateAhead(ctx context.Context, now time.Time) error
	// DropExpired drops the partitions in which every row has expired by now, or
	// by keepUntil in tables whose expired rows are kept for a while. It returns
	// the number of partitions that were dropped.
	DropExpired(ctx context.Context, now, keepUntil time.Time) (int, error)
}

// runSweeper sweeps at intervals. Of several processes the one that has the lease
// does.
func (s *Store) runSweeper(ctx context.Context) {
	holder := uuid.NewString()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.warn(ctx, "sweep failed; it will be retried", s.sweepAs(ctx, holder))
	}
}

var errLeaseLost = errors.New("the lease went to another process, which sweeps now")

// sweepAs sweeps, unless another process has the lease. The lease is renewed
// between the steps, and the sweep stops if it is lost.
func (s *Store) sweepAs(ctx context.Context, holder string) error {
	if err := s.checkClock(ctx); err != nil {
		return err
	}
	var renew time.Time
	keep := func() error {
		now := s.Clock()
		if now.Before(renew) {
			return ctx.Err()
		}
		held, err := s.lease(ctx, "sweep", holder, sweepLease)
		if err == nil && !held {
			return errLeaseLost
		}
		renew = now.Add(sweepLease / 4)
		return err
	}
	if err := keep(); err != nil {
		if errors.Is(err, errLeaseLost) {
			return nil // this process never had it
		}
		return err
	}
	_, err := s.sweep(ctx, s.Clock(), keep)
	return err
}

// checkClock returns an error if the clock of this machine is ahead of that of the
// database. It would then delete rows that have not expired, and keep the lease
// from other processes.
func (s *Store) checkClock(ctx context.Context) error {
	if s.DatabaseClock == nil {
		return nil
	}
	call := s.begin(ctx, "", reads)
	theirs, err := s.DatabaseClock(ctx)
	if err := call.end(err); err != nil {
		return err
	}
	if ahead := s.Clock().Sub(theirs); ahead > maxAhead {
		return fmt.Errorf("the clock of this machine is %s ahead of that of the database: this process does not sweep until they agree", ahead.Round(time.Second))
	}
	return nil
}

// Sweep deletes expired rows, and returns the number of rows that it deleted one
// by one. A partition is dropped as a whole, and its rows are not counted. Tables
// without partitions are walked by their key, which is also their age, so that
// no index on the expiry is needed. A table that cannot be swept does not keep
// the others from being swept.
func (s *Store) Sweep(ctx context.Context, now time.Time) (deleted int64, err error) {
	return s.sweep(ctx, now, ctx.Err)
}

// sweep calls keep before each step, and stops if that returns an error.
func (s *Store) sweep(ctx context.Context, now time.Time, keep func() error) (deleted int64, err error) {
	begun := time.Now()
	defer func() { s.sweeps.count(deleted, s.Clock(), time.Since(begun), err) }()
	keepUntil := now.Add(-keepSpent)
	walked := ""
	var faults []error
	if s.Partitions != nil {
		walked = "_default"
		dropped, err := s.Partitions.DropExpired(ctx, now, keepUntil)
		s.sweeps.partitions.Add(uint64(dropped))
		if dropped > 0 {
			s.Logger.InfoContext(ctx, "expired partitions were dropped", "partitions", dropped)
		}
		faults = append(faults, err, s.Partitions.CreateAhead(ctx, now))
	}
	for _, step := range []step{
		s.walk(ctx, "latchkey_access_token"+walked, "expires_at <= $3", ms(now)),
		s.walk(ctx, "latchkey_ticket"+walked, "expires_at <= $3", ms(keepUntil)),
		s.walk(ctx, "latchkey_family"+walked, "(expires_at <= $3 OR idle_expires_at <= $3 OR (revoked_at <> 0 AND revoked_at <= $3))", ms(keepUntil)),
		s.walk(ctx, "latchkey_revoked_jwt", "expires_at <= $3", ms(now)),
		s.expiredUsers(ctx, now),
		s.expiredSessions(ctx, now),
		s.drain(ctx, `DELETE FROM latchkey_session_client WHERE (session_id, client_id, subject) IN (SELECT session_id, client_id, subject FROM latchkey_session_client WHERE expires_at <= $1 LIMIT 500)`, ms(now)),
		s.drain(ctx, `DELETE FROM latchkey_attempt WHERE key IN (SELECT key FROM latchkey_attempt WHERE until <= $1 LIMIT 500)`, ms(now)),
	} {
		for more := true; more; {
			if err := keep(); err != nil {
				return deleted, errors.Join(append(faults, err)...)
			}
			var n int64
			n, more, err = step()
			deleted, faults = deleted+n, append(faults, err)
		}
	}
	return deleted, errors.Join(faults...)
}

// step sweeps a part of a table. After an error there are no more steps.
type step func() (deleted int64, more bool, err error)

// walk sweeps a table in the order of its ids.
func (s *Store) walk(ctx context.Context, table, condition string, limit int64) step {
	from := []byte{}
	return func() (deleted int64, more bool, err error) {
		var to []byte
		err = s.row(ctx, `SELECT id FROM (SELECT id FROM `+table+` WHERE id > $1 ORDER BY id LIMIT 500) AS step ORDER BY id DESC LIMIT 1`, from).Scan(&to)
		if Expected(err) {
			return 0, false, nil
		}
		if err == nil {
			err = s.write(ctx, func(t *tx) (err error) {
				deleted, err = t.Count(`DELETE FROM `+table+` WHERE id > $1 AND id <= $2 AND `+condition, from, to, limit)
				return err
			})
		}
		if err != nil {
			return 0, false, fmt.Errorf("sweeping %s: %w", table, err)
		}
		from = to
		return deleted, true, nil
	}
}

// drain runs a statement that deletes at most sweepStep rows, until it deletes
// fewer.
func (s *Store) drain(ctx context.Context, statement string, limit int64) step {
	return func() (deleted int64, more bool, err error) {
		err = s.write(ctx, func(t *tx) (err error) {
			deleted, err = t.Count(statement, limit)
			return err
		})
		if err != nil {
			return 0, false, err
		}
		return deleted, deleted == sweepStep, nil
	}
}
