package acts

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// An Access is what an application can do for a person at present.
type Access struct {
	// Scope has the scopes of all permissions with which the application can get or use tokens. It is
	// empty if the access has ended.
	Scope oauth.Scopes
	// Until is when the last of these permissions expires, or zero without a permission.
	Until time.Time
}

// Active reports whether the application has access.
func (a Access) Active() bool { return !a.Until.IsZero() }

// mostPermissions is how many permissions of a person for an application are read.
const mostPermissions = 100

// AccessOf returns the present access of an application for a person. The scope that a consent
// remembers does not show it: a permission for a limited time is not remembered, and a remembered scope
// outlives the tokens. inSession is the argument of oauth.Family.Valid: whether the Store has the login
// sessions.
func AccessOf(ctx context.Context, store familyStore, subject, clientID string, inSession bool, now time.Time) (a Access, err error) {
	families, _, err := store.Families(ctx, oauth.FamilyFilter{ClientID: clientID, Subject: subject, InSession: inSession}, paging.Page{Limit: mostPermissions})
	for _, f := range families {
		if f.Ended(now) {
			continue
		}
		a.Scope = a.Scope.With(f.Scope)
		end := f.ExpiresAt
		if limit := f.Details.Until; !limit.IsZero() && limit.Before(end) {
			end = limit
		}
		if end.After(a.Until) {
			a.Until = end
		}
	}
	return a, err
}

// A familyStore lists permissions.
type familyStore interface {
	Families(ctx context.Context, f oauth.FamilyFilter, p paging.Page) ([]oauth.FamilyRow, paging.Cursor, error)
}
