package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// Sweeping goes in small steps, so that nobody waits for it.
const (
	sweepEvery = time.Minute
	sweepStep  = 500
	// keepSpent is how long what is over is still recognised, so that a
	// replay is told from a fantasy.
	keepSpent = 24 * time.Hour
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
		held, err := s.lease(ctx, "sweep", holder, 2*sweepEvery)
		if err == nil && held {
			_, err = s.Sweep(ctx, s.Clock())
		}
		s.warn(ctx, "sweep failed; it will be tried again", err)
	}
}

// lease takes or keeps a lease for that long, if nobody else has it.
func (s *Store) lease(ctx context.Context, name, holder string, ttl time.Duration) (held bool, err error) {
	now := s.Clock()
	err = s.write(ctx, func(t *tx) error {
		n, err := t.Count(`INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE lease.holder = excluded.holder OR lease.until <= $4`, name, holder, ms(now.Add(ttl)), ms(now))
		held = n == 1
		return err
	})
	return held, err
}

// Partitions are the token tables access_token, code and family cut by time,
// where an engine has that. What no partition takes is in the default one of
// its table, like access_token_default.
type Partitions interface {
	// MakeAhead makes those of now and of the next days.
	MakeAhead(ctx context.Context, now time.Time) error
	// DropOver drops those in which all has expired, and what is still
	// recognised afterwards has done so by recognised. It tells how many.
	DropOver(ctx context.Context, now, recognised time.Time) (int, error)
}

// Sweep removes what is over and tells how many rows were deleted for that.
// Partitions are dropped whole, and their rows not counted. Tables without are
// walked by their key, which is also their age; there is no index on the
// expiry to keep.
func (s *Store) Sweep(ctx context.Context, now time.Time) (deleted int64, err error) {
	begun := time.Now()
	defer func() { s.sweeps.count(deleted, s.Clock(), time.Since(begun), err) }()
	recognised := now.Add(-keepSpent)
	walked := ""
	if s.Partitions != nil {
		walked = "_default"
		dropped, err := s.Partitions.DropOver(ctx, now, recognised)
		s.sweeps.partitions.Add(uint64(dropped))
		if dropped > 0 {
			s.Logger.InfoContext(ctx, "partitions dropped in which all was over", "partitions", dropped)
		}
		if err := errors.Join(err, s.Partitions.MakeAhead(ctx, now)); err != nil {
			return 0, err
		}
	}
	over := ms(recognised)
	for _, table := range []struct {
		name, condition string
		limit           int64
	}{
		{"access_token" + walked, "expires_at <= $3", ms(now)},
		{"code" + walked, "expires_at <= $3", over},
		{"family" + walked, "(expires_at <= $3 OR idle_expires_at <= $3 OR (revoked_at <> 0 AND revoked_at <= $3))", over},
		{"revoked_jwt", "expires_at <= $3", ms(now)},
	} {
		n, err := s.walk(ctx, table.name, table.condition, table.limit)
		deleted += n
		if err != nil {
			return deleted, err
		}
	}
	for _, statement := range []string{
		`DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at <= $1 LIMIT 500)`,
		`DELETE FROM strike WHERE key IN (SELECT key FROM strike WHERE until <= $1 LIMIT 500)`,
	} {
		for n := int64(sweepStep); n == sweepStep; deleted += n {
			err := s.write(ctx, func(t *tx) (err error) {
				n, err = t.Count(statement, ms(now))
				return err
			})
			if err != nil {
				return deleted, err
			}
		}
	}
	return deleted, nil
}

// walk goes through a table by id, a step at a time.
func (s *Store) walk(ctx context.Context, table, condition string, limit int64) (deleted int64, err error) {
	from := []byte{}
	for {
		var to []byte
		err := s.row(ctx, `SELECT id FROM (SELECT id FROM `+table+` WHERE id > $1 ORDER BY id LIMIT 500) AS step ORDER BY id DESC LIMIT 1`, from).Scan(&to)
		if Expected(err) {
			return deleted, nil
		}
		if err != nil {
			return deleted, err
		}
		var n int64
		err = s.write(ctx, func(t *tx) (err error) {
			n, err = t.Count(`DELETE FROM `+table+` WHERE id > $1 AND id <= $2 AND `+condition, from, to, limit)
			return err
		})
		if err != nil {
			return deleted, err
		}
		deleted, from = deleted+n, to
		if err := ctx.Err(); err != nil {
			return deleted, err
		}
	}
}
