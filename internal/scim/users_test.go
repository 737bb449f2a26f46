package scim_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// patch returns the body of a PATCH request with operations.
func patch(operations ...string) string {
	return `{"Operations": [` + strings.Join(operations, ", ") + `]}`
}

// TestABlockedPersonLosesAccessAtOnce: sessions end and personal tokens are revoked, and
// none of them is valid again when the person is unblocked.
func TestABlockedPersonLosesAccessAtOnce(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	ada := s.AddUser("ada", true)
	token := s.as(account.RoleAdministrator, all)
	own := oauth.NewToken(oauth.KindPersonal, s.Now()).String()
	if _, err := s.Accounts.AddPersonalToken(t.Context(), ada.ID, own, "mine", []string{oauth.ScopeAdmin}, 1e15); err != nil {
		t.Fatal(err)
	}
	browser := s.Browser()
	browser.LogIn(browser.Open(s.Issuer+"/login/"), "ada")
	sessions := func() int {
		found, _, err := s.Store.Sessions(t.Context(), account.SessionFilter{UserID: ada.ID}, paging.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if sessions() != 1 {
		t.Fatal("the login has failed")
	}
	s.want(http.StatusOK, "", own, "GET", "Users/"+ada.ID, "")
	s.Advance(1e9)
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(`{"op": "replace", "path": "active", "value": false}`))
	s.want(http.StatusUnauthorized, "", own, "GET", "Users/"+ada.ID, "")
	if !s.user(ada.ID).Disabled || sessions() > 0 {
		t.Error("the person is not disabled, or has a session")
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(`{"op": "replace", "path": "active", "value": true}`))
	s.want(http.StatusUnauthorized, "", own, "GET", "Users/"+ada.ID, "")
	if got := s.acts(); fmt.Sprint(got) != "[users/{id}/switch users/{id}/switch]" {
		t.Errorf("recorded %v", got)
	}
}

// TestADirectoryCannotGiveRolesOrTouchPeopleWhoHaveOne tries every kind of request without the
// scope latchkey:admin.
func TestADirectoryCannotGiveRolesOrTouchPeopleWhoHaveOne(t *testing.T) {
	s := start(t)
	root, ada := s.AddUser("root", true), s.AddUser("ada", false)
	token := s.as(account.RoleAdministrator, directory)
	for _, body := range []string{`{"userName": "eve", "roles": [{"value": "administrator"}]}`, `{"userName": "mallory", "admin": true, "groups": [{"value": "admins"}]}`} {
		a := s.want(http.StatusCreated, "", token, "POST", "Users", body)
		if u := s.user(a.text("id")); len(u.Roles()) > 0 {
			t.Errorf("%s: got the roles %v", body, u.Roles())
		}
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(`{"op": "add", "path": "roles", "value": [{"value": "administrator"}]}`))
	if u := s.user(ada.ID); len(u.Roles()) > 0 {
		t.Errorf("got the roles %v", u.Roles())
	}
	for _, request := range [][2]string{
		{"PATCH", patch(`{"op": "replace", "path": "active", "value": false}`)},
		{"PATCH", patch(`{"op": "replace", "path": "displayName", "value": "Eve"}`)},
		{"PATCH", patch(`{"op": "replace", "path": "password", "value": "correct-mule-battery"}`)},
		{"PUT", `{"userName": "root", "externalId": "1"}`},
		{"DELETE", ""},
	} {
		s.want(http.StatusForbidden, "", token, request[0], "Users/"+root.ID, request[1])
	}
	if u := s.user(root.ID); u.Disabled || u.Name == "Eve" {
		t.Errorf("got %+v", u)
	}
}

// TestEveryRequestNeedsItsPermission: a token needs the scope, and the caller the role.
func TestEveryRequestNeedsItsPermission(t *testing.T) {
	s := start(t)
	ada := s.AddUser("ada", false)
	g := &account.Group{Name: "staff"}
	if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	read := s.as(account.RoleAdministrator, oauth.AdminScopePrefix+"people:read")
	auditor, operator := s.as(account.RoleAuditor, all), s.as(account.RoleOperator, all)
	rename := patch(`{"op": "replace", "path": "userName", "value": "eve"}`)
	for _, request := range [][3]string{
		{"POST", "Users", `{"userName": "eve"}`},
		{"PUT", "Users/" + ada.ID, `{"userName": "eve"}`},
		{"PATCH", "Users/" + ada.ID, rename},
		{"DELETE", "Users/" + ada.ID, ""},
		{"POST", "Groups", `{"displayName": "x"}`},
		{"PUT", "Groups/" + g.ID, `{"displayName": "x"}`},
		{"PATCH", "Groups/" + g.ID, patch(`{"op": "add", "path": "members", "value": [{"value": "` + ada.ID + `"}]}`)},
		{"DELETE", "Groups/" + g.ID, ""},
	} {
		s.want(http.StatusUnauthorized, "", "", request[0], request[1], request[2])
		s.want(http.StatusForbidden, "", read, request[0], request[1], request[2])
		s.want(http.StatusForbidden, "", auditor, request[0], request[1], request[2])
		if request[1] == "Groups" || strings.HasPrefix(request[1], "Groups/") || request[0] == "PATCH" {
			s.want(http.StatusForbidden, "", operator, request[0], request[1], request[2])
		}
	}
	for _, path := range []string{"Users", "Users/" + ada.ID, "Groups", "Groups/" + g.ID} {
		s.want(http.StatusUnauthorized, "", "", "GET", path, "")
		s.want(http.StatusOK, "", read, "GET", path, "")
		s.want(http.StatusForbidden, "", s.as(account.RoleAdministrator, oauth.AdminScopePrefix+"keys:read"), "GET", path, "")
	}
	if got := s.acts(); len(got) > 0 {
		t.Errorf("recorded %v", got)
	}
}

// TestTheLastAdministratorCannotBeBlockedOrDeleted, and nothing else of the request is changed.
func TestTheLastAdministratorCannotBeBlockedOrDeleted(t *testing.T) {
	s := start(t)
	root := s.AddUser("root", true)
	token := s.as(account.RoleAdministrator, all)
	s.want(http.StatusConflict, "", token, "PATCH", "Users/"+root.ID, patch(`{"op": "replace", "value": {"active": false, "displayName": "Gone"}}`))
	s.want(http.StatusConflict, "", token, "PUT", "Users/"+root.ID, `{"userName": "root", "active": false}`)
	s.want(http.StatusConflict, "", token, "DELETE", "Users/"+root.ID, "")
	if u := s.user(root.ID); u.Disabled || u.Name == "Gone" {
		t.Errorf("got %+v", u)
	}
}

// TestAChangeOfAnOlderVersionIsRejected (RFC 7644 §3.14).
func TestAChangeOfAnOlderVersionIsRejected(t *testing.T) {
	s := start(t)
	ada := s.AddUser("ada", false)
	token := s.as(account.RoleAdministrator, directory)
	version := s.want(http.StatusOK, "", token, "GET", "Users/"+ada.ID, "").Header.Get("ETag")
	if !strings.HasPrefix(version, `W/"`) {
		t.Fatalf("the version is %s", version)
	}
	s.want(http.StatusNotModified, "", token, "GET", "Users/"+ada.ID, "", "If-None-Match: "+version)
	rename := patch(`{"op": "replace", "path": "nickName", "value": "Ad"}`)
	if a := s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, rename, "If-Match: "+version); a.Header.Get("ETag") == version {
		t.Error("the version is the same")
	}
	s.want(http.StatusOK, "", token, "GET", "Users/"+ada.ID, "", "If-None-Match: "+version)
	for _, method := range []string{"PATCH", "PUT", "DELETE"} {
		body := map[string]string{"PATCH": rename, "PUT": `{"userName": "eve"}`}[method]
		s.want(http.StatusPreconditionFailed, "", token, method, "Users/"+ada.ID, body, "If-Match: "+version)
	}
	if u := s.user(ada.ID); u.Username != "ada" {
		t.Errorf("got %+v", u)
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, rename, "If-Match: *")
}

// TestPasswordsAreWrittenAndNeverRead: a new one must follow the rules, and nothing is changed if
// it does not.
func TestPasswordsAreWrittenAndNeverRead(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, directory)
	s.want(http.StatusBadRequest, "invalidValue", token, "POST", "Users", `{"userName": "ada", "password": "secret"}`)
	a := s.want(http.StatusCreated, "", token, "POST", "Users", `{"userName": "ada", "displayName": "Ada"}`)
	ada := s.user(a.text("id"))
	if ada.PasswordHash != "" {
		t.Error("the person has a password")
	}
	path := "Users/" + ada.ID
	s.want(http.StatusBadRequest, "invalidValue", token, "PATCH", path, patch(`{"op": "replace", "value": {"password": "secret", "displayName": "Eve"}}`))
	if s.user(ada.ID).Name != "Ada" {
		t.Error("a part of a rejected request was carried out")
	}
	a = s.want(http.StatusOK, "", token, "PATCH", path, patch(`{"op": "replace", "path": "password", "value": "correct-mule-battery"}`))
	if strings.Contains(a.body, "password") || strings.Contains(a.body, "argon2") || s.user(ada.ID).PasswordHash == "" {
		t.Errorf("got %s", a.body)
	}
	s.want(http.StatusBadRequest, "invalidFilter", token, "GET", filter("Users", `password sw "c"`), "")
}

// TestValuesOfAPersonAreChecked, and errors name the attribute and the kind (RFC 7644 §3.12).
func TestValuesOfAPersonAreChecked(t *testing.T) {
	s := start(t)
	ada := s.AddUser("ada", false)
	s.AddUser("bob", false)
	token := s.as(account.RoleAdministrator, directory)
	path := "Users/" + ada.ID
	for operation, kind := range map[string]string{
		`{"op": "replace", "path": "userName", "value": ""}`:                                   "invalidValue",
		`{"op": "replace", "path": "userName", "value": 7}`:                                    "invalidValue",
		`{"op": "replace", "path": "userName", "value": "two words"}`:                          "invalidValue",
		`{"op": "replace", "path": "active", "value": "perhaps"}`:                              "invalidValue",
		`{"op": "replace", "path": "emails", "value": [{"value": "nonsense"}]}`:                "invalidValue",
		`{"op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "none"}`:   "invalidValue",
		`{"op": "replace", "path": "timezone", "value": "Mars/Olympus"}`:                       "invalidValue",
		`{"op": "replace", "path": "externalId", "value": "` + strings.Repeat("x", 256) + `"}`: "invalidValue",
		`{"op": "replace", "path": "shoeSize", "value": "43"}`:                                 "invalidPath",
		`{"op": "replace", "path": "emails[type eq", "value": "43"}`:                           "invalidPath",
		`{"op": "replace", "path": "id", "value": "43"}`:                                       "mutability",
		`{"op": "add", "path": "groups", "value": [{"value": "43"}]}`:                          "mutability",
		`{"op": "remove", "path": "userName"}`:                                                 "mutability",
		`{"op": "remove"}`:                                                                     "noTarget",
		`{"op": "destroy", "path": "userName"}`:                                                "invalidSyntax",
		`{"op": "replace", "value": "x"}`:                                                      "invalidValue",
	} {
		s.want(http.StatusBadRequest, kind, token, "PATCH", path, patch(operation))
	}
	s.want(http.StatusConflict, "uniqueness", token, "PATCH", path, patch(`{"op": "replace", "path": "userName", "value": "BOB"}`))
	s.want(http.StatusBadRequest, "invalidSyntax", token, "PATCH", path, `{"Operations": []}`)
	s.want(http.StatusBadRequest, "invalidSyntax", token, "POST", "Users", `{"userName": "a", "username": "b"}`)
	s.want(http.StatusBadRequest, "invalidSyntax", token, "POST", "Users", `{"userName": "a"`)
	s.want(http.StatusUnsupportedMediaType, "", token, "POST", "Users", `{"userName": "a"}`, "Content-Type: text/plain")
	s.want(http.StatusRequestEntityTooLarge, "", token, "PATCH", path, patch(strings.TrimSuffix(strings.Repeat(`{"op":"remove","path":"nickName"},`, 201), ",")))
	s.want(http.StatusRequestEntityTooLarge, "", token, "POST", "Users", `{"userName": "`+strings.Repeat("a", 70_000)+`"}`)
	s.want(http.StatusNotFound, "", token, "PATCH", "Users/nobody", patch(`{"op": "remove", "path": "nickName"}`))
	if got := s.acts(); len(got) > 0 {
		t.Errorf("recorded %v", got)
	}
}

// TestANewAddressIsNotVerified: a directory does not decide that a person owns an address.
func TestANewAddressIsNotVerified(t *testing.T) {
	s := start(t)
	ada := s.AddUser("ada", false)
	ada.Email = "ada@example.com"
	if err := ada.SetEmailVerified(true); err != nil {
		t.Fatal(err)
	}
	if err := s.Accounts.Update(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	token := s.as(account.RoleAdministrator, directory)
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(`{"op": "replace", "path": "nickName", "value": "Ad"}`))
	if !s.user(ada.ID).EmailVerified() {
		t.Error("another change has removed the confirmation")
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(`{"op": "replace", "path": "emails.value", "value": "eve@example.com"}`))
	if u := s.user(ada.ID); u.Email != "eve@example.com" || u.EmailVerified() {
		t.Errorf("got %+v", u)
	}
}

// TestTheExternalIDBelongsToOnePerson, also after changes.
func TestTheExternalIDBelongsToOnePerson(t *testing.T) {
	s := start(t)
	ada, bob := s.Add(account.NewUser{Username: "ada", Email: "ada@example.com", EmailVerified: true}), s.Add(account.NewUser{Username: "bob", Email: "bob@example.com", EmailVerified: true})
	token := s.as(account.RoleAdministrator, directory)
	set := func(id string) string {
		return patch(`{"op": "replace", "value": {"externalId": "` + id + `", "nickName": "x"}}`)
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, set("1"))
	s.want(http.StatusConflict, "uniqueness", token, "PATCH", "Users/"+bob.ID, set("1"))
	if strings.Contains(string(s.user(bob.ID).Claims), "nickname") {
		t.Error("a part of a rejected request was carried out")
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, set("2"))
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+bob.ID, set("1"))
	for id, username := range map[string]string{"1": "bob", "2": "ada"} {
		if a := s.want(http.StatusOK, "", token, "GET", filter("Users", `externalId eq "`+id+`"`), ""); !strings.Contains(a.body, `"userName":"`+username+`"`) {
			t.Errorf("%s: got %s", id, a.body)
		}
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(`{"op": "remove", "path": "externalId"}`))
	s.want(http.StatusNoContent, "", token, "DELETE", "Users/"+bob.ID, "")
	for _, id := range []string{"1", "2", ""} {
		if a := s.want(http.StatusOK, "", token, "GET", filter("Users", `externalId eq "`+id+`"`), ""); !strings.Contains(a.body, `"totalResults":0`) {
			t.Errorf("%s: got %s", id, a.body)
		}
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, set("1"))
}

// TestPagesOfPeople (RFC 7644 §3.4.2.4): startIndex begins with 1, and count is bounded.
func TestPagesOfPeople(t *testing.T) {
	s := start(t)
	for i := range 5 {
		s.AddUser(fmt.Sprintf("person%d", i), false)
	}
	token := s.as(account.RoleAdministrator, directory)
	for query, want := range map[string]string{
		"":                       "5 1 [0 1 2 3 4]",
		"?startIndex=2&count=2":  "5 2 [1 2]",
		"?startIndex=5&count=9":  "5 5 [4]",
		"?startIndex=6":          "5 6 []",
		"?startIndex=0&count=1":  "5 1 [0]",
		"?startIndex=-3&count=1": "5 1 [0]",
		"?count=0":               "5 1 []",
		"?count=-1":              "5 1 []",
		"?count=999999999":       "5 1 [0 1 2 3 4]",
		"?sortBy=userName&sortOrder=descending&count=1":  "5 1 [0]", // not supported
		"?filter=userName+co+%22person%22&startIndex=4":  "5 4 [3 4]",
		"?filter=active+eq+true&count=1":                 "5 1 [0]",
		"?filter=active+eq+%22False%22":                  "0 1 []",
		"?filter=userName+eq+%22person3%22&startIndex=2": "1 2 []",
	} {
		a := s.want(http.StatusOK, "", token, "GET", "Users"+query, "")
		people := []string{}
		list, _ := a.json["Resources"].([]any)
		for _, element := range list {
			object, _ := element.(map[string]any)
			people = append(people, strings.TrimPrefix(fmt.Sprint(object["userName"]), "person"))
		}
		if got := fmt.Sprintf("%v %v %v", a.json["totalResults"], a.json["startIndex"], people); got != want || a.json["itemsPerPage"] != float64(len(people)) {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	s.want(http.StatusBadRequest, "invalidValue", token, "GET", "Users?startIndex=x", "")
	s.want(http.StatusBadRequest, "invalidFilter", token, "GET", filter("Users", `shoeSize eq "43"`), "")
	s.want(http.StatusBadRequest, "invalidFilter", token, "GET", filter("Users", `groups.value eq "43"`), "")
}

// TestAttributesAreSelected (RFC 7644 §3.9).
func TestAttributesAreSelected(t *testing.T) {
	s := start(t)
	ada := s.AddUser("ada", false)
	token := s.as(account.RoleAdministrator, directory)
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(`{"op": "replace", "value": {"name": {"givenName": "Ada", "familyName": "King"}, "emails": [{"value": "ada@example.com"}]}}`))
	for query, want := range map[string]string{
		"?attributes=userName":                                  `{"id":"` + ada.ID + `","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}`,
		"?attributes=name.givenName,emails.value":               `{"emails":[{"value":"ada@example.com"}],"id":"` + ada.ID + `","name":{"givenName":"Ada"},"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}`,
		"?attributes=groups":                                    `{"groups":[],"id":"` + ada.ID + `","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}`,
		"?attributes=password":                                  `{"id":"` + ada.ID + `","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}`,
		"?excludedAttributes=id,meta,emails,name,active":        `{"id":"` + ada.ID + `","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}`,
		"?excludedAttributes=meta,emails,name.givenName,active": `{"id":"` + ada.ID + `","name":{"familyName":"King"},"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}`,
	} {
		if a := s.want(http.StatusOK, "", token, "GET", "Users/"+ada.ID+query, ""); strings.TrimSpace(a.body) != want {
			t.Errorf("%s: got %s, want %s", query, a.body, want)
		}
	}
}

// TestOneAddressAndOneNumberAreStored: the primary one, otherwise one for work, otherwise the
// first.
func TestOneAddressAndOneNumberAreStored(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, directory)
	for i, c := range []struct{ emails, want string }{
		{`[{"value": "a@example.com", "type": "home"}, {"value": "b@example.com", "type": "work"}]`, "b@example.com"},
		{`[{"value": "a@example.com", "type": "work"}, {"value": "b@example.com", "primary": "True"}]`, "b@example.com"},
		{`[{"value": ""}, {"value": "a@example.com"}]`, "a@example.com"},
		{`["a@example.com"]`, "a@example.com"},
		{`{"value": "a@example.com"}`, "a@example.com"},
		{`[]`, ""},
	} {
		a := s.want(http.StatusCreated, "", token, "POST", "Users", fmt.Sprintf(`{"userName": "p%d", "emails": %s}`, i, c.emails))
		if u := s.user(a.text("id")); u.Email != c.want {
			t.Errorf("%s: got %s", c.emails, u.Email)
		}
	}
	a := s.want(http.StatusCreated, "", token, "POST", "Users", `{"userName": "ada", "emails": [{"value": "a@example.com"}]}`)
	path := "Users/" + a.text("id")
	for _, c := range [][2]string{
		{`{"op": "add", "path": "emails[type eq \"home\"].value", "value": "h@example.com"}`, "a@example.com"},
		{`{"op": "remove", "path": "emails[type eq \"home\"]"}`, "a@example.com"},
		{`{"op": "replace", "path": "emails[type eq \"work\"].primary", "value": true}`, "a@example.com"},
		{`{"op": "remove", "path": "emails[value eq \"A@example.com\"]"}`, ""},
		{`{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "w@example.com"}`, "w@example.com"},
		{`{"op": "replace", "path": "emails", "value": []}`, ""},
		{`{"op": "add", "path": "emails", "value": [{"type": "work", "value": "x@example.com"}]}`, "x@example.com"},
		{`{"op": "remove", "path": "emails"}`, ""},
	} {
		s.want(http.StatusOK, "", token, "PATCH", path, patch(c[0]))
		if u := s.user(a.text("id")); u.Email != c[1] {
			t.Errorf("%s: got %q, want %q", c[0], u.Email, c[1])
		}
	}
}

// TestAFilterWithoutAnIndexIsBounded: it is compared with a limited number of people.
func TestAFilterWithoutAnIndexIsBounded(t *testing.T) {
	s := start(t, func(o *latchkey.Options) { o.Store = endlessStore{o.Store, new(int)} })
	token := s.as(account.RoleAdministrator, directory)
	a := s.want(http.StatusBadRequest, "tooMany", token, "GET", filter("Users", `displayName co "a"`), "")
	if !strings.Contains(a.text("detail"), "userName eq") {
		t.Errorf("got %s", a.body)
	}
	s.want(http.StatusBadRequest, "tooMany", token, "GET", "Users?startIndex=50001", "")
	s.want(http.StatusOK, "", token, "GET", filter("Users", `userName eq "nobody" and displayName co "a"`), "")
}

// An endlessStore has a long list of people: 100 pages.
type endlessStore struct {
	latchkey.Store
	pages *int
}

func (s endlessStore) Users(_ context.Context, _ account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error) {
	page := make([]*account.User, p.Limit)
	for i := range page {
		page[i] = &account.User{ID: "x", Username: "x"}
	}
	if *s.pages++; *s.pages > 100 {
		return page, paging.Cursor{}, nil
	}
	return page, paging.Cursor{Next: "more"}, nil
}

func (endlessStore) CountUsers(context.Context, account.UserFilter) (paging.Count, error) {
	return paging.Count{N: paging.MostCounted, More: true}, nil
}
