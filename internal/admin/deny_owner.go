package admin

import (
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// protectOwners rejects an action on sessions or tokens of these people, if one of them is another
// person who has a role, and the person cannot give roles. Otherwise, an operator could log
// administrators out, although protect rejects that on the pages of users.
func (r *request) protectOwners(ids ...string) error {
	for _, id := range ids {
		protected, err := r.protected(id)
		if err != nil {
			return err
		}
		if protected {
			return r.deny(account.PeopleRoles)
		}
	}
	return nil
}

// protected reports whether the person must not end sessions and tokens of a user. The roles of the
// people of a host program are not known here.
func (r *request) protected(id string) (bool, error) {
	if id == r.me.ID {
		return false, nil
	}
	return r.b.Acts.Protected(r.Context(), r.me.Roles, id)
}

// tokenOwner returns the person of a token or a family, or "" if it does not exist.
func (r *request) tokenOwner(id oauth.ID) (string, error) {
	found, err := r.b.Tokens.FindTokenByID(r.Context(), id)
	if errors.Is(err, oauth.ErrNotFound) {
		return "", nil
	}
	return found.Subject, err
}

// skipToken reports whether an action on all rows of a list leaves a token out, because
// revokeTokens would reject it.
func (r *request) skipToken(key string) bool {
	id, err := oauth.ParseID(key)
	return err == nil && r.skipOwner(func() (string, error) { return r.tokenOwner(id) })
}

// skipOwner reports whether an action on all rows of a list leaves out a row of this person,
// because protectOwners would reject the action. The action itself reports errors.
func (r *request) skipOwner(of func() (string, error)) bool {
	if !r.b.OwnLogin || r.me.Roles.Allow(account.PeopleRoles) {
		return false
	}
	owner, err := of()
	if err != nil {
		return false
	}
	protected, err := r.protected(owner)
	return err == nil && protected
}

// protectTokens is protectOwners for the people of tokens or families.
func (r *request) protectTokens(ids []oauth.ID) error {
	if !r.b.OwnLogin || r.me.Roles.Allow(account.PeopleRoles) {
		return nil
	}
	for _, id := range ids {
		owner, err := r.tokenOwner(id)
		if err != nil {
			return err
		}
		if err := r.protectOwners(owner); err != nil {
			return err
		}
	}
	return nil
}
