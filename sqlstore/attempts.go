package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// countAttempt adds $2 failed attempts and $3 open ones to a key. If the window
// has ended at $5, a new one begins, which ends at $4.
const countAttempt = `INSERT INTO latchkey_attempt (key, count, open, until) VALUES ($1, $2, $3, $4)
	ON CONFLICT (key) DO UPDATE SET
	count = CASE WHEN latchkey_attempt.until > $5 THEN latchkey_attempt.count ELSE 0 END + excluded.count,
	open = CASE WHEN latchkey_attempt.until > $5 THEN latchkey_attempt.open ELSE 0 END + excluded.open,
	until = CASE WHEN latchkey_attempt.until > $5 THEN latchkey_attempt.until ELSE excluded.until END
	RETURNING count, open, until`

// CountAttempt counts an attempt.
func (s *Store) CountAttempt(ctx context.Context, key string, window time.Duration, now time.Time) (failed int, until time.Time, err error) {
	err = s.write(ctx, func(t *tx) error {
		var open int
		return t.Row(countAttempt, key, int64(1), int64(0), ms(now.Add(window)), ms(now)).Scan(&failed, &open, at{&until})
	})
	return failed, until, err
}

// BeginAttempt counts an open attempt for each limit, unless one is full. All
// callers lock the rows in the same order: that of an address before those of an
// account.
func (s *Store) BeginAttempt(ctx context.Context, limits []account.AttemptLimit, window time.Duration, now time.Time) (counts []account.AttemptCount, begun bool, err error) {
	err = s.write(ctx, func(t *tx) error {
		counts, begun = nil, true
		for _, limit := range limits {
			c := account.AttemptCount{Key: limit.Key}
			if err := t.Row(countAttempt, limit.Key, int64(0), int64(1), ms(now.Add(window)), ms(now)).Scan(&c.Failed, &c.Open, at{&c.Until}); err != nil {
				return err
			}
			c.Open-- // this attempt
			before := counts
			if counts = append(counts, c); c.Failed+c.Open >= limit.Max {
				begun = false
				return errors.Join(
					t.endAttempt(before, number(c.Failed >= limit.Max && !limit.Shared), ""),
					t.endAttempt([]account.AttemptCount{c}, 0, ""))
			}
		}
		return nil
	})
	return counts, begun, err
}

// EndAttempt ends an attempt.
func (s *Store) EndAttempt(ctx context.Context, counts []account.AttemptCount, failed bool, resets string) error {
	if failed {
		resets = ""
	}
	return s.write(ctx, func(t *tx) error { return t.endAttempt(counts, number(failed), resets) })
}

// endAttempt ends an open attempt of each key, and counts it as the given number of
// failed ones.
func (t *tx) endAttempt(counts []account.AttemptCount, failed int64, resets string) error {
	for _, c := range counts {
		err := t.Exec(`UPDATE latchkey_attempt SET open = open - 1, count = CASE WHEN key = $3 THEN 0 ELSE count + $4 END WHERE key = $1 AND until = $2 AND open > 0`,
			c.Key, ms(c.Until), resets, failed)
		if err != nil {
			return err
		}
	}
	return nil
}
