package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A search reads the rare rows of one page: those that meet conditions that no index serves.
type search[T any] struct {
	*walk[T]
	s          *Store
	list       listing
	descending bool
	limit      int
	fields     func(*T) []any
	begun      time.Time
}

// firstStep is how many rows the first step of a search by the index reads: usually all that are not in the
// index.
const firstStep = 2000

// search is run for a list with rare rows. If there is an index for the rows (ownerRuns), it finds them with the
// index. Otherwise it goes through the list in steps of up to mostRead rows, and reads only the rare ones of each:
// skipping a row costs much less than reading it, and a step is too short to delay other readers. The first
// step is short, in case many rows match.
func (w *walk[T]) search(ctx context.Context, s *Store, l listing, from *place, descending bool, limit int, fields func(*T) []any) error {
	f := search[T]{w, s, l, descending, limit, fields, time.Now()}
	find := f.index
	if l.owner == "" {
		find = func(ctx context.Context, in window) (window, error) { return f.scan(ctx, in, 20*limit) }
	}
	rest, err := find(ctx, l.window(from, descending))
	if err != nil || f.full() {
		w.end = false
		return err
	}
	if w.end = rest.empty(); w.end {
		w.first = cmp.Or(w.first, from)
		return nil
	}
	w.last = rest.place(descending)
	w.first = cmp.Or(w.first, w.last)
	return nil
}

func (f *search[T]) full() bool { return len(f.rows) >= f.limit }

// scan goes through the ids of a window, and returns the ids that are left. It ends when the time for the search
// is over. It makes at least one step. size is that of the first step.
func (f *search[T]) scan(ctx context.Context, in window, size int) (rest window, err error) {
	for n := 0; !f.full(); n++ {
		if n > 0 && (in.empty() || f.late()) {
			break
		}
		last, err := f.s.stepEnd(ctx, f.list, in, f.descending, size)
		if err != nil {
			return in, err
		}
		now, later := in, window{}
		if last != nil {
			now, later = in.cut(last, f.descending)
		}
		if err := f.read(ctx, now, nil); err != nil {
			return in, err
		}
		in, size = later, mostRead
	}
	return in, nil
}

func (f *search[T]) late() bool { return time.Since(f.begun) >= f.s.searchTime }

// read reads the rows of a window, or those with some ids.
func (f *search[T]) read(ctx context.Context, in window, ids [][]byte) error {
	f.end = false
	l := f.list.in(in, ids)
	l.where = append(slices.Clone(l.where), l.rare...)
	return f.run(ctx, f.s, l, nil, f.descending, f.limit, f.fields)
}

// index goes through the ids of a window by the index, and returns the ids that are left.
func (f *search[T]) index(ctx context.Context, in window) (rest window, err error) {
	rest = in
	var ids [][]byte // that were found and not read
	read := func() (err error) {
		if len(ids) > 0 {
			err, ids = f.read(ctx, in, ids), nil
		}
		return err
	}
	for r, err := range f.s.runs(ctx, f.list.owner, in, f.descending) {
		if err != nil {
			return rest, err
		}
		if f.descending {
			slices.Reverse(r.ids)
		}
		ids = append(ids, r.ids...)
		late := f.late()
		if late || r.many || len(f.rows)+len(ids) >= f.limit {
			if err := read(); err != nil {
				return rest, err
			}
		}
		if r.many && !f.full() {
			left, err := f.readRun(ctx, r)
			if err != nil || !left.empty() {
				return in.from(left, f.descending), err
			}
		}
		if rest = in.behind(r.window, f.descending); f.full() || late {
			return rest, nil
		}
	}
	return window{}, read()
}

// readRun reads the rows of a run, in steps if it is large, and returns the ids that are left.
func (f *search[T]) readRun(ctx context.Context, r run) (left window, err error) {
	if r.large {
		return f.scan(ctx, r.window, firstStep)
	}
	return window{}, f.read(ctx, r.window, nil)
}

// stepEnd returns the id of the last row of a step of that size, or nil if there are
// fewer rows in the window.
func (s *Store) stepEnd(ctx context.Context, l listing, in window, descending bool, size int) (last []byte, err error) {
	table, _ := l.from()
	order := "ASC"
	if descending {
		order = "DESC"
	}
	begin := in.begin(descending)
	query := fmt.Sprintf("SELECT t.id FROM %s t WHERE %s ORDER BY t.id %s LIMIT 1 OFFSET %d", table, strings.ReplaceAll(begin.condition, "?", "$1"), order, size-1)
	err = s.row(ctx, query, begin.arg).Scan(&last)
	if errors.Is(err, errNotFound) || err == nil && in.only([][]byte{last}) == nil {
		return nil, nil
	}
	return last, err
}

// in returns the list of the rows of a window, or of those with some ids.
func (l listing) in(w window, ids [][]byte) listing {
	l.args, l.ids = slices.Clip(l.args), ids
	if l.bounds = nil; ids == nil {
		l.bounds = w.bounds()
	}
	return l
}

const (
	// mostIDs is how many rows are counted at a time by their ids.
	mostIDs = 500
	// mostOwned is the number up to which the access tokens of a client or a person are counted.
	mostOwned = 1000
	// mostOwnedRead is how many rows are read for such a count.
	mostOwnedRead = 200_000
)

// An ownedCount counts the access tokens of a client or a person.
type ownedCount struct {
	s       *Store
	list    listing
	n, read int
	most    int // how many rows are read
}

// countOwned counts the newest tokens first, until it has read a number of rows.
func (s *Store) countOwned(ctx context.Context, l listing, most int) (oauth.Count, error) {
	c := ownedCount{s: s, list: l, most: most}
	all := l.window(nil, true)
	var ids [][]byte
	for r, err := range s.runs(ctx, l.owner, all, true) {
		if err != nil || c.full() {
			return c.count(), err
		}
		ids = append(ids, r.ids...)
		if r.many {
			err = c.scan(ctx, r.window)
		}
		if len(ids) >= mostIDs {
			err, ids = errors.Join(err, c.add(ctx, l.in(all, ids))), nil
		}
		if err != nil {
			return c.count(), err
		}
	}
	var err error
	if len(ids) > 0 {
		err = c.add(ctx, l.in(all, ids))
	}
	return c.count(), err
}

func (c *ownedCount) full() bool { return c.n > mostOwned || c.read >= c.most }

func (c *ownedCount) count() oauth.Count { return oauth.Count{N: min(c.n, mostOwned), More: c.full()} }

// scan counts the rows of a window, in steps.
func (c *ownedCount) scan(ctx context.Context, in window) error {
	for !in.empty() && !c.full() {
		last, err := c.s.stepEnd(ctx, c.list, in, true, mostRead)
		if err != nil {
			return err
		}
		now, later := in, window{}
		if last != nil {
			now, later = in.cut(last, true)
		}
		part := c.list.in(now, nil)
		part.bounds = now.limits()
		if err := c.add(ctx, part); err != nil {
			return err
		}
		in = later
	}
	return nil
}

// add counts the rows of a list, and reads at most mostRead of them.
func (c *ownedCount) add(ctx context.Context, l listing) error {
	passed, read, err := c.s.countUpTo(ctx, l, mostRead)
	c.n, c.read = c.n+passed, c.read+read
	return err
}
