package acts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// ApplicationPermissions returns the permissions that the changes of an application need.
// before is nil for a new one, which needs ApplicationsTrust besides. An application that has
// access to the admin API can be changed only by people who can give such access, apart from
// how it looks: its credentials are enough to get that access.
func (a *Acts) ApplicationPermissions(before, c *oauth.Client) (all []account.Permission) {
	if !isComparable(before) || !isComparable(c) {
		return []account.Permission{account.PeopleRoles}
	}
	for _, change := range audit.ClientChanges(before, c) {
		p := permissionOf(change)
		if before == nil && p != account.PeopleRoles {
			continue
		}
		if before != nil && before.Administers() && p != account.ApplicationsDescribe && p != account.ApplicationsWrite {
			p = account.PeopleRoles
		}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// isComparable reports whether the fields of an application can be compared. If they cannot, the
// changes are unknown, so they require the highest permission.
func isComparable(c *oauth.Client) bool {
	_, err := json.Marshal(c)
	return err == nil
}

// permissionOf returns the permission that a change of a field needs. Access to the admin API
// is a role that is given to an application.
func permissionOf(change oauth.Change) account.Permission {
	if change.Field == "admin_role" && change.After != "" || change.Field == "scope" && addsAdminScope(change) {
		return account.PeopleRoles
	}
	return clientfields.Permission(change.Field)
}

// addsAdminScope reports whether a change of the scopes adds one of the admin API.
func addsAdminScope(change oauth.Change) bool {
	before := oauth.Scopes(strings.Fields(change.Before))
	return before.Missing(strings.Fields(change.After)).HasAdminScope()
}

// UserPermissions returns the permissions that the changes of an account need in addition to
// PeopleWrite: roles need a different permission from the name, and so do the values by which
// applications know a person. before is nil for a new user.
func (*Acts) UserPermissions(before, u *account.User) (all []account.Permission) {
	if before == nil {
		before = &account.User{Username: u.Username, Email: u.Email}
	}
	if !slices.Equal(before.OwnRoles(), u.OwnRoles()) {
		all = append(all, account.PeopleRoles)
	}
	if before.Username != u.Username || before.Email != u.Email || !bytes.Equal(before.Claims, u.Claims) {
		all = append(all, account.PeopleCredentials)
	}
	return all
}

// Protected reports whether a person with these roles must not change another person, and must
// not end their sessions, tokens and consents: because that person has a role, and the roles do
// not allow to give roles. Otherwise, an operator could lock administrators out. The roles of
// the people of a host program are not known here.
func (a *Acts) Protected(ctx context.Context, roles account.Roles, id string) (bool, error) {
	if id == "" || !a.OwnLogin || roles.Allow(account.PeopleRoles) {
		return false, nil
	}
	u, err := a.Store.User(ctx, id)
	if errors.Is(err, account.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return len(u.Roles()) > 0, nil
}

// HasRoleBy reports whether a person has a role through a group. People cannot change their own
// roles, so they cannot change the roles of such a group.
func (a *Acts) HasRoleBy(ctx context.Context, id string, g *account.Group) (bool, error) {
	if id == "" || !a.OwnLogin || len(g.Roles) == 0 {
		return false, nil
	}
	groups, _, err := a.Store.Groups(ctx, account.GroupFilter{Member: id}, paging.Page{Limit: account.MaxGroups})
	return slices.ContainsFunc(groups, func(of *account.Group) bool { return of.ID == g.ID }), err
}
