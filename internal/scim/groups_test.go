package scim_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestADirectoryCannotTouchGroupsWithARole without the permission to give roles: a caller that
// can add a member can make an administrator.
func TestADirectoryCannotTouchGroupsWithARole(t *testing.T) {
	s := start(t)
	root, eve := s.AddUser("root", true), s.AddUser("eve", false)
	g := &account.Group{Name: "admins", Roles: account.Roles{account.RoleAdministrator}}
	if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Accounts.AddMembers(t.Context(), g.ID, root.ID); err != nil {
		t.Fatal(err)
	}
	path := "Groups/" + g.ID
	requests := [][2]string{
		{"PATCH", patch(`{"op": "add", "path": "members", "value": [{"value": "` + eve.ID + `"}]}`)},
		{"PATCH", patch(`{"op": "replace", "path": "members", "value": [{"value": "` + eve.ID + `"}]}`)},
		{"PATCH", patch(`{"op": "add", "value": {"members": [{"value": "` + eve.ID + `"}]}}`)},
		{"PATCH", patch(`{"op": "remove", "path": "members[value eq \"` + root.ID + `\"]"}`)},
		{"PATCH", patch(`{"op": "replace", "path": "displayName", "value": "people"}`)},
		{"PUT", `{"displayName": "admins", "members": [{"value": "` + eve.ID + `"}]}`},
		{"DELETE", ""},
	}
	for _, request := range requests {
		s.want(http.StatusForbidden, "", s.as(account.RoleAdministrator, directory), request[0], path, request[1])
	}
	if now := s.user(eve.ID); len(now.Roles()) > 0 {
		t.Errorf("got the roles %v", now.Roles())
	}
	if now := s.user(root.ID); len(now.Memberships) != 1 || now.Memberships[0].Group != "admins" {
		t.Errorf("got %v", now.Memberships)
	}
	s.want(http.StatusNoContent, "", s.as(account.RoleAdministrator, all), requests[0][0], path, requests[0][1])
	if now := s.user(eve.ID); !now.Roles().Has(account.RoleAdministrator) {
		t.Errorf("got the roles %v", now.Roles())
	}
}

// A raceStore adds a role to a group after it was read.
type raceStore struct {
	latchkey.Store
	armed *bool
}

func (s raceStore) Group(ctx context.Context, id string) (*account.Group, error) {
	g, err := s.Store.Group(ctx, id)
	if err == nil && *s.armed {
		changed := *g
		changed.Roles = account.Roles{account.RoleAdministrator}
		err = s.UpdateGroup(context.WithoutCancel(context.Background()), &changed, strings.ToLower(g.Name))
	}
	return g, err
}

// TestAGroupThatGetsARoleInTheMeantimeIsNotChanged: the check is repeated with the change.
func TestAGroupThatGetsARoleInTheMeantimeIsNotChanged(t *testing.T) {
	for _, request := range [][2]string{{"PATCH", patch(`{"op": "add", "path": "members", "value": [{"value": "{eve}"}]}`)}, {"PUT", `{"displayName": "staff", "members": [{"value": "{eve}"}]}`}, {"DELETE", ""}} {
		armed := new(bool)
		s := start(t, func(o *latchkey.Options) { o.Store = raceStore{o.Store, armed} })
		eve := s.AddUser("eve", false)
		g := &account.Group{Name: "staff"}
		if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		token := s.as(account.RoleAdministrator, directory)
		*armed = true
		s.want(http.StatusForbidden, "", token, request[0], "Groups/"+g.ID, strings.ReplaceAll(request[1], "{eve}", eve.ID))
		*armed = false
		if now := s.user(eve.ID); len(now.Memberships) > 0 {
			t.Errorf("%s: got %v", request[0], now.Memberships)
		}
		if _, err := s.Store.Group(t.Context(), g.ID); err != nil {
			t.Errorf("%s: %v", request[0], err)
		}
	}
}

// A busyStore lets a person join or leave a group each time after it was read.
type busyStore struct {
	latchkey.Store
	person *string
}

func (s busyStore) Group(ctx context.Context, id string) (*account.Group, error) {
	g, err := s.Store.Group(ctx, id)
	if err == nil && *s.person != "" {
		r := account.GroupRevision{Group: &account.Group{ID: id}, Join: []string{*s.person}, At: time.Now()}
		done, failed := s.ReviseGroup(ctx, r)
		if err = failed; err == nil && len(done.Joined) == 0 {
			r.Join, r.Leave = nil, r.Join
			_, err = s.ReviseGroup(ctx, r)
		}
	}
	return g, err
}

// TestOnlyARequestWithAVersionFailsBecauseOthersChangeMembers: without one, the request applies to the
// group as it is, and with one, not even a deletion applies to another version (RFC 7644 §3.14).
func TestOnlyARequestWithAVersionFailsBecauseOthersChangeMembers(t *testing.T) {
	person := new(string)
	s := start(t, func(o *latchkey.Options) { o.Store = busyStore{o.Store, person} })
	ada, bob := s.AddUser("ada", false), s.AddUser("bob", false)
	token := s.as(account.RoleAdministrator, directory)
	a := s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "staff", "externalId": "g1"}`)
	path := "Groups/" + a.text("id")
	join := patch(`{"op": "add", "path": "members", "value": [{"value": "` + ada.ID + `"}]}`)
	rename := patch(`{"op": "replace", "path": "displayName", "value": "crew"}`)
	for _, test := range []struct {
		method, body, match string
		status              int
	}{
		{"PATCH", join, "present", http.StatusPreconditionFailed},
		{"PATCH", rename, "present", http.StatusPreconditionFailed},
		{"PUT", `{"displayName": "staff"}`, "present", http.StatusPreconditionFailed},
		{"DELETE", "", "present", http.StatusPreconditionFailed},
		{"PATCH", join, "", http.StatusNoContent},
		{"PATCH", rename, "*", http.StatusNoContent},
		{"DELETE", "", "*", http.StatusNoContent},
	} {
		headers := []string{"If-Match: " + test.match}
		if test.match == "" {
			headers = nil
		}
		if test.match == "present" {
			headers = []string{"If-Match: " + s.want(http.StatusOK, "", token, "GET", path, "").Header.Get("ETag")}
		}
		*person = bob.ID
		s.want(test.status, "", token, test.method, path, test.body, headers...)
		*person = ""
	}
	if now := s.user(ada.ID); len(now.Memberships) > 0 {
		t.Errorf("the group was not deleted: %v", now.Memberships)
	}
	var changed []string
	for _, act := range s.acts() {
		if strings.HasPrefix(act, "groups") {
			changed = append(changed, act)
		}
	}
	if want := []string{"groups/add", "groups/{id}/members", "groups/{id}/edit", "groups/{id}/delete"}; !slices.Equal(changed, want) {
		t.Errorf("got %q", changed)
	}
}

// TestTheLastAdministratorStaysInTheGroup, for every request that would remove them.
func TestTheLastAdministratorStaysInTheGroup(t *testing.T) {
	s := start(t)
	root := s.AddUser("root", false)
	g := &account.Group{Name: "admins", Roles: account.Roles{account.RoleAdministrator}}
	if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Accounts.AddMembers(t.Context(), g.ID, root.ID); err != nil {
		t.Fatal(err)
	}
	token := s.as(account.RoleAdministrator, all)
	s.want(http.StatusConflict, "", token, "PATCH", "Groups/"+g.ID, patch(`{"op": "remove", "path": "members"}`))
	s.want(http.StatusConflict, "", token, "PUT", "Groups/"+g.ID, `{"displayName": "admins"}`)
	s.want(http.StatusConflict, "", token, "DELETE", "Groups/"+g.ID, "")
	s.want(http.StatusConflict, "", token, "DELETE", "Users/"+root.ID, "")
	if now := s.user(root.ID); !now.Roles().Has(account.RoleAdministrator) {
		t.Errorf("got %v", now.Memberships)
	}
}

// TestMembersOfAGroupAreChanged in the ways of all clients, and each change is recorded.
func TestMembersOfAGroupAreChanged(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, directory)
	ids := make(map[string]string)
	for _, name := range []string{"ada", "bob", "eve"} {
		ids[name] = s.AddUser(name, false).ID
	}
	fill := func(text string) string {
		for name, id := range ids {
			text = strings.ReplaceAll(text, "{"+name+"}", id)
		}
		return text
	}
	a := s.want(http.StatusCreated, "", token, "POST", "Groups", fill(`{"displayName": "staff", "members": [{"value": "{ada}"}]}`))
	path := "Groups/" + a.text("id")
	if a.Header.Get("Location") != s.URL+"/admin/scim/v2/"+path {
		t.Errorf("got %v", a.Header)
	}
	for _, c := range [][2]string{
		{`{"op": "add", "path": "members", "value": [{"value": "{bob}"}, {"value": "{ada}"}]}`, "ada bob"},
		{`{"op": "add", "path": "members", "value": {"value": "{eve}"}}`, "ada bob eve"},
		{`{"op": "Remove", "path": "members[value eq \"{bob}\"]"}`, "ada eve"},
		{`{"op": "remove", "path": "members", "value": [{"value": "{eve}"}]}`, "ada"},
		{`{"op": "replace", "path": "members", "value": [{"value": "{bob}"}, {"value": "{eve}"}]}`, "bob eve"},
		{`{"op": "remove", "path": "members[value eq \"{bob}\" or value eq \"{eve}\"]"}`, "error"},
		{`{"op": "add", "path": "members", "value": [{"value": "nobody"}, {"value": "{ada}"}]}`, "error"},
		{`{"op": "add", "path": "members", "value": [{"display": "ada"}]}`, "error"},
		{`{"op": "add", "path": "members[value eq \"{ada}\"]", "value": "x"}`, "error"},
		{`{"op": "remove", "path": "displayName"}`, "error"},
		{`{"op": "replace", "path": "displayName", "value": "two words"}`, "error"},
		{`{"op": "replace", "value": {"members": [{"value": "{ada}"}], "externalId": "x", "displayName": "Crew"}}`, "ada"},
		{`{"op": "remove", "path": "members"}`, ""},
	} {
		before := s.members(token, path)
		a := s.call(token, "PATCH", path, patch(fill(c[0])))
		switch {
		case c[1] == "error":
			if a.StatusCode != http.StatusBadRequest || a.text("scimType") == "" || s.members(token, path) != before {
				t.Errorf("%s: got %s %s, and the members %s", c[0], a.Status, a.body, s.members(token, path))
			}
		case a.StatusCode != http.StatusNoContent || s.members(token, path) != c[1]:
			t.Errorf("%s: got %s %s, and the members %s", c[0], a.Status, a.body, s.members(token, path))
		}
	}
	if got := s.acts(); !slices.Equal(got[:2], []string{"groups/add", "groups/{id}/members"}) || !slices.Contains(got, "groups/{id}/edit") || !slices.Contains(got, "groups/{id}") {
		t.Errorf("recorded %v", got)
	}
	s.want(http.StatusBadRequest, "invalidValue", token, "POST", "Groups", `{"displayName": "new", "members": [{"value": "nobody"}]}`)
	s.want(http.StatusConflict, "uniqueness", token, "POST", "Groups", `{"displayName": "CREW"}`)
	s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "new"}`) // the rejected request has left no group
}

// members returns the usernames of the members of a group.
func (s server) members(token, path string) string {
	s.t.Helper()
	var names []string
	list, _ := s.want(http.StatusOK, "", token, "GET", path, "").json["members"].([]any)
	for _, element := range list {
		object, _ := element.(map[string]any)
		name, _ := object["display"].(string)
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// TestGroupsAreFound by an index, and members only by the ID of a person.
func TestGroupsAreFound(t *testing.T) {
	s := start(t)
	ada := s.AddUser("ada", false)
	token := s.as(account.RoleAdministrator, directory)
	a := s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "Staff", "members": [{"value": "`+ada.ID+`"}]}`)
	s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "Crew", "externalId": "g1"}`)
	for text, want := range map[string]string{
		`displayName eq "staff"`:                                `"totalResults":1`,
		`id eq "` + a.text("id") + `"`:                          `"totalResults":1`,
		`members.value eq "` + ada.ID + `"`:                     `"totalResults":1`,
		`members[value eq "` + ada.ID + `"]`:                    `"totalResults":1`,
		`members eq "` + ada.ID + `" and displayName eq "Crew"`: `"totalResults":0`,
		`not (members eq "` + ada.ID + `")`:                     `"totalResults":1`,
		`displayName sw "c" or displayName eq "staff"`:          `"totalResults":2`,
		`members eq "nobody"`:                                   `"totalResults":0`,
		`members co "a"`:                                        "invalidFilter",
		`members.display eq "ada"`:                              "invalidFilter",
		`members[display eq "ada"]`:                             "invalidFilter",
		`externalId eq "g1"`:                                    `"totalResults":1`,
		`externalId eq "G1"`:                                    `"totalResults":0`,
		`externalId pr`:                                         `"totalResults":1`,
	} {
		if a := s.call(token, "GET", filter("Groups", text), ""); !strings.Contains(a.body, want) {
			t.Errorf("%s: got %s", text, a.body)
		}
	}
}

// TestAGroupIsChangedOnlyInTheVersionThatWasRead, and each change of its members is a new version
// (RFC 7644 §3.14).
func TestAGroupIsChangedOnlyInTheVersionThatWasRead(t *testing.T) {
	s := start(t)
	ada, bob := s.AddUser("ada", false), s.AddUser("bob", false)
	token := s.as(account.RoleAdministrator, directory)
	a := s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "Staff", "externalId": "g1"}`)
	path, first := "Groups/"+a.text("id"), "If-Match: "+a.Header.Get("ETag")
	if meta, _ := a.json["meta"].(map[string]any); meta["version"] != a.Header.Get("ETag") || a.text("externalId") != "g1" {
		t.Errorf("got %s, %v", a.body, a.Header)
	}
	join := patch(`{"op": "add", "path": "members", "value": [{"value": "` + ada.ID + `"}]}`)
	second := "If-Match: " + s.want(http.StatusNoContent, "", token, "PATCH", path, join, first).Header.Get("ETag")
	for _, request := range [][2]string{{"PUT", `{"displayName": "Crew"}`}, {"PATCH", patch(`{"op": "replace", "path": "displayName", "value": "Crew"}`)}, {"PATCH", join}, {"DELETE", ""}} {
		s.want(http.StatusPreconditionFailed, "", token, request[0], path, request[1], first)
	}
	if a := s.want(http.StatusNotModified, "", token, "GET", path, "", "If-None-Match: "+strings.TrimPrefix(second, "If-Match: ")); a.body != "" {
		t.Errorf("got %s", a.body)
	}
	a = s.want(http.StatusOK, "", token, "PUT", path, `{"displayName": "Crew", "members": [{"value": "`+bob.ID+`"}]}`, second)
	if a.text("externalId") != "" || s.members(token, path) != "bob" {
		t.Errorf("PUT replaces all attributes: %s", a.body)
	}
	s.want(http.StatusNoContent, "", token, "DELETE", path, "", "If-Match: "+a.Header.Get("ETag"))
}

// TestExternalIDsOfGroupsAreUnique, and a change that fails changes nothing.
func TestExternalIDsOfGroupsAreUnique(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, directory)
	s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "staff", "externalId": "g1"}`)
	path := "Groups/" + s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "crew", "externalId": "g2"}`).text("id")
	s.want(http.StatusConflict, "uniqueness", token, "POST", "Groups", `{"displayName": "other", "externalId": "g1"}`)
	ada := s.AddUser("ada", false)
	s.want(http.StatusConflict, "uniqueness", token, "PATCH", path, patch(`{"op": "add", "path": "members", "value": [{"value": "`+ada.ID+`"}]}`, `{"op": "replace", "path": "externalId", "value": "g1"}`))
	s.want(http.StatusBadRequest, "invalidValue", token, "PATCH", path, patch(`{"op": "replace", "path": "externalId", "value": "`+strings.Repeat("x", 256)+`"}`))
	if s.members(token, path) != "" {
		t.Error("a change that failed has added a member")
	}
	s.want(http.StatusNoContent, "", token, "PATCH", path, patch(`{"op": "remove", "path": "externalId"}`))
	if a := s.want(http.StatusOK, "", token, "GET", path+"?attributes=externalId", ""); strings.Contains(a.body, "g2") || strings.Contains(a.body, "displayName") {
		t.Errorf("got %s", a.body)
	}
}

// TestARejectedChangeOfAGroupChangesNothing: all members are checked before the first step. A group
// that is discarded is recorded as added and deleted.
func TestARejectedChangeOfAGroupChangesNothing(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, directory)
	ada := s.AddUser("ada", false)
	path := "Groups/" + s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "staff", "members": [{"value": "`+ada.ID+`"}]}`).text("id")
	*s.events = nil
	s.want(http.StatusBadRequest, "invalidValue", token, "PATCH", path, patch(`{"op": "replace", "path": "displayName", "value": "crew"}`, `{"op": "replace", "path": "members", "value": [{"value": "nobody"}]}`))
	s.want(http.StatusBadRequest, "invalidValue", token, "POST", "Groups", `{"displayName": "new", "members": [{"value": "nobody"}]}`)
	if g, err := s.Store.Group(t.Context(), strings.TrimPrefix(path, "Groups/")); err != nil || g.Name != "staff" || s.members(token, path) != "ada" || len(s.acts()) > 0 {
		t.Errorf("got %v %v, the members %s, and recorded %v", g, err, s.members(token, path), s.acts())
	}
}

// TestAMemberOfAFullGroupIsReplaced: people leave before others join.
func TestAMemberOfAFullGroupIsReplaced(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, all)
	g := &account.Group{Name: "auditors", Roles: account.Roles{account.RoleAuditor}}
	if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range account.MaxRoleMembers {
		ids = append(ids, s.AddUser(fmt.Sprintf("p%d", i), false).ID)
	}
	for part := range slices.Chunk(ids, account.MaxGroupChanges) {
		if _, _, err := s.Accounts.AddMembers(t.Context(), g.ID, part...); err != nil {
			t.Fatal(err)
		}
	}
	s.want(http.StatusNoContent, "", token, "PATCH", "Groups/"+g.ID, patch(`{"op": "remove", "path": "members[value eq \"`+ids[0]+`\"]"}`, `{"op": "add", "path": "members", "value": [{"value": "`+s.AddUser("new", false).ID+`"}]}`))
}

// In a crowdedStore, each group has more than half of the members that a response can have.
type crowdedStore struct{ latchkey.Store }

func (crowdedStore) Members(_ context.Context, _ account.MemberFilter, p paging.Page) (found []account.Member, cursor paging.Cursor, err error) {
	for range p.Limit {
		found = append(found, account.Member{UserID: "id", Username: "ada"})
	}
	page, _ := strconv.Atoi(p.After)
	if page++; page*p.Limit <= account.MaxMembers/2 {
		cursor.Next = strconv.Itoa(page)
	}
	return found, cursor, nil
}

// TestAPageOfGroupsEndsBeforeAGroupWithTooManyMembers (RFC 7644 §3.4.2.4): a response can have fewer
// resources than the client asks for.
func TestAPageOfGroupsEndsBeforeAGroupWithTooManyMembers(t *testing.T) {
	s := start(t, func(o *latchkey.Options) { o.Store = crowdedStore{o.Store} })
	token := s.as(account.RoleAdministrator, directory)
	for _, name := range []string{"all", "staff"} {
		if err := s.Accounts.CreateGroup(t.Context(), &account.Group{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	for start, name := range map[string]string{"1": "all", "2": "staff"} {
		a := s.want(http.StatusOK, "", token, "GET", "Groups?startIndex="+start, "")
		if !strings.Contains(a.body, `"displayName":"`+name+`"`) || a.json["itemsPerPage"] != 1.0 || a.json["totalResults"] != 2.0 {
			t.Errorf("from %s: %.300s", start, a.body)
		}
	}
}
