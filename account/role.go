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
	// RoleOwner is the role of everybody for the applications that they own. It is never given
	// to a person, and never stored.
	RoleOwner Role = "owner"
)

// Roles are the roles of a person. Everybody also has RoleOwner.
type Roles []Role

// A Reach says on which objects a permission can be used.
type Reach int

// The reaches, in ascending order.
const (
	ReachNone Reach = iota // on no object
	ReachOwn               // on the applications that the person owns (oauth.Client.OwnedBy)
	ReachAll               // on all objects
)

const (
	none = ReachNone
	own  = ReachOwn
	all  = ReachAll
)

// permissions is the table of permissions: each permission with its reach for each role.
var permissions = [...]struct {
	permission                              Permission
	administrator, operator, auditor, owner Reach
}{
	{OverviewRead, all, all, all, none},

	{ApplicationsRead, all, all, all, own},
	{ApplicationsDescribe, all, all, none, own},
	{ApplicationsWrite, all, all, none, none},
	{ApplicationsDelete, all, all, none, own},
	{ApplicationsApprove, all, all, none, none},
	{ApplicationsSecrets, all, none, none, own},
	{ApplicationsTrust, all, none, none, none},
	{ApplicationsOwners, all, none, none, own},

	{PeopleRead, all, all, all, none},
	{PeopleWrite, all, all, none, none},
	{PeopleInvite, all, none, none, none},
	{PeopleCredentials, all, none, none, none},
	{PeopleRoles, all, none, none, none},
	{PeopleExport, all, none, none, none},

	{TokensRead, all, all, all, none},
	{TokensRevoke, all, all, none, none},
	{TokensPersonal, all, all, all, none},

	{RegistrationRead, all, all, all, none},
	{RegistrationWrite, all, none, none, none},

	{ProvidersRead, all, all, all, none},
	{ProvidersTest, all, all, none, none},
	{ProvidersWrite, all, none, none, none},

	{KeysRead, all, none, all, none},
	{KeysWrite, all, none, none, none},

	{ScopesWrite, all, none, none, none},
	{SettingsRead, all, none, all, none},
	{PostureRead, all, all, all, none},

	{ErrorsRead, all, all, all, own},
	{AuditRead, all, all, all, none},
	{AuditExport, all, none, all, none},
}

// AllRoles returns all roles that can be given to a person, the most powerful first.
func AllRoles() Roles { return Roles{RoleAdministrator, RoleOperator, RoleAuditor} }

// Valid reports whether the role can be given to a person.
func (r Role) Valid() bool { return slices.Contains(AllRoles(), r) }

// Reach returns on which objects a person with the role can use the permission.
func (r Role) Reach(p Permission) Reach {
	for _, row := range permissions {
		if row.permission != p {
			continue
		}
		switch r {
		case RoleAdministrator:
			return row.administrator
		case RoleOperator:
			return row.operator
		case RoleAuditor:
			return row.auditor
		case RoleOwner:
			return row.owner
		}
	}
	return ReachNone
}

// Reach returns on which objects a person with the roles can use the permission. With
// ReachOwn, the caller also checks that the person owns the object, in the same statement as
// the change, or in a statement that depends on the version of the object that was checked.
func (r Roles) Reach(p Permission) Reach {
	reach := RoleOwner.Reach(p)
	for _, role := range r {
		reach = max(reach, role.Reach(p))
	}
	return reach
}

// Allow reports whether one of the roles has the permission for all objects.
func (r Roles) Allow(p Permission) bool { return r.Reach(p) == ReachAll }

// Has reports whether a role is one of the roles.
func (r Roles) Has(role Role) bool { return slices.Contains(r, role) }

// RolesWith returns the roles that have a permission, for a person who needs it.
func RolesWith(p Permission) (with Roles) {
	for _, role := range AllRoles() {
		if role.Reach(p) == ReachAll {
			with = append(with, role)
		}
	}
	return with
}

// OwnRoles returns the roles that were given to the person, without the roles of their groups.
func (u *User) OwnRoles() Roles {
	if u.Admin {
		return append(Roles{RoleAdministrator}, u.OtherRoles...)
	}
	return slices.Clone(u.OtherRoles)
}

// GroupRoles returns the roles that the person has through groups.
func (u *User) GroupRoles() (roles Roles) {
	for _, m := range u.Memberships {
		roles = append(roles, m.Roles...)
	}
	return ordered(roles)
}

// Roles returns the roles of the person: their own, and those of their groups.
func (u *User) Roles() Roles {
	if len(u.Memberships) == 0 {
		return u.OwnRoles()
	}
	return ordered(append(u.OwnRoles(), u.GroupRoles()...))
}

// SetRoles sets Admin and OtherRoles, which are the own roles.
func (u *User) SetRoles(roles Roles) {
	u.Admin, u.OtherRoles = roles.Has(RoleAdministrator), nil
	for _, role := range roles {
		if role != RoleAdministrator && !u.OtherRoles.Has(role) {
			u.OtherRoles = append(u.OtherRoles, role)
		}
	}
	slices.Sort(u.OtherRoles)
}

// LosesRole reports whether a person loses one of their own roles in a change.
func (u *User) LosesRole(after *User) bool {
	return slices.ContainsFunc(u.OwnRoles(), func(role Role) bool { return !after.OwnRoles().Has(role) })
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
