package scim

import (
	"fmt"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/paging"
)

// Bounds of a list.
const (
	maxCount     = 100    // resources in a response
	maxScanned   = 2000   // resources that are compared with a filter that no index answers
	maxSkipped   = 10_000 // resources before the first one of a response
	rowsAtATime  = 1000
	listedFields = "Use one of these comparisons, also with and: "
)

// window returns the part of a list that a request asks for (RFC 7644 §3.4.2.4): the index of the
// first resource, which begins with 1, and the number of resources.
func (r *request) window() (start, count int, err error) {
	start, count = 1, maxCount
	for name, to := range map[string]*int{"startIndex": &start, "count": &count} {
		text := r.query.Get(name)
		if text == "" {
			continue
		}
		if *to, err = strconv.Atoi(text); err != nil {
			return 0, 0, bad(invalidValue, fmt.Sprintf("%s: This value is not a number: %s.", name, short(text)))
		}
	}
	return max(start, 1), min(max(count, 0), maxCount), nil
}

// A source is a list in a Store.
type source[Row any] struct {
	page  func(paging.Page) ([]Row, paging.Cursor, error)
	count func() (paging.Count, error)
}

// part returns up to count rows from index start on, and the total number of rows. For a long list,
// the total is only a lower bound. It grows with each part, so a client continues until it has read
// all parts.
func (s source[Row]) part(start, count int) (rows []Row, total int, err error) {
	n, err := s.count()
	if err != nil || start > n.N && !n.More || count == 0 {
		return nil, n.N, err
	}
	if start > maxSkipped {
		return nil, 0, bad(tooMany, fmt.Sprintf("startIndex can be at most %d. Use a filter to find resources in a longer list.", maxSkipped))
	}
	p := paging.Page{}
	for skip := start - 1; ; {
		p.Limit = min(rowsAtATime, skip+count-len(rows))
		found, cursor, err := s.page(p)
		if err != nil {
			return nil, 0, err
		}
		skipped := min(skip, len(found))
		rows = append(rows, found[skipped:]...)
		skip -= skipped
		if p.After = cursor.Next; p.After == "" {
			return rows, start - 1 - skip + len(rows), nil
		}
		if len(rows) >= count {
			return rows[:count], max(n.N, start+count), nil
		}
	}
}

// scan returns the rows that match. If there are more than maxScanned, it returns an *Error.
func (s source[Row]) scan(matches func(Row) (bool, error), indexed string) (rows []Row, err error) {
	p := paging.Page{Limit: rowsAtATime}
	for read := 0; ; {
		found, cursor, err := s.page(p)
		if err != nil {
			return nil, err
		}
		for _, row := range found {
			ok, err := matches(row)
			if err != nil {
				return nil, err
			}
			if ok {
				rows = append(rows, row)
			}
		}
		if p.After = cursor.Next; p.After == "" {
			return rows, nil
		}
		if read += len(found); read >= maxScanned {
			return nil, bad(tooMany, fmt.Sprintf("This filter would be compared with more than %d resources. %s%s.", maxScanned, listedFields, indexed))
		}
	}
}

// cut returns the part of rows from the index start.
func cut[Row any](rows []Row, start, count int) []Row {
	if start > len(rows) {
		return nil
	}
	return rows[start-1 : min(start-1+count, len(rows))]
}

// filterOf returns the filter of a request, or nil. All of its attributes are declared.
func (r *request) filterOf(all []attribute) (*filter, error) {
	text := r.query.Get("filter")
	if text == "" {
		return nil, nil
	}
	f, err := parseFilter(text)
	if err != nil {
		return nil, err
	}
	f.walk(func(c *filter) {
		if c.at.extension || !has(all, c.at.attribute) || c.at.attribute == "password" {
			err = badFilter("The attribute " + short(c.at.attribute) + " does not exist, or cannot be used in a filter.")
		}
	})
	return f, err
}
