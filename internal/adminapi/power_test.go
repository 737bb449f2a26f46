package adminapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
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

// TestTokensFromBeforeTheLossOfARoleStayInvalid: a person who gets a role back has to allow
// applications and create personal tokens again. The old tokens could have been stolen.
func TestTokensFromBeforeTheLossOfARoleStayInvalid(t *testing.T) {
	s := start(t)
	root := s.AddUser("root", true)
	s.AddUser("other", true)
	personal := oauth.NewToken(oauth.KindPersonal, s.Now()).String()
	if _, err := s.Accounts.AddPersonalToken(t.Context(), root.ID, personal, "laptop", []string{oauth.ScopeAdmin}, time.Hour); err != nil {
		t.Fatal(err)
	}
	access, err := s.personToken("root", oauth.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	set := func(roles ...account.Role) {
		t.Helper()
		s.Advance(time.Second)
		u, err := s.Store.User(t.Context(), root.ID)
		if err != nil {
			t.Fatal(err)
		}
		u.SetRoles(roles)
		if err := s.Accounts.Update(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	set(account.RoleAdministrator, account.RoleAuditor) // an additional role revokes nothing
	s.want(http.StatusOK, personal, "GET", "me", "")
	s.want(http.StatusOK, access, "GET", "me", "")
	set()
	set(account.RoleAdministrator)
	s.want(http.StatusUnauthorized, personal, "GET", "me", "")
	s.want(http.StatusUnauthorized, access, "GET", "me", "")
}

// officeRoutes are the routes of the back office for operations whose act does not name one. An
// empty text means that the back office has no such page.
var officeRoutes = map[string]string{
	"GET applications": "GET /applications/", "GET applications/{id}": "GET /applications/{id}/", "GET deleted-applications": "GET /applications/deleted/",
	"GET initial-access-tokens": "GET /registration/", "GET people": "GET /users/", "GET people/{id}": "GET /users/{id}/",
	"GET groups": "GET /groups/", "GET groups/{id}": "GET /groups/{id}/", "GET groups/{id}/members": "GET /groups/{id}/",
	"GET scopes": "GET /scopes/", "GET scopes/{id}": "GET /scopes/", "GET resources": "GET /resources/", "GET resources/{id}": "GET /resources/",
	"GET sessions": "GET /sessions/", "GET consents": "GET /consents/", "GET tokens": "GET /tokens/", "GET access-tokens": "GET /tokens/",
	"GET me": "", "GET keys": "GET /keys/", "GET rejected-requests": "GET /problems/", "GET rejected-requests/{id}": "GET /problems/{id}/",
	"GET audit": "GET /audit/", "GET invitations": "GET /invitations/", "GET settings": "GET /settings/",
	"GET people/{id}/metadata": "GET /users/{id}/", "GET people/{id}/factors": "GET /users/{id}/", "GET people/{id}/api-tokens": "GET /tokens/", "GET unfinished-requests": "GET /requests/",
	"GET login-providers": "GET /login-providers/", "GET login-providers/{id}": "GET /login-providers/{id}/", "GET login-providers/{id}/people": "GET /login-providers/{id}/", "GET numbers": "GET /",
	"GET attempts": "GET /attempts/", "GET attempts/{id}": "GET /attempts/{id}/", "GET webhooks": "GET /webhooks/", "GET trusted-issuers": "GET /trusted-issuers/",
	"POST apply": "", "POST import-people": "", "GET export": "", "GET findings": "GET /posture/", "GET api-tokens": "GET /all-api-tokens/",
	"POST people/{id}/revoke": "POST /users/{id}/logout/", // a box of the same form
}

// TestOperationsNeedThePermissionOfTheirPage: an operation of the API and its page in the back
// office require the same permission.
func TestOperationsNeedThePermissionOfTheirPage(t *testing.T) {
	office := make(map[string]string)
	for _, e := range admin.Endpoints() {
		office[e.Methods+" "+strings.TrimPrefix(e.Path, "/admin")] = strings.Trim(e.Authentication, "`")
	}
	for _, op := range adminapi.Operations() {
		name := op.Method + " " + op.Path
		route, listed := officeRoutes[name]
		if !listed {
			route = "POST /" + op.Act + "/"
		}
		if route == "" {
			continue
		}
		if office[route] == "" || office[route] != string(op.Permission) {
			t.Errorf("%s needs %q, and %s in the back office %q", name, op.Permission, route, office[route])
		}
	}
}

// TestInvitationOfAnApplicationEndsWithItsRole: with a stolen secret, an attacker could otherwise
// invite an administrator, and wait until the application has been disabled.
func TestInvitationOfAnApplicationEndsWithItsRole(t *testing.T) {
	s := start(t)
	c, secret := s.machine(account.RoleAdministrator, oauth.ScopeAdmin)
	created := s.want(http.StatusCreated, s.token(c, secret, oauth.ScopeAdmin), "POST", "invitations", `{"roles": ["administrator"]}`)
	_, code, _ := strings.Cut(created.text("link"), "#")
	if created.text("application") != c.ID || !strings.HasPrefix(code, account.InvitationPrefix) {
		t.Fatalf("got %s", created.body)
	}
	opens := func() int {
		b := s.Browser()
		return b.Submit(b.Open(s.Issuer+"/invite/"), url.Values{"code": {code}}).StatusCode
	}
	if got := opens(); got != http.StatusOK {
		t.Errorf("with the role: %d", got)
	}
	administrator := s.as(account.RoleAdministrator)
	s.want(http.StatusNoContent, administrator, "POST", "applications/"+c.ID+"/disable", "")
	if got := opens(); got != http.StatusGone {
		t.Errorf("disabled: %d", got)
	}
	if open := s.want(http.StatusOK, administrator, "GET", "invitations?state=open", ""); strings.Contains(string(open.body), c.ID) {
		t.Errorf("shown as open: %s", open.body)
	}
}
