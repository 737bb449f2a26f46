package latchkey

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// accountClaims returns the claims that are stored in a person's account.
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
