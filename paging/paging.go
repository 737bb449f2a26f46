// Package paging declares how a caller asks a store for part of a list. Lists
// of accounts and lists of applications use the same two types.
package paging

// Page selects part of a list.
type Page struct {
	// Limit is the maximum number of rows; 0 means 50.
	Limit int
	// After and Before are a Cursor's Next and Previous: the page starts after
	// the one, or ends before the other. At most one is set. A value that is
	// not a cursor of this list is ignored.
	After, Before string
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
