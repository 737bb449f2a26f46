package account

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// A Role is a set of permissions. The constants below are the complete list of roles.
type Role string

// The roles.
const (
	// RoleAdministrator has all permissions.
	RoleAdministrator Role = "administrator"
	// RoleOperator manages applications and people from day to day. An operator cannot see
	// or set secrets, passwords or keys, and cannot change people who have a role.
	RoleOperator Role = "operator"
	// RoleAuditor reads everything, and changes nothing.
	RoleAuditor Role = "auditor"
)

// Roles are the roles of a person.
type Roles []Role

// roles is the table of permissions: each role with what it allows.
var roles = []struct {
	role   Role
	allows []Permission
}{
	{RoleAdministrator, permissions[:]},
	{RoleOperator, []Permission{
		OverviewRead,
		ApplicationsRead, ApplicationsWrite,
		PeopleRead, PeopleWrite,
		TokensRead, TokensRevoke,
		RegistrationRead, ProvidersRead, ProvidersTest,
		ErrorsRead, AuditRead,
	}},
	{RoleAuditor, []Permission{
		OverviewRead,
		ApplicationsRead, PeopleRead, TokensRead, RegistrationRead, ProvidersRead, KeysRead, ErrorsRead, AuditRead, AuditExport,
	}},
}

// AllRoles returns all roles, the most powerful first.
func AllRoles() (all Roles) {
	for _, row := range roles {
		all = append(all, row.role)
	}
	return all
}

// Valid reports whether the role is one of the constants.
func (r Role) Valid() bool { return slices.Contains(AllRoles(), r) }

// Allow reports whether one of the roles has the permission.
func (r Roles) Allow(p Permission) bool {
	for _, row := range roles {
		if slices.Contains(row.allows, p) && slices.Contains(r, row.role) {
			return true
		}
	}
	return false
}

// Has reports whether a role is one of the roles.
func (r Roles) Has(role Role) bool { return slices.Contains(r, role) }

// RolesWith returns the roles that have a permission, for a person who needs it.
func RolesWith(p Permission) (with Roles) {
	for _, role := range AllRoles() {
		if (Roles{role}).Allow(p) {
			with = append(with, role)
		}
	}
	return with
}

// Roles returns the roles of the person.
func (u *User) Roles() Roles {
	if u.Admin {
		return append(Roles{RoleAdministrator}, u.OtherRoles...)
	}
	return slices.Clone(u.OtherRoles)
}

// SetRoles sets Admin and OtherRoles.
func (u *User) SetRoles(roles Roles) {
	u.Admin, u.OtherRoles = roles.Has(RoleAdministrator), nil
	for _, role := range roles {
		if role != RoleAdministrator && !u.OtherRoles.Has(role) {
			u.OtherRoles = append(u.OtherRoles, role)
		}
	}
	slices.Sort(u.OtherRoles)
}

// checkRoles reports roles that do not exist.
func checkRoles(u *User) validate.FieldErrors {
	for _, role := range u.OtherRoles {
		if !role.Valid() {
			return validate.Field("roles", "The role %q does not exist. Use %s.", role, AllRoles())
		}
	}
	return nil
}

// String returns the names of the roles, separated by commas.
func (r Roles) String() string {
	names := make([]string, len(r))
	for i, role := range r {
		names[i] = string(role)
	}
	return strings.Join(names, ", ")
}
