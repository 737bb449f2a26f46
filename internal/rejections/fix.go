package rejections

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A Fix says how requests that are rejected for a reason can be made to succeed.
//
// None of these changes can be made with one click: anybody can send a request that is rejected. Only a
// redirect URI can be added in this way, and only if its responses go to a place to which they can go
// already; see RefusalOf.
type Fix struct {
	// Name is the reason in a few words, in English.
	Name string
	// Cause describes what was wrong, in English, if the description hides it from the application.
	Cause string
	// Text holds what to do, in English.
	Text string
	// Fields are the names of the fields of the application that decide about the request.
	Fields []string
	// Place is where else the fix is, or empty.
	Place Place
}

// isAdvice reports whether the fix can make a person change something here.
func (f Fix) isAdvice() bool {
	return len(f.Fields) > 0 || f.Place != "" || !strings.HasPrefix(f.Text, sendAgain)
}

// A Place is a part of the back office.
type Place string

// The places.
const (
	PlaceSecrets      Place = "secrets"         // the secrets of the application
	PlaceSwitch       Place = "switch"          // where the application is enabled
	PlaceUsers        Place = "users"           // the people
	PlaceScopes       Place = "scopes"          // the scopes of the server
	PlaceResources    Place = "resources"       // the resources of the server
	PlaceIssuers      Place = "trusted-issuers" // the trusted issuers
	PlaceRegistration Place = "registration"    // the policy of registration
	PlaceSettings     Place = "settings"        // the settings of the server
	PlaceProviders    Place = "login-providers" // the login providers
)

// FixOf returns the fix for a rejected request. ok reports whether the table has one.
func FixOf(r oauth.Rejection) (f Fix, ok bool) {
	words := strings.Fields(strings.TrimSuffix(r.Reason, authenticatedReason))
	if len(words) == 0 {
		words = []string{""}
	}
	if r.Code == oauth.CodeInvalidRequest && len(words) < 3 && isPage(strings.Trim(words[0], "/")) {
		return ofPage, true
	}
	return fixOf(r.Code, words[1:])
}

// fixOf returns the fix for a code and the most specific of its reasons that the table has.
func fixOf(code string, reasons []string) (Fix, bool) {
	key := KeyOf(code, reasons...)
	f, ok := fixes[key]
	return f, ok
}

// KeyOf returns the key of the fix for a code and the most specific of its reasons that the table has.
func KeyOf(code string, reasons ...string) string {
	for _, reason := range slices.Backward(reasons) {
		for _, key := range []string{code + " " + reason, reason} {
			if _, ok := fixes[key]; ok {
				return key
			}
		}
	}
	return code
}

// CauseOf returns what was wrong with a request, in English. It says more than the description, which
// hides from the application why it could not be authenticated.
func CauseOf(r oauth.Rejection) string {
	f, _ := FixOf(r)
	return cmp.Or(f.Cause, r.Description)
}

// Fixes returns all fixes by their keys, for tests.
func Fixes() map[string]Fix { return maps.Clone(fixes) }

// NeedsCaution reports whether anybody could have sent a request in order to make a person follow the
// advice about it, such as to register a key: the client had not proved who it is.
func NeedsCaution(r oauth.Rejection) bool {
	f, ok := FixOf(r)
	return ok && !isAuthenticated(r) && r.Code != oauth.CodeServerError && f.isAdvice()
}

// isPage reports whether a path without slashes at its ends belongs to a page for people.
func isPage(path string) bool {
	return !slices.Contains(protocolEndpoints, path) && !strings.Contains(path, ".well-known/")
}

// protocolEndpoints are the endpoints to which applications and login providers send requests, or people
// for them. The other routes are pages.
var protocolEndpoints = []string{
	"", "authorize", "token", "par", "device-authorization", "introspect", "revoke_token", "userinfo", "register", "register/{client}", "logout", "forward-auth/{client}", "forward-auth/{client}/check",
	"login/with/{provider}/backchannel-logout",
}
