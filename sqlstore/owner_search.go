package sqlstore

import (
	"context"
	"fmt"
	"iter"
)

// A run is the part of the index that a search needs: the ids of a client or a person among
// those of a window, unless there are too many.
type run struct {
	window
	ids   [][]byte
	many  bool
	large bool // it is read in steps
}

// fewRuns and mostRuns are how many runs a search reads at first, and at a time: a page of a person with
// many tokens needs few.
const (
	fewRuns  = 32
	mostRuns = 1024
)

// runs returns the runs with ids of a window, in the order of a list.
func (s *Store) runs(ctx context.Context, of owner, in window, descending bool) iter.Seq2[run, error] {
	return func(yield func(run, error) bool) {
		secret, err := s.indexKey(ctx)
		if Expected(err) {
			return // there are no runs
		}
		if err != nil {
			yield(run{}, err)
			return
		}
		key := of.key(secret)
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
	query := fmt.Sprintf(`SELECT r.since, r.until, r.tokens, e.entries FROM latchkey_access_run r JOIN latchkey_access_entry e ON e.id = r.run * %d + $1
		WHERE r.since < $2 AND r.until > $3 ORDER BY r.run %s LIMIT %d`, runBuckets, order, most)
	err = s.each(ctx, query, []any{int64(key.bucket()), in.until, in.after}, func(row Rows) error {
		var (
			r       run
			tokens  int64
			entries []byte
		)
		if err := row.Scan(&r.after, &r.until, &tokens, &entries); err != nil {
			return err
		}
		r.ids, r.many = key.ids(entries)
		r.large = tokens > mostCountedAgain
		some = append(some, r)
		return nil
	})
	return some, err
}
