package sqlstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"iter"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The table of access tokens has no index on the client and the person, because each token
// would pay for it. Instead, each process that stores tokens writes an index of those with the age runAge, and
// so does the sweep: one run of runTokens consecutive ids at a time (latchkey_access_run). The ids of a run are grouped
// by client and by person, and distributed over runBuckets rows by a hash of these
// (latchkey_access_entry). So a search reads one row of each run, and one row is written for
// many tokens. Tokens that are in no run yet are read one after the other.
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
	// mostInOneRun is how many tokens a run can have when it is written again.
	mostInOneRun = 2 * runTokens
	// mostInRun is how many ids of one client or person a run contains. If there are more, a
	// search reads the tokens of the run.
	mostInRun = 128
	// runEntry is the size of an entry: a part of the hash, and an id. The id is zero if there
	// are more than mostInRun.
	runEntry = 2 + 16
)

// An ownerKey is the hash of a client or a person. It is stored: it must not change.
type ownerKey uint64

func clientKey(id string) ownerKey { return keyOf("client " + id) }

func personKey(subject string) ownerKey { return keyOf("person " + subject) }

func keyOf(text string) ownerKey {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // cannot fail
	return ownerKey(h.Sum64())
}

func (k ownerKey) bucket() int { return int(k % runBuckets) } //nolint:gosec // less than runBuckets

// short is the part of the key that is stored. Another key with the same part only costs a
// search some time.
func (k ownerKey) short() uint16 { return uint16(k >> 32) } //nolint:gosec // a part

// entries appends the entries of the key to those of its bucket.
func (k ownerKey) entries(to []byte, ids []oauth.ID) []byte {
	if len(ids) > mostInRun {
		ids = []oauth.ID{{}}
	}
	for _, id := range ids {
		to = append(binary.BigEndian.AppendUint16(to, k.short()), id[:]...)
	}
	return to
}

// ids returns the ids of the key in a bucket, in their order, or that there are too many.
func (k ownerKey) ids(entries []byte) (ids [][]byte, many bool) {
	for ; len(entries) >= runEntry; entries = entries[runEntry:] {
		if binary.BigEndian.Uint16(entries) != k.short() {
			continue
		}
		id := oauth.ID(entries[2:runEntry])
		if id.IsZero() {
			return nil, true
		}
		ids = append(ids, id[:])
	}
	return ids, false
}

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
	return ms(now) + (recountFactor-1)*age
}

// newestRun returns the number of the newest run and its last id, or 0 and an empty id.
func (s *Store) newestRun(ctx context.Context) (number int64, until []byte, err error) {
	err = s.row(ctx, `SELECT run, until FROM latchkey_access_run WHERE run = (SELECT max(run) FROM latchkey_access_run)`).Scan(&number, &until)
	if Expected(err) {
		return 0, []byte{}, nil
	}
	return number, until, err
}

// addRun adds a run of the tokens after the newest run, unless they are too few or too new. If
// another process adds a run with this number, it is not changed.
func (s *Store) addRun(ctx context.Context, now time.Time) (added bool, err error) {
	number, since, err := s.newestRun(ctx)
	if err != nil {
		return false, err
	}
	var until []byte
	// With an offset that PostgreSQL does not know in advance, it reads the rows by the index, and ends
	// early. Otherwise, it could read and sort all of them.
	err = s.row(ctx, `SELECT id FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1 OFFSET $3`, since, idsFrom(now.Add(-runAge)), int64(s.runTokens-1)).Scan(&until)
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

// recountRun counts the tokens of a run again, if it is time. If the number has changed, the run
// is written again: tokens were deleted, or were stored long after the time in their ids.
func (s *Store) recountRun(ctx context.Context, now time.Time) (found bool, err error) {
	var (
		number, tokens, due, expires int64
		since, until                 []byte
	)
	err = s.row(ctx, `SELECT run, since, until, tokens, recount_at, expires_at FROM latchkey_access_run WHERE recount_at <= $1 ORDER BY recount_at LIMIT 1`, ms(now)).
		Scan(&number, &since, &until, &tokens, &due, &expires)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	since = append([]byte{}, since...) // SQLite returns the empty one as NULL
	var n int64
	err = s.row(ctx, `SELECT count(*) FROM latchkey_access_token WHERE id > $1 AND id <= $2`, since, until).Scan(&n)
	if err != nil {
		return false, err
	}
	again := func(expires int64, write func(*tx) error) (bool, error) {
		return true, s.write(ctx, func(t *tx) error {
			counted, err := t.Count(`UPDATE latchkey_access_run SET tokens = $2, expires_at = $3, recount_at = $4 WHERE run = $1 AND recount_at = $5`, number, n, expires, recountAt(now, until), due)
			if err != nil || counted == 0 { // another process has counted it
				return err
			}
			return write(t)
		})
	}
	if n == tokens {
		return again(expires, func(*tx) error { return nil })
	}
	r, err := s.readRun(ctx, since, until)
	if err != nil {
		return false, err
	}
	return again(r.expires, func(t *tx) error {
		if err := t.deleteEntries(number); err != nil {
			return err
		}
		return t.insertEntries(number, r)
	})
}

// dropRun deletes a run of which all tokens have expired. The newest run remains: the next one
// begins after it.
func (s *Store) dropRun(ctx context.Context, now time.Time) (dropped bool, err error) {
	var number int64
	err = s.row(ctx, `SELECT run FROM latchkey_access_run WHERE expires_at <= $1 AND run < (SELECT max(run) FROM latchkey_access_run) ORDER BY expires_at LIMIT 1`, ms(now)).Scan(&number)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.write(ctx, func(t *tx) error {
		if err := t.Exec(`DELETE FROM latchkey_access_run WHERE run = $1`, number); err != nil {
			return err
		}
		return t.deleteEntries(number)
	})
}

// indexedRun is a run as it is written.
type indexedRun struct {
	tokens  int64
	expires int64 // when the last token expires
	buckets [runBuckets][]byte
}

// readRun reads the tokens after an id, up to another.
func (s *Store) readRun(ctx context.Context, since, until []byte) (r indexedRun, err error) {
	owned := make(map[ownerKey][]oauth.ID)
	add := func(key ownerKey, id oauth.ID) {
		if ids := owned[key]; len(ids) <= mostInRun {
			owned[key] = append(ids, id)
		}
	}
	query := fmt.Sprintf(`SELECT id, client_id, subject, expires_at FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT %d`, mostInOneRun)
	err = s.each(ctx, query, []any{since, until}, func(row Rows) error {
		var (
			id              oauth.ID
			client, subject string
			expires         int64
		)
		if err := row.Scan(bytes{id[:]}, &client, &subject, &expires); err != nil {
			return err
		}
		r.tokens, r.expires = r.tokens+1, max(r.expires, expires)
		add(clientKey(client), id)
		if subject != "" {
			add(personKey(subject), id)
		}
		return nil
	})
	for key, ids := range owned {
		r.buckets[key.bucket()] = key.entries(r.buckets[key.bucket()], ids)
	}
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

// A run is the part of the index that a search needs: the ids of a client or a person among
// those of a window, unless there are too many.
type run struct {
	window
	ids  [][]byte
	many bool
}

// fewRuns and mostRuns are how many runs a search reads at first, and at a time: a page of a person with
// many tokens needs few.
const (
	fewRuns  = 32
	mostRuns = 1024
)

// runs returns the runs with ids of a window, in the order of a list.
func (s *Store) runs(ctx context.Context, key ownerKey, in window, descending bool) iter.Seq2[run, error] {
	return func(yield func(run, error) bool) {
		for most := fewRuns; !in.empty(); most = mostRuns {
			some, err := s.readRuns(ctx, key, in, descending, most)
			if err != nil {
				yield(run{}, err)
				return
			}
			for _, r := range some {
				if !yield(r, nil) {
					return
				}
				in = in.behind(r.window, descending)
			}
			if len(some) < most {
				return
			}
		}
	}
}

func (s *Store) readRuns(ctx context.Context, key ownerKey, in window, descending bool, most int) (some []run, err error) {
	order := "ASC"
	if descending {
		order = "DESC"
	}
	query := fmt.Sprintf(`SELECT r.since, r.until, e.entries FROM latchkey_access_run r JOIN latchkey_access_entry e ON e.id = r.run * %d + $1
		WHERE r.since < $2 AND r.until > $3 ORDER BY r.run %s LIMIT %d`, runBuckets, order, most)
	err = s.each(ctx, query, []any{int64(key.bucket()), in.until, in.after}, func(row Rows) error {
		var (
			r       run
			entries []byte
		)
		if err := row.Scan(&r.after, &r.until, &entries); err != nil {
			return err
		}
		r.ids, r.many = key.ids(entries)
		some = append(some, r)
		return nil
	})
	return some, err
}
