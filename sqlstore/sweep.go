package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A sweep runs in small steps, so that no request waits for it.
const (
	sweepEvery = time.Minute
	sweepLease = 2 * sweepEvery
	// keepSpent is how long an expired ticket or family is kept, so that a replay
	// is recognized.
	keepSpent = oauth.KeepTicket
	// maxAhead is how far the clock of this machine may be ahead of that of the
	// database.
	maxAhead = time.Minute
)

// Partitions create and drop the partitions of the token tables
// latchkey_access_token, latchkey_ticket and latchkey_family by time, for an engine
// that has partitions. The rows of other times are in the default partition of a
// table, for example latchkey_ticket_default, which has indexes for finding expired
// rows.
type Partitions interface {
	// MissingRights returns a sentence that names a missing right to create or drop
	// partitions, and says how to grant it, or "" if none is missing.
	MissingRights(ctx context.Context) (string, error)
	// CreateAhead creates the partitions for the current time and the next days.
	CreateAhead(ctx context.Context, now time.Time) error
	// DropExpired drops the partitions in which every row has expired by now, or
	// by keepUntil in tables whose expired rows are kept for a while. It returns
	// the number of partitions that were dropped.
	DropExpired(ctx context.Context, now, keepUntil time.Time) (int, error)
}

// runSweeper sweeps at intervals. Of several processes the one that has the lease
// does. Each one adds the new tokens to their index, if it has stored many.
func (s *Store) runSweeper(ctx context.Context) {
	holder := uuid.NewString()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var wait <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.warn(ctx, "sweep failed; this will be retried", s.sweepAs(ctx, holder))
		case <-s.rows.many:
			wait = time.After(recentAge)
		case <-wait:
			wait = nil
			s.rows.again()
			s.warn(ctx, "the index of access tokens could not be extended; this will be retried", s.indexNew(ctx))
		}
	}
}

var errLeaseLost = errors.New("the lease went to another process, which sweeps now")

// sweepAs sweeps, unless another process has the lease. The lease is renewed
// between the steps, and the sweep stops if it is lost.
func (s *Store) sweepAs(ctx context.Context, holder string) error {
	begun, err := s.checkedNow(ctx)
	if err != nil {
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
	_, err = s.sweep(ctx, begun, keep)
	return err
}

// checkedNow returns the time of this machine or of the database, whichever is earlier. It returns an
// error if the clock of this machine is far ahead. It would then delete rows that have not
// expired, and keep the lease from other processes.
func (s *Store) checkedNow(ctx context.Context) (time.Time, error) {
	theirs, err := s.databaseNow(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now := s.Clock()
	switch ahead := now.Sub(theirs); {
	case ahead > maxAhead:
		return now, fmt.Errorf("the clock of this machine is %s ahead of that of the database: this process does not sweep until they agree", ahead.Round(time.Second))
	case ahead > 0:
		return theirs, nil
	}
	return now, nil
}

// databaseNow returns the time of the database.
func (s *Store) databaseNow(ctx context.Context) (time.Time, error) {
	if s.DatabaseClock == nil {
		return s.Clock(), nil
	}
	call := s.begin(ctx, "", reads)
	now, err := s.DatabaseClock(ctx)
	return now, call.end(err)
}

// Sweep deletes expired rows, and returns the number of rows that it deleted one by
// one. A partition is dropped as a whole, and its rows are not counted. Other
// expired rows are found by an index or by ranges of ids, so that a sweep reads
// only rows that are new, that it deletes or that may have expired. If a table
// cannot be swept, the others still are.
func (s *Store) Sweep(ctx context.Context, now time.Time) (deleted int64, err error) {
	return s.sweep(ctx, now, ctx.Err)
}

// sweep calls keep before each step, and stops if that returns an error.
func (s *Store) sweep(ctx context.Context, now time.Time, keep func() error) (deleted int64, err error) {
	begun := time.Now()
	defer func() { s.sweeps.count(deleted, s.Clock(), time.Since(begun), err) }()
	keep = paced(keep)
	keepUntil := now.Add(-keepSpent)
	rest := ""
	byExpiry := s.tokensByRange
	var faults []error
	if s.Partitions != nil {
		rest = "_default"
		byExpiry = s.deleteByIndex
		dropped, err := s.Partitions.DropExpired(ctx, now, keepUntil)
		s.sweeps.partitions.Add(uint64(dropped))
		if dropped > 0 {
			s.Logger.InfoContext(ctx, "expired partitions were dropped", "partitions", dropped)
		}
		faults = append(faults, err, s.Partitions.CreateAhead(ctx, now))
	}
	faults = append(faults, s.finishAll(ctx, keep))
	for _, step := range []step{
		byExpiry(ctx, "latchkey_access_token"+rest, now),
		byExpiry(ctx, "latchkey_ticket"+rest, keepUntil),
		s.deleteByRange(ctx, familyRanges("latchkey_family"+rest), keepUntil),
		s.deleteExpired(ctx, expiring{"latchkey_revoked_jwt", "id", "expires_at"}, now),
		s.deleteExpired(ctx, expiring{"latchkey_initial_access_token", "id", "expires_at"}, now),
		s.deleteExpired(ctx, expiring{"latchkey_invitation", "id", "delete_at"}, now),
		s.expiredUsers(ctx, now),
		s.unusedClients(ctx, now),
		s.discardedClients(ctx, now),
		s.expiredSessions(ctx, now),
		s.deleteExpired(ctx, expiring{"latchkey_session_client", "session_id, client_id, subject", "expires_at"}, now),
		s.deleteExpired(ctx, expiring{"latchkey_webhook_message", "id", "expires_at"}, now),
		s.deleteExpired(ctx, expiring{"latchkey_webhook_failure", "webhook", "failed_at"}, now.Add(-oauth.WebhookFailureTTL)),
		s.deleteExpired(ctx, expiring{"latchkey_attempt", "key", "until"}, now),
		s.deleteExpired(ctx, expiring{"latchkey_rejection", "id", "at"}, now.Add(-oauth.RejectionTTL)),
		s.deleteExpired(ctx, expiring{"latchkey_flow", "id", "began_at"}, now.Add(-oauth.FlowTTL)),
		s.deleteExpired(ctx, expiring{"latchkey_tally", "period, at, series", "expires_at"}, now),
		s.ownerRuns(ctx, now),
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

// maxRows is the maximum number of rows that one transaction of a long task
// changes, so that the transactions of requests can run between those of the task.
const maxRows = 500

// expiring is a table with an index on the time at which its rows expire.
type expiring struct{ table, key, column string }

// expired returns the condition that a row has expired at $1.
func (e expiring) expired() string { return e.column + ` <= $1` }

// deletion returns the statement that deletes the rows that expired first. A row
// that was extended concurrently does not meet the second condition.
func (e expiring) deletion() string {
	return fmt.Sprintf(`DELETE FROM %[1]s WHERE (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE %[3]s ORDER BY %[4]s LIMIT %[5]d) AND %[3]s`,
		e.table, e.key, e.expired(), e.column, maxRows)
}

// deleteByIndex deletes the expired rows of a table of tokens that has an index on
// expires_at.
func (s *Store) deleteByIndex(ctx context.Context, table string, by time.Time) step {
	return s.deleteExpired(ctx, expiring{table, "id", "expires_at"}, by)
}

// deleteExpired deletes rows until none has expired.
func (s *Store) deleteExpired(ctx context.Context, e expiring, by time.Time) step {
	return func() (deleted int64, more bool, err error) {
		if more, err = s.exists(ctx, e.table, e.expired(), e.column, by); err == nil && more {
			err = s.write(ctx, func(t *tx) (err error) {
				deleted, err = t.Count(e.deletion(), ms(by))
				return err
			})
		}
		if err != nil {
			return 0, false, fmt.Errorf("sweeping %s: %w", e.table, err)
		}
		return deleted, deleted > 0, nil
	}
}

// exists reports whether a row meets a condition about a time. Most calls find
// none, and then nothing is written. Ordering by the column of the condition makes
// a planner use its index.
func (s *Store) exists(ctx context.Context, table, condition, column string, at time.Time) (bool, error) {
	var one int64
	err := s.row(ctx, `SELECT 1 FROM `+table+` WHERE `+condition+` ORDER BY `+column+` LIMIT 1`, ms(at)).Scan(&one)
	if Expected(err) {
		return false, nil
	}
	return err == nil, err
}
