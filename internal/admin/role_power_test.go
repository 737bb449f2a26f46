package admin_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestOnlyPeopleWhoCanGiveRolesMakeAnApplicationWithPowerUsable: its credentials are enough to use
// the admin API. TestApplicationsWithPowerAreMadeUsableOnlyWithThePermissionForRoles is about the
// same acts in the API.
func TestOnlyPeopleWhoCanGiveRolesMakeAnApplicationWithPowerUsable(t *testing.T) {
	o := enter(t)
	operator := o.as(account.RoleOperator)
	for name, test := range map[string]struct {
		review oauth.ReviewState
		path   string
		fields url.Values
	}{
		"enable":                 {"", "switch", url.Values{"to": {"enabled"}}},
		"approve after a reject": {oauth.ReviewRejected, "approval", url.Values{"approve": {"1"}}},
		"approve":                {oauth.ReviewWaiting, "approval", url.Values{"approve": {"1"}}},
		"rotate the secret":      {"", "secret", url.Values{"overlap": {"0"}}},
	} {
		for power, give := range map[string]func(*oauth.Client){
			"a role":  func(c *oauth.Client) { c.AdminRole = string(account.RoleAdministrator) },
			"a scope": func(c *oauth.Client) { c.Scopes = oauth.Scopes{oauth.ScopeAdmin} },
		} {
			c, _ := o.AddInvalidClient("https://app.example/cb", func(c *oauth.Client) {
				c.Review, c.Disabled = test.review, true
				give(c)
			})
			fields := maps.Clone(test.fields)
			fields.Set("version", fmt.Sprint(o.client(c.ID).Version))
			fields.Set("confirmed", "yes")
			post := func(b interface {
				PostForm(address string, fields url.Values) (*http.Response, error)
			},
			) int {
				response, err := b.PostForm(o.URL+"/admin/applications/"+c.ID+"/"+test.path+"/", fields)
				if err != nil {
					t.Fatal(err)
				}
				read(t, response)
				return response.StatusCode
			}
			before := o.client(c.ID)
			if status, after := post(operator), o.client(c.ID); status != http.StatusForbidden || after.Version != before.Version || !after.Disabled {
				t.Errorf("%s, with %s: an operator gets %d, and the application is disabled: %v", name, power, status, after.Disabled)
			}
			if status, after := post(o.Browser), o.client(c.ID); status != http.StatusOK || after.Version == before.Version {
				t.Errorf("%s, with %s: an administrator gets %d", name, power, status)
			}
		}
	}
}
