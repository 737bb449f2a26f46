package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Sweeping goes in small steps, so that nobody waits for it.
const (
	sweepEvery = time.Minute
	sweepLease = 2 * sweepEvery
	sweepStep  = 500
	// keepSpent is how long what is over is still recognised, so that a
	// replay is told from a fantasy.
	keepSpent = 24 * time.Hour
	// mostAhead is how far this machine's clock may be ahead of the database's.
	mostAhead = time.Minute
)

// runSweeper sweeps by itself; of several processes the one that holds the
// lease does.
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
		s.warn(ctx, "sweep failed; it will be tried again", s.sweepAs(ctx, holder))
	}
}

var errLost = errors.New("the lease went to another process, which sweeps now")

// sweepAs sweeps, unless another has the lease. Between the steps the lease is
// renewed in good time, and when it is lost the sweep stops.
func (s *Store) sweepAs(ctx context.Context, holder string) error {
	if err := s.inTime(ctx); err != nil {
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
			return errLost
		}
		renew = now.Add(sweepLease / 4)
		return err
	}
	if err := keep(); err != nil {
		if errors.Is(err, errLost) {
			return nil // it never was ours
		}
		return err
	}
	_, err := s.sweep(ctx, s.Clock(), keep)
	return err
}

// inTime reports whether this machine's clock may say what is over: one that is
// ahead would take away what others still need, and keep the lease from them.
func (s *Store) inTime(ctx context.Context) error {
	if s.DatabaseClock == nil {
		return nil
	}
	call := s.begin(ctx, "", reads)
	theirs, err := s.DatabaseClock(ctx)
	if err := call.end(err); err != nil {
		return err
	}
	if ahead := s.Clock().Sub(theirs); ahead > mostAhead {
		return fmt.Errorf("the clock of this machine is %s ahead of that of the database: nothing is swept from here until they agree", ahead.Round(time.Second))
	}
	return nil
}

// lease takes or keeps a lease for that long, if nobody else has it.
func (s *Store) lease(ctx context.Context, name, holder string, ttl time.Duration) (held bool, err error) {
	now := s.Clock()
	err = s.write(ctx, func(t *tx) error {
		n, err := t.Count(`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE latchkey_lease.holder = excluded.holder OR latchkey_lease.until <= $4`, name, holder, ms(now.Add(ttl)), ms(now))
		held = n == 1
		return err
	})
	return held, err
}

// Partitions are the token tables access_token, code and family cut by time,
// where an engine has that. What no partition takes is in the default one of
// its table, like access_token_default.
type Partitions interface {
	// Lacks tells which right to make and drop them is missing, and how to give
	// it, as a sentence; "" if none is.
	Lacks(ctx context.Context) (string, error)
	// MakeAhead makes those of now and of the next days.
	MakeAhead(ctx context.Context, now time.Time) error
	// DropOver drops those in which all has expired, and what is still
	// recognised afterwards has done so by recognised. It tells how many.
	DropOver(ctx context.Context, now, recognised time.Time) (int, error)
}

// Sweep removes what is over and tells how many rows were deleted for that.
// Partitions are dropped whole, and their rows not counted. Tables without are
// walked by their key, which is also their age; there is no index on the
// expiry to keep. A table that cannot be swept keeps no other from it.
func (s *Store) Sweep(ctx context.Context, now time.Time) (deleted int64, err error) {
	return s.sweep(ctx, now, ctx.Err)
}

// sweep asks before each step whether it may go on.
func (s *Store) sweep(ctx context.Context, now time.Time, keep func() error) (deleted int64, err error) {
	begun := time.Now()
	defer func() { s.sweeps.count(deleted, s.Clock(), time.Since(begun), err) }()
	recognised := now.Add(-keepSpent)
	walked := ""
	var faults []error
	if s.Partitions != nil {
		walked = "_default"
		dropped, err := s.Partitions.DropOver(ctx, now, recognised)
		s.sweeps.partitions.Add(uint64(dropped))
		if dropped > 0 {
			s.Logger.InfoContext(ctx, "partitions dropped in which all was over", "partitions", dropped)
		}
		faults = append(faults, err, s.Partitions.MakeAhead(ctx, now))
	}
	over := ms(recognised)
	for _, step := range []step{
		s.walk(ctx, "latchkey_access_token"+walked, "expires_at <= $3", ms(now)),
		s.walk(ctx, "latchkey_ticket"+walked, "expires_at <= $3", over),
		s.walk(ctx, "latchkey_family"+walked, "(expires_at <= $3 OR idle_expires_at <= $3 OR (revoked_at <> 0 AND revoked_at <= $3))", over),
		s.walk(ctx, "latchkey_revoked_jwt", "expires_at <= $3", ms(now)),
		s.drain(ctx, `DELETE FROM latchkey_session WHERE id IN (SELECT id FROM latchkey_session WHERE expires_at <= $1 LIMIT 500)`, ms(now)),
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

// step sweeps a little of a table. After an error there are no more.
type step func() (deleted int64, more bool, err error)

// walk goes through a table by id.
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

// drain runs a statement that deletes sweepStep rows at most for as long as it
// finds so many.
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
