package clientfields

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
)

// describing are the fields with which an application describes itself to people.
var describing = []string{
	"client_name", "translations", "client_uri", "logo_uri", "tos_uri", "policy_uri", "contacts", "software_id", "software_version",
}

// lasting are the fields that are set by the people who run the server from day to day.
var lasting = []string{"brand_color", "access_token_ttl", "refresh_token_idle_ttl", "refresh_token_ttl", "code_ttl", "device_code_ttl"}

// connecting are the fields with which an application connects to the server: its keys, the
// addresses to which people and tokens are sent, and settings that only add a check.
var connecting = []string{
	"redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri", "frontchannel_logout_uri", "initiate_login_uri",
	"jwks", "jwks_uri", "token_endpoint_auth_method", "require_pkce", "ask_every_time",
}

// Permission returns the permission that a change of the field needs. All other fields, also
// those of later releases, decide what the server trusts an application with: with an
// application that skips the consent page, a link would be enough to get tokens.
func Permission(field string) account.Permission {
	switch {
	case field == "owner_id", field == "co_owner_ids":
		return account.ApplicationsOwners
	case slices.Contains(describing, field):
		return account.ApplicationsDescribe
	case slices.Contains(lasting, field):
		return account.ApplicationsWrite
	case slices.Contains(connecting, field):
		return account.ApplicationsSecrets
	}
	return account.ApplicationsTrust
}
