package admin_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// addUser adds a user with the form, and returns the generated password.
func (o office) addUser(fields url.Values) (*account.User, string) {
	o.t.Helper()
	page := o.post("users/add/", fields)
	password := regexp.MustCompile(`id="new-password" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if password == nil {
		o.t.Fatalf("no password on the page: %s", page.Body)
	}
	u, err := o.Store.UserByName(context.Background(), fields.Get("username"))
	if err != nil {
		o.t.Fatal(err)
	}
	return u, password[1]
}

func TestUserCanLogInWithTheGeneratedPassword(t *testing.T) {
	o := enter(t)
	if page := o.post("users/add/", url.Values{"username": {"bob <i>"}}); page.StatusCode != 422 {
		t.Errorf("an invalid username: got %s", page.Status)
	}
	bob, password := o.addUser(url.Values{"username": {"bob"}, "name": {"<script>x</script>"}, "email": {"bob@example.com"}})
	if bob.Admin {
		t.Error("the user is an administrator")
	}
	b := o.Provider.Browser()
	page := b.Submit(b.Open(o.Issuer+"/login/"), url.Values{"username": {"bob"}, "password": {password}})
	if !strings.Contains(page.Body, "logged in as") || strings.Contains(page.Body, "<script>x") {
		t.Errorf("after the login: got %s", page.Body)
	}
	if body := o.open("users/").Body; strings.Contains(body, "<script>x") || !strings.Contains(body, "bob@example.com") {
		t.Errorf("the list of users: %s", body)
	}
}

func TestBackOfficeIsForPeopleWithARole(t *testing.T) {
	o := enter(t)
	o.AddUser("bob", false)
	b := o.Provider.Browser()
	b.LogIn(b.Open(o.Issuer+"/login/"), "bob")
	if page := b.Open(o.URL + "/admin/"); page.StatusCode != 403 || !strings.Contains(page.Body, "needs one of these roles: Administrator, Operator, Auditor") {
		t.Errorf("as bob: got %s", page.Status)
	}
	anonymous := o.Provider.Browser()
	for _, path := range []string{"", "applications/", "users/", "applications/x/delete/", "//x", "..;/"} {
		if page := anonymous.Open(o.URL + "/admin/" + path); !strings.Contains(page.Body, `name="password"`) && page.StatusCode != 404 {
			t.Errorf("not logged in, at %q: got %s", path, page.Status)
		}
	}
}

// OWASP ASVS 7.4.2.
func TestDisablingAUserEndsTheirSessions(t *testing.T) {
	o := enter(t)
	bob := o.AddUser("bob", false)
	b := o.Provider.Browser()
	b.LogIn(b.Open(o.Issuer+"/login/"), "bob")
	if page := o.post("users/"+bob.ID+"/", url.Values{"username": {"bob"}, "claims": {`{"locale":"en"}`}}); !strings.Contains(page.Body, "have been saved") {
		t.Errorf("got %s", page.Body)
	}
	if page := o.post("users/"+bob.ID+"/", url.Values{"username": {"bob"}, "claims": {`{"birthdate":"31.12.1999"}`}}); page.StatusCode != 422 || !strings.Contains(page.Body, "birthdate: This value is not valid") {
		t.Errorf("an invalid claim: got %s", page.Status)
	}
	// The switch does not depend on the version of the row.
	if page := o.post("users/"+bob.ID+"/switch/", url.Values{"to": {"disabled"}}); !strings.Contains(page.Body, "This user is disabled") {
		t.Errorf("got %s", page.Body)
	}
	if page := b.Open(o.URL + "/"); strings.Contains(page.Body, "logged in as") {
		t.Error("the session is valid")
	}
}

func TestAdministratorsCannotDisableThemselves(t *testing.T) {
	o := enter(t)
	root, _ := o.Store.UserByName(context.Background(), "root")
	o.post("users/"+root.ID+"/", url.Values{"username": {"root"}})
	o.post("users/"+root.ID+"/switch/", url.Values{"to": {"disabled"}})
	if root, _ = o.Store.UserByName(context.Background(), "root"); root.Disabled || !root.Admin {
		t.Errorf("got %+v", root)
	}
}

func TestSettingAPasswordEndsSessionsAndRejectsCommonOnes(t *testing.T) {
	o := enter(t)
	bob := o.AddUser("bob", false)
	b := o.Provider.Browser()
	b.LogIn(b.Open(o.Issuer+"/login/"), "bob")
	if page := o.post("users/"+bob.ID+"/password/", url.Values{"password": {"12345678"}, "confirmed": {"yes"}}); page.StatusCode != 422 {
		t.Errorf("a common password: got %s", page.Status)
	}
	if page := o.post("users/"+bob.ID+"/password/", url.Values{"password": {"a whole new password"}, "confirmed": {"yes"}}); !strings.Contains(page.Body, "The password has been changed") {
		t.Errorf("got %s", page.Body)
	}
	if page := b.Open(o.URL + "/"); strings.Contains(page.Body, "logged in as") {
		t.Error("the session is valid")
	}
	if page := b.Submit(b.Open(o.Issuer+"/login/"), url.Values{"username": {"bob"}, "password": {latchkeytest.Password}}); page.StatusCode != 401 {
		t.Errorf("a login with the old password: got %s", page.Status)
	}
}

// TestAdministratorsSetTheMetadataOfAUser, which is not part of the profile.
func TestAdministratorsSetTheMetadataOfAUser(t *testing.T) {
	o := enter(t)
	bob := o.AddUser("bob", false)
	stored := func() string {
		t.Helper()
		metadata, err := o.Store.UserMetadata(context.Background(), bob.ID)
		if err != nil {
			t.Fatal(err)
		}
		return string(metadata)
	}
	for _, step := range []struct {
		entered, page, stored string
	}{
		{`{"plan": "team"}`, "have been saved", `{"plan":"team"}`},
		{`{"plan": `, `{&#34;plan&#34;:`, `{"plan":"team"}`}, // shown again with an error
		{`["plan"]`, "Check the fields marked below", `{"plan":"team"}`},
		{``, "have been saved", ``},
	} {
		page := o.post("users/"+bob.ID+"/metadata/", url.Values{"metadata": {step.entered}})
		if got := stored(); !strings.Contains(page.Body, step.page) || got != step.stored {
			t.Errorf("after %s got %q, stored %q, want %q", step.entered, page.Body, got, step.stored)
		}
	}
	o.post("users/"+bob.ID+"/metadata/", url.Values{"metadata": {`{"plan": "team"}`}})
	if page := o.open("users/" + bob.ID + "/"); !strings.Contains(page.Body, "{\n  &#34;plan&#34;: &#34;team&#34;\n}") {
		t.Errorf("the page does not show the metadata: %s", page.Body)
	}
	if page := o.post("users/nobody/metadata/", url.Values{"metadata": {`{}`}}); page.StatusCode != 404 {
		t.Errorf("an unknown user: got %s", page.Status)
	}
}

func TestAdministratorsMarkAnAddressAsConfirmed(t *testing.T) {
	o := enter(t)
	bob, _ := o.addUser(url.Values{"username": {"bob"}, "email": {"bob@x.example"}, "email_verified": {"on"}})
	saved := func() *account.User {
		t.Helper()
		u, err := o.Store.User(context.Background(), bob.ID)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	save := func(fields url.Values) {
		t.Helper()
		fields.Set("username", "bob")
		fields.Set("version", fmt.Sprint(saved().Version))
		if page := o.post("users/"+bob.ID+"/", fields); !strings.Contains(page.Body, "have been saved") {
			t.Fatalf("got %s", page.Body)
		}
	}
	if !saved().EmailVerified() {
		t.Error("the address of a new user is not confirmed")
	}
	if page := o.open("users/" + bob.ID + "/"); !strings.Contains(page.Body, `name="email_verified" checked`) || strings.Contains(page.Body, "&#34;email") {
		t.Errorf("the form: %s", page.Body)
	}
	save(url.Values{"email": {"bob@x.example"}, "email_verified": nil})
	if saved().EmailVerified() {
		t.Error("the address is confirmed after the box was cleared")
	}
	save(url.Values{"email": {"new@x.example"}, "email_verified": {"on"}, "claims": {`{"locale":"en"}`}})
	if u := saved(); !u.EmailVerified() || u.Email != "new@x.example" || !strings.Contains(string(u.Claims), `"locale":"en"`) {
		t.Errorf("got %+v", u)
	}
	page := o.post("users/"+bob.ID+"/", url.Values{"username": {"bob"}, "version": {fmt.Sprint(saved().Version)}, "email": {"bob@"}, "email_verified": {"on"}})
	if !strings.Contains(page.Body, `aria-describedby="email-error"`) || strings.Contains(page.Body, `id="claims-error"`) {
		t.Errorf("an address that is not valid is reported at another field: %s", page.Body)
	}
}

// A user who keeps saving their profile changes the version of the account after
// the administrator has opened the form.
func TestSwitchesDoNotDependOnTheVersion(t *testing.T) {
	o := enter(t)
	bob := o.AddUser("bob", true)
	stale := fmt.Sprint(bob.Version)
	saveProfile := func() {
		t.Helper()
		u, err := o.Store.User(context.Background(), bob.ID)
		if err == nil {
			err = o.Accounts.ChangeProfile(context.Background(), u, account.Profile{Name: u.Name + "b"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 6 {
		saveProfile()
	}
	if page := o.post("users/"+bob.ID+"/", url.Values{"username": {"bob"}, "version": {stale}, "role": nil}); !strings.Contains(page.Body, "The rights have been changed") {
		t.Errorf("taking the rights away: got %s", page.Body)
	}
	if u, _ := o.Store.User(context.Background(), bob.ID); u.Admin || u.Name != "bbbbbb" {
		t.Errorf("got %+v", u)
	}
	saveProfile()
	o.post("users/"+bob.ID+"/switch/", url.Values{"to": {"disabled"}})
	if u, _ := o.Store.User(context.Background(), bob.ID); !u.Disabled {
		t.Error("bob is not disabled")
	}
	if page := o.post("users/"+bob.ID+"/", url.Values{"username": {"robert"}, "version": {stale}}); page.StatusCode != 409 {
		t.Errorf("another field with an old version: got %s", page.Status)
	}
}
