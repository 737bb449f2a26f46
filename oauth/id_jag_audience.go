package oauth

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// IDJAGAudience is an authorization server of another domain, for which a client may
// get assertions (draft-ietf-oauth-identity-assertion-authz-grant §4.3).
type IDJAGAudience struct {
	// Issuer is the aud of the assertions.
	Issuer string
	// ClientID is that of the client at the server; empty means the same as here.
	ClientID string
	// Scopes and Resources bound the assertions, unless they are empty.
	Scopes    Scopes
	Resources Audience // the resources that assertions can be for; empty means any
	// Tenant is the aud_tenant of the assertions: the tenant at a server with several.
	Tenant string
}

// ParseIDJAGAudience reads an entry of Client.IDJAGAudiences: the issuer, and after a
// # the client_id there. Members can follow, each after a semicolon: scope and
// resource, any number of times, and aud_tenant.
func ParseIDJAGAudience(entry string) (IDJAGAudience, error) {
	issuer, rest, _ := strings.Cut(entry, "#")
	parts := strings.Split(rest, ";")
	a := IDJAGAudience{Issuer: issuer, ClientID: parts[0]}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		switch {
		case value == "":
			return a, fmt.Errorf("'%s' is not a parameter with a value, such as scope=chat.read", part)
		case name == "scope" && ValidScope(value):
			a.Scopes = append(a.Scopes, value)
		case name == "resource":
			if _, err := CanonicalResource(value); err != nil {
				return a, err
			}
			a.Resources = append(a.Resources, value)
		case name == "aud_tenant" && a.Tenant == "" && IsText(value):
			a.Tenant = value
		default:
			return a, fmt.Errorf("'%s' is not one of scope, resource and aud_tenant with a valid value", part)
		}
	}
	return a, nil
}

// IDJAGAudience returns the server with this issuer. Issuers are compared in the form
// that CanonicalResource returns. IDJAGAudience reports false if the client must not get
// assertions for the server.
func (c *Client) IDJAGAudience(issuer string) (IDJAGAudience, bool) {
	for _, entry := range c.IDJAGAudiences {
		if a, err := ParseIDJAGAudience(entry); err == nil && containsResource(Audience{a.Issuer}, issuer) {
			a.ClientID = cmp.Or(a.ClientID, c.ID)
			return a, true
		}
	}
	return IDJAGAudience{}, false
}

// Bound returns the part of the requested scopes and resources that is within the
// bounds. If nothing is requested, it is everything within the bounds. The error is an
// *Error with CodeInvalidScope if no requested scope is within the bounds, and with
// CodeInvalidTarget if one of the resources is not.
func (a *IDJAGAudience) Bound(scope Scopes, resources Audience) (Scopes, Audience, error) {
	if len(a.Scopes) > 0 {
		allowed := a.Scopes
		if len(scope) > 0 {
			allowed = slices.DeleteFunc(slices.Clone(scope), func(name string) bool { return !a.Scopes.Contains(name) })
		}
		if scope = allowed; len(scope) == 0 {
			return nil, nil, Errorf(CodeInvalidScope, "None of the requested scopes is allowed for the audience '%s'. The allowed scopes are: %s.", a.Issuer, a.Scopes).WithReason("forbidden_scope")
		}
	}
	if len(a.Resources) > 0 && len(resources) == 0 {
		return scope, a.Resources, nil
	}
	for _, uri := range resources {
		if len(a.Resources) > 0 && !containsResource(a.Resources, uri) {
			return nil, nil, Errorf(CodeInvalidTarget, "The resource '%s' is not allowed for the audience '%s'.", uri, a.Issuer).WithReason("forbidden_resource")
		}
	}
	return scope, resources, nil
}
