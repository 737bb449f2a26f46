package acts

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// The values of a filter of consents by the present access of their applications.
const (
	AccessActive = "active" // the application has access
	AccessEnded  = "ended"  // it has none
)

// mostConsents is how many consents are read for a page of those with a present access, or for a count of them.
const mostConsents = 500

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
	// CountConsents is that of oauth.AdminStore.
	CountConsents(ctx context.Context, f oauth.FamilyFilter) (oauth.Count, error)
}

// Page returns a page of the consents that a filter selects. access is AccessActive, AccessEnded, or "" for both.
// The present access is not stored with a consent. So consents are read until the page is full or mostConsents were
// read. A page that is not full can have a next one.
func (l Consents) Page(ctx context.Context, f oauth.FamilyFilter, access string, p paging.Page) (all []Consent, cursor paging.Cursor, err error) {
	if access == "" {
		return l.read(ctx, f, p)
	}
	backward := p.After == "" && (p.Before != "" || p.Last)
	want := p.Limit
	for read := 0; ; {
		rows, c, err := l.read(ctx, f, p)
		if err != nil {
			return nil, cursor, err
		}
		found := ofAccess(rows, access)
		first, further := read == 0, c.Next
		if backward {
			all, further = append(found, all...), c.Previous
			cursor.Previous = c.Previous
			if first {
				cursor.Next = c.Next
			}
		} else {
			all = append(all, found...)
			cursor.Next = c.Next
			if first {
				cursor.Previous = c.Previous
			}
		}
		if read += len(rows); further == "" || len(all) >= want || read >= mostConsents || len(rows) < p.Limit {
			return all, cursor, nil
		}
		p.Limit = min(want-len(all), mostConsents-read)
		if p.After = further; backward {
			p.After, p.Before, p.Last = "", further, false
		}
	}
}

// Count counts the consents that Page returns. With an access, it reads the first mostConsents of the filter.
func (l Consents) Count(ctx context.Context, f oauth.FamilyFilter, access string) (oauth.Count, error) {
	if access == "" {
		return l.Store.CountConsents(ctx, f)
	}
	rows, cursor, err := l.read(ctx, f, paging.Page{Limit: mostConsents})
	return oauth.Count{N: len(ofAccess(rows, access)), More: cursor.Next != ""}, err
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
