// Package paging declares how a caller asks a store for part of a list. Lists
// of accounts and lists of applications use the same two types.
package paging

import (
	"fmt"
	"strconv"
)

// Page selects part of a list.
type Page struct {
	// Limit is the maximum number of rows; 0 means 50.
	Limit int
	// After and Before are a Cursor's Next and Previous: the page starts after
	// the one, or ends before the other. At most one is set. A value that is
	// not a cursor of this list is ignored.
	After, Before string
	// Last selects the last page of the list, if neither After nor Before is set.
	Last bool
	// Sort is the name of a column that the list can be sorted by, such as
	// "name" or "created". An empty or unknown name means the list's default
	// order. Descending reverses the order.
	Sort       string
	Descending bool
}

// Cursor identifies the next page and the previous page. An empty string means
// that there is no such page. A store may read only a bounded number of rows for
// a page. So a page with fewer rows than the limit, even none, can have a Next:
// the search continues there.
type Cursor struct{ Next, Previous string }

// MostCounted is the maximum number of rows that are read for a Count.
const MostCounted = 10_000

// Count is a number of rows. Rows are counted only up to MostCounted, so that a
// page of an application with millions of tokens does not read all of them.
type Count struct {
	N    int  // the rows that were counted
	More bool // there are rows that were not read
}

// String returns the number, or "more than 10000", or "at least 17" if only 17 of
// the rows that were read are counted.
func (c Count) String() string {
	switch {
	case c.More && c.N >= MostCounted:
		return fmt.Sprint("more than ", MostCounted)
	case c.More:
		return fmt.Sprint("at least ", c.N)
	}
	return strconv.Itoa(c.N)
}
