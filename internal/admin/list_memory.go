package admin

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// An order compares two rows of a list by a column.
type order[Row any] func(a, b Row) int

// part returns a page of a list whose rows are all in memory, because their number is
// bounded. Rows whose column is equal keep their order. A cursor is the key of a row; if there
// is no such row, the page is the first one.
func part[Row any](rows []Row, p paging.Page, orders map[string]order[Row], key func(Row) string) ([]Row, paging.Cursor) {
	if by := orders[p.Sort]; by != nil {
		slices.SortStableFunc(rows, func(a, b Row) int {
			if p.Descending {
				return by(b, a)
			}
			return by(a, b)
		})
	}
	at := func(cursor string) int {
		return slices.IndexFunc(rows, func(row Row) bool { return key(row) == cursor })
	}
	from, to := 0, min(p.Limit, len(rows))
	switch {
	case p.After != "" && at(p.After) >= 0:
		from = at(p.After) + 1
		to = min(from+p.Limit, len(rows))
	case p.Before != "" && at(p.Before) >= 0:
		to = at(p.Before)
		from = max(0, to-p.Limit)
	case p.Last:
		from, to = max(0, len(rows)-p.Limit), len(rows)
	}
	var c paging.Cursor
	if from > 0 && from < to {
		c.Previous = key(rows[from])
	}
	if to < len(rows) && from < to {
		c.Next = key(rows[to-1])
	}
	return rows[from:to], c
}

// counted returns the number of rows that are in memory.
func counted[Row any](rows []Row) oauth.Count { return oauth.Count{N: len(rows)} }

// holds reports whether one of the texts contains the search, in any letter case.
func holds(search string, texts ...string) bool {
	search = strings.ToLower(strings.TrimSpace(search))
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), search) })
}

// byText returns the order of a column of texts, in any letter case.
func byText[Row any](of func(Row) string) order[Row] {
	return func(a, b Row) int { return strings.Compare(strings.ToLower(of(a)), strings.ToLower(of(b))) }
}
