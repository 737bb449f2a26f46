package admin

import "github.com/seed-e6a88a41/latchkey/account"

// PermissionOf returns the permission of a route, for tests.
func PermissionOf(pattern string) account.Permission {
	return new(office).handlers()[pattern].permission
}
