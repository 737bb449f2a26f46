package sqlstore

import (
	stdbytes "bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The table of access tokens has no index on the client and the person, because it would make
// each token more expensive. Instead, each process that stores tokens writes an index of the tokens
// that are at least runAge old, and so does the sweep: one run of runTokens consecutive ids at a
// time (latchkey_access_run). The ids of a run are grouped by client and by person, and distributed
// over runBuckets rows by a hash of these (latchkey_access_entry). So a search reads one row of
// each run, and one row is written for many tokens. Tokens that are in no run yet are read one
// after the other.
const (
	runTokens = mostRead
	// runBuckets is the number of rows of a run: as many as one transaction may change. The keys of the
	// rows depend on it, so it must not change.
	runBuckets = 500
	// runAge is the age of the tokens of a run: longer than a request waits for the Store. A token
	// can still be stored with an older id, because the clocks of servers differ. It is found when the
	// run is counted again.
	runAge = 3 * oauth.MaxStoreWait
	// runEvery is the interval at which a process adds runs, if it has written rowsForRuns rows.
	// The others wait for the sweep.
	runEvery    = 10 * time.Second
	rowsForRuns = runTokens / 10
	// recountFactor is by how much the age of a run grows until its tokens are counted again. So a
	// token that was stored late is found before it is much later.
	recountFactor = 4
	// mostCountedAgain is up to which number the tokens of a run are counted. A run with more of them, which
	// were stored late, is read as a whole.
	mostCountedAgain = 2 * runTokens
	// mostInRun is how many ids of one client or person a run contains. If there are more, a
	// search reads the tokens of the run.
	mostInRun = 128
	// mostInOneRun is how many ids a run contains, each for a client or a person. If there are more, a
	// search for any of them reads the tokens of the run.
	mostInOneRun = 4 * runTokens
)

// ownerRuns adds, deletes or recounts one run in each step.
func (s *Store) ownerRuns(ctx context.Context, now time.Time) step {
	return func() (_ int64, more bool, err error) {
		for _, part := range []func(context.Context, time.Time) (bool, error){s.addRun, s.dropRun, s.recountRun} {
			if more, err = part(ctx, now); err != nil {
				return 0, false, fmt.Errorf("the index of access tokens: %w", err)
			}
			if more {
				break
			}
		}
		return 0, more, nil
	}
}

// indexNew adds runs of the new tokens. It needs no lease: of several processes, one adds a run.
func (s *Store) indexNew(ctx context.Context) error {
	now, err := s.checkedNow(ctx)
	if err != nil {
		return err
	}
	return s.addRuns(ctx, now)
}

// addRuns adds runs until too few tokens are left.
func (s *Store) addRuns(ctx context.Context, now time.Time) (err error) {
	keep := paced(ctx.Err)
	for more := true; more && err == nil; {
		if err = keep(); err == nil {
			more, err = s.addRun(ctx, now)
		}
	}
	return err
}

// recountAt returns when a run up to an id is counted again, if it is written or counted now.
func recountAt(now time.Time, until []byte) int64 {
	age := ms(now) - ms(oauth.ID(until).Time())
	return ms(now) + (recountFactor-1)*max(age, runAge.Milliseconds())
}

// newestRun returns the number and the last id of the newest run that ends at an id or before, or 0 and an
// empty id.
func (s *Store) newestRun(ctx context.Context, by []byte) (number int64, until []byte, err error) {
	err = s.row(ctx, `SELECT run, until FROM latchkey_access_run WHERE run > 0 AND until <= $1 ORDER BY run DESC LIMIT 1`, by).Scan(&number, &until)
	if Expected(err) {
		return 0, []byte{}, nil
	}
	return number, until, err
}

// indexEnd returns the id at which the index ends, for a search. A run that ends in the future was added when a
// clock was ahead, and later tokens are missing from it.
func (s *Store) indexEnd(ctx context.Context) ([]byte, error) {
	_, until, err := s.newestRun(ctx, idsFrom(s.Clock()))
	return until, err
}

// addRun adds a run of the tokens after the newest run, unless they are too few or too new. If
// another process adds a run with this number, it is not changed.
func (s *Store) addRun(ctx context.Context, now time.Time) (more bool, err error) {
	number, since, err := s.newestRun(ctx, allIDs.until)
	if err != nil {
		return false, err
	}
	end := idsFrom(now.Add(-runAge))
	if stdbytes.Compare(since, end) > 0 {
		return s.dropAhead(ctx, number, since)
	}
	var until []byte
	// With an offset that PostgreSQL does not know in advance, it reads the rows by the index, and ends
	// early. Otherwise, it could read and sort all of them.
	err = s.row(ctx, `SELECT id FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1 OFFSET $3`, since, end, int64(s.runTokens-1)).Scan(&until)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r, err := s.readRun(ctx, since, until)
	if err != nil {
		return false, err
	}
	return true, s.write(ctx, func(t *tx) error {
		n, err := t.Count(`INSERT INTO latchkey_access_run (run, since, until, expires_at, tokens, recount_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run) DO NOTHING`,
			number+1, since, until, r.expires, r.tokens, recountAt(now, until))
		if err != nil || n == 0 {
			return err
		}
		return t.insertEntries(number+1, r)
	})
}

// dropAhead deletes the newest run if it was added when a clock was ahead. The tokens that have been stored since
// are missing from it. The time of the database decides, because the clock of this process may be slow.
func (s *Store) dropAhead(ctx context.Context, number int64, until []byte) (dropped bool, err error) {
	now, err := s.databaseNow(ctx)
	if err != nil || stdbytes.Compare(until, idsFrom(now.Add(-runAge))) <= 0 {
		return false, err
	}
	return true, s.deleteRun(ctx, number, until)
}

// deleteRun deletes a run. The number of a run that was deleted can be that of another one later.
func (s *Store) deleteRun(ctx context.Context, number int64, until []byte) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.Count(`DELETE FROM latchkey_access_run WHERE run = $1 AND until = $2`, number, until)
		if err != nil || n == 0 {
			return err
		}
		return t.deleteEntries(number)
	})
}

// A storedRun is a row of latchkey_access_run.
type storedRun struct {
	window
	number, tokens, due, expires int64
}

// storedRun returns the first run that meets a condition at a time.
func (s *Store) storedRun(ctx context.Context, condition string, now time.Time) (r storedRun, err error) {
	err = s.row(ctx, `SELECT run, since, until, tokens, recount_at, expires_at FROM latchkey_access_run WHERE `+condition+` LIMIT 1`, ms(now)).
		Scan(&r.number, &r.after, &r.until, &r.tokens, &r.due, &r.expires)
	r.after = append([]byte{}, r.after...) // SQLite returns the empty one as NULL
	return r, err
}

// countRun counts the tokens of a run up to a bound, and returns when the last of those expires.
func (s *Store) countRun(ctx context.Context, r storedRun) (tokens, expires int64, err error) {
	query := fmt.Sprintf(`SELECT count(*), coalesce(max(expires_at), 0) FROM (SELECT expires_at FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT %d) AS counted`, mostCountedAgain+1)
	err = s.row(ctx, query, r.after, r.until).Scan(&tokens, &expires)
	return tokens, expires, err
}

// recountRun counts the tokens of a run again, if it is time. If the number has changed, the run
// is written again: tokens were deleted, or were stored long after the time in their ids.
func (s *Store) recountRun(ctx context.Context, now time.Time) (found bool, err error) {
	r, err := s.storedRun(ctx, `recount_at <= $1 ORDER BY recount_at`, now)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	tokens, expires, err := s.countRun(ctx, r)
	if err != nil {
		return false, err
	}
	if tokens == r.tokens && expires == r.expires {
		return true, s.updateRun(ctx, now, r, indexedRun{tokens: tokens, expires: expires}, nil)
	}
	again, err := s.readRun(ctx, r.after, r.until)
	if err != nil {
		return false, err
	}
	return true, s.rewriteRun(ctx, now, r, again)
}

// rewriteRun writes the tokens of a run again.
func (s *Store) rewriteRun(ctx context.Context, now time.Time, r storedRun, again indexedRun) error {
	return s.updateRun(ctx, now, r, again, func(t *tx) error {
		if err := t.deleteEntries(r.number); err != nil {
			return err
		}
		return t.insertEntries(r.number, again)
	})
}

// updateRun stores how many tokens a run has, and calls write, unless another process has counted it.
func (s *Store) updateRun(ctx context.Context, now time.Time, r storedRun, again indexedRun, write func(*tx) error) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.Count(`UPDATE latchkey_access_run SET tokens = $3, expires_at = $4, recount_at = $5 WHERE run = $1 AND until = $2 AND recount_at = $6`,
			r.number, r.until, again.tokens, again.expires, recountAt(now, r.until), r.due)
		if err != nil || n == 0 || write == nil {
			return err
		}
		return write(t)
	})
}

// dropRun deletes a run of which all tokens have expired. If it has one that was stored late and has not
// expired, the run is written again. The newest run remains: the next one begins after it.
func (s *Store) dropRun(ctx context.Context, now time.Time) (found bool, err error) {
	r, err := s.storedRun(ctx, `expires_at <= $1 AND run < (SELECT max(run) FROM latchkey_access_run) ORDER BY expires_at`, now)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	tokens, expires, err := s.countRun(ctx, r)
	if err != nil {
		return false, err
	}
	if tokens > mostCountedAgain || expires > ms(now) {
		again, err := s.readRun(ctx, r.after, r.until)
		if err != nil {
			return false, err
		}
		if again.expires > ms(now) {
			return true, s.rewriteRun(ctx, now, r, again)
		}
	}
	return true, s.deleteRun(ctx, r.number, r.until)
}

// indexedRun is a run as it is written.
type indexedRun struct {
	tokens  int64
	expires int64 // when the last token expires
	buckets [runBuckets][]byte
}

// readRun reads the tokens after an id, up to another, in steps: a run can have grown without a bound.
func (s *Store) readRun(ctx context.Context, since, until []byte) (r indexedRun, err error) {
	key, err := s.createIndexKey(ctx)
	if err != nil {
		return r, err
	}
	o := owned{}
	query := fmt.Sprintf(`SELECT id, client_id, subject, expires_at FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT %d`, mostRead)
	for read := mostRead; read == mostRead && err == nil; {
		read = 0
		err = s.each(ctx, query, []any{since, until}, func(row Rows) error {
			var (
				id              oauth.ID
				client, subject string
				expires         int64
			)
			if err := row.Scan(bytes{id[:]}, &client, &subject, &expires); err != nil {
				return err
			}
			read, since = read+1, id[:]
			r.tokens, r.expires = r.tokens+1, max(r.expires, expires)
			o.add(clientOwner(client), id)
			if subject != "" {
				o.add(personOwner(subject), id)
			}
			return nil
		})
	}
	r.buckets = o.buckets(key)
	return r, err
}

// insertEntries is the statement that inserts all rows of a run.
var insertEntries = func() string {
	rows := make([]string, runBuckets)
	for i := range rows {
		rows[i] = fmt.Sprintf("(CAST($1 AS BIGINT) + %d, $%d)", i, i+2)
	}
	return `INSERT INTO latchkey_access_entry (id, entries) VALUES ` + strings.Join(rows, ", ")
}()

// insertEntries inserts the rows of a run.
func (t *tx) insertEntries(number int64, r indexedRun) error {
	args := []any{number * runBuckets}
	for _, entries := range r.buckets {
		args = append(args, append([]byte{}, entries...)) // not NULL
	}
	return t.Exec(insertEntries, args...)
}

// deleteEntries deletes the rows of a run.
func (t *tx) deleteEntries(number int64) error {
	return t.Exec(`DELETE FROM latchkey_access_entry WHERE id >= $1 AND id < $2`, number*runBuckets, (number+1)*runBuckets)
}
