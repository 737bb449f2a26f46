package adminapi_test

import (
	"net/http"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestApplicationsWithPowerAreMadeUsableOnlyWithThePermissionForRoles: the credentials of an
// application that can use this API are enough to use it. A token without the scope for roles is
// not enough, although its administrator has the permission.
func TestApplicationsWithPowerAreMadeUsableOnlyWithThePermissionForRoles(t *testing.T) {
	s := start(t)
	administrator := s.as(account.RoleAdministrator)
	callers := map[string]string{"an operator": s.as(account.RoleOperator), "a token without the scope": s.as(account.RoleAdministrator, oauth.AdminScopePrefix+"applications:write")}
	patch := func(body string) [3]string { return [3]string{"PATCH", "", body} }
	for name, test := range map[string]struct {
		review oauth.ReviewState
		act    [3]string // the method, the end of the path, and the body
	}{
		"enable":                 {"", [3]string{"POST", "/enable", ""}},
		"approve after a reject": {oauth.ReviewRejected, [3]string{"POST", "/approve", ""}},
		"approve":                {oauth.ReviewWaiting, [3]string{"POST", "/approve", ""}},
		"rotate the secret":      {"", [3]string{"POST", "/secret", "{}"}},
		"another address":        {"", patch(`{"redirect_uris": ["https://evil.example/cb"]}`)},
		"keys of the caller":     {"", patch(`{"jwks_uri": "https://evil.example/keys"}`)},
		"people are not asked":   {"", patch(`{"skip_authorization": true}`)},
	} {
		for power, give := range map[string]func(*oauth.Client){
			"a role":  func(c *oauth.Client) { c.AdminRole = string(account.RoleAdministrator) },
			"a scope": func(c *oauth.Client) { c.Scopes = oauth.Scopes{oauth.ScopeAdmin} },
		} {
			c, _ := s.AddInvalidClient("https://machine.example/cb", func(c *oauth.Client) {
				c.Review, c.Disabled = test.review, true
				give(c)
			})
			var headers []string
			if test.act[0] == "PATCH" || test.review != "" {
				headers = []string{"If-Match: *"}
			}
			path := "applications/" + c.ID + test.act[1]
			for who, token := range callers {
				a := s.call(token, test.act[0], path, test.act[2], headers...)
				if after, err := s.Store.Client(t.Context(), c.ID); err != nil || a.StatusCode != http.StatusForbidden || after.Version != c.Version || !after.Disabled {
					t.Errorf("%s, with %s: %s gets %s %s, %v", name, power, who, a.Status, a.body, err)
				}
			}
			if a := s.call(administrator, test.act[0], path, test.act[2], headers...); a.StatusCode >= 300 {
				t.Errorf("%s, with %s: an administrator gets %s %s", name, power, a.Status, a.body)
			}
		}
	}
}
