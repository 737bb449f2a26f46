package admin_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// groupNamed returns the group with a name.
func (o office) groupNamed(name string) *account.Group {
	o.t.Helper()
	g, err := o.Store.GroupByName(o.t.Context(), strings.ToLower(name))
	if err != nil {
		o.t.Fatalf("%s: %v", name, err)
	}
	return g
}

// addGroup adds a group with members.
func (o office) addGroup(name string, roles account.Roles, members ...string) *account.Group {
	o.t.Helper()
	g := &account.Group{Name: name, Roles: roles}
	if err := o.Accounts.CreateGroup(o.t.Context(), g); err != nil {
		o.t.Fatal(err)
	}
	if _, _, err := o.Accounts.AddMembers(o.t.Context(), g.ID, members...); err != nil {
		o.t.Fatal(err)
	}
	return g
}

// TestAGroupFromItsBeginningToItsEnd: an administrator adds a group, adds people by their usernames,
// removes one, renames the group and deletes it.
func TestAGroupFromItsBeginningToItsEnd(t *testing.T) {
	o := enter(t)
	ada, bob := o.AddUser("ada", false), o.AddUser("bob", false)
	page := o.post("groups/add/", url.Values{"name": {" Staff "}, "description": {"Everybody <b>"}})
	g := o.groupNamed("staff")
	if page.Request.URL.Path != "/admin/groups/"+g.ID+"/" || g.Name != "Staff" || !strings.Contains(page.Body, "The group was added.") || !strings.Contains(page.Body, "Everybody &lt;b&gt;") {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	for _, wrong := range []url.Values{{"name": {"staff"}}, {"name": {""}}, {"name": {"two words"}}, {"name": {"x"}, "description": {strings.Repeat("x", 501)}}, {"name": {"x"}, "role": {"owner"}}} {
		if page := o.post("groups/add/", wrong); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `aria-invalid="true"`) && !strings.Contains(page.Body, "roles-error") {
			t.Errorf("%v: %s %s", wrong, page.Status, page.Body)
		}
	}
	if page := o.postTo("groups/"+g.ID+"/members/", url.Values{"people": {"ada nobody\nBOB"}}); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "nobody") || !strings.Contains(page.Body, ">ada nobody\nBOB</textarea>") {
		t.Errorf("a wrong name: %s %s", page.Status, page.Body)
	}
	if n := o.groupNamed("staff").Members.N; n != 0 {
		t.Errorf("%d were added with a wrong name", n)
	}
	page = o.postTo("groups/"+g.ID+"/members/", url.Values{"people": {"ada\r\nBOB"}})
	if !strings.Contains(page.Body, ">bob</bdi>") || !strings.Contains(page.Body, "The people were added to the group.") {
		t.Errorf("adding: %s", page.Body)
	}
	if page := o.open("users/" + ada.ID + "/"); !strings.Contains(page.Body, `href="/admin/groups/`+g.ID+`/"><bdi>Staff`) || !strings.Contains(page.Body, "Member of a group") && !strings.Contains(page.Body, "Staff") {
		t.Errorf("the page of a member: %s", page.Body)
	}
	page = o.postTo("groups/"+g.ID+"/", url.Values{"do": {"remove"}, "member": {bob.ID}})
	if !strings.Contains(page.Body, "Remove 1 person from the group?") {
		t.Errorf("removing does not ask: %s", page.Body)
	}
	page = o.Submit(page, url.Values{"confirmed": {"yes"}})
	if groups, err := o.user("bob").Groups(); err != nil || len(groups) > 0 || !strings.Contains(page.Body, "1 removed.") {
		t.Errorf("removing: %v %v %s", groups, err, page.Body)
	}
	edit := o.open("groups/" + g.ID + "/edit/")
	o.Submit(edit, url.Values{"name": {"Crew"}})
	if groups, err := o.user("ada").Groups(); err != nil || !slices.Equal(groups, []string{"Crew"}) {
		t.Errorf("renaming: %v %v", groups, err)
	}
	if page := o.Submit(edit, url.Values{"name": {"Gang"}}); page.StatusCode != http.StatusConflict {
		t.Errorf("a form that is out of date: %s", page.Status)
	}
	edit = o.open("groups/" + g.ID + "/edit/")
	o.postTo("groups/"+g.ID+"/members/", url.Values{"people": {"bob"}})
	if page := o.Submit(edit, url.Values{"role": {"operator"}}); page.StatusCode != http.StatusConflict || len(o.user("bob").Roles()) > 0 {
		t.Errorf("a role for a member who has joined since the form was shown: %s", page.Status)
	}
	o.postTo("groups/"+g.ID+"/", url.Values{"do": {"remove"}, "member": {bob.ID}, "confirmed": {"yes"}})
	if page := o.open("groups/" + g.ID + "/delete/"); !strings.Contains(page.Body, "1 person is in the group") {
		t.Errorf("the question: %s", page.Body)
	}
	o.postTo("groups/"+g.ID+"/delete/", url.Values{"confirmed": {"yes"}})
	if _, err := o.Store.Group(t.Context(), g.ID); err == nil || len(o.user("ada").Memberships) > 0 {
		t.Error("the group was not deleted")
	}
}

// postTo posts a form to a path that may have no page of its own.
func (o office) postTo(path string, fields url.Values) (page latchkeytest.Page) {
	o.t.Helper()
	response, err := o.PostForm(o.URL+"/admin/"+path, fields)
	if err != nil {
		o.t.Fatal(err)
	}
	return latchkeytest.Page{Response: response, Body: read(o.t, response)}
}

// TestRolesOfAGroupAreThoseOfItsMembers: members can open the pages of the role, and people cannot
// change a role that they have through a group.
func TestRolesOfAGroupAreThoseOfItsMembers(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	b := o.Provider.Browser()
	b.LogIn(b.Open(o.Issuer+"/login/"), "ada")
	member := office{o.Provider, b, t}
	if page := member.open("users/"); page.StatusCode != http.StatusForbidden {
		t.Errorf("without a role: %s", page.Status)
	}
	g := o.addGroup("admins", account.Roles{account.RoleAdministrator}, ada.ID)
	if page := member.open("users/"); page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "Administrator") {
		t.Errorf("with a role by a group: %s", page.Status)
	}
	for path, form := range map[string]url.Values{"": {"do": {"remove"}, "member": {ada.ID}, "confirmed": {"yes"}}, "delete/": {"confirmed": {"yes"}}} {
		if page := member.postTo("groups/"+g.ID+"/"+path, form); page.StatusCode != http.StatusConflict {
			t.Errorf("%q: a member of the group: %s", path, page.Status)
		}
	}
	member.postTo("groups/"+g.ID+"/edit/", url.Values{"name": {"admins"}, "version": {"1"}})
	if g := o.groupNamed("admins"); !g.Roles.Has(account.RoleAdministrator) {
		t.Error("a member has removed the role of the group")
	}
	// Saving the profile does not make the role of the group an own one.
	page := o.open("users/" + ada.ID + "/")
	if !strings.Contains(page.Body, "Roles through groups: Administrator") {
		t.Errorf("the form does not show the role of the group: %s", page.Body)
	}
	o.Submit(page, url.Values{"name": {"Ada"}})
	if u := o.user("ada"); u.Name != "Ada" || u.Admin || !u.Roles().Has(account.RoleAdministrator) {
		t.Errorf("got %+v", u)
	}
	o.postTo("groups/"+g.ID+"/", url.Values{"do": {"remove"}, "member": {ada.ID}, "confirmed": {"yes"}})
	if page := member.open("users/"); page.StatusCode != http.StatusForbidden {
		t.Errorf("after the removal: %s", page.Status)
	}
}

// TestMembersLoseRolesOnlyAfterAQuestion, because what was issued to them is revoked. Other changes
// of a group are saved at once.
func TestMembersLoseRolesOnlyAfterAQuestion(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	both := account.Roles{account.RoleOperator, account.RoleAuditor}
	crew, empty := o.addGroup("crew", both, ada.ID), o.addGroup("empty", both)
	for _, test := range []struct {
		name    string
		group   *account.Group
		roles   []string
		version int64 // added to the one of the group
		asked   bool
	}{
		{"nothing", crew, []string{"operator", "auditor"}, 0, false},
		{"one more", crew, []string{"administrator", "operator", "auditor"}, 0, false},
		{"one less", crew, []string{"auditor"}, 0, true},
		{"another one", crew, []string{"administrator", "auditor"}, 0, true},
		{"none", crew, nil, 0, true},
		{"a form that is out of date", crew, nil, -1, false},
		{"nobody is in the group", empty, nil, 0, false},
	} {
		before := o.groupNamed(test.group.Name)
		fields := url.Values{"name": {before.Name}, "description": {test.name}, "role": test.roles, "revision": {strconv.FormatInt(before.Revision+test.version, 10)}}
		page := o.postTo("groups/"+before.ID+"/edit/", fields)
		if asked := strings.Contains(page.Body, "Everything that was issued to people who lose a role is revoked"); asked != test.asked {
			t.Errorf("%s: asked %v: %s", test.name, asked, page.Status)
		}
		after := o.groupNamed(test.group.Name)
		if saved := after.Revision != before.Revision; saved != (!test.asked && test.version == 0) {
			t.Errorf("%s: saved without the question: %v", test.name, saved)
		}
		if test.asked {
			o.Submit(page, url.Values{"confirmed": {"yes"}})
			if after = o.groupNamed(test.group.Name); len(after.Roles) != len(test.roles) || after.Description != test.name {
				t.Errorf("%s: after the question: %+v", test.name, after)
			}
			after.Roles = both
			if err := o.Accounts.UpdateGroup(t.Context(), after); err != nil {
				t.Fatal(err)
			}
		}
	}
	if page := o.postTo("groups/"+crew.ID+"/edit/", url.Values{"name": {"crew"}, "revision": {strconv.FormatInt(o.groupNamed("crew").Revision, 10)}}); !strings.Contains(page.Body, "from 1 member of") || !strings.Contains(page.Body, "Operator") || !strings.Contains(page.Body, "Auditor") {
		t.Errorf("the question: %s", page.Body)
	}
}

// TestOperatorsDoNotChangeGroups: a group decides about roles and about access to applications.
func TestOperatorsDoNotChangeGroups(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	g := o.addGroup("staff", nil, ada.ID)
	operator := office{o.Provider, o.as(account.RoleOperator), t}
	if page := operator.open("groups/" + g.ID + "/"); page.StatusCode != http.StatusOK || strings.Contains(page.Body, "<textarea") || strings.Contains(page.Body, `type="checkbox"`) {
		t.Errorf("the page of an operator: %s %s", page.Status, page.Body)
	}
	for path, form := range map[string]url.Values{"": {"do": {"remove"}, "member": {ada.ID}, "confirmed": {"yes"}}, "members/": {"people": {"ada"}}, "edit/": {"name": {"x"}, "version": {"1"}}, "delete/": {"confirmed": {"yes"}}} {
		if page := operator.postTo("groups/"+g.ID+"/"+path, form); page.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %s", path, page.Status)
		}
	}
	// Operators cannot change a person with a role through a group either.
	o.addGroup("auditors", account.Roles{account.RoleAuditor}, ada.ID)
	if page := operator.postTo("users/"+ada.ID+"/switch/", url.Values{"to": {"disabled"}, "confirmed": {"yes"}}); page.StatusCode != http.StatusForbidden || o.user("ada").Disabled {
		t.Errorf("an operator disables an auditor: %s", page.Status)
	}
}

// TestChangesOfMembersAreInTheHistoryOfThePerson, with the group.
func TestChangesOfMembersAreInTheHistoryOfThePerson(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", false)
	o.post("groups/add/", url.Values{"name": {"staff"}})
	g := o.groupNamed("staff")
	o.postTo("groups/"+g.ID+"/members/", url.Values{"people": {"ada"}})
	if page := o.open("users/" + ada.ID + "/"); !strings.Contains(page.Body, "staff") || !strings.Contains(page.Body, "to the group <a") {
		t.Errorf("the history: %s", page.Body)
	}
	o.postTo("groups/"+g.ID+"/edit/", url.Values{"name": {"staff"}, "revision": {strconv.FormatInt(o.groupNamed("staff").Revision, 10)}, "role": {"auditor"}})
	if page := o.open("users/" + ada.ID + "/"); !strings.Contains(page.Body, "through the group <a") || !strings.Contains(page.Body, `groups/`+g.ID+`/"><bdi>staff</bdi></a>`) {
		t.Errorf("the history does not have the role of the group: %s", page.Body)
	}
	if page := o.open("search/?q=sta"); !strings.Contains(page.Body, `href="/admin/groups/`+g.ID+`/"`) {
		t.Errorf("the search: %s", page.Body)
	}
	found, _, err := o.Store.Groups(t.Context(), account.GroupFilter{}, paging.Page{})
	if err != nil || len(found) != 1 {
		t.Errorf("%v %v", found, err)
	}
}
