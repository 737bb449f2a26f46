package latchkey

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// accountPeople finds people by their account. An email address is used only if it was
// verified and belongs to exactly one account.
func accountPeople(store account.Store) oauth.PersonSource {
	return func(ctx context.Context, q oauth.PersonQuery) (string, error) {
		var user *account.User
		var err error
		switch q.By {
		case oauth.PersonByUsername:
			canonical, fault := account.CanonicalUsername(q.Value)
			if fault != nil {
				return "", oauth.ErrNotFound
			}
			user, err = store.UserByName(ctx, canonical)
		case oauth.PersonByEmail:
			user, err = ownerOf(ctx, store, q.Value)
		default:
			user, err = store.User(ctx, q.Value)
		}
		if errors.Is(err, account.ErrNotFound) {
			return "", oauth.ErrNotFound
		}
		if err != nil {
			return "", err
		}
		return user.ID, nil
	}
}

// ownerOf returns the only user with this verified address.
func ownerOf(ctx context.Context, store account.Store, email string) (*account.User, error) {
	users, err := store.UsersByEmail(ctx, email)
	if err != nil {
		return nil, err
	}
	users = slices.DeleteFunc(users, func(u *account.User) bool { return !u.EmailVerified() })
	if len(users) != 1 {
		return nil, account.ErrNotFound
	}
	return users[0], nil
}
