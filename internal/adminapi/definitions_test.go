package adminapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// define adds a scope or a resource to the Store.
func (s server) define(t *testing.T, kind oauth.DefinitionKind, name string) {
	t.Helper()
	if err := s.Store.AddDefinition(t.Context(), oauth.Definition{Kind: kind, Name: name, Settings: json.RawMessage(`{}`), CreatedAt: s.Now(), UpdatedAt: s.Now()}); err != nil {
		t.Fatal(err)
	}
}

// TestScopesAndResourcesOfTheConfigurationAreReadOnly, and say where they come from. A new one
// cannot have the same name.
func TestScopesAndResourcesOfTheConfigurationAreReadOnly(t *testing.T) {
	const api = "https://api.example"
	s := start(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "pay", SecondFactor: true}}
		o.Resources = []oauth.ResourceInfo{{URI: api}}
	})
	token := s.as(account.RoleAdministrator)
	for _, path := range []string{"scopes/pay", "scopes/openid", "scopes/latchkey:admin", "resources/" + url.PathEscape(api)} {
		if a := s.want(http.StatusOK, token, "GET", path, ""); a.text("source") == "database" || a.Header.Get("ETag") != "" {
			t.Errorf("%s: %s", path, a.body)
		}
		s.want(http.StatusConflict, token, "PATCH", path, `{}`, "If-Match: *")
		s.want(http.StatusConflict, token, "DELETE", path, "", "If-Match: *")
	}
	s.want(http.StatusUnprocessableEntity, token, "POST", "scopes", `{"name": "pay"}`)
	s.want(http.StatusUnprocessableEntity, token, "POST", "scopes", `{"name": "latchkey:admin"}`)
	s.want(http.StatusUnprocessableEntity, token, "POST", "resources", `{"uri": "https://API.example/"}`)
	if a := s.want(http.StatusOK, token, "GET", "scopes/pay", ""); a.json["second_factor"] != true {
		t.Errorf("the scope has changed: %s", a.body)
	}
}

// TestScopeInUseByAResourceIsNotDeleted: the resource could no longer be used. Each change is
// recorded, and needs the ETag of what it changes.
func TestScopeInUseByAResourceIsNotDeleted(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	s.want(http.StatusUnprocessableEntity, token, "POST", "resources", `{"uri": "https://ship.example", "scopes": ["ship"]}`)
	added := s.want(http.StatusCreated, token, "POST", "scopes", `{"name": "ship", "description": "Ship parcels"}`)
	if added.Header.Get("Location") != "/admin/api/v1/scopes/ship" || added.Header.Get("ETag") != `"1"` || added.text("source") != "database" {
		t.Errorf("got %v %s", added.Header, added.body)
	}
	s.want(http.StatusConflict, token, "POST", "scopes", `{"name": "ship"}`)
	resource := s.want(http.StatusCreated, token, "POST", "resources", `{"uri": "https://ship.example", "scopes": ["ship"], "access_token_ttl": 60}`)
	s.want(http.StatusPreconditionFailed, token, "PATCH", "scopes/ship", `{"optional": true}`, `If-Match: "2"`)
	for _, refused := range []answer{
		s.want(http.StatusUnprocessableEntity, token, "DELETE", "scopes/ship", "", "If-Match: *"),
		s.want(http.StatusUnprocessableEntity, token, "PATCH", "scopes/ship", `{"claims": ["groups"]}`, "If-Match: *"),
	} {
		if !strings.Contains(string(refused.body), "https://ship.example") {
			t.Errorf("the resource is not named: %s", refused.body)
		}
	}
	if a := s.want(http.StatusOK, token, "PATCH", "scopes/ship", `{"optional": true}`, `If-Match: "1"`); a.Header.Get("ETag") != `"2"` || a.json["optional"] != true || a.text("description") != "Ship parcels" {
		t.Errorf("got %v %s", a.Header, a.body)
	}
	path := strings.TrimPrefix(resource.Header.Get("Location"), "/admin/api/v1/")
	for version, status := range map[string]int{"": http.StatusPreconditionRequired, `If-Match: "1"`: http.StatusPreconditionFailed} {
		headers := slices.DeleteFunc([]string{version}, func(header string) bool { return header == "" })
		s.want(status, token, "DELETE", "scopes/ship", "", headers...)
	}
	s.want(http.StatusNoContent, token, "DELETE", path, "", `If-Match: "1"`)
	s.want(http.StatusNotFound, token, "GET", path, "")
	s.want(http.StatusNoContent, token, "DELETE", "scopes/ship", "", `If-Match: "2"`)
	var kinds []string
	for _, e := range *s.events {
		if e.Name == oauth.EventAdministration && (strings.HasPrefix(e.Kind, "scopes/") || strings.HasPrefix(e.Kind, "resources/")) {
			kinds = append(kinds, e.Kind+" "+e.Target)
			if e.Details == nil || len(e.Details.Changes) == 0 {
				t.Errorf("%s records no values", e.Kind)
			}
		}
	}
	want := "scopes/add ship, resources/add https://ship.example, scopes/{id}/edit ship, resources/{id}/delete https://ship.example, scopes/{id}/delete ship"
	if got := strings.Join(kinds, ", "); got != want {
		t.Errorf("recorded: %s", got)
	}
}

// TestResourceOfAnAPIIsNotDeletedWhileItLimitsTheAPI: without a resource that names it, the API could
// introspect the tokens of all APIs. The resource of a newer release, with a member that is unknown
// here, limits it too.
func TestResourceOfAnAPIIsNotDeletedWhileItLimitsTheAPI(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	c, _ := s.AddClient("https://ship.example/cb", func(c *oauth.Client) { c.ResourceServer = true })
	path := "resources/" + url.PathEscape("https://ship.example")
	if err := s.Store.AddDefinition(t.Context(), oauth.Definition{Kind: oauth.DefinesResource, Name: "https://new.example", Settings: json.RawMessage(`{"client_id":"` + c.ID + `","newer":true}`), CreatedAt: s.Now(), UpdatedAt: s.Now()}); err != nil {
		t.Fatal(err)
	}
	refused := func(method, path, body string) {
		t.Helper()
		if a := s.want(http.StatusUnprocessableEntity, token, method, path, body, "If-Match: *"); !strings.Contains(string(a.body), c.ID) || !strings.Contains(string(a.body), "resource_server") {
			t.Errorf("%s: the reason is missing: %s", method, a.body)
		}
	}
	newer := "resources/" + url.PathEscape("https://new.example")
	refused("DELETE", newer, "")
	s.want(http.StatusCreated, token, "POST", "resources", `{"uri": "https://ship.example", "client_id": "`+c.ID+`"}`)
	s.want(http.StatusNoContent, token, "DELETE", newer, "", "If-Match: *")
	refused("DELETE", path, "")
	refused("PATCH", path, `{"client_id": null}`)
	s.want(http.StatusOK, token, "PATCH", "applications/"+c.ID, `{"resource_server": false}`, "If-Match: *")
	s.want(http.StatusNoContent, token, "DELETE", path, "", "If-Match: *")
}
