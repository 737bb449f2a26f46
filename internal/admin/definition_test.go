package admin_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// anyDefinition returns the ID, for a path, of a scope or a resource in the Store. It adds one if
// the Store has none.
func (o office) anyDefinition(path string) string {
	o.t.Helper()
	kind, name := oauth.DefinesScope, "ship"
	if strings.Contains(path, "/resources/") {
		kind, name = oauth.DefinesResource, "https://ship.example"
	}
	err := o.Store.AddDefinition(o.t.Context(), oauth.Definition{Kind: kind, Name: name, Settings: json.RawMessage(`{}`), CreatedAt: o.Now(), UpdatedAt: o.Now()})
	if err != nil && !errors.Is(err, oauth.ErrConflict) {
		o.t.Fatal(err)
	}
	return url.PathEscape(name)
}

// TestScopesAndResourcesAreManagedInTheBackOffice: they are added, changed and deleted, errors
// are at their fields, and applications can use them at once.
func TestScopesAndResourcesAreManagedInTheBackOffice(t *testing.T) {
	o := enter(t)
	for field, fields := range map[string]url.Values{
		"name":        {"name": {"ship it"}},
		"description": {"name": {"ship"}, "description": {"Ship\u202e"}},
		"claims":      {"name": {"ship"}, "claims": {"sub"}},
	} {
		if page := o.post("scopes/add/", fields); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `href="#`+field+`"`) || !strings.Contains(page.Body, `id="`+field+`-error"`) {
			t.Errorf("%s: %s %s", field, page.Status, page.Body)
		}
	}
	if page := o.post("scopes/add/", url.Values{"name": {"ship"}, "description": {"Ship parcels"}, "weight": {"change"}}); page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "Ship parcels") || !strings.Contains(page.Body, "database") {
		t.Errorf("adding: %s %s", page.Status, page.Body)
	}
	c, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read", "ship"} })
	if page := o.post("scopes/add/", url.Values{"name": {"ship"}}); page.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("adding it again: %s", page.Status)
	}
	for field, fields := range map[string]url.Values{
		"uri":              {"uri": {"ship"}},
		"scopes":           {"uri": {"https://ship.example"}, "scopes": {"unknown"}},
		"access_token_ttl": {"uri": {"https://ship.example"}, "access_token_ttl": {"1h"}},
	} {
		if page := o.post("resources/add/", fields); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `href="#`+field+`"`) {
			t.Errorf("%s: %s %s", field, page.Status, page.Body)
		}
	}
	if page := o.post("resources/add/", url.Values{"uri": {"https://ship.example"}, "scopes": {"ship"}, "access_token_ttl": {"60"}}); page.StatusCode != http.StatusOK {
		t.Errorf("adding: %s %s", page.Status, page.Body)
	}
	if page := o.open("applications/" + c.ID + "/edit/"); !strings.Contains(page.Body, `value="https://ship.example"`) || !strings.Contains(page.Body, "Ship parcels") {
		t.Error("the form of an application does not offer them")
	}
	const resource = "resources/https:%2F%2Fship.example/"
	if page := o.post(resource+"edit/", url.Values{"name": {"Shipping"}}); page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "Shipping") {
		t.Errorf("changing: %s %s", page.Status, page.Body)
	}
	question := o.open("scopes/ship/delete/")
	if !strings.Contains(question.Body, "/admin/applications/"+c.ID+"/") {
		t.Errorf("the question does not name the application: %s", question.Body)
	}
	if page := o.Submit(question, url.Values{}); page.StatusCode != http.StatusConflict || !strings.Contains(page.Body, "https://ship.example") {
		t.Errorf("the scope of a resource was deleted: %s %s", page.Status, page.Body)
	}
	for _, path := range []string{resource + "delete/", "scopes/ship/delete/"} {
		if page := o.post(path, url.Values{}); page.StatusCode != http.StatusOK {
			t.Errorf("deleting: %s %s", page.Status, page.Body)
		}
	}
	if rows, err := o.Store.Definitions(t.Context()); err != nil || len(rows) != 0 {
		t.Errorf("stored: %v %v", rows, err)
	}
}

// TestFormOfAnOldVersionDoesNotOverwriteAScope that another administrator has changed.
func TestFormOfAnOldVersionDoesNotOverwriteAScope(t *testing.T) {
	o := enter(t)
	o.anyDefinition("/scopes/")
	form := o.open("scopes/ship/edit/")
	o.post("scopes/ship/edit/", url.Values{"second_factor": {"on"}})
	if page := o.Submit(form, url.Values{"description": {"Ship"}}); page.StatusCode != http.StatusConflict {
		t.Errorf("got %s", page.Status)
	}
	if page := o.postTo("scopes/ship/edit/", url.Values{"description": {"Ship"}}); page.StatusCode != http.StatusConflict {
		t.Errorf("without a version: %s", page.Status)
	}
	question := o.open("scopes/ship/delete/")
	o.post("scopes/ship/edit/", url.Values{"second_factor": {"on"}, "description": {"Ship parcels"}})
	if page := o.Submit(question, url.Values{}); page.StatusCode != http.StatusConflict {
		t.Errorf("deleting: %s", page.Status)
	}
	if page := o.postTo("scopes/ship/delete/", url.Values{"confirmed": {"yes"}}); page.StatusCode != http.StatusConflict {
		t.Errorf("deleting without a version: %s", page.Status)
	}
	if rows, err := o.Store.Definitions(t.Context()); err != nil || len(rows) != 1 || !strings.Contains(string(rows[0].Settings), "second_factor") {
		t.Errorf("stored: %v %v", rows, err)
	}
}

// TestScopesOfTheConfigurationHaveNoForm: the list says where they come from, and a form that is
// sent changes nothing. One of the Store with the same name has no effect, and can be deleted.
func TestScopesOfTheConfigurationHaveNoForm(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "ship", SecondFactor: true}, {Name: "pay", SecondFactor: true}}
	})
	if page := o.open("scopes/"); strings.Contains(page.Body, "/admin/scopes/pay/") || strings.Contains(page.Body, "no effect") {
		t.Errorf("the list has a link: %s", page.Body)
	}
	for _, path := range []string{"scopes/pay/edit/", "scopes/pay/delete/", "scopes/openid/edit/"} {
		if page := o.open(path); page.StatusCode != http.StatusConflict {
			t.Errorf("%s: %s", path, page.Status)
		}
		if page := o.postTo(path, url.Values{"confirmed": {"yes"}, "version": {"1"}}); page.StatusCode != http.StatusConflict {
			t.Errorf("%s: %s", path, page.Status)
		}
	}
	if page := o.post("scopes/add/", url.Values{"name": {"pay"}}); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "configuration of the server already has") {
		t.Errorf("adding: %s %s", page.Status, page.Body)
	}
	o.anyDefinition("/scopes/")
	if page := o.open("scopes/"); !strings.Contains(page.Body, "no effect") {
		t.Errorf("the list does not show it: %s", page.Body)
	}
	if page := o.post("scopes/ship/delete/", url.Values{}); page.StatusCode != http.StatusOK {
		t.Errorf("deleting: %s %s", page.Status, page.Body)
	}
}

// TestScopesAndResourcesAreOnlyForAdministrators: operators and auditors change none.
func TestScopesAndResourcesAreOnlyForAdministrators(t *testing.T) {
	o := enter(t)
	for _, role := range []account.Role{account.RoleOperator, account.RoleAuditor} {
		b := office{o.Provider, o.as(role), t}
		if page := b.postTo("scopes/add/", url.Values{"name": {"ship"}}); page.StatusCode != http.StatusForbidden {
			t.Errorf("%s adds a scope: %s", role, page.Status)
		}
		if page := b.postTo("resources/"+o.anyDefinition("/resources/")+"/delete/", url.Values{"confirmed": {"yes"}}); page.StatusCode != http.StatusForbidden {
			t.Errorf("%s deletes a resource: %s", role, page.Status)
		}
	}
	if rows, err := o.Store.Definitions(t.Context()); err != nil || len(rows) != 1 {
		t.Errorf("stored: %v %v", rows, err)
	}
}

// TestScopesOfTheAdminAPIAreNotThoseOfASetting: no setting lists them.
func TestScopesOfTheAdminAPIAreNotThoseOfASetting(t *testing.T) {
	o := enter(t)
	for scope, want := range map[string]string{"latchkey:admin": "Latchkey", "read": "scopes", "openid": "OpenID Connect"} {
		text := o.open("export/scopes/?format=csv&q=" + scope).Body
		if !strings.Contains(text, "\n"+scope+",") || !strings.Contains(text, ","+want+",") {
			t.Errorf("%s: the list is %s, want it to be set by %s", scope, text, want)
		}
	}
}
