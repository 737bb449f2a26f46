package declared

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ReadPermission returns the permission that is needed to compare the objects of a kind.
func ReadPermission(kind string) account.Permission {
	return map[string]account.Permission{
		Scopes: account.SettingsRead, Resources: account.SettingsRead, Groups: account.PeopleRead,
		LoginProviders: account.ProvidersRead, Applications: account.ApplicationsRead, People: account.PeopleRead,
	}[kind]
}

// SecretPermissions returns the permissions that are needed to set the secret of a stored object.
// stored is nil for a login provider.
func SecretPermissions(kind string, stored *oauth.Client) []account.Permission {
	switch {
	case kind == LoginProviders:
		return []account.Permission{account.ProvidersWrite}
	case stored.Administers():
		return []account.Permission{account.ApplicationsSecrets, account.PeopleRoles}
	}
	return []account.Permission{account.ApplicationsSecrets}
}

// mayCompare calls MayCompare.
func (t *Target) mayCompare(kind string, stored *oauth.Client) error {
	if t.MayCompare == nil {
		return nil
	}
	return t.MayCompare(kind, stored)
}

// Permissions returns the permissions that the step needs: those that the same change needs in the
// back office and in the admin API.
func (s *Step) Permissions(a *acts.Acts) []account.Permission {
	switch s.Kind {
	case Groups:
		return []account.Permission{account.PeopleRoles}
	case People:
		return []account.Permission{account.PeopleWrite, account.PeopleRoles}
	case LoginProviders:
		return []account.Permission{account.ProvidersWrite}
	case Applications:
		return s.ofApplication(a)
	}
	return []account.Permission{account.ScopesWrite}
}

// ofApplication returns the permissions that a step for an application needs. A secret of an
// application that has access to the admin API is enough to get that access, and so is enabling it.
func (s *Step) ofApplication(a *acts.Acts) (all []account.Permission) {
	switch s.Action {
	case Delete:
		return []account.Permission{account.ApplicationsDelete}
	case Create:
		all = append([]account.Permission{account.ApplicationsTrust}, a.ApplicationPermissions(nil, s.client)...)
	default:
		all = s.ofChange(a)
	}
	if s.secret {
		all = append(all, account.ApplicationsSecrets)
	}
	return all
}

func (s *Step) ofChange(a *acts.Acts) []account.Permission {
	after := *s.client
	after.Disabled = s.before.Disabled
	all := append([]account.Permission{account.ApplicationsDescribe}, a.ApplicationPermissions(s.before, &after)...)
	enabled := s.before.Disabled && !s.client.Disabled
	if s.before.Disabled != s.client.Disabled {
		all = append(all, account.ApplicationsWrite)
	}
	if s.before.Administers() && (s.secret || enabled) {
		all = append(all, account.PeopleRoles)
	}
	return all
}

// Loses returns the group that the step deletes, or from whose members it takes a role, or nil.
func (s *Step) Loses() *account.Group {
	if s.group == nil || s.group.before == nil {
		return nil
	}
	if s.group.after == nil || slices.ContainsFunc(s.group.before.Roles, func(r account.Role) bool { return !s.group.after.Roles.Has(r) }) {
		return s.group.before
	}
	return nil
}
