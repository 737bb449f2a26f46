package oauth

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// standardClaims maps a standard claim to the scope that it belongs to (OpenID
// Connect Core §5.4).
var standardClaims = ClaimScopes{
	"name": ScopeProfile, "family_name": ScopeProfile, "given_name": ScopeProfile, "middle_name": ScopeProfile, "nickname": ScopeProfile,
	"preferred_username": ScopeProfile, "profile": ScopeProfile, "picture": ScopeProfile, "website": ScopeProfile, "gender": ScopeProfile,
	"birthdate": ScopeProfile, "zoneinfo": ScopeProfile, "locale": ScopeProfile, "updated_at": ScopeProfile,
	"email": ScopeEmail, "email_verified": ScopeEmail,
	"address":      ScopeAddress,
	"phone_number": ScopePhone, "phone_number_verified": ScopePhone,
}

// ClaimsTarget is the place to which a ClaimsHook adds claims.
type ClaimsTarget string

// The places to which a ClaimsHook adds claims.
const (
	ClaimsOfIDToken       ClaimsTarget = "id_token"      // an ID token
	ClaimsOfUserInfo      ClaimsTarget = "userinfo"      // a response of the userinfo endpoint
	ClaimsOfAccessToken   ClaimsTarget = "access_token"  // only of a JWT
	ClaimsOfIntrospection ClaimsTarget = "introspection" // a response of the introspection endpoint
)

// ClaimsTargets returns the places to which a ClaimsHook adds claims.
func ClaimsTargets() []ClaimsTarget {
	return []ClaimsTarget{ClaimsOfIDToken, ClaimsOfUserInfo, ClaimsOfAccessToken, ClaimsOfIntrospection}
}

// protocolClaims describe a token or a login. The server sets them, and neither a
// scope nor a hook can release others under their names.
var protocolClaims = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "nonce", "acr", "amr", "azp", "sid", "at_hash", "c_hash", "s_hash",
	"events", "cnf", "scope", "client_id", "act", "may_act", "authorization_details", "_claim_names", "_claim_sources",
	"family", "family_client", // of this server: they lead from a JWT to what revokes it
}

// introspectionMembers are the other members of an introspection response (RFC 7662
// §2.2).
var introspectionMembers = []string{"active", "username", "token_type"}

// ReservedClaim reports whether the server itself sets the claim in the target. Names
// that differ only in case count as the same, because many JSON parsers do not
// distinguish them.
func ReservedClaim(name string, target ClaimsTarget) bool {
	same := func(reserved string) bool { return strings.EqualFold(reserved, name) }
	return slices.ContainsFunc(protocolClaims, same) ||
		target == ClaimsOfIntrospection && slices.ContainsFunc(introspectionMembers, same)
}

// ClaimScopes lists the claims about a person that a server can release, each with
// the scope that it belongs to.
type ClaimScopes map[string]string

// NewClaimScopes returns the standard claims (OpenID Connect Core §5.4) and those of the
// given scopes.
func NewClaimScopes(scopes []ScopeInfo) ClaimScopes {
	all := maps.Clone(standardClaims)
	for _, scope := range scopes {
		for _, name := range scope.Claims {
			if all[name] == "" {
				all[name] = scope.Name
			}
		}
	}
	return all
}

// Names returns the names of the claims in alphabetical order.
func (c ClaimScopes) Names() []string { return slices.Sorted(maps.Keys(c)) }

// CheckClaims returns what is wrong with the claims of the scopes. Each claim
// must belong to only one scope, so that a person knows what they agree to. The list is
// empty if nothing is wrong.
func CheckClaims(scopes []ScopeInfo) (faults []error) {
	known := maps.Clone(standardClaims)
	for _, scope := range scopes {
		for _, name := range scope.Claims {
			switch other := known[name]; {
			case name == "" || !IsText(name):
				faults = append(faults, fmt.Errorf("%s has a claim without a name", scope.Name))
			case ReservedClaim(name, ClaimsOfIDToken):
				faults = append(faults, fmt.Errorf("%s cannot release the claim %s, which the server itself sets", scope.Name, name))
			case other != "" && other != scope.Name:
				faults = append(faults, fmt.Errorf("%s cannot release the claim %s, which belongs to the scope %s", scope.Name, name, other))
			default:
				known[name] = scope.Name
			}
		}
	}
	return faults
}

// ClaimsQuery is a request for claims about a person.
type ClaimsQuery struct {
	// Subject is the Subject of the person's Authentication, even if the application knows
	// the person by a pairwise sub. ClientID is the application.
	Subject  string
	ClientID string // the client_id of the application that receives the claims
	// Names are the claims that may be released. Others are ignored. A claim that no scope
	// releases is logged once.
	Names []string
	// Locales are preferred languages (claims_locales), best first, BCP 47.
	Locales []string
}

// ClaimsSource returns the known claims about a person. Values are encoded by
// encoding/json. A standard claim whose value does not have the form of OpenID
// Connect Core §5.1 is not released, and the log says why. For a person who no
// longer exists, it returns ErrNotFound. After any other error the request is
// answered with the status 503, and the client can repeat it. Calls are concurrent.
type ClaimsSource func(ctx context.Context, q ClaimsQuery) (map[string]any, error)
