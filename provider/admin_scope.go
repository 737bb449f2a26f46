package provider

import "github.com/seed-e6a88a41/latchkey/oauth"

// checkAdminScopes returns an error if the person is not allowed to give the scopes of the
// admin API that the request asks for: only people with an account and a role can. It is not enough
// that a token of another person would have no effect: the person could get a role later.
func checkAdminScopes(r *AuthorizationRequest, who *oauth.Authentication) error {
	switch {
	case !r.Scope.HasAdminScope():
		return nil
	case r.Device != nil:
		return errAdminScopeOfDevice()
	case who.Assurance == nil || !who.Assurance.Admin:
		return oauth.Errorf(oauth.CodeAccessDenied, "Only a person who has a role in the back office can allow an application to administer this server.").WithReason("no_role")
	}
	return nil
}

// errAdminScopeOfDevice is the error for a device that requests scopes of the admin API.
// Anybody can send a user code to an administrator (RFC 8628 §5.4).
func errAdminScopeOfDevice() *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidScope, "A device cannot request scopes of the admin API.").WithReason("forbidden_scope")
}

// checkAwardedAdminScopes returns an error if a grant awards scopes of the admin API for a person
// who has not allowed them on the page. An administrator decides about those of a service user,
// and the host program about those of its own tokens. The admin API rejects exchanged tokens with
// an actor, so only those without one could be used.
func checkAwardedAdminScopes(g grant, a *award) error {
	scope := a.Scope
	switch {
	case g.Type() == oauth.GrantClientCredentials, g.Type() == oauth.KindDirect:
		return nil
	case a.Permission != nil:
		scope = a.Permission.Scope
	case a.exchange == nil || a.exchange.act != nil:
		return nil
	}
	if scope.HasAdminScope() {
		return oauth.Errorf(oauth.CodeInvalidScope, "The grant type '%s' cannot request scopes of the admin API. Use authorization_code, so that the person can allow them.", g.Type()).WithReason("forbidden_scope")
	}
	return nil
}
