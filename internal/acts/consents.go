package acts

import (
	"cmp"
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// The values of a filter of consents by the present access of their applications.
const (
	AccessActive = "active" // the application has access
	AccessEnded  = "ended"  // it has none
)

const (
	// mostConsents is how many consents are read for a page of those with a present access, unless the page is
	// larger, and for the counts.
	mostConsents = 500
	// firstConsents is how many of them are read first: usually enough for a page.
	firstConsents = 100
)

// A Consent is a consent with the present access of the application.
type Consent struct {
	oauth.ConsentRow
	Access oauth.Access // the present access of the application
}

// Consents reads consents with the present access of their applications.
type Consents struct {
	Store ConsentStore // has the consents
	// InSession is the argument of ConsentStore.Accesses.
	InSession bool
}

// A ConsentStore has consents, and what applications can do for people.
type ConsentStore interface {
	accessStore
	// Consents is that of oauth.AdminStore.
	Consents(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error)
	// ConsentCursor is that of oauth.AdminStore.
	ConsentCursor(c oauth.Consent) string
}

// Page returns a page of the consents that a filter selects. access is AccessActive, AccessEnded, or "" for both.
// The present access is not stored with a consent. So consents are read until the page is full or mostConsents were
// read. A page that is not full can have a next one.
func (l Consents) Page(ctx context.Context, f oauth.FamilyFilter, access string, p paging.Page) (all []Consent, cursor paging.Cursor, err error) {
	if access == "" {
		return l.read(ctx, f, p)
	}
	backward := p.After == "" && (p.Before != "" || p.Last)
	want := cmp.Or(p.Limit, 50)
	left := max(want, mostConsents)
	p.Limit = max(want, firstConsents)
	for first := true; ; first = false {
		rows, c, err := l.read(ctx, f, p)
		if err != nil {
			return nil, cursor, err
		}
		if first {
			cursor = c
		}
		further := c.Next
		if backward {
			further = c.Previous
			slices.Reverse(rows)
		}
		if all = append(all, ofAccess(rows, access)...); len(all) > want {
			all = all[:want]
			further = l.Store.ConsentCursor(all[want-1].Consent)
		}
		if backward {
			cursor.Previous = further
		} else {
			cursor.Next = further
		}
		left -= len(rows)
		if further == "" || len(all) == want || left <= 0 || len(rows) < p.Limit {
			if backward {
				slices.Reverse(all)
			}
			return all, cursor, nil
		}
		if p.After, p.Limit = further, left; backward {
			p.After, p.Before, p.Last = "", further, false
		}
	}
}

// Counts returns how many of the consents that a filter selects have a present access, and how many do not. It reads
// only the first mostConsents.
func (l Consents) Counts(ctx context.Context, f oauth.FamilyFilter) (active, ended oauth.Count, err error) {
	rows, cursor, err := l.read(ctx, f, paging.Page{Limit: mostConsents})
	active = oauth.Count{N: len(ofAccess(rows, AccessActive)), More: cursor.Next != ""}
	return active, oauth.Count{N: len(rows) - active.N, More: active.More}, err
}

// read returns a page of consents with the present access.
func (l Consents) read(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]Consent, paging.Cursor, error) {
	rows, cursor, err := l.Store.Consents(ctx, f, p)
	if err != nil {
		return nil, cursor, err
	}
	accesses, err := AccessesOf(ctx, l.Store, rows, l.InSession)
	all := make([]Consent, len(rows))
	for i, access := range accesses {
		all[i] = Consent{rows[i], access}
	}
	return all, cursor, err
}

// ofAccess returns the consents with a present access, or those without.
func ofAccess(rows []Consent, access string) (found []Consent) {
	for _, row := range rows {
		if row.Access.Active() == (access == AccessActive) {
			found = append(found, row)
		}
	}
	return found
}
