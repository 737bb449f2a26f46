package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A group consists of groupRuns whole runs with consecutive numbers. Its rows name, for each owner, the runs that have
// its ids, so that a search for an owner with few tokens reads one row for many runs. A row has the byte n, followed by
// n numbers of runs that have ids of every owner, and then by entries: a part of a hash, and the number of a run in the
// group. One more row has the state of the runs, because the previous release writes runs again without their groups. A
// search ignores a group if the state of its runs is another one.
const (
	groupRuns  = 32
	groupEntry = 2 + 1
	// groupStep is how many buckets of the runs are read at a time.
	groupStep = 10
	// fewGroups is how many groups a search reads at first.
	fewGroups = 8
)

// insertGroup is the statement that inserts all rows of a group.
var insertGroup = func() string {
	rows := make([]string, runBuckets)
	for i := range rows {
		rows[i] = fmt.Sprintf("(%d, CAST($1 AS BIGINT), $2, $3, $%d)", i, i+4)
	}
	rows = append(rows, fmt.Sprintf("(-1 - CAST($%d AS BIGINT), $1, $2, $3, $%d)", runBuckets+4, runBuckets+5))
	return `INSERT INTO latchkey_access_group (bucket, number, since, until, entries) VALUES ` + strings.Join(rows, ", ")
}()

// groupOf returns the group of a run. The first run has the number 1.
func groupOf(run int64) int64 { return (run - 1) / groupRuns }

// runsOfGroup returns the first run of a group, and that after the last one.
func runsOfGroup(number int64) (first, end int64) {
	return number*groupRuns + 1, (number+1)*groupRuns + 1
}

// A storedGroup holds the values of a row of a group.
type storedGroup struct {
	window
	number int64
	runs   []int64 // that have ids of the owner
}

// addGroup adds the newest group whose runs exist.
func (s *Store) addGroup(ctx context.Context, now time.Time) (more bool, err error) {
	g, err := s.readGroup(ctx, now)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.insertGroup(ctx, g)
}

// newGroup is a group that does not exist yet.
type newGroup struct {
	number, state int64 // see groupState
	args          []any // of insertGroup
}

// readGroup reads the entries of the newest group that does not exist and whose runs exist. The previous release deletes
// runs of tokens that are newer than runAge.
func (s *Store) readGroup(ctx context.Context, now time.Time) (g newGroup, err error) {
	err = s.row(ctx, fmt.Sprintf(`SELECT number FROM (SELECT (run - 1) / %[1]d AS number, count(*) AS runs FROM latchkey_access_run WHERE run > 0 AND until <= $1 GROUP BY (run - 1) / %[1]d) AS g
		WHERE runs = %[1]d AND NOT EXISTS (SELECT 1 FROM latchkey_access_group t WHERE t.bucket = 0 AND t.number = g.number) ORDER BY number DESC LIMIT 1`, groupRuns), idsFrom(now.Add(-2*runAge))).Scan(&g.number)
	if err != nil {
		return g, err
	}
	var in window
	if g.state, in, err = s.stateOfGroup(ctx, g.number); err != nil {
		return g, err
	}
	keep := paced(ctx.Err)
	g.args = []any{g.number, in.after, in.until}
	for bucket := 0; bucket < runBuckets; bucket += groupStep {
		if err := keep(); err != nil {
			return g, err
		}
		rows, err := s.groupRows(ctx, g.number, bucket)
		if err != nil {
			return g, err
		}
		g.args = append(g.args, rows...)
	}
	g.args = append(g.args, g.state, []byte{})
	return g, nil
}

// insertGroup inserts a group, unless one of its runs has been written again since it was read.
func (s *Store) insertGroup(ctx context.Context, g newGroup) error {
	return s.write(ctx, func(t *tx) error {
		// A task that writes one of the runs again waits until the group is there, and so does one that adds the group.
		first, end := runsOfGroup(g.number)
		if err := t.Exec(`UPDATE latchkey_access_run SET run = run WHERE run >= $1 AND run < $2`, first, end); err != nil {
			return err
		}
		var now int64
		if err := t.Row(groupState("$1", "$2"), first, end).Scan(&now); err != nil || now != g.state {
			return err
		}
		return errors.Join(t.deleteGroup(wholeRuns, first), t.Exec(insertGroup, g.args...))
	})
}

// groupState returns a query for a number that changes whenever one of the runs from first on, before end, is counted,
// written again or deleted: a run is counted again later each time.
func groupState(first, end string) string {
	return `SELECT CAST(coalesce(sum(r.recount_at + r.tokens), 0) AS BIGINT) FROM latchkey_access_run r WHERE r.run >= ` + first + ` AND r.run < ` + end
}

// groupIsCurrent is the condition that the runs of a group g have the state that is stored with it. The state is in the
// negative bucket of a row.
var groupIsCurrent = fmt.Sprintf(`(SELECT s.number FROM latchkey_access_group s WHERE s.number = g.number AND s.bucket = -1 - (%s)) IS NOT NULL`,
	groupState(fmt.Sprintf("g.number * %d + 1", groupRuns), fmt.Sprintf("(g.number + 1) * %d + 1", groupRuns)))

// stateOfGroup returns the number of groupState, and the ids of the runs of a group.
func (s *Store) stateOfGroup(ctx context.Context, number int64) (state int64, in window, err error) {
	first, end := runsOfGroup(number)
	if err = s.row(ctx, groupState("$1", "$2"), first, end).Scan(&state); err == nil {
		err = s.row(ctx, `SELECT a.since, b.until FROM latchkey_access_run a JOIN latchkey_access_run b ON b.run = $2 WHERE a.run = $1`, first, end-1).Scan(&in.after, &in.until)
	}
	if in.after == nil { // SQLite returns the empty one as NULL
		in.after = []byte{}
	}
	return state, in, err
}

// groupRows returns groupStep rows of a group.
func (s *Store) groupRows(ctx context.Context, number int64, bucket int) (rows []any, err error) {
	var every, some [groupStep][]byte
	first, end := runsOfGroup(number)
	query := fmt.Sprintf(`SELECT e.id, e.entries FROM latchkey_access_run r JOIN latchkey_access_entry e ON e.id >= r.run * %[1]d + $1 AND e.id < r.run * %[1]d + $2 WHERE r.run >= $3 AND r.run < $4`, runBuckets)
	err = s.each(ctx, query, []any{int64(bucket), int64(bucket + groupStep), first, end}, func(row Rows) error {
		var (
			id      int64
			entries []byte
		)
		if err := row.Scan(&id, &entries); err != nil {
			return err
		}
		run, i := byte(id/runBuckets-first), id%runBuckets-int64(bucket) //nolint:gosec // less than groupRuns
		seen := map[[2]byte]bool{}
		for size := wholeRuns.entry(); len(entries) >= size; entries = entries[size:] {
			if hash := [2]byte(entries); !seen[hash] {
				seen[hash] = true
				some[i] = append(some[i], hash[0], hash[1], run)
			}
		}
		if len(entries) == len(tooMany) {
			every[i] = append(every[i], run)
		}
		return nil
	})
	for i := range every {
		row := append([]byte{byte(len(every[i]))}, every[i]...) //nolint:gosec // at most groupRuns
		rows = append(rows, append(row, some[i]...))
	}
	return rows, err
}

// runsOf returns the runs of a group that have ids of the key.
func (k ownerKey) runsOf(number int64, row []byte) (runs []int64) {
	if len(row) == 0 || len(row) < 1+int(row[0]) {
		return nil
	}
	every, entries := row[1:1+row[0]], row[1+row[0]:]
	has := [groupRuns]bool{}
	for _, run := range every {
		has[run%groupRuns] = true
	}
	hash := [2]byte(k.stored(wholeRuns))
	first, _ := runsOfGroup(number)
	for ; len(entries) >= groupEntry; entries = entries[groupEntry:] {
		if [2]byte(entries) == hash {
			has[entries[2]%groupRuns] = true
		}
	}
	for i, found := range has {
		if found {
			runs = append(runs, first+int64(i))
		}
	}
	return runs
}

// deleteGroup deletes the group of a whole run, which is written again or deleted.
func (t *tx) deleteGroup(l level, run int64) error {
	if l.runs != wholeRuns.runs {
		return nil
	}
	return t.Exec(`DELETE FROM latchkey_access_group WHERE number = $1`, groupOf(run))
}

// shiftGroup changes the state of the group of a whole run, which was counted without a change, or has expired.
func (t *tx) shiftGroup(l level, run, by int64) error {
	if l.runs != wholeRuns.runs {
		return nil
	}
	return t.Exec(`UPDATE latchkey_access_group SET bucket = bucket - $2 WHERE bucket < 0 AND bucket - $2 < 0 AND number = $1`, groupOf(run), by)
}

// dropGroup deletes a group that has no runs any more, or whose runs the previous release has changed.
func (s *Store) dropGroup(ctx context.Context, _ time.Time) (more bool, err error) {
	var number int64
	err = s.row(ctx, fmt.Sprintf(`SELECT g.number FROM latchkey_access_group g WHERE g.bucket = 0
		AND (NOT %[1]s OR NOT EXISTS (SELECT 1 FROM latchkey_access_run r WHERE r.run > g.number * %[2]d AND r.run <= (g.number + 1) * %[2]d)) LIMIT 1`, groupIsCurrent, groupRuns)).Scan(&number)
	if Expected(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.write(ctx, func(t *tx) error {
		return t.Exec(`DELETE FROM latchkey_access_group WHERE number = $1`, number)
	})
}
