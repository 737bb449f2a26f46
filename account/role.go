package account

import "slices"

// A Role is a set of permissions. The constants are all roles.
type Role string

// The roles.
const (
	// RoleAdministrator has all permissions.
	RoleAdministrator Role = "administrator"
	// RoleOperator manages applications and people from day to day. An operator sees and
	// sets no secrets, passwords and keys, and cannot change people who have a role.
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
		return Roles{RoleAdministrator}
	}
	return nil
}
