package admin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

var apiToken = regexp.MustCompile(`lk_pt_[A-Za-z0-9]+`)

// api sends a request to the admin API with a token.
func (o office) api(token, path string) int {
	o.t.Helper()
	request, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.URL+"/admin/api/v1/"+path, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		o.t.Fatal(err)
	}
	read(o.t, response)
	return response.StatusCode
}

// TestAPersonalTokenIsShownOnceAndHasTheRoleOfThePerson, within its scopes, until it expires, is
// revoked, or the person loses the role or sets a new password.
func TestAPersonalTokenIsShownOnceAndHasTheRoleOfThePerson(t *testing.T) {
	o := enter(t)
	add := func(scopes ...string) string {
		t.Helper()
		page := o.post("api-tokens/", url.Values{"name": {"Backup job"}, "scope": scopes, "days": {"30"}})
		token := apiToken.FindString(page.Body)
		if token == "" || page.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("no token: %s %v %s", page.Status, page.Header, page.Body)
		}
		return token
	}
	token := add("latchkey:people:read")
	list := o.open("api-tokens/")
	if apiToken.MatchString(list.Body) || !strings.Contains(list.Body, "Backup job") {
		t.Errorf("the list: %s", list.Body)
	}
	for path, want := range map[string]int{"people": 200, "me": 200, "applications": 403, "keys": 403} {
		if got := o.api(token, path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	end := "x"
	if strings.HasSuffix(token, end) {
		end = "y"
	}
	if got := o.api(token[:len(token)-1]+end, "people"); got != http.StatusUnauthorized {
		t.Errorf("a changed token: %d", got)
	}
	if response, err := o.PostForm(o.Issuer+"/introspect/", url.Values{"token": {token}}); err != nil || response.StatusCode == http.StatusOK {
		t.Errorf("introspection: %v %v", response, err)
	}
	id := submatch(t, list.Body, `name="revoke" value="([^"]+)"`)
	if o.post("api-tokens/", url.Values{"revoke": {id}}); o.api(token, "people") != http.StatusUnauthorized {
		t.Error("the token is valid after it was revoked")
	}
	token = add("latchkey:admin")
	root := o.user("root")
	root.SetRoles(account.Roles{account.RoleOperator})
	o.AddUser("other", true)
	if err := o.Store.UpdateUser(t.Context(), root, "root", nil); err != nil {
		t.Fatal(err)
	}
	if got := o.api(token, "people"); got != http.StatusUnauthorized {
		t.Errorf("after the person has lost a role: %d", got)
	}
	token = add("latchkey:admin")
	if got := o.api(token, "keys"); got != http.StatusForbidden {
		t.Errorf("without the permission: %d", got)
	}
	if got := o.api(token, "people"); got != http.StatusOK {
		t.Errorf("with the other role: %d", got)
	}
	o.Advance(31 * 24 * time.Hour)
	if got := o.api(token, "people"); got != http.StatusUnauthorized {
		t.Errorf("after it has expired: %d", got)
	}
}

// TestAdministratorsRevokeTokensOfOthers on the page of the person, which never
// contains the text of a token.
func TestAdministratorsRevokeTokensOfOthers(t *testing.T) {
	o := enter(t)
	other := o.AddUser("other", true)
	theirs := office{o.Provider, o.Provider.Browser(), t}
	theirs.LogIn(theirs.Open(o.URL+"/admin/"), "other")
	token := apiToken.FindString(theirs.post("api-tokens/", url.Values{"name": {"Job"}, "scope": {"latchkey:admin"}, "days": {"30"}}).Body)
	if own, _, err := audit.List(t.Context(), o.Store, audit.Filter{Person: other.ID, Event: oauth.EventAdministration}, paging.Page{Limit: 9}); err != nil || !slices.ContainsFunc(own, func(r *audit.Record) bool { return r.Kind == "api-tokens" && r.Actor == other.ID }) {
		t.Errorf("the owner does not see that the token was added: %v %v", own, err)
	}
	page := o.open("users/" + other.ID + "/").Body
	if token == "" || apiToken.MatchString(page) || !strings.Contains(page, "Job") {
		t.Errorf("the page of the person: %s", page)
	}
	o.post("users/"+other.ID+"/api-tokens/", url.Values{"revoke": {submatch(t, page, `name="revoke" value="([^"]+)"`)}})
	if got := o.api(token, "people"); got != http.StatusUnauthorized {
		t.Errorf("after it was revoked: %d", got)
	}
	if page := o.open("users/" + other.ID + "/").Body; strings.Contains(page, `name="revoke"`) {
		t.Errorf("the page of the person: %s", page)
	}
}

// TestTokensOfAllPeopleAreListed: with their owners, one of whom has a role only through a group. They can be
// revoked there, but an operator cannot revoke the tokens of an administrator.
func TestTokensOfAllPeopleAreListed(t *testing.T) {
	o := enter(t)
	g := &account.Group{Name: "Crew", Roles: account.Roles{account.RoleAuditor}}
	if err := o.Accounts.CreateGroup(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, name := range []string{"boss", "crewman"} {
		u := o.AddUser(name, name == "boss")
		if name == "crewman" {
			if _, _, err := o.Accounts.AddMembers(t.Context(), g.ID, u.ID); err != nil {
				t.Fatal(err)
			}
		}
		texts[name] = oauth.NewToken(oauth.KindPersonal, o.Now()).String()
		if _, err := o.Accounts.AddPersonalToken(t.Context(), u.ID, texts[name], "Job of "+name, []string{"latchkey:people:read"}, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	key := func(query string) string {
		page := o.open("all-api-tokens/" + query).Body
		if apiToken.MatchString(page) {
			t.Errorf("%s has the text of a token", query)
		}
		found := regexp.MustCompile(`name="token" value="([^"]+)"`).FindAllStringSubmatch(page, -1)
		if len(found) != 1 {
			t.Fatalf("%s: %d tokens:\n%s", query, len(found), page)
		}
		return found[0][1]
	}
	if body := o.open("all-api-tokens/").Body; !strings.Contains(body, "Job of boss") || !strings.Contains(body, "Job of crewman") || !strings.Contains(o.open("api-tokens/").Body, "all-api-tokens/") {
		t.Errorf("the list: %s", body)
	}
	boss, crewman := key("?q=job+of+boss"), key("?q=CREWM&scope=latchkey:people:read")
	operator := office{o.Provider, o.as(account.RoleOperator), t}
	for _, form := range []url.Values{{"do": {"revoke"}, "token": {boss}}, {"all": {"revoke"}}} {
		operator.post("all-api-tokens/", form)
		if got := o.api(texts["boss"], "me"); got != http.StatusOK {
			t.Errorf("an operator has revoked the token of an administrator: %d", got)
		}
	}
	o.post("all-api-tokens/", url.Values{"do": {"revoke"}, "token": {crewman}})
	if got, other := o.api(texts["crewman"], "me"), o.api(texts["boss"], "me"); got != http.StatusUnauthorized || other != http.StatusOK {
		t.Errorf("revoked: %d, not revoked: %d", got, other)
	}
	o.open("all-api-tokens/?q=crewman")
	contains(t, o.open("all-api-tokens/?q=crewman").Body, "No token matches your search.")
}

// TestANewPasswordRevokesPersonalTokens, and so does disabling the person, even if they are
// enabled again.
func TestANewPasswordRevokesPersonalTokens(t *testing.T) {
	for name, fields := range map[string]url.Values{
		"password/": {"password": {"another correct horse"}},
		"switch/":   {"to": {"paused"}},
		"logout/":   {},
	} {
		o := enter(t)
		o.AddUser("other", true)
		other := office{o.Provider, o.Provider.Browser(), t}
		other.LogIn(other.Open(o.URL+"/admin/"), "other")
		token := apiToken.FindString(o.post("api-tokens/", url.Values{"name": {"Job"}, "scope": {"latchkey:admin"}, "days": {"30"}}).Body)
		path := "users/" + o.user("root").ID + "/"
		fields.Set("confirmed", "yes")
		response, err := other.PostForm(o.URL+"/admin/"+path+name, fields)
		if err != nil {
			t.Fatal(err)
		}
		read(t, response)
		if name == "switch/" {
			other.post(path+name, url.Values{"to": {"enabled"}})
		}
		if got := o.api(token, "people"); token == "" || response.StatusCode != http.StatusOK || got != http.StatusUnauthorized {
			t.Errorf("%s: the token %.6q is answered with %d; %s", name, token, got, response.Status)
		}
	}
}

// TestAPersonalTokenNeedsAConfirmation: a person who finds an open browser cannot make one.
func TestAPersonalTokenNeedsAConfirmation(t *testing.T) {
	o := enter(t)
	o.Advance(6 * time.Minute)
	page := o.post("api-tokens/", url.Values{"name": {"Job"}, "scope": {"latchkey:admin"}, "days": {"1"}})
	if apiToken.MatchString(page.Body) || !strings.Contains(page.Request.URL.Path+page.Body, "confirm") {
		t.Errorf("got %s %s", page.Status, page.Request.URL)
	}
}

// TestFaultsOfAPersonalTokenAreShownAtTheirFields.
func TestFaultsOfAPersonalTokenAreShownAtTheirFields(t *testing.T) {
	o := enter(t)
	page := o.post("api-tokens/", url.Values{"name": {" "}, "days": {"367"}})
	if page.StatusCode != http.StatusUnprocessableEntity || strings.Count(page.Body, "error-text") != 3 {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	if page = o.post("api-tokens/", url.Values{"name": {"x"}, "days": {"1"}, "scope": {"openid"}}); page.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another scope: %s", page.Status)
	}
}
