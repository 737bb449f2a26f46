package oauth

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// TrustedUse is something that the JWTs of a TrustedIssuer are accepted for.
type TrustedUse string

// The uses of the JWTs of a trusted issuer.
const (
	TrustedClientAuthentication TrustedUse = "client_authentication" // RFC 7523 §2.2, without a key of the client
	TrustedJWTBearer            TrustedUse = "jwt_bearer"            // RFC 7523 §2.1
	TrustedTokenExchange        TrustedUse = "token_exchange"        // RFC 8693 §2.1, as a subject_token or an actor_token
	TrustedSoftwareStatement    TrustedUse = "software_statement"    // RFC 7591 §2.3
)

// TrustedUses returns all uses.
func TrustedUses() []TrustedUse {
	return []TrustedUse{TrustedClientAuthentication, TrustedJWTBearer, TrustedTokenExchange, TrustedSoftwareStatement}
}

// TrustedIssuer is another server whose JWTs this server accepts, such as an
// OpenID provider, a Kubernetes cluster or a build service. It is registered by
// the administrator of the server.
type TrustedIssuer struct {
	// Issuer is the iss of the JWTs, exactly.
	Issuer string
	// JWKSURI is where the issuer publishes its keys. If it is empty, the address is
	// read from the metadata document of the issuer (OpenID Connect Discovery §4,
	// RFC 8414 §3).
	JWKSURI string
	// Algorithms are the signature algorithms that are accepted; empty means all of
	// SigningAlgorithms.
	Algorithms []string
	// Audience are the values that are accepted in aud. A JWT with any other value is
	// rejected, because another server could have received it. If it is empty, they
	// are the issuer of this server and the URL of its token endpoint.
	Audience Audience
	// Uses lists the purposes that its JWTs are accepted for. At least one is required.
	Uses []TrustedUse
	// MaxLifetime is the longest time between iat and exp, or between now and exp;
	// zero means one hour.
	MaxLifetime time.Duration
	// Claims are conditions that the claims of every JWT must meet, sub included.
	Claims ClaimRules

	// Person finds the person that a JWT is about. Clients lists the clients that may
	// present it; empty means all. Scopes lists the scopes that it can grant; empty
	// means those of the client. All three apply to TrustedJWTBearer and
	// TrustedTokenExchange.
	Person  PersonRule
	Clients []string // the client_ids of the clients that may present a JWT; see Person
	Scopes  Scopes   // the scopes that a JWT can grant; see Person
	// Reusable accepts a JWT for TrustedJWTBearer more than once, until it expires.
	// Otherwise it needs a jti.
	Reusable bool
}

// Accepts reports whether the JWTs of the issuer are accepted for a use.
func (t *TrustedIssuer) Accepts(use TrustedUse) bool { return slices.Contains(t.Uses, use) }

// ClaimRules are conditions for the claims of a JWT: the accepted values by the
// name of the claim. All claims must be present. A value that ends with * accepts
// every text that begins with the rest. If a claim is a list, one of its elements
// must be accepted. A slash separates the names of nested objects:
// "kubernetes.io/namespace" is the member namespace of the claim kubernetes.io.
type ClaimRules map[string][]string

// separators are the characters that can precede the * of a value. Without one, a
// name that another person can register would be accepted too: "acme*" accepts
// "acme-of-another-person".
const separators = "/:@.=#"

// Faults returns what is wrong with the rules, or nil. Each fault is a text for the
// administrator.
func (r ClaimRules) Faults() (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(r)) {
		switch values := r[name]; {
		case name == "":
			faults = append(faults, "a claim has no name")
		case len(values) == 0:
			faults = append(faults, "the claim "+name+" has no accepted values")
		default:
			for _, value := range values {
				if why := valueFault(value); why != "" {
					faults = append(faults, "the value "+value+" of the claim "+name+" "+why)
				}
			}
		}
	}
	return faults
}

func valueFault(value string) string {
	star := strings.IndexByte(value, '*')
	switch {
	case value == "":
		return "is empty"
	case star < 0 || value == "*":
		return ""
	case star != len(value)-1:
		return "has a * that is not at the end"
	case !strings.ContainsRune(separators, rune(value[star-1])):
		return "must have one of " + separators + " before the *, so that it does not accept longer names"
	}
	return ""
}

// Unmet returns the name of a claim that does not meet the rules, or "" if all do. claims
// are those of a JWT, with the types of encoding/json.
func (r ClaimRules) Unmet(claims map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if !slices.ContainsFunc(r[name], func(value string) bool { return accepts(value, claimOf(claims, name)) }) {
			return name
		}
	}
	return ""
}

// claimOf returns the claim with this name, or nil.
func claimOf(claims map[string]any, name string) any {
	if value, found := claims[name]; found {
		return value
	}
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		if inner, ok := claims[name[:i]].(map[string]any); ok {
			return claimOf(inner, name[i+1:])
		}
	}
	return nil
}

// accepts reports whether a value of a rule accepts the value of a claim.
func accepts(rule string, value any) bool {
	switch value := value.(type) {
	case string:
		if begin, wildcard := strings.CutSuffix(rule, "*"); wildcard {
			return value != "" && strings.HasPrefix(value, begin)
		}
		return value == rule
	case bool:
		return (value && rule == "true") || (!value && rule == "false")
	case json.Number:
		return value.String() == rule
	case []any:
		return slices.ContainsFunc(value, func(element any) bool {
			_, list := element.([]any)
			return !list && accepts(rule, element)
		})
	}
	return false
}
