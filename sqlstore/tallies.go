package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AddTallies adds the tallies in one transaction, and always in the same order, so that
// processes that add to the same rows do not wait for each other in a circle.
func (s *Store) AddTallies(ctx context.Context, tallies []oauth.Tally) error {
	sorted := slices.SortedFunc(slices.Values(tallies), func(a, b oauth.Tally) int {
		return cmp.Or(cmp.Compare(a.Period, b.Period), a.At.Compare(b.At), cmp.Compare(a.Series, b.Series))
	})
	sizes := slices.DeleteFunc(slices.Clone(sorted), func(t oauth.Tally) bool { return !t.Replaces })
	counts := slices.DeleteFunc(sorted, func(t oauth.Tally) bool { return t.Replaces })
	return s.write(ctx, func(t *tx) error {
		return errors.Join(t.addTallies(counts, `latchkey_tally.n + excluded.n`), t.addTallies(sizes, `excluded.n`))
	})
}

// addTallies adds tallies with one statement. n is the new number of a row that exists.
func (t *tx) addTallies(tallies []oauth.Tally, n string) error {
	if len(tallies) == 0 {
		return nil
	}
	const columns = 5
	var (
		query strings.Builder
		args  []any
	)
	query.WriteString(`INSERT INTO latchkey_tally (period, at, series, n, expires_at) VALUES `)
	for i, tally := range tallies {
		if i > 0 {
			query.WriteString(`, `)
		}
		query.WriteString(valuesFrom(len(args)+1, columns))
		args = append(args, string(tally.Period), ms(tally.At), tally.Series, tally.N, ms(tally.At.Add(tally.Period.Keep())))
	}
	query.WriteString(` ON CONFLICT (period, at, series) DO UPDATE SET n = ` + n)
	return t.Exec(query.String(), args...)
}

// Tallies returns the tallies of a period.
func (s *Store) Tallies(ctx context.Context, p oauth.TallyPeriod, from time.Time) (found []oauth.Tally, err error) {
	err = s.each(ctx, `SELECT at, series, n FROM latchkey_tally WHERE period = $1 AND at >= $2 ORDER BY at, series`, []any{string(p), ms(from)}, func(rows Rows) error {
		t := oauth.Tally{Period: p}
		err := rows.Scan(at{&t.At}, &t.Series, &t.N)
		t.At = t.At.UTC()
		found = append(found, t)
		return err
	})
	return found, err
}

// TableSizes returns the sizes of the tables.
func (s *Store) TableSizes(ctx context.Context) (map[string]int64, error) {
	sizes := make(map[string]int64)
	if s.SizesQuery == "" {
		return sizes, nil
	}
	err := s.each(ctx, s.SizesQuery, nil, func(rows Rows) error {
		var (
			table string
			size  int64
		)
		err := rows.Scan(&table, &size)
		sizes[table] += size
		return err
	})
	return sizes, err
}
