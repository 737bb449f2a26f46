package sqlstore

import (
	"context"
	"fmt"
	"time"
)

// deleteByRange deletes the expired rows of a table that has no index on
// expires_at, because each write of a token would have to maintain it.
//
// Ids are ordered by time, so that rows with neighboring ids expire in a few
// groups: one for each lifetime. latchkey_sweep_range has a row for each range of
// ids, with the time at which the first row of the range expires. A range ends at
// its last id and begins after the range before it. So every id up to the last
// range belongs to a range, and a row that is written later with such an id, for
// example because the clock was set back, is deleted when the next row of its range
// is. Only sweeps write ranges. Each sweep makes one of the rows that are new, and
// splits it.
func (s *Store) deleteByRange(ctx context.Context, table string, by time.Time) step {
	added := false
	return func() (deleted int64, more bool, err error) {
		if !added {
			added, more, err = true, true, s.addRange(ctx, table)
		} else {
			deleted, more, err = s.sweepDueRange(ctx, table, by)
		}
		if err != nil {
			return 0, false, fmt.Errorf("sweeping %s: %w", table, err)
		}
		return deleted, more, nil
	}
}

// addRange adds a range of the rows behind the last range, if there are any. It is
// due at once, and is split then.
func (s *Store) addRange(ctx context.Context, table string) error {
	var last []byte
	err := s.row(ctx, `SELECT id FROM `+table+`
		WHERE id > coalesce((SELECT max(last) FROM latchkey_sweep_range WHERE name = $1), $2) ORDER BY id DESC LIMIT 1`, table, []byte{}).Scan(&last)
	if Expected(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`INSERT INTO latchkey_sweep_range (name, last, due) VALUES ($1, $2, 0) ON CONFLICT (name, last) DO NOTHING`, table, last)
	})
}

// sweepDueRange deletes the expired rows of the range that is due first, and
// reports whether there was one.
func (s *Store) sweepDueRange(ctx context.Context, table string, by time.Time) (deleted int64, found bool, err error) {
	var last []byte
	err = s.row(ctx, `SELECT last FROM latchkey_sweep_range WHERE name = $1 AND due <= $2 ORDER BY due LIMIT 1`, table, ms(by)).Scan(&last)
	if Expected(err) {
		return 0, false, nil
	}
	if err == nil {
		err = s.write(ctx, func(t *tx) (err error) {
			deleted, err = t.sweepRange(table, last, ms(by))
			return err
		})
	}
	return deleted, err == nil, err
}

// sweepRange sweeps a range, or its first maxRows rows, which then become a range
// of their own.
func (t *tx) sweepRange(table string, last []byte, by int64) (deleted int64, err error) {
	var (
		before, end []byte
		rows, due   int64
	)
	if err := t.Row(`SELECT coalesce(max(last), $3) FROM latchkey_sweep_range WHERE name = $1 AND last < $2`, table, last, []byte{}).Scan(&before); err != nil {
		return 0, err
	}
	before = append([]byte{}, before...) // nil would be NULL
	first := fmt.Sprintf(`SELECT count(*), coalesce(max(id), $2) FROM (SELECT id FROM %s WHERE id > $1 AND id <= $2 ORDER BY id LIMIT %d) AS rows`, table, maxRows)
	if err := t.Row(first, before, last).Scan(&rows, &end); err != nil {
		return 0, err
	}
	if rows < maxRows {
		end = last
	}
	if deleted, err = t.Count(`DELETE FROM `+table+` WHERE id > $1 AND id <= $2 AND expires_at <= $3`, before, end, by); err != nil {
		return 0, err
	}
	err = t.Row(`SELECT count(*), coalesce(min(expires_at), 0) FROM `+table+` WHERE id > $1 AND id <= $2`, before, end).Scan(&rows, &due)
	switch {
	case err != nil:
		return 0, err
	case rows > 0:
		err = t.Exec(`INSERT INTO latchkey_sweep_range (name, last, due) VALUES ($1, $2, $3) ON CONFLICT (name, last) DO UPDATE SET due = excluded.due`, table, end, due)
	default: // the range after it begins earlier
		err = t.Exec(`DELETE FROM latchkey_sweep_range WHERE name = $1 AND last = $2`, table, end)
	}
	return deleted, err
}
