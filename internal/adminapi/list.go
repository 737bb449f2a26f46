package adminapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A page is a part of a list.
type page[Row any] struct {
	Data []Row `json:"data" doc:"The rows. There can be fewer than the limit, even none, although there are more."`
	// Next is the cursor of the next page.
	Next string `json:"next,omitempty" doc:"The cursor of the next page; missing on the last page."`
}

// defaultLimit and maxLimit are numbers of rows.
const defaultLimit, maxLimit = 50, 200

// listed declares a list: its parameters, and a page of it.
func listed[Row any](op operation, query ...parameter) operation {
	op.out = typeOf[page[Row]]()
	return op.with(append(query,
		parameter{name: "limit", kind: "integer", help: fmt.Sprintf("The most rows of a page, from 1 to %d (default %d).", maxLimit, defaultLimit)},
		parameter{name: "cursor", help: "The value of next on the previous page."},
	)...)
}

// period are the parameters of a range of days.
var period = []parameter{
	{name: "from", kind: "date", help: "Only from this day or time on, such as 2026-11-28 or 2026-11-28T15:04:05Z."},
	{name: "until", kind: "date", help: "Only before this time, or up to the end of this day."},
}

// get returns a parameter of the query. If it names an object, this is the ID of the object.
func (c *call) get(name string) string {
	if id, found := c.found[name]; found {
		return id
	}
	return c.URL.Query().Get(name)
}

// paging returns the page that the request asks for.
func (c *call) paging() (paging.Page, error) {
	p := paging.Page{Limit: defaultLimit}
	if text := c.get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > maxLimit {
			return p, fault("limit", fmt.Sprintf("The limit is a number from 1 to %d.", maxLimit))
		}
		p.Limit = limit
	}
	if text := c.get("cursor"); text != "" {
		sealed, err := base64.RawURLEncoding.DecodeString(text)
		const size = 16
		if err != nil || len(sealed) <= size || !hmac.Equal(sealed[:size], c.cursorMAC(string(sealed[size:]))[:size]) {
			return p, fault("cursor", "This is not a cursor of this list with these parameters. Begin without a cursor.")
		}
		p.After = string(sealed[size:])
	}
	return p, nil
}

// cursorMAC authenticates a cursor of the list with its filters. A Store ignores a cursor that
// it does not know, and a client would then read the first page again and again.
func (c *call) cursorMAC(cursor string) []byte {
	filters := url.Values{}
	for name, values := range c.URL.Query() {
		if name != "cursor" && name != "limit" {
			filters[name] = values
		}
	}
	mac := hmac.New(sha256.New, c.api.Key)
	_, _ = fmt.Fprintf(mac, "cursor %s?%s#%s", c.URL.Path, filters.Encode(), cursor) // never fails
	return mac.Sum(nil)
}

// next returns the cursor of the next page, or "".
func (c *call) next(cursor paging.Cursor) string {
	if cursor.Next == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(c.cursorMAC(cursor.Next)[:16:16], cursor.Next...))
}

// listOf returns a page of rows in the form of the API.
func listOf[Stored, Row any](c *call, read func(paging.Page) ([]Stored, paging.Cursor, error), show func(Stored) Row) (page[Row], error) {
	p, err := c.paging()
	if err != nil {
		return page[Row]{}, err
	}
	stored, cursor, err := read(p)
	if err != nil {
		return page[Row]{}, err
	}
	rows := make([]Row, 0, len(stored))
	for _, row := range stored {
		rows = append(rows, show(row))
	}
	return page[Row]{rows, c.next(cursor)}, nil
}

// partOf returns a page of rows that are sorted by their places, the greatest first.
func partOf[Row any](all []Row, p paging.Page, place func(Row) string) (rows []Row, cursor paging.Cursor) {
	first := 0
	if p.After != "" {
		first = slices.IndexFunc(all, func(row Row) bool { return place(row) < p.After })
	}
	if first < 0 {
		return nil, cursor
	}
	if rows = all[first:]; len(rows) > p.Limit {
		rows = rows[:p.Limit]
		cursor.Next = place(rows[p.Limit-1])
	}
	return rows, cursor
}

// days returns the range of days of the query.
func (c *call) days() (from, until time.Time, err error) {
	for _, bound := range []struct {
		name string
		to   *time.Time
	}{{"from", &from}, {"until", &until}} {
		text := c.get(bound.name)
		if text == "" {
			continue
		}
		at, err := audit.Time(text)
		if err != nil {
			return from, until, fault(bound.name, "This is not a time. Write a day such as 2026-11-28, or a time such as 2026-11-28T15:04:05Z.")
		}
		if *bound.to = at; bound.name == "until" && len(text) == len(time.DateOnly) {
			*bound.to = at.AddDate(0, 0, 1)
		}
	}
	return from, until, nil
}

// yesOrNo returns a parameter with the values true and false, or nil if it is missing.
func (c *call) yesOrNo(name string) *bool {
	text := c.get(name)
	if text == "" {
		return nil
	}
	yes := text == "true"
	return &yes
}
