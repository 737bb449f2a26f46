package adminapi_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
)

// Reasons why a page or an action of the back office has no operation.
const (
	aForm     = "is a form, or a question before an action"
	aFile     = "is a list as a file: the operation of the list returns the same rows as JSON"
	aSearch   = "finds objects by names that the operations of the lists find with the parameter q"
	needsEyes = "needs a person and a browser"
)

// counterparts has, for each page and action of the back office, the operation that does the same,
// or the reason for its absence.
var counterparts = map[string]string{
	"GET /":        "GET numbers",
	"GET /search/": aSearch,

	"GET /applications/":                          "GET applications",
	"GET /applications/add/":                      aForm,
	"POST /applications/add/":                     "POST applications",
	"GET /applications/{id}/":                     "GET applications/{id}",
	"GET /applications/{id}/edit/":                aForm,
	"POST /applications/{id}/edit/":               "PATCH applications/{id}",
	"GET /applications/{id}/delete/":              aForm,
	"POST /applications/{id}/delete/":             "DELETE applications/{id}",
	"GET /applications/deleted/":                  "GET deleted-applications",
	"POST /applications/{id}/restore/":            "POST applications/{id}/restore",
	"POST /applications/{id}/secret/":             "POST applications/{id}/secret, DELETE applications/{id}/secrets/{secret}",
	"POST /applications/{id}/registration-token/": "DELETE applications/{id}/registration-token",
	"POST /applications/{id}/approval/":           "POST applications/{id}/approve, POST applications/{id}/reject",
	"POST /applications/":                         "POST applications/{id}/disable, POST applications/{id}/revoke",
	"POST /applications/{id}/switch/":             "POST applications/{id}/disable, POST applications/{id}/enable",
	"POST /applications/{id}/revoke/":             "POST applications/{id}/revoke",

	"GET /users/":                  "GET people",
	"GET /users/add/":              aForm,
	"POST /users/add/":             "POST people",
	"GET /users/{id}/":             "GET people/{id}, GET people/{id}/metadata, GET people/{id}/factors",
	"POST /users/{id}/":            "PATCH people/{id}",
	"POST /users/{id}/password/":   "POST people/{id}/password",
	"POST /users/{id}/metadata/":   "PUT people/{id}/metadata",
	"POST /users/{id}/picture/":    "DELETE people/{id}/picture",
	"POST /users/":                 "POST people/{id}/disable, POST people/{id}/logout",
	"POST /users/{id}/logout/":     "POST people/{id}/logout",
	"POST /users/{id}/factors/":    "POST people/{id}/reset-factors",
	"POST /users/{id}/switch/":     "POST people/{id}/disable, POST people/{id}/enable",
	"POST /users/{id}/api-tokens/": "DELETE people/{id}/api-tokens/{token}",
	"GET /users/{id}/delete/":      aForm,
	"POST /users/{id}/delete/":     "DELETE people/{id}",
	"POST /users/{id}/keep/":       "POST people/{id}/keep",
	"POST /users/{id}/export/":     "POST people/{id}/export",

	"GET /groups/":               "GET groups",
	"GET /groups/add/":           aForm,
	"POST /groups/add/":          "POST groups",
	"GET /groups/{id}/":          "GET groups/{id}, GET groups/{id}/members",
	"POST /groups/{id}/":         "DELETE groups/{id}/members/{person}",
	"POST /groups/{id}/members/": "POST groups/{id}/members",
	"GET /groups/{id}/edit/":     aForm,
	"POST /groups/{id}/edit/":    "PATCH groups/{id}",
	"GET /groups/{id}/delete/":   aForm,
	"POST /groups/{id}/delete/":  "DELETE groups/{id}",

	"GET /invitations/":  "GET invitations",
	"POST /invitations/": "POST invitations, DELETE invitations/{id}, POST invitations/{id}/send",

	"GET /tokens/":        "GET tokens, GET access-tokens",
	"POST /tokens/":       "DELETE tokens/{id}, DELETE access-tokens/{id}",
	"POST /tokens/find/":  "POST find-token, GET rejected-requests/{id}",
	"GET /tokens/find/":   "POST find-token",
	"GET /requests/":      "GET unfinished-requests",
	"POST /requests/":     "DELETE unfinished-requests/{kind}/{id}",
	"GET /consents/":      "GET consents",
	"POST /consents/":     "DELETE consents/{client}/{person}",
	"GET /sessions/":      "GET sessions",
	"POST /sessions/":     "DELETE sessions/{id}",
	"GET /attempts/":      "GET attempts",
	"GET /attempts/{id}/": "GET attempts/{id}",

	"GET /problems/":                "GET rejected-requests",
	"GET /problems/{id}/":           "GET rejected-requests/{id}",
	"POST /problems/{id}/redirect/": "PATCH applications/{id}",

	"GET /posture/":                      "GET findings, GET settings, GET applications",
	"GET /settings/":                     "GET settings",
	"GET /scopes/":                       "GET scopes, GET scopes/{id}",
	"GET /scopes/add/":                   aForm,
	"POST /scopes/add/":                  "POST scopes",
	"GET /scopes/{id}/edit/":             aForm,
	"POST /scopes/{id}/edit/":            "PATCH scopes/{id}",
	"GET /scopes/{id}/delete/":           aForm,
	"POST /scopes/{id}/delete/":          "DELETE scopes/{id}",
	"GET /resources/":                    "GET resources, GET resources/{id}",
	"GET /resources/add/":                aForm,
	"POST /resources/add/":               "POST resources",
	"GET /resources/{id}/edit/":          aForm,
	"POST /resources/{id}/edit/":         "PATCH resources/{id}",
	"GET /resources/{id}/delete/":        aForm,
	"POST /resources/{id}/delete/":       "DELETE resources/{id}",
	"GET /exceptions/":                   "GET applications",
	"GET /trusted-issuers/":              "GET trusted-issuers",
	"GET /webhooks/":                     "GET webhooks",
	"GET /audit/":                        "GET audit",
	"GET /audit/export/":                 aFile,
	"GET /all-api-tokens/":               "GET api-tokens",
	"POST /all-api-tokens/":              "DELETE people/{id}/api-tokens/{token}",
	"GET /api-tokens/":                   "GET people/{id}/api-tokens",
	"POST /api-tokens/":                  "POST people/{id}/api-tokens, DELETE people/{id}/api-tokens/{token}",
	"GET /registration/":                 "GET initial-access-tokens",
	"POST /registration/":                "POST initial-access-tokens, DELETE initial-access-tokens/{id}",
	"GET /login-providers/":              "GET login-providers",
	"GET /login-providers/add/":          aForm,
	"POST /login-providers/add/":         "POST login-providers",
	"GET /login-providers/{id}/":         "GET login-providers/{id}",
	"GET /login-providers/{id}/edit/":    aForm,
	"POST /login-providers/{id}/edit/":   "PATCH login-providers/{id}",
	"POST /login-providers/{id}/switch/": "PATCH login-providers/{id}",
	"POST /login-providers/{id}/delete/": "GET login-providers/{id}/people, DELETE login-providers/{id}",
	"POST /login-providers/{id}/try/":    needsEyes,
	"GET /login-providers/{id}/tried/":   needsEyes,
	"POST /login-providers/{id}/test/":   "POST login-providers/{id}/test",
	"GET /keys/":                         "GET keys",
	"POST /keys/":                        "POST keys",
	"GET /keys/{id}/retire/":             aForm,
	"POST /keys/{id}/retire/":            "POST keys/{id}/retire",
}

// TestTheAPIDoesEverythingThatTheBackOfficeDoes: each page and action has operations that do the same, or
// a reason. Each operation is the counterpart of a page, apart from those in the list.
func TestTheAPIDoesEverythingThatTheBackOfficeDoes(t *testing.T) {
	operations := make(map[string]bool)
	for _, op := range adminapi.Operations() {
		operations[op.Method+" "+op.Path] = false
	}
	for _, of := range []string{"GET me", "POST people/{id}/revoke", "POST import-people", "POST apply", "GET export"} { // more than the back office
		operations[of] = true
	}
	rest := maps.Clone(counterparts)
	for _, pattern := range admin.Patterns() {
		pattern = strings.TrimSuffix(pattern, "{$}")
		same, known := counterparts[pattern]
		delete(rest, pattern)
		if strings.HasPrefix(pattern, "GET /export/") {
			same, known = aFile, true
		}
		if !known {
			t.Errorf("%s: name the operation that does the same, or the reason for its absence", pattern)
		}
		if slices.Contains([]string{aForm, aFile, aSearch, needsEyes}, same) {
			continue
		}
		for name := range strings.SplitSeq(same, ", ") {
			if _, exists := operations[name]; !exists {
				t.Errorf("%s: the operation %q does not exist", pattern, name)
			}
			operations[name] = true
		}
	}
	for pattern := range rest {
		t.Errorf("%s is not a page of the back office", pattern)
	}
	for name, used := range operations {
		if !used {
			t.Errorf("%s is the counterpart of no page: add it to the list of operations without one", name)
		}
	}
}
