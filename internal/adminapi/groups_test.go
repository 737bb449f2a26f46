package adminapi_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestGroupsOfPeople: a program adds a group and people, and their groups are in the claim.
func TestGroupsOfPeople(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	ada := s.AddUser("ada", false)
	g := s.want(http.StatusCreated, token, "POST", "groups", `{"name": "Staff", "description": "Everybody"}`)
	path := "groups/" + g.text("id")
	if g.Header.Get("Location") != "/admin/api/v1/"+path || g.Header.Get("ETag") != `"1"` {
		t.Errorf("got %v", g.Header)
	}
	s.want(http.StatusUnprocessableEntity, token, "POST", "groups", `{"name": "STAFF"}`)
	s.want(http.StatusUnprocessableEntity, token, "POST", "groups", `{"name": "x", "roles": ["owner"]}`)
	s.want(http.StatusNotFound, token, "POST", path+"/members", `{"people": ["nobody", "`+ada.ID+`"]}`)
	added := s.want(http.StatusOK, token, "POST", path+"/members", `{"people": ["`+ada.ID+`"]}`)
	if !strings.Contains(string(added.body), ada.ID) {
		t.Errorf("got %s", added.body)
	}
	if a := s.want(http.StatusOK, token, "GET", path+"/members?q=ada", ""); !strings.Contains(string(a.body), `"username":"ada"`) {
		t.Errorf("got %s", a.body)
	}
	if a := s.want(http.StatusOK, token, "GET", "people/"+ada.ID, ""); !strings.Contains(string(a.body), `"groups":["Staff"]`) {
		t.Errorf("got %s", a.body)
	}
	if a := s.want(http.StatusOK, token, "GET", "groups?person="+ada.ID, ""); !strings.Contains(string(a.body), `"name":"Staff"`) {
		t.Errorf("got %s", a.body)
	}
	s.want(http.StatusOK, token, "PATCH", path, `{"name": "Crew", "roles": ["auditor"]}`, `If-Match: "2"`)
	s.want(http.StatusPreconditionFailed, token, "PATCH", path, `{"name": "Gang"}`, `If-Match: "1"`)
	a := s.want(http.StatusOK, token, "GET", "people?role=auditor", "")
	if body := string(a.body); !strings.Contains(body, ada.ID) || !strings.Contains(body, `"roles":[]`) || !strings.Contains(body, `"group_roles":["auditor"],"memberships":[{"group":"Crew","roles":["auditor"]}]`) {
		t.Errorf("got %s", body)
	}
	s.want(http.StatusNoContent, token, "DELETE", path+"/members/"+ada.ID, "")
	s.want(http.StatusNotFound, token, "DELETE", path+"/members/"+ada.ID, "")
	s.want(http.StatusNoContent, token, "DELETE", path, "")
	s.want(http.StatusNotFound, token, "GET", path+"/members", "")
	var acts []string
	for _, e := range *s.events {
		if strings.HasPrefix(e.Kind, "groups") {
			acts = append(acts, e.Kind+" "+map[bool]string{true: "ada"}[e.Details.Person == ada.ID])
		}
	}
	if want := []string{"groups/add ", "groups/{id}/members ada", "groups/{id}/edit ", "groups/{id}/edit ada", "groups/{id} ada", "groups/{id}/delete "}; !slices.Equal(acts, want) {
		t.Errorf("recorded %q, want %q", acts, want)
	}
}

// TestRolesOfGroupsNeedThePermissionForRoles, and people cannot change a role that they have
// through a group.
func TestRolesOfGroupsNeedThePermissionForRoles(t *testing.T) {
	s := start(t)
	root, ada := s.AddUser("root", true), s.AddUser("ada", false)
	g := &account.Group{Name: "admins", Roles: account.Roles{account.RoleAdministrator}}
	if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	path := "groups/" + g.ID
	for _, token := range []string{s.as(account.RoleOperator), s.as(account.RoleAdministrator, oauth.AdminScopePrefix+"people:write")} {
		s.want(http.StatusForbidden, token, "POST", path+"/members", `{"people": ["`+ada.ID+`"]}`)
		s.want(http.StatusForbidden, token, "POST", "groups", `{"name": "x"}`)
		s.want(http.StatusForbidden, token, "PATCH", path, `{"description": "x"}`, "If-Match: *")
		s.want(http.StatusForbidden, token, "DELETE", path, "")
		s.want(http.StatusForbidden, token, "DELETE", path+"/members/"+root.ID, "")
	}
	if _, _, err := s.Accounts.AddMembers(t.Context(), g.ID, root.ID); err != nil {
		t.Fatal(err)
	}
	own, err := s.personToken("root", oauth.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusConflict, own, "DELETE", path+"/members/"+root.ID, "")
	s.want(http.StatusConflict, own, "PATCH", path, `{"roles": []}`, "If-Match: *")
	s.want(http.StatusConflict, own, "DELETE", path, "")
	s.want(http.StatusOK, own, "PATCH", path, `{"description": "x"}`, "If-Match: *")
}

// TestALostRoleOfAGroupRevokesTokens: of a person who leaves a group with a role, or whose group
// loses it.
func TestALostRoleOfAGroupRevokesTokens(t *testing.T) {
	for name, lose := range map[string]func(server, *account.Group, string) error{
		"leaving": func(s server, g *account.Group, id string) error {
			_, _, err := s.Accounts.RemoveMembers(s.t.Context(), g.ID, nil, id)
			return err
		},
		"the role": func(s server, g *account.Group, _ string) error {
			g, err := s.Store.Group(s.t.Context(), g.ID)
			if err == nil {
				g.Roles = nil
				err = s.Accounts.UpdateGroup(s.t.Context(), g)
			}
			return err
		},
		"the group": func(s server, g *account.Group, _ string) error {
			_, _, err := s.Accounts.DeleteGroup(s.t.Context(), g.ID, 0, nil)
			return err
		},
	} {
		s := start(t)
		s.AddUser("root", true)
		ada := s.AddUser("ada", false)
		g := &account.Group{Name: "admins", Roles: account.Roles{account.RoleAdministrator}}
		if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		join := func() {
			t.Helper()
			if _, _, err := s.Accounts.AddMembers(t.Context(), g.ID, ada.ID); err != nil {
				t.Fatal(err)
			}
		}
		join()
		token, err := s.personToken("ada", oauth.ScopeAdmin)
		if err != nil {
			t.Fatal(err)
		}
		s.want(http.StatusOK, token, "GET", "people", "")
		s.Advance(1e9)
		if err := lose(s, g, ada.ID); err != nil {
			t.Fatal(err)
		}
		s.want(http.StatusUnauthorized, token, "GET", "me", "")
		again, err := s.Store.User(t.Context(), ada.ID)
		if err != nil || len(again.Roles()) > 0 {
			t.Fatalf("%s: %+v %v", name, again, err)
		}
		again.SetRoles(account.Roles{account.RoleAdministrator})
		if err := s.Accounts.Update(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		s.want(http.StatusUnauthorized, token, "GET", "me", "")
	}
}

// TestTheLastAdministratorStays: with an own role or through a group, and for every change that
// would remove it. The caller is an application, so the person is the last administrator.
func TestTheLastAdministratorStays(t *testing.T) {
	for _, byGroup := range []bool{false, true} {
		s := start(t)
		root := s.AddUser("root", !byGroup)
		g := &account.Group{Name: "admins", Roles: account.Roles{account.RoleAdministrator}}
		if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		disabled := s.AddUser("disabled", true)
		if byGroup {
			if _, _, err := s.Accounts.AddMembers(t.Context(), g.ID, root.ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Accounts.Disable(t.Context(), disabled.ID, true); err != nil {
			t.Fatal(err)
		}
		token := s.as(account.RoleAdministrator)
		paths := [][3]string{{"DELETE", "people/" + root.ID, ""}, {"POST", "people/" + root.ID + "/disable", ""}}
		if byGroup {
			paths = append(paths, [][3]string{
				{"DELETE", "groups/" + g.ID, ""}, {"PATCH", "groups/" + g.ID, `{"roles": ["auditor"]}`}, {"DELETE", "groups/" + g.ID + "/members/" + root.ID, ""},
			}...)
		} else {
			paths = append(paths, [][3]string{{"PATCH", "people/" + root.ID, `{"roles": []}`}, {"PATCH", "people/" + root.ID, `{"roles": ["operator", "auditor"]}`}}...)
		}
		for _, path := range paths {
			var headers []string
			if path[0] == "PATCH" {
				headers = []string{"If-Match: *"}
			}
			s.want(http.StatusConflict, token, path[0], path[1], path[2], headers...)
		}
		stored, err := s.Store.User(t.Context(), root.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Accounts.RequestDeletion(t.Context(), stored, account.Visitor{}); !errors.Is(err, account.ErrLastAdmin) {
			t.Errorf("the person requests the deletion: %v", err)
		}
		s.want(http.StatusNoContent, token, "DELETE", "people/"+disabled.ID, "") // does not count
		if now, err := s.Store.User(t.Context(), root.ID); err != nil || now.Disabled || !now.Roles().Has(account.RoleAdministrator) {
			t.Errorf("by a group %v: %+v %v", byGroup, now, err)
		}
	}
}
