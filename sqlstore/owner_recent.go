package sqlstore

import (
	stdbytes "bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The recent runs contain the tokens after those of the whole runs. They are written soon after the tokens.
const (
	// recentAge is the age of the tokens of a recent run: longer than most requests wait for the Store. A
	// token that is stored later is found when the tokens of the run are counted again.
	recentAge = 500 * time.Millisecond
	// rowsForRuns is the number of rows after which a process adds runs. The other rows wait for the sweep.
	rowsForRuns = runTokens / 20
	// mostRecentTokens is the maximum number of tokens of a recent run.
	mostRecentTokens = runTokens / 2
	// mostParts is of how many recent runs a whole run is made. So many have fewer than runTokens tokens only
	// if most of their tokens were deleted.
	mostParts = 100
	// mostDropped is how many recent runs are deleted at a time.
	mostDropped = maxRows / 25
)

// Each of the recentRuns has at least rowsForRuns/2 tokens. Their entries contain the complete hashes, which are needed
// when whole runs are made of them. The number of their rows divides runBuckets.
var recentRuns = newLevel(level{runs: "latchkey_access_recent", entries: "latchkey_access_recent_entry", buckets: 25, hash: 8})

// writtenRows counts rows, and reports when there are many new ones.
type writtenRows struct {
	n    atomic.Uint64
	next atomic.Uint64 // the number that is reported
	many chan struct{}
}

func newWrittenRows() *writtenRows {
	w := &writtenRows{many: make(chan struct{}, 1)}
	w.next.Store(rowsForRuns)
	return w
}

// Add counts rows.
func (w *writtenRows) Add(rows uint64) {
	n := w.n.Add(rows)
	if next := w.next.Load(); n >= next && w.next.CompareAndSwap(next, math.MaxUint64) {
		w.many <- struct{}{} // does not wait, because the channel is empty
	}
}

// Load returns the number of rows.
func (w *writtenRows) Load() uint64 { return w.n.Load() }

// again lets Add report the next rowsForRuns rows.
func (w *writtenRows) again() { w.next.Store(w.n.Load() + rowsForRuns) }

// indexable returns the id up to which runs can be added.
func indexable(now time.Time) []byte {
	id := oauth.IDFrom(now.Add(-recentAge), [10]byte{})
	return id[:]
}

// later returns the id that is later.
func later(a, b []byte) []byte {
	if stdbytes.Compare(a, b) < 0 {
		return b
	}
	return a
}

// addRecent adds a recent run of the tokens that are in no run yet, unless they are too few or too new.
func (s *Store) addRecent(ctx context.Context, now time.Time) (more bool, err error) {
	number, since, err := s.newestRun(ctx, recentRuns)
	if err != nil {
		return false, err
	}
	end := indexable(now)
	if stdbytes.Compare(since, end) > 0 {
		return s.dropAhead(ctx, recentRuns, number, since)
	}
	_, whole, err := s.newestRun(ctx, wholeRuns)
	if since = later(since, whole); err != nil || stdbytes.Compare(since, end) >= 0 {
		return false, err
	}
	most := s.runTokens * mostRecentTokens / runTokens
	r, err := s.readRun(ctx, recentRuns, since, end, most)
	if err != nil || r.tokens < int64(s.runTokens*rowsForRuns/runTokens/2) {
		return false, err
	}
	return r.tokens >= int64(most), s.insertRun(ctx, recentRuns, now, number+1, since, r)
}

// mergeRecent adds a whole run of the oldest recent runs, if they have enough tokens, or if there are many of them. If tokens have been
// stored late, or are in no recent run, it reads the tokens.
func (s *Store) mergeRecent(ctx context.Context, now time.Time) (merged bool, err error) {
	number, since, err := s.newestRun(ctx, wholeRuns)
	if err != nil {
		return false, err
	}
	parts, tokens, err := s.mergeable(ctx, since, idsFrom(now.Add(-runAge)))
	if err != nil || tokens < int64(s.runTokens) && len(parts) < mostParts {
		return false, err
	}
	in := window{since, parts[len(parts)-1].until}
	counted, expires, err := s.countRun(ctx, in)
	if err != nil {
		return false, err
	}
	r := indexedRun{until: in.until, tokens: counted, expires: expires}
	complete := false
	if counted == tokens && stdbytes.Compare(parts[0].after, since) >= 0 {
		r.buckets, complete, err = s.mergedBuckets(ctx, parts)
	}
	if err == nil && !complete {
		r, err = s.readRun(ctx, wholeRuns, since, in.until, mostCountedAgain)
	}
	if err != nil {
		return false, err
	}
	return true, s.insertRun(ctx, wholeRuns, now, number+1, since, r)
}

// mergeable returns the recent runs after an id, up to another, of which a whole run can be made, with the number of
// their tokens. Between two of them, and before the first one, others may have expired.
func (s *Store) mergeable(ctx context.Context, since, end []byte) (parts []storedRun, tokens int64, err error) {
	query := fmt.Sprintf(`SELECT run, since, until, tokens FROM latchkey_access_recent WHERE until > $1 AND until <= $2 ORDER BY run LIMIT %d`, mostParts)
	err = s.each(ctx, query, []any{since, end}, func(row Rows) error {
		var r storedRun
		if err := row.Scan(&r.number, &r.after, &r.until, &r.tokens); err != nil {
			return err
		}
		if tokens < int64(s.runTokens) {
			parts, tokens = append(parts, r), tokens+r.tokens
		}
		return nil
	})
	return parts, tokens, err
}

// mergedBuckets returns the entries of recent runs in the buckets of a whole run. If complete is false, the
// tokens of the whole run must be read instead.
func (s *Store) mergedBuckets(ctx context.Context, parts []storedRun) (buckets [][]byte, complete bool, err error) {
	first, last := parts[0].number, parts[len(parts)-1].number
	var found int
	complete = true
	m := merging{all: make([][]byte, runBuckets), n: make(map[ownerKey]int)}
	err = s.each(ctx, `SELECT entries FROM latchkey_access_recent_entry WHERE id >= $1 AND id < $2 ORDER BY id`,
		[]any{first * int64(recentRuns.buckets), (last + 1) * int64(recentRuns.buckets)}, func(row Rows) error {
			var entries []byte
			if err := row.Scan(&entries); err != nil {
				return err
			}
			found++
			complete = complete && m.add(entries)
			return nil
		})
	return m.buckets(), complete && found == len(parts)*recentRuns.buckets && last-first == int64(len(parts)-1), err
}

// merging are the entries of recent runs, in the buckets of whole runs.
type merging struct {
	all [][]byte
	n   map[ownerKey]int // the ids of each owner; more than mostInRun if they are too many
}

// add adds the entries of a row. It returns false if the row has no entries because there would be too many.
func (m *merging) add(entries []byte) bool {
	size := recentRuns.entry()
	for ; len(entries) >= size; entries = entries[size:] {
		key := ownerKey(binary.BigEndian.Uint64(entries))
		id := oauth.ID(entries[recentRuns.hash:size])
		if m.n[key]++; id.IsZero() {
			m.n[key] = mostInRun + 1
		}
		if m.n[key] <= mostInRun {
			b := key.bucket(wholeRuns)
			m.all[b] = key.entries(m.all[b], wholeRuns, []oauth.ID{id})
		}
	}
	return len(entries) == 0
}

// buckets returns the entries. A search that finds the mark of an owner with too many ids ignores the others.
func (m *merging) buckets() [][]byte {
	for key, n := range m.n {
		if n > mostInRun {
			b := key.bucket(wholeRuns)
			m.all[b] = key.entries(m.all[b], wholeRuns, []oauth.ID{{}})
		}
	}
	return m.all
}

// dropMerged deletes recent runs of which whole runs were made. The newest one remains: the next one has the
// number after it.
func (s *Store) dropMerged(ctx context.Context, _ time.Time) (more bool, err error) {
	_, end, err := s.newestRun(ctx, wholeRuns)
	if err != nil {
		return false, err
	}
	var first, last int64
	err = s.row(ctx, `SELECT coalesce(min(run), 0), coalesce(max(run), 0) FROM latchkey_access_recent WHERE until <= $1 AND run < (SELECT max(run) FROM latchkey_access_recent)`, end).Scan(&first, &last)
	if err != nil || last == 0 {
		return false, err
	}
	last = min(last, first+mostDropped-1)
	return true, s.write(ctx, func(t *tx) error {
		n, err := t.Count(`DELETE FROM latchkey_access_recent WHERE run >= $1 AND run <= $2 AND until <= $3`, first, last, end)
		if err != nil || n == 0 {
			return err
		}
		return t.Exec(`DELETE FROM latchkey_access_recent_entry WHERE id >= $1 AND id < $2`, first*int64(recentRuns.buckets), (last+1)*int64(recentRuns.buckets))
	})
}
