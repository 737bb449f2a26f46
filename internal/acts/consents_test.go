package acts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A consentList is a Store with consents, of which the ones in active have access. The cursor of a row is its
// number.
type consentList struct {
	n           int
	active      func(i int) bool
	read, calls *int // count the rows that were read, and the calls
}

func (s consentList) Consents(_ context.Context, _ oauth.FamilyFilter, p paging.Page) (rows []oauth.ConsentRow, c paging.Cursor, _ error) {
	from, to := 0, min(p.Limit, s.n)
	var at int
	switch {
	case p.After != "":
		_, _ = fmt.Sscan(p.After, &at)
		from, to = at+1, min(at+1+p.Limit, s.n)
	case p.Before != "":
		_, _ = fmt.Sscan(p.Before, &at)
		from, to = max(0, at-p.Limit), at
	case p.Last:
		from, to = max(0, s.n-p.Limit), s.n
	}
	for i := from; i < to; i++ {
		rows = append(rows, oauth.ConsentRow{Consent: oauth.Consent{ClientID: fmt.Sprint(i)}})
	}
	if from > 0 {
		c.Previous = fmt.Sprint(from)
	}
	if to < s.n {
		c.Next = fmt.Sprint(to - 1)
	}
	*s.read += len(rows)
	*s.calls++
	return rows, c, nil
}

func (consentList) ConsentCursor(c oauth.Consent) string { return c.ClientID }

func (s consentList) Accesses(_ context.Context, of []oauth.ConsentKey, _ bool) ([]oauth.Access, error) {
	*s.calls++
	all := make([]oauth.Access, len(of))
	for i, key := range of {
		var n int
		_, _ = fmt.Sscan(key.ClientID, &n)
		if s.active(n) {
			all[i].Until = time.Unix(1, 0)
		}
	}
	return all, nil
}

// TestConsentsAreFilteredByTheirPresentAccess: the pages have all consents with the access once, in both
// directions, and each page reads at most 500 with four calls.
func TestConsentsAreFilteredByTheirPresentAccess(t *testing.T) {
	for name, test := range map[string]struct {
		n      int
		active func(int) bool
		count  [2]oauth.Count // active and ended
	}{
		"none":          {0, func(int) bool { return true }, [2]oauth.Count{}},
		"one of three":  {100, func(i int) bool { return i%3 == 0 }, [2]oauth.Count{{N: 34}, {N: 66}}},
		"the oldest":    {1201, func(i int) bool { return i >= 1195 }, [2]oauth.Count{{N: 0, More: true}, {N: 500, More: true}}},
		"all of a page": {50, func(i int) bool { return i < 25 }, [2]oauth.Count{{N: 25}, {N: 25}}},
		"one too few":   {2000, func(i int) bool { return i < 24 || i >= 1976 }, [2]oauth.Count{{N: 24, More: true}, {N: 476, More: true}}},
	} {
		for _, access := range []string{acts.AccessActive, acts.AccessEnded} {
			read, calls := 0, 0
			l := acts.Consents{Store: consentList{test.n, test.active, &read, &calls}}
			var want []string
			for i := range test.n {
				if test.active(i) == (access == acts.AccessActive) {
					want = append(want, fmt.Sprint(i))
				}
			}
			page := func(p paging.Page) (ids []string, c paging.Cursor) {
				read, calls, p.Limit = 0, 0, 25
				rows, c, err := l.Page(t.Context(), oauth.FamilyFilter{}, access, p)
				if err != nil || len(rows) > 25 || read > 500 || calls > 4 {
					t.Fatalf("%s, %s: %d rows of %d with %d calls, %v", name, access, len(rows), read, calls, err)
				}
				for _, row := range rows {
					if row.Access.Active() != (access == acts.AccessActive) {
						t.Fatalf("%s, %s: %s has the access %v", name, access, row.ClientID, row.Access)
					}
					ids = append(ids, row.ClientID)
				}
				return ids, c
			}
			forwards, c := page(paging.Page{})
			for c.Next != "" {
				var ids []string
				ids, c = page(paging.Page{After: c.Next})
				forwards = append(forwards, ids...)
			}
			backwards, c := page(paging.Page{Last: true})
			for c.Previous != "" {
				var ids []string
				ids, c = page(paging.Page{Before: c.Previous})
				backwards = slices.Concat(ids, backwards)
			}
			for _, got := range [][]string{forwards, backwards} {
				if strings.Join(got, " ") != strings.Join(want, " ") {
					t.Errorf("%s, %s: got %v, want %v", name, access, got, want)
				}
			}
			calls = 0
			active, ended, err := l.Counts(t.Context(), oauth.FamilyFilter{})
			if n := [2]oauth.Count{active, ended}; err != nil || n != test.count || calls > 2 {
				t.Errorf("%s: counted %v with %d calls, %v", name, n, calls, err)
			}
		}
	}
}
