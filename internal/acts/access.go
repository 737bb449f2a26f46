package acts

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AccessesOf returns the present access of the application of each consent, with one statement for a
// page of consents. inSession is that of oauth.AdminStore.Accesses: whether the Store has the login
// sessions.
func AccessesOf(ctx context.Context, store accessStore, consents []oauth.ConsentRow, inSession bool) ([]oauth.Access, error) {
	keys := make([]oauth.ConsentKey, len(consents))
	for i, c := range consents {
		keys[i] = oauth.ConsentKey{Subject: c.Subject, ClientID: c.ClientID}
	}
	return store.Accesses(ctx, keys, inSession)
}

// An accessStore returns what applications can do for people.
type accessStore interface {
	Accesses(ctx context.Context, of []oauth.ConsentKey, inSession bool) ([]oauth.Access, error)
}
