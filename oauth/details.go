package oauth

import (
	"encoding/json"
	"time"
)

// Details holds everything that an authorization request asked for beyond a
// scope, and how the person had logged in. Later ID tokens and userinfo responses
// depend on it. It is the zero value for plain OAuth. A Store keeps it as JSON and does
// not read it, so that a new member needs no migration.
type Details struct {
	// Claims is the claims parameter of the request (OpenID Connect Core §5.5), or nil.
	Claims *ClaimsRequest `json:"claims,omitempty"`
	// Locales are the claims_locales of the request, best first.
	Locales []string `json:"locales,omitempty"`
	// ACR and AMR say how the person had logged in.
	ACR string   `json:"acr,omitempty"`
	AMR []string `json:"amr,omitempty"` // the authentication methods, such as "pwd"; see ACR
	// Resources are the URIs of the resources that the person gave access to
	// (RFC 8707); empty means the API of the server itself.
	Resources Audience `json:"resources,omitempty"`
	// Metadata is a JSON object of the host program (MetadataHook), or empty. All tokens
	// that are issued for the permission have it.
	Metadata json.RawMessage `json:"metadata,omitempty"`
	// Until is the end of a permission that the person gave for a limited time, or zero.
	Until time.Time `json:"until,omitzero"`
}

// Earlier returns the time, or Until if that is earlier.
func (d Details) Earlier(t time.Time) time.Time {
	if !d.Until.IsZero() && d.Until.Before(t) {
		return d.Until
	}
	return t
}

// IsZero reports whether d is the zero value.
func (d Details) IsZero() bool {
	return d.Claims == nil && len(d.Locales) == 0 && d.ACR == "" && len(d.AMR) == 0 && len(d.Resources) == 0 && len(d.Metadata) == 0 && d.Until.IsZero()
}

// UserInfoClaims returns the claims that a userinfo response may contain: those
// of the scopes and those requested individually (§5.4, §5.5), if the client may
// still have their scope.
func (d Details) UserInfoClaims(known ClaimScopes, scope Scopes, mayHave func(scope string) bool) []string {
	var requested map[string]*ClaimRequest
	if d.Claims != nil {
		requested = d.Claims.UserInfo
	}
	return claimNames(known, requested, scope, mayHave)
}

// IDTokenClaims returns the claims about the person that an ID token contains:
// those requested individually (§5.5), and those of the given scopes, if the
// client may still have their scope.
func (d Details) IDTokenClaims(known ClaimScopes, scope Scopes, mayHave func(scope string) bool) []string {
	var requested map[string]*ClaimRequest
	if d.Claims != nil {
		requested = d.Claims.IDToken
	}
	return claimNames(known, requested, scope, mayHave)
}

// claimNames returns the claims of the scopes and the requested ones.
func claimNames(known ClaimScopes, requested map[string]*ClaimRequest, scope Scopes, mayHave func(scope string) bool) (names []string) {
	for name, of := range known {
		_, wanted := requested[name]
		if (wanted || scope.Contains(of)) && mayHave(of) {
			names = append(names, name)
		}
	}
	return names
}
