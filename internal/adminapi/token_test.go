package adminapi_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// onEvent returns a function that collects the events of administration.
func onEvent(events *[]oauth.Event) func(context.Context, oauth.Event) {
	var mu sync.Mutex
	return func(_ context.Context, e oauth.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Name == oauth.EventAdministration || e.Name == oauth.EventPermissionDenied {
			*events = append(*events, e)
		}
	}
}

// TestOnlyTokensForTheAdminAPIAreAccepted: a token for another API, a cookie and client
// credentials are useless here (RFC 8707 §2, RFC 6750 §3).
func TestOnlyTokensForTheAdminAPIAreAccepted(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	own := s.as(account.RoleAdministrator)
	s.want(http.StatusOK, own, "GET", "me", "")
	other := "x" // must differ from the last character of the token
	if strings.HasSuffix(own, other) {
		other = "y"
	}
	for name, token := range map[string]string{"no token": "", "a token for the server itself": s.Token("root", "read"), "garbage": "garbage", "a changed token": own[:len(own)-1] + other} {
		a := s.want(http.StatusUnauthorized, token, "GET", "applications", "")
		if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %v", name, a.Header)
		}
	}
	b := s.Browser()
	b.LogIn(b.Open(s.URL+"/admin/"), "root")
	if page := b.Open(s.uri() + "/applications"); page.StatusCode != http.StatusUnauthorized {
		t.Errorf("a cookie of an administrator: %s", page.Status)
	}
	if a := s.call(own, "OPTIONS", "applications", "", "Origin: https://evil.example", "Access-Control-Request-Method: GET"); a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("scripts of other origins can call the API: %v", a.Header)
	}
	if a := s.call(own, "GET", "applications", "", "Origin: https://machine.example"); a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("scripts of other origins can read responses: %v", a.Header)
	}
}

// TestATokenForSeveralAPIsIsNotAccepted: the other API could use it.
func TestATokenForSeveralAPIsIsNotAccepted(t *testing.T) {
	s := start(t)
	c, secret := s.machine(account.RoleAdministrator, oauth.ScopeAdmin, "read")
	c.MultipleResources = true
	if err := s.Store.UpdateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	a := s.request(c, secret, url.Values{"grant_type": {"client_credentials"}, "scope": {oauth.ScopeAdmin + " read"}, "resource": {s.uri(), s.Issuer}})
	token, _ := a["access_token"].(string)
	if token == "" {
		t.Fatalf("no token: %v", a)
	}
	s.want(http.StatusUnauthorized, token, "GET", "me", "")
}

// TestScopesOfTheAdminAPIMustBeListed: an application that may request all scopes cannot
// request them, and discovery does not list them.
func TestScopesOfTheAdminAPIMustBeListed(t *testing.T) {
	s := start(t)
	c, secret := s.machine(account.RoleAdministrator)
	for _, form := range []url.Values{
		{"scope": {oauth.ScopeAdmin}, "resource": {s.uri()}},
		{"scope": {oauth.ScopeAdmin}},
		{"resource": {s.uri()}},
	} {
		form.Set("grant_type", "client_credentials")
		if a := s.request(c, secret, form); a["error"] != "invalid_scope" {
			t.Errorf("%v: %v", form, a)
		}
	}
	listed, secret := s.machine(account.RoleAdministrator, oauth.ScopeAdmin)
	if a := s.request(listed, secret, url.Values{"grant_type": {"client_credentials"}, "scope": {oauth.ScopeAdmin}}); a["error"] != "invalid_scope" {
		t.Errorf("without the resource: %v", a)
	}
	if a := s.call("", "GET", "../../../o/.well-known/openid-configuration", ""); strings.Contains(string(a.body), oauth.ScopeAdmin) {
		t.Errorf("discovery lists the scopes")
	}
}

// TestAnApplicationNeedsARole: the scope alone is not enough, and neither is a role that does not
// exist.
func TestAnApplicationNeedsARole(t *testing.T) {
	s := start(t)
	for _, role := range []account.Role{"", "root"} {
		a := s.want(http.StatusForbidden, s.as(role), "GET", "applications", "")
		if a.problem() != "forbidden" {
			t.Errorf("%q: %s", role, a.body)
		}
	}
}

// TestOnlyPeopleWithARoleCanAllowAdministration: the person could get a role later.
func TestOnlyPeopleWithARoleCanAllowAdministration(t *testing.T) {
	s := start(t)
	s.AddUser("ada", false)
	if token, err := s.personToken("ada", oauth.ScopeAdmin); err == nil || !strings.Contains(err.Error(), "access_denied") {
		t.Errorf("got %q, %v", token, err)
	}
}

// TestTheRoleOfAPersonCountsAtEachRequest: a token of a person who has lost the role, or was
// disabled, has no effect.
func TestTheRoleOfAPersonCountsAtEachRequest(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	u := s.Add(account.NewUser{Username: "ops", Roles: account.Roles{account.RoleOperator}})
	token, err := s.personToken("ops", oauth.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusOK, token, "GET", "people", "")
	s.want(http.StatusForbidden, token, "GET", "keys", "") // an operator cannot see keys
	stored, err := s.Store.User(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	root := s.as(account.RoleAdministrator)
	s.want(http.StatusOK, root, "PATCH", "people/"+u.ID, `{"roles": []}`, `If-Match: *`)
	s.want(http.StatusUnauthorized, token, "GET", "people", "")
	s.want(http.StatusOK, root, "PATCH", "people/"+u.ID, `{"roles": ["operator"]}`, `If-Match: *`)
	s.want(http.StatusUnauthorized, token, "GET", "people", "") // it stays revoked
	s.Advance(time.Second)
	if token, err = s.personToken("ops", oauth.ScopeAdmin); err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusOK, token, "GET", "people", "")
	s.want(http.StatusNoContent, root, "POST", "people/"+stored.ID+"/disable", "")
	s.want(http.StatusUnauthorized, token, "GET", "people", "")
}
