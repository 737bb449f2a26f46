package oauth

import "time"

// The legacy features. Each makes a client less secure, so it is off unless an
// administrator has switched it on for the client, for a limited time.
const (
	// LegacyImplicit is the response type token (RFC 6749 §4.2): an access token goes
	// through the browser, without an ID token that contains its hash.
	LegacyImplicit = "implicit"
	// LegacyPassword is the grant type password (RFC 6749 §4.3): people enter their
	// password in the client.
	LegacyPassword = "password"
	// LegacyPlainPKCE is the code_challenge_method plain (RFC 7636 §4.2): the
	// authorization request contains the secret that protects the code.
	LegacyPlainPKCE = "pkce_plain"
	// LegacyTokenInQuery is an access token in a URL (RFC 6750 §2.3), where browsers
	// and logs keep it.
	LegacyTokenInQuery = "token_in_query"
	// LegacyWildcardRedirect is a redirect URI with a wildcard, such as
	// https://*.preview.example.com/cb (see CheckWildcardRedirectURI): codes can be sent to
	// any host of a domain.
	LegacyWildcardRedirect = "insecure_wildcard_redirect"
)

// LegacyFeatures returns the legacy features.
func LegacyFeatures() []string {
	return []string{LegacyImplicit, LegacyPassword, LegacyPlainPKCE, LegacyTokenInQuery, LegacyWildcardRedirect}
}

// GrantPassword is the grant type of LegacyPassword. A client cannot be registered
// with it.
const GrantPassword = "password"

// ResponseTypeToken is the response type of LegacyImplicit. It is not one of
// ResponseTypes.
const ResponseTypeToken = "token"

// LegacyException lets a client use a legacy feature for a limited time.
type LegacyException struct {
	// Feature is one of LegacyFeatures.
	Feature string `json:"feature"`
	// Until is the last day on which the feature can be used, in UTC, such as
	// 2027-03-31.
	Until string `json:"until"`
}

// EndsAt returns when the exception ends: at midnight, UTC, after the day Until. If Until is not a date, it has ended.
func (e LegacyException) EndsAt() time.Time {
	day, err := time.Parse(time.DateOnly, e.Until)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1)
}
