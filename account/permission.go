package account

import "slices"

// A Permission lets a person perform one kind of action on one kind of object, in the back
// office and in the admin API. The constants below are the complete list of permissions.
type Permission string

// The permissions. Every page and every call of an API names one of them.
const (
	OverviewRead Permission = "overview.read" // the first page of the back office

	ApplicationsRead     Permission = "applications.read"
	ApplicationsDescribe Permission = "applications.describe" // the texts and links with which an application describes itself to people
	ApplicationsWrite    Permission = "applications.write"    // the lifetimes of its tokens, its color, disabling
	ApplicationsDelete   Permission = "applications.delete"
	ApplicationsApprove  Permission = "applications.approve" // approving and rejecting applications that people registered or changed
	ApplicationsSecrets  Permission = "applications.secrets" // secrets and keys, and the addresses to which people and tokens are sent
	ApplicationsTrust    Permission = "applications.trust"   // adding an application, and all other settings: what the server trusts it with
	ApplicationsOwners   Permission = "applications.owners"  // the people who are responsible for an application

	PeopleRead        Permission = "people.read"
	PeopleWrite       Permission = "people.write" // adding, disabling, deletion, the full name
	PeopleInvite      Permission = "people.invite"
	PeopleCredentials Permission = "people.credentials" // passwords, second factors, and the username, email address and claims by which applications know the person
	PeopleRoles       Permission = "people.roles"       // roles of people, groups and their members
	PeopleExport      Permission = "people.export"      // everything that is stored about a person, as a file

	TokensRead   Permission = "tokens.read"   // tokens, codes, consents and login sessions, without their secrets
	TokensRevoke Permission = "tokens.revoke" // revokes tokens, withdraws consents and ends login sessions
	// TokensPersonal makes and revokes tokens of one's own for the admin API.
	TokensPersonal Permission = "tokens.personal"

	RegistrationRead  Permission = "registration.read"  // initial access tokens, without their secrets
	RegistrationWrite Permission = "registration.write" // adds and revokes them

	ProvidersRead  Permission = "providers.read"  // login providers and their settings
	ProvidersTest  Permission = "providers.test"  // tests whether people can log in
	ProvidersWrite Permission = "providers.write" // adds, changes and removes them; a provider decides who a person is

	KeysRead  Permission = "keys.read" // signing keys, without the private parts
	KeysWrite Permission = "keys.write"

	ScopesWrite Permission = "scopes.write" // adds, changes and deletes scopes and resources

	PostureRead  Permission = "posture.read"  // how strict the server is, and the findings of latchkey check
	SettingsRead Permission = "settings.read" // settings, scopes, resources, trusted issuers and webhooks, without secrets

	ErrorsRead  Permission = "errors.read" // rejected requests
	AuditRead   Permission = "audit.read"
	AuditExport Permission = "audit.export"
)

// Permissions returns all permissions.
func Permissions() (all []Permission) {
	for _, row := range permissions {
		all = append(all, row.permission)
	}
	return all
}

// Sensitive reports whether a person has to confirm their identity, unless they did so in
// the last five minutes, before they use the permission. With such a permission, someone
// who gets hold of an open browser could take over accounts, applications or the server.
func (p Permission) Sensitive() bool {
	switch p {
	case TokensPersonal, ApplicationsSecrets, ApplicationsTrust, ApplicationsOwners, PeopleCredentials, PeopleRoles, PeopleExport, PeopleInvite, RegistrationWrite, ProvidersWrite, KeysWrite, ScopesWrite:
		return true
	}
	return false
}

// Valid reports whether the permission is one of the constants.
func (p Permission) Valid() bool { return slices.Contains(Permissions(), p) }
