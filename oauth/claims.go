package oauth

import (
	"context"
	"slices"
)

// claimScopes says which scope a standard claim belongs to (OpenID Connect
// Core §5.4).
var claimScopes = map[string]string{
	"name": ScopeProfile, "family_name": ScopeProfile, "given_name": ScopeProfile, "middle_name": ScopeProfile, "nickname": ScopeProfile,
	"preferred_username": ScopeProfile, "profile": ScopeProfile, "picture": ScopeProfile, "website": ScopeProfile, "gender": ScopeProfile,
	"birthdate": ScopeProfile, "zoneinfo": ScopeProfile, "locale": ScopeProfile, "updated_at": ScopeProfile,
	"email": ScopeEmail, "email_verified": ScopeEmail,
	"address":      ScopeAddress,
	"phone_number": ScopePhone, "phone_number_verified": ScopePhone,
}

// StandardClaims are the names of the claims of OpenID Connect Core §5.1, but
// for sub, in alphabetical order.
func StandardClaims() []string {
	names := make([]string, 0, len(claimScopes))
	for name := range claimScopes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ClaimsQuery asks what is known of a person.
type ClaimsQuery struct {
	Subject  string
	ClientID string
	// Names are the claims that may be told; others are left out whatever the
	// answer holds.
	Names []string
	// Locales are preferred languages (claims_locales), best first, BCP 47.
	Locales []string
}

// ClaimsSource tells what is known of a person: a value for each claim that is
// known. Values are what encoding/json takes. An error of its own becomes a
// server_error; a person who is not known any more is ErrNotFound.
type ClaimsSource func(ctx context.Context, q ClaimsQuery) (map[string]any, error)
