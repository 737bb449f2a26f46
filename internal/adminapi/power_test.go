package adminapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestOperatorsCannotGiveNewPeopleWhatTheyCannotGiveOthers: claims contain groups, which decide
// about access to applications.
func TestOperatorsCannotGiveNewPeopleWhatTheyCannotGiveOthers(t *testing.T) {
	s := start(t)
	operator, administrator := s.as(account.RoleOperator), s.as(account.RoleAdministrator)
	id := s.want(http.StatusCreated, operator, "POST", "people", `{"username": "ada", "email": "ada@example.com"}`).text("id")
	for _, test := range []struct{ body, allowed string }{
		{`"claims": {"groups": ["finance-admins"]}`, ""},
		{`"claims": {"email_verified": true}`, ""},
		{`"email": "ceo@example.com", "email_verified": true`, ""},
		{`"roles": ["auditor"]`, ""},
		{`"claims": {"locale": "en"}`, ""}, // all claims are alike
		{`"name": "Ada"`, "operators"},
	} {
		added, changed := http.StatusForbidden, http.StatusForbidden
		if test.allowed != "" {
			added, changed = http.StatusCreated, http.StatusOK
		}
		s.want(added, operator, "POST", "people", `{"username": "puppet", `+test.body+`}`)
		s.want(changed, operator, "PATCH", "people/"+id, `{`+test.body+`}`, "If-Match: *")
	}
	s.want(http.StatusCreated, administrator, "POST", "people", `{"username": "grace", "claims": {"groups": ["staff"]}}`)
}

// TestOperatorsDoNotReadSettings, in the API as in the back office.
func TestOperatorsDoNotReadSettings(t *testing.T) {
	s := start(t)
	for _, scope := range []string{oauth.ScopeAdmin, oauth.AdminScopePrefix + "tokens:read"} {
		s.want(http.StatusForbidden, s.as(account.RoleOperator, scope), "GET", "settings", "")
	}
	s.want(http.StatusForbidden, s.as(account.RoleAuditor, oauth.AdminScopePrefix+"tokens:read"), "GET", "settings", "")
	if a := s.want(http.StatusOK, s.as(account.RoleAuditor), "GET", "settings", ""); !strings.Contains(string(a.body), "issuer") {
		t.Errorf("got %s", a.body)
	}
}

// TestEnablingAnApplicationWithPowerNeedsThePermissionForRoles: its old secrets are valid again.
func TestEnablingAnApplicationWithPowerNeedsThePermissionForRoles(t *testing.T) {
	s := start(t)
	administrator := s.as(account.RoleAdministrator)
	for _, writer := range []string{s.as(account.RoleAdministrator, oauth.AdminScopePrefix+"applications:write"), s.as(account.RoleOperator)} {
		c, _ := s.machine(account.RoleAdministrator, oauth.ScopeAdmin)
		s.want(http.StatusNoContent, writer, "DELETE", "applications/"+c.ID, "")
		s.want(http.StatusNoContent, administrator, "POST", "applications/"+c.ID+"/restore", "")
		s.want(http.StatusForbidden, writer, "POST", "applications/"+c.ID+"/enable", "")
		if now, err := s.Store.Client(t.Context(), c.ID); err != nil || !now.Disabled {
			t.Errorf("the application is enabled: %v", err)
		}
		s.want(http.StatusNoContent, administrator, "POST", "applications/"+c.ID+"/enable", "")
	}
}
