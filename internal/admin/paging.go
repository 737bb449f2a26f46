package admin

import (
	"net/url"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// pageSize is how many rows a list shows.
const pageSize = 25

// listPage is what every list shows around its rows.
type listPage struct {
	Query      url.Values // the filters, as they are in the address
	Previous   string     // addresses of the neighbouring pages
	Next       string
	sort       string
	descending bool
}

// paging reads which part of a list is wanted.
func (r *request) paging() paging.Page {
	q := r.URL.Query()
	return paging.Page{
		Limit: pageSize, After: q.Get("after"), Before: q.Get("before"),
		Sort: q.Get("sort"), Descending: q.Get("order") == "desc",
	}
}

// list prepares what is around the rows.
func (r *request) list(p paging.Page, c paging.Cursor) listPage {
	l := listPage{Query: r.URL.Query(), sort: p.Sort, descending: p.Descending}
	l.Query.Del("note")
	l.Previous, l.Next = l.address("before", c.Previous), l.address("after", c.Next)
	return l
}

// address is this list with one thing changed.
func (l listPage) address(name, value string) string {
	if value == "" {
		return ""
	}
	q := url.Values{}
	for key, values := range l.Query {
		if key != "after" && key != "before" {
			q[key] = values
		}
	}
	q.Set(name, value)
	return "?" + q.Encode()
}

// SortURL is this list sorted by the column; by the one it is sorted by, the
// other way round.
func (l listPage) SortURL(column string) string {
	q := url.Values{}
	for key, values := range l.Query {
		if key != "after" && key != "before" && key != "order" {
			q[key] = values
		}
	}
	q.Set("sort", column)
	if l.sort == column && !l.descending {
		q.Set("order", "desc")
	}
	return "?" + q.Encode()
}

// Sorted is the aria-sort of the column.
func (l listPage) Sorted(column string) string {
	switch {
	case l.sort != column:
		return "none"
	case l.descending:
		return "descending"
	}
	return "ascending"
}

// Get is a filter's value.
func (l listPage) Get(name string) string { return l.Query.Get(name) }

// sortable is a heading that sorts its list.
type sortable struct {
	List         listPage
	Column, Text string
}

func column(l listPage, name, text string) sortable { return sortable{l, name, text} }
