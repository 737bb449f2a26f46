package admin

import (
	"html/template"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// pageSize is the number of rows of a list on one page.
const pageSize = 25

// A listPage contains the filters and links that all lists show around their rows.
type listPage struct {
	Query      url.Values // the filters and the order, as they are in the URL
	Previous   string     // URLs of the neighboring pages, or ""
	Next       string     // see Previous
	Searching  bool       // the search stopped before the page was full, and can continue on the next page
	sort       string
	descending bool
}

// list returns the listPage for a page with the given number of rows, and the
// cursor that the store returned.
func (r *request) list(p paging.Page, c paging.Cursor, rows int) listPage {
	l := listPage{Query: r.URL.Query(), Searching: rows < p.Limit && c.Next != "" && p.Before == "", sort: p.Sort, descending: p.Descending}
	l.Query.Del("note")
	if c.Previous != "" {
		l.Previous = l.with("before", c.Previous)
	}
	if c.Next != "" {
		l.Next = l.with("after", c.Next)
	}
	return l
}

// beyondEnd sends the browser to the first page of a list if there are no rows
// after the position in the URL, for example because they have just been revoked.
func (r *request) beyondEnd(p paging.Page, c paging.Cursor, rows int) bool {
	if rows > 0 || c.Next != "" || p.After+p.Before == "" {
		return false
	}
	q := r.URL.Query()
	q.Del("after")
	q.Del("before")
	r.redirect(r.URL.EscapedPath() + "?" + q.Encode())
	return true
}

// with returns the URL of the list with one parameter changed, without those in
// drop and without the position in the list.
func (l listPage) with(name, value string, drop ...string) string {
	q := url.Values{}
	for key, values := range l.Query {
		q[key] = values
	}
	for _, key := range append(drop, "after", "before", "at", "page", name) {
		q.Del(key)
	}
	if value != "" {
		q.Set(name, value)
	}
	return "?" + q.Encode()
}

// SortURL returns the URL of the list, sorted by the column. If it is sorted by
// this column already, the order is reversed.
func (l listPage) SortURL(column string) string {
	target := l.with("sort", column, "order")
	if l.sort == column && !l.descending {
		target += "&order=desc"
	}
	return target
}

// Sorted returns the aria-sort attribute of the column.
func (l listPage) Sorted(column string) string {
	switch {
	case l.sort != column:
		return "none"
	case l.descending:
		return "descending"
	}
	return "ascending"
}

// Get returns the value of a filter.
func (l listPage) Get(name string) string { return l.Query.Get(name) }

// A sortable is the heading of a column by which a list can be sorted.
type sortable struct {
	List   listPage
	Column string
	Text   template.HTML
}

func column(l listPage, name string, text template.HTML) sortable { return sortable{l, name, text} }
