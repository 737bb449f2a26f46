package sqlstore

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
)

// A run is the part of the index that a search needs: the ids of a client or a person among
// those of a window, unless there are too many.
type run struct {
	window
	ids   [][]byte
	many  bool // the rows of the window are read
	large bool // they are read in steps
}

// fewRuns and mostRuns are how many runs a search reads at first, and at a time: a page of a
// person with many tokens needs few.
const (
	fewRuns  = 32
	mostRuns = 1024
)

// runs returns the runs with ids of a window, in the order of a list. Ids that are newer than the index are in runs
// whose rows must be read. Ids that are older than the index, or that are not in a window of the index any more, have
// expired.
func (s *Store) runs(ctx context.Context, of owner, in window, descending bool) iter.Seq2[run, error] {
	return func(yield func(run, error) bool) {
		secret, end, err := s.indexKey(ctx)
		if Expected(err) { // there are no runs
			yield(run{window: in, many: true, large: true}, nil)
			return
		}
		if err != nil {
			yield(run{}, err)
			return
		}
		if end == nil {
			end = []byte{}
		}
		r := runReader{Context: ctx, s: s, key: of.key(secret), descending: descending, yield: yield}
		whole, newer := in.cut(end, false)
		parts := []func() error{func() error { return r.newer(newer) }, func() error { return r.wholeRuns(whole) }}
		if !descending {
			slices.Reverse(parts)
		}
		for _, part := range parts {
			if err := part(); err != nil && !r.stopped {
				yield(run{}, err)
				return
			}
			if r.stopped {
				return
			}
		}
	}
}

// A runReader reads the runs of an owner for a list.
type runReader struct {
	context.Context //nolint:containedctx // it lives no longer than the call

	s          *Store
	key        ownerKey
	descending bool
	yield      func(run, error) bool
	stopped    bool
}

// give yields the part of a run that is in a window, and returns the ids of the window that follow.
func (r *runReader) give(one run, in window) window {
	part := in.and(one.window)
	if !part.empty() && !r.stopped {
		one.ids, one.window = part.only(one.ids), part
		r.stopped = !r.yield(one, nil)
	}
	return in.behind(one.window, r.descending)
}

// newer yields the recent runs. The ids of the window that are in none of them are in runs whose rows must be read.
func (r *runReader) newer(in window) error {
	if in.empty() {
		return nil
	}
	recent, err := r.read(recentRuns, in, mostRuns, "r.until <= $4", idsFrom(r.s.Clock()))
	if err != nil {
		return err
	}
	for _, one := range recent {
		in = r.give(run{window: in.ahead(one.window, r.descending), many: true, large: true}, in)
		in = r.give(one, in)
	}
	r.give(run{window: in, many: true, large: true}, in)
	return nil
}

// wholeRuns yields whole runs. Of those in groups, it reads only the ones that have ids of the owner.
func (r *runReader) wholeRuns(in window) error {
	p := plan{in: in, end: math.MaxInt64, descending: r.descending}
	for most := fewGroups; !p.in.empty() && !r.stopped; most = mostRuns {
		groups, err := r.groups(p.in, most)
		if err != nil {
			return err
		}
		for _, g := range groups {
			p.add(g)
		}
		if len(groups) < most {
			p.finish()
		}
		for _, part := range p.parts {
			if err := r.givePart(part); err != nil || r.stopped {
				return err
			}
		}
		p.parts = nil
	}
	return nil
}

// givePart yields the runs of a part.
func (r *runReader) givePart(part part) error {
	if part.runs != nil {
		args := make([]any, groupRuns) // always as many, so that it is the same statement
		for i := range args {
			args[i] = part.runs[min(i, len(part.runs)-1)]
		}
		some, err := r.read(wholeRuns, part.in, groupRuns, "r.run IN "+valuesFrom(4, groupRuns), args...)
		for _, one := range some {
			r.give(one, part.in)
		}
		return err
	}
	for most := fewRuns; !part.in.empty() && !r.stopped; most = mostRuns {
		some, err := r.read(wholeRuns, part.in, most, "r.run >= $4 AND r.run < $5", part.first, part.end)
		if err != nil {
			return err
		}
		for _, one := range some {
			part.in = r.give(one, part.in)
		}
		if len(some) < most {
			break
		}
	}
	return nil
}

// read reads runs with ids of a window that meet a condition, whose first parameter is $4.
func (r *runReader) read(l level, in window, most int, condition string, args ...any) (some []run, err error) {
	query := fmt.Sprintf(`SELECT r.since, r.until, r.tokens, e.entries FROM %s r JOIN %s e ON e.id = r.run * %d + $1
		WHERE r.since < $2 AND r.until > $3 AND %s ORDER BY r.run %s LIMIT %d`, l.runs, l.entries, l.buckets, condition, r.order(), most)
	err = r.s.each(r, query, append([]any{int64(r.key.bucket(l)), in.until, in.after}, args...), func(row Rows) error {
		var (
			one     run
			tokens  int64
			entries []byte
		)
		if err := row.Scan(&one.after, &one.until, &tokens, &entries); err != nil {
			return err
		}
		one.ids, one.many = r.key.ids(l, entries)
		one.large = tokens > mostCountedAgain
		some = append(some, one)
		return nil
	})
	return some, err
}

func (r *runReader) order() string {
	if r.descending {
		return "DESC"
	}
	return "ASC"
}

// groups reads groups with ids of a window, unless a run of the group has changed since.
func (r *runReader) groups(in window, most int) (some []storedGroup, err error) {
	query := fmt.Sprintf(`SELECT g.number, g.since, g.until, g.entries FROM latchkey_access_group g WHERE g.bucket = $1 AND g.since < $2 AND g.until > $3 AND %s ORDER BY g.number %s LIMIT %d`, groupIsCurrent, r.order(), most)
	err = r.s.each(r, query, []any{int64(r.key.bucket(wholeRuns)), in.until, in.after}, func(row Rows) error {
		var (
			g       storedGroup
			entries []byte
		)
		if err := row.Scan(&g.number, &g.after, &g.until, &entries); err != nil {
			return err
		}
		g.runs = r.key.runsOf(g.number, entries)
		some = append(some, g)
		return nil
	})
	return some, err
}

// A plan divides the whole runs of a window into the parts that are read by one query.
type plan struct {
	in         window
	first, end int64 // the numbers of the runs that are left, without end
	descending bool
	parts      []part
}

// A part is all runs of a window with numbers from first on, before end, or only some runs.
type part struct {
	in         window
	first, end int64
	runs       []int64
}

// add adds the runs that the list reads before those of a group, and those that the group names.
func (p *plan) add(g storedGroup) {
	first, end := runsOfGroup(g.number)
	outside := part{in: p.in.ahead(g.window, p.descending), first: p.first, end: first}
	if p.descending {
		outside.first, outside.end = end, p.end
		p.end = first
	} else {
		p.first = end
	}
	if outside.first < outside.end && !outside.in.empty() {
		p.parts = append(p.parts, outside)
	}
	if p.descending {
		slices.Reverse(g.runs)
	}
	for some := range slices.Chunk(g.runs, groupRuns) {
		if last := len(p.parts) - 1; last >= 0 && p.parts[last].runs != nil && len(p.parts[last].runs)+len(some) <= groupRuns {
			p.parts[last].runs = append(p.parts[last].runs, some...)
		} else {
			p.parts = append(p.parts, part{in: p.in, runs: slices.Clone(some)})
		}
	}
	p.in = p.in.behind(g.window, p.descending)
}

// finish adds the runs that the list reads after those of all groups.
func (p *plan) finish() {
	p.parts = append(p.parts, part{in: p.in, first: p.first, end: p.end})
	p.in = window{}
}
