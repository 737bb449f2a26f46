package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestRequestWithoutPermissionIsRecorded: the event names the person, the page and the
// missing permission, and the page names the roles that have it.
func TestRequestWithoutPermissionIsRecorded(t *testing.T) {
	var denied []oauth.Event
	o := enter(t, func(o *latchkey.Options) {
		o.OnEvent = func(_ context.Context, e oauth.Event) {
			if e.Name == oauth.EventPermissionDenied {
				denied = append(denied, e)
			}
		}
	})
	bob := o.AddUser("bob", false)
	b := o.Provider.Browser()
	b.LogIn(b.Open(o.Issuer+"/login/"), "bob")
	page := b.Open(o.URL + "/admin/users/" + bob.ID + "/")
	if page.StatusCode != 403 || !strings.Contains(page.Body, "Operator") || strings.Contains(page.Body, `href="/admin/`) {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	if len(denied) != 1 || denied[0].Actor != bob.ID || denied[0].Kind != "users/{id}" || denied[0].Reason != "people.read" || denied[0].Target != bob.ID || !denied[0].Address.IsValid() {
		t.Errorf("got %+v", denied)
	}
}

// as logs a person in who has the role, or no role if it is empty.
func (o office) as(role account.Role) *latchkeytest.Browser {
	o.t.Helper()
	name := "person-" + string(role)
	n := account.NewUser{Username: name, Password: latchkeytest.Password}
	if role != "" {
		n.Roles = account.Roles{role}
	}
	if _, err := o.Accounts.Create(o.t.Context(), n); err != nil {
		o.t.Fatal(err)
	}
	b := o.Provider.Browser()
	b.LogIn(b.Open(o.Issuer+"/login/"), name)
	return b
}

// TestEveryRouteAsEveryRole: a person gets exactly the pages and actions whose permission one
// of their roles has. The rows of the table are all routes and all roles.
func TestEveryRouteAsEveryRole(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) {
		o.LoginProviders = []latchkey.LoginProvider{{Name: "acme", Issuer: "https://acme.example", ClientID: "c"}}
	})
	c, _ := o.AddClient("https://app.example/cb", nil)
	ada := o.AddUser("ada", false)
	keys, err := o.Store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	people := map[account.Role]*latchkeytest.Browser{"": o.as("")}
	for _, role := range account.AllRoles() {
		people[role] = o.as(role)
	}
	before := o.state(c.ID, ada.ID)
	// The administrator is last, because only then may anything change.
	for _, role := range append(account.Roles{""}, append(account.AllRoles()[1:], account.RoleAdministrator)...) {
		for _, pattern := range admin.Patterns() {
			needs := admin.PermissionOf(pattern)
			if !needs.Valid() {
				t.Fatalf("%s names no permission", pattern)
			}
			status := o.request(people[role], pattern, c.ID, ada.ID, keys[0].ID)
			allowed := role != "" && account.Roles{role}.Allow(needs)
			if denied := status == http.StatusForbidden; denied == allowed || status >= 500 {
				t.Errorf("%s as %q, which needs %s: status %d", pattern, role, needs, status)
			}
		}
		if role == "" || role == account.RoleAuditor {
			if after := o.state(c.ID, ada.ID); after != before {
				t.Errorf("%q has changed something:\n%s\n%s", role, before, after)
			}
			before = o.state(c.ID, ada.ID)
		}
	}
}

// TestAFormWithoutFieldsIsRejected: each action responds to a form with missing or malformed
// fields with a status below 500, also after the confirmation.
func TestAFormWithoutFieldsIsRejected(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) {
		o.LoginProviders = []latchkey.LoginProvider{{Name: "acme", Issuer: "https://acme.example", ClientID: "c"}}
	})
	ada := o.AddUser("ada", false)
	keys, err := o.Store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const nonsense = "confirmed=yes&id=%2F&ids=x&client_id=x&alg=none&to=x&action=x&ttl=x&days=-1&uses=x&version=x&overlap=-1&scope=%00&role=x&state=x&token=x&username=%20&from=x"
	for _, form := range []string{"", "confirmed=yes", nonsense} {
		for _, pattern := range admin.Patterns() {
			if strings.HasPrefix(pattern, "POST ") {
				c, _ := o.AddClient("https://app.example/cb", nil)
				if status := o.send(o.Browser, pattern, form, c.ID, ada.ID, keys[0].ID); status >= 500 {
					t.Errorf("%s with %q: status %d", pattern, form, status)
				}
			}
		}
	}
}

// anyGroup returns the ID of a group, and adds one if there is none.
func (o office) anyGroup() string {
	o.t.Helper()
	groups, _, err := o.Store.Groups(o.t.Context(), account.GroupFilter{}, paging.Page{Limit: 1})
	if err != nil {
		o.t.Fatal(err)
	}
	if len(groups) > 0 {
		return groups[0].ID
	}
	return o.addGroup("any", nil).ID
}

// request sends a form or opens a page, and returns the status of the first answer.
func (o office) request(b *latchkeytest.Browser, pattern, client, user, key string) int {
	o.t.Helper()
	return o.send(b, pattern, "alg=ES256", client, user, key)
}

// send is request with this form.
func (o office) send(b *latchkeytest.Browser, pattern, form, client, user, key string) int {
	o.t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	id := client
	switch {
	case strings.Contains(path, "/groups/{id}"):
		id = o.anyGroup()
	case strings.Contains(path, "/users/"):
		id = user
	case strings.Contains(path, "/keys/"):
		id = key
	case strings.Contains(path, "/login-providers/"):
		id = "acme"
	case strings.Contains(path, "/scopes/{id}"), strings.Contains(path, "/resources/{id}"):
		id = o.anyDefinition(path)
	}
	r, err := http.NewRequestWithContext(o.t.Context(), method, o.URL+"/admin"+strings.NewReplacer("{id}", id, "{$}", "").Replace(path), strings.NewReader(form))
	if err != nil {
		o.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", o.URL)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := b.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// TestOperatorCannotTakeOver: an operator cannot become an administrator, lock one out, or
// take over an account or an application.
func TestOperatorCannotTakeOver(t *testing.T) {
	o := enter(t)
	bob, root := o.AddUser("bob", false), o.user("root")
	operator := o.as(account.RoleOperator)
	post := func(path string, fields url.Values) latchkeytest.Page {
		t.Helper()
		fields.Set("confirmed", "yes")
		response, err := operator.PostForm(o.URL+"/admin/"+path, fields)
		if err != nil {
			t.Fatal(err)
		}
		return latchkeytest.Page{Response: response, Body: read(t, response)}
	}
	version := fmt.Sprint(bob.Version)
	post("users/"+bob.ID+"/", url.Values{"username": {"mallory"}, "email": {"mallory@example.com"}, "email_verified": {"on"}, "name": {"Bobby"}, "claims": {`{"locale":"de"}`}, "role": {"administrator"}, "version": {version}})
	if u := o.user("bob"); u.Admin || len(u.Roles()) > 0 || u.Email != bob.Email || u.EmailVerified() != bob.EmailVerified() || u.Name != "Bobby" || strings.Contains(string(u.Claims), "locale") {
		t.Errorf("the operator has changed %+v", u)
	}
	post("users/add/", url.Values{"username": {"eve"}, "password": {latchkeytest.Password}, "email": {"ceo@example.com"}, "email_verified": {"on"}, "role": {"administrator"}})
	if u := o.user("eve"); len(u.Roles()) > 0 || u.EmailVerified() {
		t.Errorf("the operator has added %+v", u)
	}
	for path, fields := range map[string]url.Values{"": {"username": {"root"}, "name": {"x"}, "version": {fmt.Sprint(root.Version)}}, "switch/": {"to": {"disabled"}}, "delete/": {}, "logout/": {}, "metadata/": {"metadata": {`{"a":1}`}}} {
		if page := post("users/"+root.ID+"/"+path, fields); page.StatusCode != 403 || !strings.Contains(page.Body, "Administrator") {
			t.Errorf("%s of an administrator: %s", path, page.Status)
		}
	}
	c, _ := o.AddClient("https://app.example/cb", nil)
	deleted, _ := o.AddClient("https://app.example/cb", nil)
	if err := o.Store.DiscardClient(t.Context(), deleted.ID, 0, o.Now()); err != nil {
		t.Fatal(err)
	}
	if page := post("applications/"+deleted.ID+"/restore/", url.Values{}); page.StatusCode != 403 {
		t.Errorf("the operator restores an application: %s", page.Status)
	}
	powerful, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Scopes, c.Disabled = oauth.Scopes{oauth.ScopeAdmin}, true })
	if page := post("applications/"+powerful.ID+"/switch/", url.Values{"to": {"enabled"}}); page.StatusCode != 403 {
		t.Errorf("the operator enables an application that can use the admin API: %s", page.Status)
	}
	stored, err := o.Store.Client(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for field, value := range map[string]string{"owner": "bob", "jwks": `{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`, "token_endpoint_auth_method": "client_secret_basic"} {
		page := office{o.Provider, operator, t}.edit(c.ID, url.Values{field: {value}, "save": {"1"}})
		if now, err := o.Store.Client(t.Context(), c.ID); page.StatusCode != 403 || err != nil || now.Version != stored.Version {
			t.Errorf("the operator has changed %s: %s %v", field, page.Status, err)
		}
	}
	page := office{o.Provider, operator, t}.edit(c.ID, url.Values{"client_name": {"Renamed"}, "save": {"1"}})
	if now, err := o.Store.Client(t.Context(), c.ID); err != nil || now.Name != "Renamed" {
		t.Errorf("the operator cannot change the name: %s %v", page.Status, err)
	}
	if u := o.user("root"); u.Version != root.Version || u.Disabled {
		t.Errorf("the operator has changed %+v", u)
	}
}

// user returns the user with the username.
func (o office) user(name string) *account.User {
	o.t.Helper()
	u, err := o.Store.UserByName(o.t.Context(), name)
	if err != nil {
		o.t.Fatal(err)
	}
	return u
}

// TestSensitiveActionsNeedARecentProof: five minutes after the login, an action whose
// permission is sensitive first asks who the person is, and is then carried out.
func TestSensitiveActionsNeedARecentProof(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://app.example/cb", nil)
	bob := o.AddUser("bob", false)
	keys, err := o.Store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.Advance(6 * time.Minute)
	for _, pattern := range admin.Patterns() {
		if strings.Contains(pattern, "/login-providers/") {
			continue
		}
		path := strings.NewReplacer("{id}", map[bool]string{true: bob.ID, false: c.ID}[strings.Contains(pattern, "/users/")], "{$}", "").Replace(pattern)
		if strings.Contains(pattern, "/keys/") {
			path = strings.NewReplacer("{id}", keys[0].ID, "{$}", "").Replace(pattern)
		}
		method, path, _ := strings.Cut(path, " ")
		page := latchkeytest.Page{}
		if method == http.MethodGet {
			page = o.Open(o.URL + "/admin" + path)
		} else {
			response, err := o.PostForm(o.URL+"/admin"+path, url.Values{"username": {"bob"}})
			if err != nil {
				t.Fatal(err)
			}
			page = latchkeytest.Page{Response: response, Body: read(t, response)}
		}
		if asked := strings.Contains(page.Body, `name="confirm_password"`); asked != admin.PermissionOf(pattern).Sensitive() {
			t.Errorf("%s asks: %v, %s", pattern, asked, page.Status)
		}
	}
	page := o.open("users/" + bob.ID + "/")
	response, err := o.PostForm(page.Request.URL.String(), url.Values{"username": {"bob"}, "role": {"auditor"}, "version": {fmt.Sprint(bob.Version)}})
	if err != nil {
		t.Fatal(err)
	}
	page = latchkeytest.Page{Response: response, Body: read(t, response)}
	if u := o.user("bob"); len(u.Roles()) > 0 {
		t.Fatal("the role was given without a proof")
	}
	page = o.Browser.Submit(page, url.Values{"confirm_password": {latchkeytest.Password}})
	if u := o.user("bob"); page.StatusCode != 200 || !slices.Equal(u.Roles(), account.Roles{account.RoleAuditor}) {
		t.Errorf("after the proof: %s, roles %v", page.Status, u.Roles())
	}
}

// TestPagesAfterTheProofDoNotContainIt: the form is sent again with the password of the person.
// The question or the review that follows sends it once more, but without the password.
func TestPagesAfterTheProofDoNotContainIt(t *testing.T) {
	o := enter(t)
	c, _ := o.AddClient("https://app.example/cb", nil)
	form := o.open("applications/" + c.ID + "/edit/")
	review := controls(form.Body)
	review.Set("redirect_uris", "https://app.example/other")
	review.Set("confirm_code", latchkeytest.Password)
	review.Set("confirm_passkey", latchkeytest.Password)
	for path, fields := range map[string]url.Values{
		"invitations/":                      {"withdraw": {"x"}, "password": {latchkeytest.Password}},
		"applications/" + c.ID + "/secret/": {"overlap": {"0"}, "confirm_code": {latchkeytest.Password}},
		"applications/" + c.ID + "/edit/":   review,
	} {
		o.Advance(6 * time.Minute)
		response, err := o.PostForm(o.URL+"/admin/"+path, fields)
		if err != nil {
			t.Fatal(err)
		}
		asked := latchkeytest.Page{Response: response, Body: read(t, response)}
		if strings.Contains(asked.Body, latchkeytest.Password) {
			t.Errorf("%s: the page that asks for the password contains it", path)
		}
		page := o.Browser.Submit(asked, url.Values{"confirm_password": {latchkeytest.Password}})
		if !strings.Contains(page.Body, `name="confirmed"`) || !strings.Contains(page.Request.URL.Path, path) {
			t.Fatalf("%s: no question: %s %s", path, page.Status, page.Body)
		}
		if strings.Contains(page.Body, latchkeytest.Password) || strings.Contains(page.Body, `name="confirm_`) || strings.Contains(page.Body, `name="password"`) {
			t.Errorf("%s: the page contains the password: %s", path, page.Body)
		}
	}
}
