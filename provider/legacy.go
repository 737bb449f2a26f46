package provider

import (
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// legacyInstead returns what a client should use instead of a legacy feature.
func legacyInstead(feature string) string {
	switch feature {
	case oauth.LegacyImplicit:
		return "Use the response_type code with PKCE."
	case oauth.LegacyPassword:
		return "Use the grant type authorization_code."
	case oauth.LegacyPlainPKCE:
		return "Use the code_challenge_method S256."
	case oauth.LegacyWildcardRedirect:
		return "Register each redirect URI."
	}
	return "Send the access token in the Authorization header."
}

// checkLegacy returns nil if the client may use a legacy feature at that time. It
// returns an error that names the last day if the exception of the client has ended,
// and refusal if the client has no exception.
func checkLegacy(client *oauth.Client, feature string, now time.Time, refusal *oauth.Error) error {
	exception, ok := client.Exception(feature)
	switch {
	case !ok:
		return refusal
	case client.AllowsLegacy(feature, now):
		return nil
	}
	return oauth.Errorf(refusal.Code, "The exception that allowed this application to use the legacy feature '%s' ended on %s. %s", feature, exception.Until, legacyInstead(feature)).
		WithReason("exception_ended")
}

// legacyGrant is a grant that is a legacy feature. A client cannot be registered
// with it, and uses it only by an exception.
type legacyGrant interface {
	grant
	// Legacy returns the feature.
	Legacy() string
}

// mayUse returns an error unless the client may use the grant at that time.
func mayUse(client *oauth.Client, grant grant, now time.Time) error {
	if legacy, ok := grant.(legacyGrant); ok {
		return checkLegacy(client, legacy.Legacy(), now, oauth.Errorf(oauth.CodeUnsupportedGrantType,
			"The grant type '%s' is a legacy feature that is not allowed for this application. %s", grant.Type(), legacyInstead(legacy.Legacy())).WithReason("no_exception"))
	}
	if !client.Allows(grant.Type()) {
		return oauth.Errorf(oauth.CodeUnauthorizedClient, "This application is not allowed to use the grant type '%s'. Allow it in the settings of the application.", grant.Type()).WithReason("forbidden_grant")
	}
	return nil
}

// mayRespond returns an error unless the client may use the response type at that
// time.
func mayRespond(client *oauth.Client, responseType string, now time.Time) error {
	if responseType == oauth.ResponseTypeToken {
		return checkLegacy(client, oauth.LegacyImplicit, now,
			oauth.Errorf(oauth.CodeUnsupportedResponseType, "The response_type 'token' is not supported; use code.").WithReason("no_exception"))
	}
	if !client.AllowsResponseType(responseType) {
		return oauth.Errorf(oauth.CodeUnauthorizedClient, "This application is not allowed to use the response_type '%s'. Allow it in the settings of the application.", responseType).WithReason("forbidden_response_type")
	}
	return nil
}

// redirectURI returns the URI that the response of an authorization request goes to. It
// can match a wildcard only until the exception of the client for this ends.
func redirectURI(client *oauth.Client, requested string, now time.Time) (string, error) {
	uri, err := client.ChooseRedirectURI(requested, client.AllowsLegacy(oauth.LegacyWildcardRedirect, now))
	refusal, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return uri, err
	}
	if _, elsewise := client.ChooseRedirectURI(requested, true); elsewise == nil { // it matches a wildcard
		return "", checkLegacy(client, oauth.LegacyWildcardRedirect, now, refusal)
	}
	return "", refusal
}
