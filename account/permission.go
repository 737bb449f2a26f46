package account

import "slices"

// A Permission lets a person perform one kind of action on one kind of object, in the back
// office and in the admin API. The constants below are the complete list of permissions.
type Permission string

// The permissions. Every page and every call of an API names one of them.
const (
	OverviewRead Permission = "overview.read" // the first page of the back office

	ApplicationsRead    Permission = "applications.read"
	ApplicationsWrite   Permission = "applications.write"   // how an application looks to people, the lifetimes of its tokens, disabling, deletion
	ApplicationsSecrets Permission = "applications.secrets" // secrets, and all other settings of an application: they decide who gets tokens of whom
	ApplicationsOwners  Permission = "applications.owners"  // the people who are responsible for an application

	PeopleRead        Permission = "people.read"
	PeopleWrite       Permission = "people.write" // adding, disabling, deletion, the full name
	PeopleInvite      Permission = "people.invite"
	PeopleCredentials Permission = "people.credentials" // passwords, second factors, and the username, email address and claims by which applications know the person
	PeopleRoles       Permission = "people.roles"       // roles of people, groups and their members
	PeopleExport      Permission = "people.export"      // everything that is stored about a person, as a file

	TokensRead   Permission = "tokens.read"   // tokens, codes, consents and login sessions, without their secrets
	TokensRevoke Permission = "tokens.revoke" // revokes tokens, withdraws consents and ends login sessions

	RegistrationRead  Permission = "registration.read"  // initial access tokens, without their secrets
	RegistrationWrite Permission = "registration.write" // adds and revokes them

	ProvidersRead  Permission = "providers.read"  // login providers and their settings
	ProvidersTest  Permission = "providers.test"  // tests whether people can log in
	ProvidersWrite Permission = "providers.write" // adds, changes and removes them; a provider decides who a person is

	KeysRead  Permission = "keys.read" // signing keys, without the private parts
	KeysWrite Permission = "keys.write"

	ErrorsRead  Permission = "errors.read" // rejected requests
	AuditRead   Permission = "audit.read"
	AuditExport Permission = "audit.export"
)

// Permissions returns all permissions.
func Permissions() []Permission { return slices.Clone(permissions[:]) }

var permissions = [...]Permission{
	OverviewRead,
	ApplicationsRead, ApplicationsWrite, ApplicationsSecrets, ApplicationsOwners,
	PeopleRead, PeopleWrite, PeopleInvite, PeopleCredentials, PeopleRoles, PeopleExport,
	TokensRead, TokensRevoke,
	RegistrationRead, RegistrationWrite,
	ProvidersRead, ProvidersTest, ProvidersWrite,
	KeysRead, KeysWrite,
	ErrorsRead, AuditRead, AuditExport,
}

// Sensitive reports whether a person has to confirm their identity, unless they did so in
// the last five minutes, before they use the permission. With such a permission, someone
// who gets hold of an open browser could take over accounts, applications or the server.
func (p Permission) Sensitive() bool {
	switch p {
	case ApplicationsSecrets, ApplicationsOwners, PeopleCredentials, PeopleRoles, PeopleExport, PeopleInvite, RegistrationWrite, ProvidersWrite, KeysWrite:
		return true
	}
	return false
}

// Valid reports whether the permission is one of the constants.
func (p Permission) Valid() bool { return slices.Contains(permissions[:], p) }
