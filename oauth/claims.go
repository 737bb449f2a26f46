package oauth

import (
	"context"
	"slices"
)

// claimScopes maps a standard claim to the scope that it belongs to (OpenID
// Connect Core §5.4).
var claimScopes = map[string]string{
	"name": ScopeProfile, "family_name": ScopeProfile, "given_name": ScopeProfile, "middle_name": ScopeProfile, "nickname": ScopeProfile,
	"preferred_username": ScopeProfile, "profile": ScopeProfile, "picture": ScopeProfile, "website": ScopeProfile, "gender": ScopeProfile,
	"birthdate": ScopeProfile, "zoneinfo": ScopeProfile, "locale": ScopeProfile, "updated_at": ScopeProfile,
	"email": ScopeEmail, "email_verified": ScopeEmail,
	"address":      ScopeAddress,
	"phone_number": ScopePhone, "phone_number_verified": ScopePhone,
}

// StandardClaims returns the names of the claims of OpenID Connect Core §5.1
// except sub, in alphabetical order.
func StandardClaims() []string {
	names := make([]string, 0, len(claimScopes))
	for name := range claimScopes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ClaimsQuery is a request for claims about a person.
type ClaimsQuery struct {
	Subject  string
	ClientID string
	// Names are the claims that may be released. Others are ignored.
	Names []string
	// Locales are preferred languages (claims_locales), best first, BCP 47.
	Locales []string
}

// ClaimsSource returns the known claims about a person. Values are encoded by
// encoding/json. A person who does not exist any more is ErrNotFound; any other
// error becomes a server_error.
type ClaimsSource func(ctx context.Context, q ClaimsQuery) (map[string]any, error)
