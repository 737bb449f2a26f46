package oauth

import (
	"slices"
	"strings"
)

// AdminScopePrefix is the beginning of the names of the scopes of the admin API. The server
// defines all of them.
const AdminScopePrefix = "latchkey:"

// ScopeAdmin is the scope of the admin API that allows everything that the caller may do.
const ScopeAdmin = AdminScopePrefix + "admin"

// AdminScopeInfos returns the scopes of the admin API. They have no effect at other APIs. A
// client can request one of them only if its Scopes name it, and only a person who has a
// role can allow it.
func AdminScopeInfos() []ScopeInfo {
	return []ScopeInfo{
		{Name: ScopeAdmin, Description: "Administer this server, as far as your role allows", Weight: WeightChange},
		{Name: AdminScopePrefix + "applications:read", Description: "See all applications and their settings", Weight: WeightRead},
		{Name: AdminScopePrefix + "applications:write", Description: "Add, change and delete applications, and rotate their secrets", Weight: WeightChange},
		{Name: AdminScopePrefix + "people:read", Description: "See all people, their email addresses and roles", Weight: WeightRead},
		{Name: AdminScopePrefix + "people:write", Description: "Add, change, invite and delete people", Weight: WeightChange},
		{Name: AdminScopePrefix + "tokens:read", Description: "See all tokens, consents and login sessions", Weight: WeightRead},
		{Name: AdminScopePrefix + "tokens:write", Description: "Revoke tokens, withdraw consents and end login sessions", Weight: WeightChange},
		{Name: AdminScopePrefix + "keys:read", Description: "See the signing keys, without their private parts", Weight: WeightRead},
		{Name: AdminScopePrefix + "keys:write", Description: "Rotate signing keys", Weight: WeightChange},
		{Name: AdminScopePrefix + "audit:read", Description: "See the audit log and rejected requests", Weight: WeightRead},
	}
}

// IsAdminScope reports whether a scope is one of the admin API.
func IsAdminScope(name string) bool { return strings.HasPrefix(name, AdminScopePrefix) }

// HasAdminScope reports whether one of the scopes is one of the admin API.
func (s Scopes) HasAdminScope() bool { return slices.ContainsFunc(s, IsAdminScope) }

// AdminRoles returns the values of Client.AdminRole. They are the roles of package account.
func AdminRoles() []string { return []string{"administrator", "operator", "auditor"} }
