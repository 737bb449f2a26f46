package clientfields

import (
	"cmp"
	"sync"

	"github.com/seed-e6a88a41/latchkey/account"
)

// needs are the permissions that are not ApplicationsTrust, by the names of the fields.
var needs = sync.OnceValue(func() map[string]account.Permission {
	all := make(map[string]account.Permission)
	for _, f := range All() {
		all[f.Name] = f.Needs
	}
	return all
})

// Permission returns the permission that a change of the field needs:
//
//   - ApplicationsDescribe for a field with which an application describes itself to people
//   - ApplicationsWrite for a field that is set by the people who run the server from day to day
//   - ApplicationsSecrets for a field with which an application connects to the server: its keys,
//     the addresses to which people and tokens are sent, and settings that only add a check
//   - ApplicationsOwners for the owners
//   - ApplicationsTrust for all others
//
// The fields of ApplicationsTrust determine how much the server trusts an application. For
// example, an attacker needs only a link to get tokens for an application that skips consent.
func Permission(field string) account.Permission {
	return cmp.Or(needs()[field], account.ApplicationsTrust)
}
