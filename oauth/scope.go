package oauth

import (
	"context"
	"slices"
	"strings"
)

// The scopes of OpenID Connect Core §5.4 and §11.
const (
	ScopeOpenID        = "openid"         // makes the request an OpenID Connect request
	ScopeProfile       = "profile"        // the name and other claims of the profile
	ScopeEmail         = "email"          // the email address, and whether it was verified
	ScopeAddress       = "address"        // the postal address
	ScopePhone         = "phone"          // the phone number, and whether it was verified
	ScopeOfflineAccess = "offline_access" // access while the person is not logged in
)

// ScopeIntrospection is the scope of an access token with which an API authenticates at
// the introspection endpoint (RFC 7662 §2.1). The server supports it if it is one of the
// configured scopes. It has no effect in a token for a person. A request must name it,
// because it is not one of the default scopes (see ScopeInfo.ByDefault).
const ScopeIntrospection = "introspection"

// OpenIDScopeInfos returns the scopes of OpenID Connect. Every server supports
// them; a ScopeInfo of the same name in the configuration takes precedence.
func OpenIDScopeInfos() []ScopeInfo {
	return []ScopeInfo{
		{Name: ScopeOpenID, Description: "Recognize you when you log in"},
		{Name: ScopeProfile, Description: "See your name and profile"},
		{Name: ScopeEmail, Description: "See your email address"},
		{Name: ScopeAddress, Description: "See your postal address"},
		{Name: ScopePhone, Description: "See your telephone number"},
		{Name: ScopeOfflineAccess, Description: "Keep this access after you have logged out"},
	}
}

// AboutPerson reports whether the scope is one of OpenIDScopeInfos. These scopes
// make sense only for a person, so a client that acts for itself never gets them.
func AboutPerson(scope string) bool {
	switch scope {
	case ScopeOpenID, ScopeProfile, ScopeEmail, ScopeAddress, ScopePhone, ScopeOfflineAccess:
		return true
	}
	return false
}

// Scopes is a list of scope values in the order of the request, without
// duplicates (RFC 6749 §3.3).
type Scopes []string

// ScopeInfo describes a scope that the server supports.
type ScopeInfo struct {
	// Name is the scope value, e.g. "read".
	Name string `json:"name,omitempty"`
	// Description completes the sentence "This application is asking for permission
	// to: …" on the consent page, e.g. "See your calendar".
	Description string `json:"description,omitempty"`
	// Optional reports whether the person can untick the scope on the consent
	// page.
	Optional bool `json:"optional,omitempty"`
	// Claims are the names of claims about a person that the scope releases, for
	// example "groups". The claims of OpenID Connect Core §5.1 already have their
	// scopes.
	Claims []string `json:"claims,omitempty"`
	// Weight is the kind of access that the scope allows. Empty means that the name decides: see
	// EffectiveWeight.
	Weight ScopeWeight `json:"weight,omitempty"`
	// SecondFactor requires two factors from people with an account, as
	// Client.RequireSecondFactor does.
	SecondFactor bool `json:"second_factor,omitempty"`
}

// EffectiveWeight returns the Weight. If it is empty, offline_access is WeightKeep, and
// the other scopes of OpenID Connect, and those that release claims, are WeightIdentity. A
// scope whose name contains a word such as "read" or "view", as in "calendar.read", is
// WeightRead. Every other scope is WeightChange, because its name does not show that it
// only reads.
func (i *ScopeInfo) EffectiveWeight() ScopeWeight {
	switch {
	case i.Weight != "":
		return i.Weight
	case i.Name == ScopeOfflineAccess:
		return WeightKeep
	case AboutPerson(i.Name), len(i.Claims) > 0:
		return WeightIdentity
	case onlyReads(i.Name):
		return WeightRead
	}
	return WeightChange
}

// ByDefault reports whether the scope is granted to a request without a scope, unless the
// configuration says otherwise. ScopeIntrospection is not: an API would then send it
// unknowingly to other APIs, which could introspect in its name.
func (i *ScopeInfo) ByDefault() bool {
	return !i.Optional && len(i.Claims) == 0 && i.Name != ScopeIntrospection
}

// ScopeSource returns the scopes of a host program that has them in a database. Those of OpenID
// Connect are always added, and so are those that administrators have added to the Store
// (Definition). If two have the same name, that of the ScopeSource applies.
//
// The server calls it when it starts, and then at most every five seconds, when a request
// needs the scopes. A call must return within five seconds. If it returns an error, the
// response is 503: a scope is never called unknown because the source has failed. If a
// scope is not valid, the response is 500, and the log contains the reason. If a scope is
// no longer returned, nobody can request it, and no new token has it, not even one that is issued
// for a refresh token. Access tokens that have it stay valid until they expire: to make them
// invalid earlier, remove the scope from the applications, or revoke the tokens.
type ScopeSource func(ctx context.Context) ([]ScopeInfo, error)

// maxScopeLength bounds the scope parameter, in bytes.
const maxScopeLength = 2048

// ParseScopes parses a scope parameter (RFC 6749 §3.3). An error is an *Error with
// CodeInvalidScope. Repeated values count
// once; the empty string has no scopes.
func ParseScopes(s string) (Scopes, error) {
	if len(s) > maxScopeLength {
		return nil, Errorf(CodeInvalidScope, "The scope parameter is longer than %d bytes.", maxScopeLength)
	}
	scopes := make(Scopes, 0, 4)
	for name := range strings.SplitSeq(s, " ") {
		if name == "" || slices.Contains(scopes, name) {
			continue
		}
		if !ValidScope(name) {
			return nil, Errorf(CodeInvalidScope, "The scope '%s' contains a character that RFC 6749 section 3.3 does not allow.", name)
		}
		scopes = append(scopes, name)
	}
	return scopes, nil
}

// ValidScope reports whether name is a scope-token of RFC 6749 §3.3.
func ValidScope(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return name != ""
}

// String returns the scope parameter.
func (s Scopes) String() string { return strings.Join(s, " ") }

// MarshalText returns the scope parameter, and never an error. Scopes are therefore a string in
// JSON, as scope is in RFC 7591 §2.
func (s Scopes) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a scope parameter of any length. It ignores repetitions.
func (s *Scopes) UnmarshalText(text []byte) error {
	*s = nil
	for name := range strings.FieldsSeq(string(text)) {
		if !s.Contains(name) {
			*s = append(*s, name)
		}
	}
	return nil
}

// Contains reports whether the list contains name.
func (s Scopes) Contains(name string) bool { return slices.Contains(s, name) }

// Covers reports whether all scopes in other are in the list.
func (s Scopes) Covers(other Scopes) bool { return len(s.Missing(other)) == 0 }

// Missing returns the scopes in other that are not in the list.
func (s Scopes) Missing(other Scopes) Scopes {
	var missing Scopes
	for _, name := range other {
		if !s.Contains(name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// With returns the list with the other scopes added, which is the list itself if it
// contains them.
func (s Scopes) With(other Scopes) Scopes {
	missing := s.Missing(other)
	if len(missing) == 0 {
		return s
	}
	return append(slices.Clone(s), missing...)
}

// Equal reports whether both lists contain the same scopes, in any order.
func (s Scopes) Equal(other Scopes) bool { return s.Covers(other) && other.Covers(s) }

// DefaultScopeInfos returns the scopes of a server whose configuration has none.
func DefaultScopeInfos() []ScopeInfo {
	return []ScopeInfo{
		{Name: "read", Description: "See your data"},
		{Name: "write", Description: "Change your data"},
	}
}
