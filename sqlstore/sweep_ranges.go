package sqlstore

import (
	"context"
	"fmt"
	"time"
)

// ranged is a table that has no index on the time at which its rows expire, because
// each write of a token would have to maintain it.
//
// Ids are ordered by time, so that rows with neighboring ids expire in a few
// groups: one for each lifetime. latchkey_sweep_range has a row for each range of
// ids, with the time at which the range is read again, because its first row may
// have expired. A range ends at its last id and begins after the range before it.
// So every id up to the last range belongs to a range, and a row that is written
// later with such an id, for example because the clock was set back, is deleted
// when its range is read again. Only sweeps write ranges. Each sweep makes one of
// the rows that are new, and splits it.
type ranged struct {
	table string
	// expires is when a row expires, unless it is used again.
	expires string
	// pause is how long a range with the row is not read again, even if a row of it
	// may expire earlier.
	pause string
	// settled leaves out ids of times at which no row can have expired: rows may
	// still be written with such ids.
	settled bool
}

// tokenRanges are those of a table of tickets or access tokens, which expire at a
// time that never changes.
func tokenRanges(table string) ranged { return ranged{table, `expires_at`, `0`, false} }

// firstExpiry is when a family or a session expires, unless it is used again.
const firstExpiry = `CASE WHEN idle_expires_at < expires_at THEN idle_expires_at ELSE expires_at END`

// familyReads is how often a sweep may read a family during the time after which it
// expires if it is not used. A family that has expired may remain for one part of
// that time longer.
const familyReads = 16

// familyRanges are those of a table of families. A family that is used expires
// later than its range is due, so that a range is read again and again for as long
// as its families are used. The pause limits how often. A revocation does not change
// when a range is due: a revoked family is deleted when its range is read the next
// time.
func familyRanges(table string) ranged {
	const lastUsed = `CASE WHEN rotated_at > issued_at THEN rotated_at ELSE issued_at END`
	const expires = `CASE WHEN revoked_at > 0 THEN revoked_at ELSE ` + firstExpiry + ` END`
	return ranged{table, expires, fmt.Sprintf(`idle_expires_at / %[2]d - %[1]s / %[2]d`, lastUsed, familyReads), true}
}

// tokensByRange deletes expired tickets or access tokens.
func (s *Store) tokensByRange(ctx context.Context, table string, by time.Time) step {
	return s.deleteByRange(ctx, tokenRanges(table), by)
}

// deleteByRange deletes the rows that have expired by a time.
func (s *Store) deleteByRange(ctx context.Context, r ranged, by time.Time) step {
	added := false
	return func() (deleted int64, more bool, err error) {
		if !added {
			added, more, err = true, true, s.addRange(ctx, r, by)
		} else {
			deleted, more, err = s.sweepDueRange(ctx, r, by)
		}
		if err != nil {
			return 0, false, fmt.Errorf("sweeping %s: %w", r.table, err)
		}
		return deleted, more, nil
	}
}

// addRange adds a range of the rows behind the last range, if there are any. It is
// due at once, and is split then.
func (s *Store) addRange(ctx context.Context, r ranged, by time.Time) error {
	query, args := `SELECT id FROM `+r.table+`
		WHERE id > coalesce((SELECT last FROM latchkey_sweep_range WHERE name = $1 ORDER BY last DESC LIMIT 1), $2)`, []any{r.table, []byte{}}
	if r.settled {
		query, args = query+` AND id < $3`, append(args, idsFrom(by))
	}
	var last []byte
	err := s.row(ctx, query+` ORDER BY id DESC LIMIT 1`, args...).Scan(&last)
	if Expected(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`INSERT INTO latchkey_sweep_range (name, last, due) VALUES ($1, $2, 0) ON CONFLICT (name, last) DO NOTHING`, r.table, last)
	})
}

// sweepDueRange deletes the expired rows of the range that is due first, and
// reports whether there was one.
func (s *Store) sweepDueRange(ctx context.Context, r ranged, by time.Time) (deleted int64, found bool, err error) {
	var last []byte
	err = s.row(ctx, `SELECT last FROM latchkey_sweep_range WHERE name = $1 AND due <= $2 ORDER BY due LIMIT 1`, r.table, ms(by)).Scan(&last)
	if Expected(err) {
		return 0, false, nil
	}
	if err == nil {
		err = s.write(ctx, func(t *tx) (err error) {
			deleted, err = t.sweepRange(r, last, ms(by))
			return err
		})
	}
	return deleted, err == nil, err
}

// sweepRange sweeps a range, or its first maxRows rows, which then become a range
// of their own.
func (t *tx) sweepRange(r ranged, last []byte, by int64) (deleted int64, err error) {
	before, end := []byte{}, []byte{}
	err = t.Row(`SELECT last FROM latchkey_sweep_range WHERE name = $1 AND last < $2 ORDER BY last DESC LIMIT 1`, r.table, last).Scan(&before)
	if err != nil && !Expected(err) {
		return 0, err
	}
	const inRange = ` WHERE id > $1 AND id <= $2`
	err = t.Row(fmt.Sprintf(`SELECT id FROM %s%s ORDER BY id LIMIT 1 OFFSET %d`, r.table, inRange, maxRows-1), before, last).Scan(&end)
	if Expected(err) { // there are fewer rows
		end, err = last, nil
	}
	if err != nil {
		return 0, err
	}
	if deleted, err = t.Count(`DELETE FROM `+r.table+inRange+` AND `+r.expires+` <= $3`, before, end, by); err != nil {
		return 0, err
	}
	var rows, due, pause int64
	err = t.Row(fmt.Sprintf(`SELECT count(*), coalesce(min(%s), 0), coalesce(min(%s), 0) FROM %s`, r.expires, r.pause, r.table)+inRange, before, end).Scan(&rows, &due, &pause)
	switch {
	case err != nil:
		return 0, err
	case rows > 0:
		err = t.Exec(`INSERT INTO latchkey_sweep_range (name, last, due) VALUES ($1, $2, $3) ON CONFLICT (name, last) DO UPDATE SET due = excluded.due`,
			r.table, end, max(due, by+pause))
	default: // the range after it begins earlier
		err = t.Exec(`DELETE FROM latchkey_sweep_range WHERE name = $1 AND last = $2`, r.table, end)
	}
	return deleted, err
}
