package latchkey

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// accountClaims tells what the account of a person knows of them.
func accountClaims(store account.Store) oauth.ClaimsSource {
	return func(ctx context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
		user, err := store.User(ctx, q.Subject)
		if errors.Is(err, account.ErrNotFound) {
			return nil, oauth.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		return user.StandardClaims()
	}
}

// acrValues are the authentication contexts of our own log-in page: a password
// alone. A host's own log-in has its own.
func acrValues(o Options) []string {
	if o.Who != nil {
		return nil
	}
	return []string{web.ACRPassword}
}
