package resource

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Policy describes the access token that a request needs. The zero value accepts every valid
// token. All conditions that are set must be met.
type Policy struct {
	// Scopes must all be in the token.
	Scopes []string
	// AnyOf lists alternatives. If it is not empty, the token must have all the scopes
	// of one alternative, besides Scopes.
	AnyOf [][]string
	// ACRValues are the authentication context classes that are accepted. If the acr of
	// the token is not one of them, the person must log in again (RFC 9470).
	ACRValues []string
	// MaxAge is the longest time since the person logged in (RFC 9470); 0 means any
	// time. It is at least a second, and rounded down to seconds. If it is set, a token without auth_time is refused.
	MaxAge time.Duration
	// Callers are the kinds of callers that are accepted: clients that act for a person,
	// clients that act on their own behalf, or both. The zero value is both.
	Callers Callers
	// Optional accepts requests without a token. A token that is sent must be valid and
	// meet all conditions. Without a token, FromContext returns nil and false.
	Optional bool
}

// Callers are the kinds of callers of an API.
type Callers int

// The kinds of callers.
const (
	PeopleAndClients Callers = iota // with and without a person
	OnlyPeople                      // a client that acts for a person
	OnlyClients                     // a client that acts on its own behalf (client credentials)
)

// AnyScope returns a policy for tokens that have at least one of the scopes. It panics without
// a scope, because the policy would accept every token.
func AnyScope(scopes ...string) Policy {
	if len(scopes) == 0 {
		panic("resource: AnyScope and RequireAny need at least one scope; for a token with any scopes, use Require()")
	}
	var p Policy
	for _, scope := range scopes {
		p.AnyOf = append(p.AnyOf, []string{scope})
	}
	return p
}

// reads reports whether a request only reads, so that a scope for reading is
// enough: its method is GET, HEAD or OPTIONS.
func reads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
}

// requested returns the scopes that a client has to request: Scopes and the first
// alternative.
func (p *Policy) requested() []string {
	if len(p.AnyOf) == 0 {
		return p.Scopes
	}
	return slices.Concat(p.Scopes, p.AnyOf[0])
}

// missing returns a scope that the token needs and does not have.
func (p *Policy) missing(t *Token) (string, bool) {
	for _, scope := range p.Scopes {
		if !t.Has(scope) {
			return scope, true
		}
	}
	if len(p.AnyOf) == 0 || slices.ContainsFunc(p.AnyOf, func(all []string) bool { return t.HasAll(all...) }) {
		return "", false
	}
	for _, scope := range p.AnyOf[0] {
		if !t.Has(scope) {
			return scope, true
		}
	}
	return "", false // cannot happen: the token would have the first alternative
}

// checkCaller returns an error if the token is not for the kind of caller.
func (p *Policy) checkCaller(t *Token) error {
	switch {
	case p.Callers == OnlyPeople && (t.ClientOnly || t.Subject == "" && t.Username == ""):
		return invalid(NoPerson, "the client %q uses it on its own behalf", t.ClientID)
	case p.Callers == OnlyClients && !t.ClientOnly:
		return invalid(ForPerson, "the client %q uses it for a person", t.ClientID)
	}
	return nil
}

// checkLogin returns an error if the person must log in again (RFC 9470 §3).
func (p *Policy) checkLogin(t *Token, now time.Time) error {
	if len(p.ACRValues) > 0 && !slices.Contains(p.ACRValues, t.ACR) {
		return &LoginError{Token: t, Detail: "a login with another acr is required"}
	}
	if p.MaxAge > 0 && (t.AuthTime == 0 || now.Sub(time.Unix(t.AuthTime, 0)) > p.maxAge()) {
		return &LoginError{Token: t, Detail: "a more recent login is required"}
	}
	return nil
}

// maxAge returns MaxAge in whole seconds.
func (p *Policy) maxAge() time.Duration { return p.MaxAge.Truncate(time.Second) }

// fault returns what is wrong with the policy, or nil.
func (p *Policy) fault() error {
	if err := p.valueFault(); err != nil {
		return err
	}
	return scopesFault(p.all())
}

// valueFault is fault without the scopes: a token could never meet the policy, or the policy would
// accept tokens that it should refuse.
func (p *Policy) valueFault() error {
	switch {
	case slices.ContainsFunc(p.AnyOf, func(all []string) bool { return len(all) == 0 }):
		return faultf("an alternative in Policy.AnyOf has no scopes, so it would accept every token")
	case p.MaxAge != 0 && p.MaxAge < time.Second:
		return faultf("Policy.MaxAge is %s; use a duration of at least 1s, such as 5*time.Minute, or 0 for no limit", p.MaxAge)
	case p.Callers < PeopleAndClients || p.Callers > OnlyClients:
		return faultf("Policy.Callers is %d; use PeopleAndClients, OnlyPeople or OnlyClients", p.Callers)
	}
	for _, acr := range p.ACRValues {
		if acr == "" || strings.Contains(acr, " ") {
			return faultf("Policy.ACRValues has %q, which is not an authentication context class; write each one as a text of its own", acr)
		}
	}
	return nil
}

// all returns the scopes that the policy names.
func (p *Policy) all() []string { return slices.Concat(p.Scopes, slices.Concat(p.AnyOf...)) }

// scopesFault returns an error for a scope that no token can have (RFC 6749 §3.3).
func scopesFault(scopes []string) error {
	for _, scope := range scopes {
		valid := scope != ""
		for _, c := range []byte(scope) {
			valid = valid && c > ' ' && c <= '~' && c != '"' && c != '\\'
		}
		if !valid {
			return fmt.Errorf("resource: %q is not a scope, so no token can have it; write each scope as a string of its own, such as Require(\"read\", \"write\")", scope)
		}
	}
	return nil
}
