package latchkey

import (
	"context"
	"errors"
	"log/slog"
	"sync"

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

// noClaims returns no claims about the people of a host that has no Options.Claims. The first
// time that an application requests claims, it logs that Options.Claims is missing, unless the
// host adds claims in another way.
func noClaims(log *slog.Logger, adds bool) oauth.ClaimsSource {
	var once sync.Once
	return func(ctx context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
		if len(q.Names) > 0 && !adds {
			once.Do(func() {
				log.WarnContext(ctx, "an application requests claims about a person, such as those of the scope profile, but receives only sub: set Options.Claims to a function that returns them", "client_id", q.ClientID, "claims", q.Names)
			})
		}
		return nil, nil
	}
}
