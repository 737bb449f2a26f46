package sqlstore

import (
	stdbytes "bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The table of access tokens has no index on the client and the person, because it would make
// each token more expensive. Instead, each process that stores tokens writes an index of the tokens
// that are at least recentAge old, and so does the sweep, one run of consecutive ids at a time. The
// ids of a run are grouped by client and by person, and distributed over a number of rows by a hash
// of these. So a search reads one row of each run, and one row is written for many tokens. There are
// two levels of runs: small recent ones, of which larger ones are made. Tokens that are in no run yet
// are read one after the other. Groups of the larger runs have an index of their own: see addGroup.
const (
	runTokens = mostRead
	// runBuckets is the number of rows of a run: as many as one transaction may change. The keys of the
	// rows depend on it, so it must not change.
	runBuckets = 500
	// runAge is the age of the tokens of a run that is not made of recent runs: longer than a request
	// waits for the Store.
	runAge = 3 * oauth.MaxStoreWait
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

// A level is one of the kinds of runs.
type level struct {
	runs, entries string // the tables
	buckets       int    // the number of rows of a run
	hash          int    // how many bytes of a hash an entry has
	insert        string // the statement that inserts all rows of a run
}

// wholeRuns have at least runTokens tokens, unless some were deleted.
var wholeRuns = newLevel(level{runs: "latchkey_access_run", entries: "latchkey_access_entry", buckets: runBuckets, hash: 2})

func newLevel(l level) level {
	rows := make([]string, l.buckets)
	for i := range rows {
		rows[i] = fmt.Sprintf("(CAST($1 AS BIGINT) + %d, $%d)", i, i+2)
	}
	l.insert = `INSERT INTO ` + l.entries + ` (id, entries) VALUES ` + strings.Join(rows, ", ")
	return l
}

// ownerRuns adds, deletes or recounts one run in each step.
func (s *Store) ownerRuns(ctx context.Context, now time.Time) step {
	return func() (_ int64, more bool, err error) {
		more, err = firstOf(ctx, now, s.mergeRecent, s.addRun, s.dropMerged, s.recountRuns, s.dropRuns, s.dropGroup, s.addGroup)
		if err != nil {
			return 0, false, fmt.Errorf("the index of access tokens: %w", err)
		}
		return 0, more, nil
	}
}

// firstOf calls functions until one of them has done something.
func firstOf(ctx context.Context, now time.Time, all ...func(context.Context, time.Time) (bool, error)) (done bool, err error) {
	for _, f := range all {
		if done, err = f(ctx, now); done || err != nil {
			break
		}
	}
	return done, err
}

// indexNew adds runs of the new tokens. It needs no lease: of several processes, one adds a run.
func (s *Store) indexNew(ctx context.Context) error {
	now, err := s.checkedNow(ctx)
	if err != nil {
		return err
	}
	return s.addRuns(ctx, now)
}

// addRuns adds runs until too few tokens are left, and counts those again for which it is time.
func (s *Store) addRuns(ctx context.Context, now time.Time) (err error) {
	keep := paced(ctx.Err)
	for more := true; more && err == nil; {
		if err = keep(); err == nil {
			more, err = firstOf(ctx, now, s.mergeRecent, s.addRun, s.addRecent, s.dropMerged, s.recountRuns)
		}
	}
	return err
}

// recountAt returns when a run up to an id is counted again, if it is written or counted now.
func recountAt(now time.Time, until []byte) int64 {
	age := ms(now) - ms(oauth.ID(until).Time())
	return ms(now) + (recountFactor-1)*max(age, recentAge.Milliseconds())
}

// newestRun returns the number and the last id of the newest run, or 0 and an empty id.
func (s *Store) newestRun(ctx context.Context, l level) (number int64, until []byte, err error) {
	err = s.row(ctx, `SELECT run, until FROM `+l.runs+` WHERE run > 0 ORDER BY run DESC LIMIT 1`).Scan(&number, &until)
	if Expected(err) {
		return 0, []byte{}, nil
	}
	return number, until, err
}

// addRun adds a run of the tokens after the newest run, unless there are recent runs of most of them, or they are
// too few or too new. If another process adds a run with this number, it is not changed.
func (s *Store) addRun(ctx context.Context, now time.Time) (more bool, err error) {
	number, since, err := s.newestRun(ctx, wholeRuns)
	if err != nil {
		return false, err
	}
	if stdbytes.Compare(since, indexable(now)) > 0 {
		return s.dropAhead(ctx, wholeRuns, number, since)
	}
	end := idsFrom(now.Add(-runAge))
	_, recent, err := s.newestRun(ctx, recentRuns)
	if recent = later(since, recent); err != nil || stdbytes.Compare(recent, end) >= 0 {
		return false, err
	}
	var until []byte
	// With an offset that PostgreSQL does not know in advance, it reads the rows by the index, and ends
	// early. Otherwise, it could read and sort all of them.
	err = s.row(ctx, `SELECT id FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1 OFFSET $3`, recent, end, int64(s.runTokens-1)).Scan(&until)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r, err := s.readRun(ctx, wholeRuns, since, until, mostCountedAgain)
	if err != nil {
		return false, err
	}
	return true, s.insertRun(ctx, wholeRuns, now, number+1, since, r)
}

// insertRun inserts a run, unless another process has inserted one with this number.
func (s *Store) insertRun(ctx context.Context, l level, now time.Time, number int64, since []byte, r indexedRun) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.Count(`INSERT INTO `+l.runs+` (run, since, until, expires_at, tokens, recount_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run) DO NOTHING`,
			number, since, r.until, r.expires, r.tokens, recountAt(now, r.until))
		if err != nil || n == 0 {
			return err
		}
		return t.insertEntries(l, number, r)
	})
}

// dropAhead deletes the newest run if it was added when a clock was ahead. The tokens that have been stored since
// are missing from it. The time of the database decides, because the clock of this process may be slow.
func (s *Store) dropAhead(ctx context.Context, l level, number int64, until []byte) (dropped bool, err error) {
	now, err := s.databaseNow(ctx)
	if err != nil || stdbytes.Compare(until, indexable(now)) <= 0 {
		return false, err
	}
	return true, s.deleteRun(ctx, l, number, until, func(t *tx) error { return t.deleteGroup(l, number) })
}

// deleteRun deletes a run, and calls group. The number of a run that was deleted can be that of another one later.
func (s *Store) deleteRun(ctx context.Context, l level, number int64, until []byte, group func(*tx) error) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.Count(`DELETE FROM `+l.runs+` WHERE run = $1 AND until = $2`, number, until)
		if err != nil || n == 0 {
			return err
		}
		return errors.Join(group(t), t.deleteEntries(l, number))
	})
}

// A storedRun is the row of a run.
type storedRun struct {
	window
	number, tokens, due, expires int64
}

// storedRun returns the first run that meets a condition at a time.
func (s *Store) storedRun(ctx context.Context, l level, condition string, now time.Time) (r storedRun, err error) {
	err = s.row(ctx, `SELECT run, since, until, tokens, recount_at, expires_at FROM `+l.runs+` WHERE `+condition+` LIMIT 1`, ms(now)).
		Scan(&r.number, &r.after, &r.until, &r.tokens, &r.due, &r.expires)
	r.after = append([]byte{}, r.after...) // SQLite returns the empty one as NULL
	return r, err
}

// countRun counts the tokens of a run up to a bound, and returns when the last of those expires.
func (s *Store) countRun(ctx context.Context, in window) (tokens, expires int64, err error) {
	query := fmt.Sprintf(`SELECT count(*), coalesce(max(expires_at), 0) FROM (SELECT expires_at FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT %d) AS counted`, mostCountedAgain+1)
	err = s.row(ctx, query, in.after, in.until).Scan(&tokens, &expires)
	return tokens, expires, err
}

// recountRuns counts the tokens of a run of any level again, if it is time.
func (s *Store) recountRuns(ctx context.Context, now time.Time) (found bool, err error) {
	if found, err = s.recountRun(ctx, recentRuns, now); err == nil && !found {
		found, err = s.recountRun(ctx, wholeRuns, now)
	}
	return found, err
}

// recountRun counts the tokens of a run again, if it is time. If the number has changed, the run
// is written again: tokens were deleted, or were stored long after the time in their ids.
func (s *Store) recountRun(ctx context.Context, l level, now time.Time) (found bool, err error) {
	r, err := s.storedRun(ctx, l, `recount_at <= $1 ORDER BY recount_at`, now)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	tokens, expires, err := s.countRun(ctx, r.window)
	if err != nil {
		return false, err
	}
	if tokens == r.tokens && expires == r.expires {
		return true, s.updateRun(ctx, l, now, r, indexedRun{tokens: tokens, expires: expires}, func(t *tx) error {
			return t.shiftGroup(l, r.number, recountAt(now, r.until)-r.due)
		})
	}
	again, err := s.readRun(ctx, l, r.after, r.until, 0)
	if err != nil {
		return false, err
	}
	return true, s.rewriteRun(ctx, l, now, r, again)
}

// rewriteRun writes the tokens of a run again, and deletes its group, which does not have them.
func (s *Store) rewriteRun(ctx context.Context, l level, now time.Time, r storedRun, again indexedRun) error {
	return s.updateRun(ctx, l, now, r, again, func(t *tx) error {
		if err := errors.Join(t.deleteEntries(l, r.number), t.deleteGroup(l, r.number)); err != nil {
			return err
		}
		return t.insertEntries(l, r.number, again)
	})
}

// updateRun stores how many tokens a run has, and calls write, unless another process has counted it.
func (s *Store) updateRun(ctx context.Context, l level, now time.Time, r storedRun, again indexedRun, write func(*tx) error) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.Count(`UPDATE `+l.runs+` SET tokens = $3, expires_at = $4, recount_at = $5 WHERE run = $1 AND until = $2 AND recount_at = $6`,
			r.number, r.until, again.tokens, again.expires, recountAt(now, r.until), r.due)
		if err != nil || n == 0 {
			return err
		}
		return write(t)
	})
}

// dropRuns deletes a run of any level of which all tokens have expired.
func (s *Store) dropRuns(ctx context.Context, now time.Time) (found bool, err error) {
	if found, err = s.dropRun(ctx, recentRuns, now); err == nil && !found {
		found, err = s.dropRun(ctx, wholeRuns, now)
	}
	return found, err
}

// dropRun deletes a run of which all tokens have expired. If it has one that was stored late and has not
// expired, the run is written again. The newest run remains: the next one begins after it.
func (s *Store) dropRun(ctx context.Context, l level, now time.Time) (found bool, err error) {
	r, err := s.storedRun(ctx, l, `expires_at <= $1 AND run < (SELECT max(run) FROM `+l.runs+`) ORDER BY expires_at`, now)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	tokens, expires, err := s.countRun(ctx, r.window)
	if err != nil {
		return false, err
	}
	if tokens > mostCountedAgain || expires > ms(now) {
		again, err := s.readRun(ctx, l, r.after, r.until, 0)
		if err != nil {
			return false, err
		}
		if again.expires > ms(now) {
			return true, s.rewriteRun(ctx, l, now, r, again)
		}
	}
	return true, s.deleteRun(ctx, l, r.number, r.until, func(t *tx) error { return t.shiftGroup(l, r.number, -r.due-r.tokens) })
}

// indexedRun is a run as it is written.
type indexedRun struct {
	until   []byte
	tokens  int64
	expires int64 // when the last token expires
	buckets [][]byte
}

// readRun reads the tokens after an id, up to another, in steps, because a run can grow without bound. If most
// is not 0, it reads at most this number of tokens.
func (s *Store) readRun(ctx context.Context, l level, since, until []byte, most int) (r indexedRun, err error) {
	key, err := s.createIndexKey(ctx)
	if err != nil {
		return r, err
	}
	o := owned{}
	size := mostRead
	if most > 0 {
		size = min(most, mostRead)
	}
	r.until = until
	query := fmt.Sprintf(`SELECT id, client_id, subject, expires_at FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT %d`, size)
	var (
		id              oauth.ID
		client, subject string
		expires         int64
		columns         = []any{bytes{id[:]}, &client, &subject, &expires} // shared by all rows, of which there is one for each token
	)
	for read := size; read == size && err == nil && (most == 0 || r.tokens < int64(most)); {
		read = 0
		err = s.each(ctx, query, []any{since, until}, func(row Rows) error {
			if err := row.Scan(columns...); err != nil {
				return err
			}
			read++
			r.tokens, r.expires = r.tokens+1, max(r.expires, expires)
			o.add(ownerName{client: client}, id)
			if subject != "" {
				o.add(ownerName{subject: subject}, id)
			}
			return nil
		})
		if read > 0 {
			since = stdbytes.Clone(id[:])
		}
	}
	if most > 0 && r.tokens >= int64(most) {
		r.until = since
	}
	r.buckets = o.buckets(key, l)
	return r, err
}

// insertEntries inserts the rows of a run.
func (t *tx) insertEntries(l level, number int64, r indexedRun) error {
	args := []any{number * int64(l.buckets)}
	for _, entries := range r.buckets {
		args = append(args, append([]byte{}, entries...)) // not NULL
	}
	return t.Exec(l.insert, args...)
}

// deleteEntries deletes the rows of a run.
func (t *tx) deleteEntries(l level, number int64) error {
	return t.Exec(`DELETE FROM `+l.entries+` WHERE id >= $1 AND id < $2`, number*int64(l.buckets), (number+1)*int64(l.buckets))
}
