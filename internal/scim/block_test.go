package scim_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// block and unblock are the bodies of requests.
var (
	block   = patch(`{"op": "replace", "path": "active", "value": "False"}`)
	unblock = patch(`{"op": "replace", "path": "active", "value": true}`)
)

// TestADirectoryBlocksADisabledPerson: a person who has requested the deletion of their account
// cannot keep it after the block, and tokens that an administrator has kept are revoked.
func TestADirectoryBlocksADisabledPerson(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, directory)
	ada := s.AddUser("ada", false)
	keep, err := s.Accounts.RequestDeletion(t.Context(), ada, account.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, block)
	if _, err := s.Accounts.KeepAccount(t.Context(), keep); !errors.Is(err, account.ErrInvalidLink) {
		t.Errorf("keeping the account: %v", err)
	}
	if u := s.user(ada.ID); !u.Disabled || u.DeleteAt.IsZero() {
		t.Errorf("after the block: %+v", u)
	}
	s.AddUser("root", true)
	bob := s.AddUser("bob", true)
	own := oauth.NewToken(oauth.KindPersonal, s.Now()).String()
	if _, err := s.Accounts.AddPersonalToken(t.Context(), bob.ID, own, "mine", []string{oauth.ScopeAdmin}, 1e15); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return s.Accounts.Disable(t.Context(), bob.ID, false) },
		func() error {
			s.Advance(time.Second)
			s.want(http.StatusOK, "", s.as(account.RoleAdministrator, all), "PUT", "Users/"+bob.ID, `{"userName": "bob", "active": false}`)
			return s.Accounts.Enable(t.Context(), bob.ID)
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	s.want(http.StatusUnauthorized, "", own, "GET", "Users/"+bob.ID, "")
}

// TestADirectoryUndoesOnlyItsOwnBlocks: a directory sends active=true with each change of a person.
// That does not undo the block of an administrator, or a deletion that the person has requested.
func TestADirectoryUndoesOnlyItsOwnBlocks(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, directory)
	ada := s.Add(account.NewUser{Username: "ada", Email: "ada@example.com", EmailVerified: true})
	path := "Users/" + ada.ID
	ours := func() { s.want(http.StatusOK, "", token, "PATCH", path, block) }
	enable := func() { must(t, s.Accounts.Enable(t.Context(), ada.ID)) }
	disable := func() { must(t, s.Accounts.Disable(t.Context(), ada.ID, true)) }
	password := func() {
		s.want(http.StatusOK, "", token, "PATCH", path, patch(`{"op": "replace", "path": "password", "value": "correct-mule-battery"}`))
	}
	rename := func() {
		s.want(http.StatusOK, "", token, "PATCH", path, patch(`{"op": "replace", "value": {"externalId": "7", "nickName": "A"}}`), "If-Match: *")
	}
	logout := func() { must(t, s.Store.EndSessions(t.Context(), oauth.SessionsEnd{Subject: ada.ID, At: s.Now()})) }
	role := func() {
		g := &account.Group{Name: "auditors", Roles: account.Roles{account.RoleAuditor}}
		must(t, s.Accounts.CreateGroup(t.Context(), g))
		_, _, err := s.Accounts.AddMembers(t.Context(), g.ID, ada.ID)
		must(t, err)
		_, _, err = s.Accounts.RemoveMembers(t.Context(), g.ID, nil, ada.ID)
		must(t, err)
	}
	deletion := func() {
		_, err := s.Accounts.RequestDeletion(t.Context(), s.user(ada.ID), account.Visitor{})
		must(t, err)
	}
	for name, c := range map[string]struct {
		steps  []func()
		active bool
	}{
		"a block of the directory":                          {[]func(){ours}, true},
		"two of them":                                       {[]func(){ours, ours}, true},
		"a block of an administrator":                       {[]func(){disable}, false},
		"an earlier block of the directory":                 {[]func(){ours, enable, disable}, false},
		"a second block of an administrator":                {[]func(){ours, disable}, false},
		"a second block of the directory":                   {[]func(){disable, ours}, false},
		"a password, while the person is blocked":           {[]func(){ours, password}, true},
		"a password, while an administrator blocks":         {[]func(){disable, password}, false},
		"the end of sessions, while the person is blocked":  {[]func(){ours, logout}, true},
		"the loss of a role, while the person is blocked":   {[]func(){ours, role}, true},
		"other changes, while the person is blocked":        {[]func(){ours, rename}, true},
		"a deletion that the person has requested":          {[]func(){deletion}, false},
		"a block of the directory after a deletion request": {[]func(){deletion, ours}, false},
		"two blocks after a deletion request":               {[]func(){deletion, disable, ours}, false},
	} {
		enable()
		for _, step := range c.steps {
			step()
		}
		before := s.user(ada.ID)
		*s.events = nil
		for _, request := range [][2]string{{"PATCH", unblock}, {"PUT", `{"userName": "ada", "active": true, "emails": [{"value": "ada@example.com"}], "displayName": "` + name + `"}`}} {
			a := s.want(http.StatusOK, "", token, request[0], path, request[1])
			for _, e := range *s.events { // no event says that an account is enabled that is not
				if e.Details != nil && len(e.Details.Changes) > 0 && e.Details.Changes[0] == adminapi.Switched(false) && !c.active {
					t.Errorf("%s: %s: recorded as enabled: %+v", name, request[0], e.Details)
				}
			}
			if a.json["active"] != c.active || s.user(ada.ID).Disabled == c.active || !c.active && !s.user(ada.ID).DeleteAt.Equal(before.DeleteAt) {
				t.Errorf("%s: %s: got %s", name, request[0], a.body)
			}
		}
	}
	a := s.want(http.StatusCreated, "", token, "POST", "Users", `{"userName": "grace", "active": false, "externalId": "g"}`)
	if a = s.want(http.StatusOK, "", token, "PATCH", "Users/"+a.text("id"), unblock); a.json["active"] != true || a.json["externalId"] != "g" {
		t.Errorf("a person who was added as inactive: got %s", a.body)
	}
}

// A betweenStore calls a function once, before it changes a person.
type betweenStore struct {
	latchkey.Store
	before *func()
}

func (s betweenStore) ReviseUser(ctx context.Context, r account.UserRevision) error {
	if f := *s.before; f != nil {
		*s.before = nil
		f()
	}
	return s.Store.ReviseUser(ctx, r)
}

// TestABlockAtTheSameTimeIsNotUndone: a person is unblocked in the version that was read, and a
// person is also blocked if the account changes at the same time. With If-Match, the request fails.
func TestABlockAtTheSameTimeIsNotUndone(t *testing.T) {
	before := new(func())
	s := start(t, func(o *latchkey.Options) { o.Store = betweenStore{o.Store, before} })
	token := s.as(account.RoleAdministrator, directory)
	ada := s.AddUser("ada", false)
	path := "Users/" + ada.ID
	s.want(http.StatusOK, "", token, "PATCH", path, block)
	*before = func() { must(t, s.Accounts.Disable(t.Context(), ada.ID, true)) }
	if a := s.want(http.StatusOK, "", token, "PATCH", path, unblock); a.json["active"] != false {
		t.Errorf("got %s", a.body)
	}
	must(t, s.Accounts.Enable(t.Context(), ada.ID))
	change := func() {
		u := s.user(ada.ID)
		u.Name += "x"
		must(t, s.Accounts.Update(t.Context(), u))
	}
	*before = change
	s.want(http.StatusPreconditionFailed, "", token, "PATCH", path, block, "If-Match: "+s.call(token, "GET", path, "").Header.Get("ETag"))
	if s.user(ada.ID).Disabled {
		t.Error("another version was blocked")
	}
	*before = change
	s.want(http.StatusOK, "", token, "PATCH", path, block)
	if !s.user(ada.ID).Disabled {
		t.Error("the person is not blocked")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRequestsHaveBoundsAndExactMeanings: each of these has removed too much, or has cost too much.
func TestRequestsHaveBoundsAndExactMeanings(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator, directory)
	ada := s.AddUser("ada", false)
	ada.Email = "ada@example.com"
	must(t, ada.SetEmailVerified(true))
	must(t, s.Accounts.Update(t.Context(), ada))
	for _, operation := range []string{
		`{"op": "remove", "path": "emails", "value": [{"value": "old@example.com"}]}`,
		`{"op": "replace", "path": "emails.value", "value": "Ada@Example.com"}`,
	} {
		s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(operation))
		if u := s.user(ada.ID); u.Email != "ada@example.com" || !u.EmailVerified() {
			t.Errorf("%s: got %s", operation, u.Email)
		}
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, patch(`{"op": "remove", "path": "emails", "value": [{"value": "ADA@example.com"}]}`))
	if u := s.user(ada.ID); u.Email != "" {
		t.Errorf("got %s", u.Email)
	}
	for _, name := range []string{"attributes", "excludedAttributes"} {
		s.want(http.StatusBadRequest, "invalidValue", token, "GET", "Users?"+name+"="+strings.Repeat(",", 50), "")
		s.want(http.StatusOK, "", token, "GET", "Users?"+name+"="+strings.Repeat("x,", 49), "")
		s.want(http.StatusBadRequest, "invalidValue", token, "GET", "Users?"+name+"="+strings.Repeat("x", 2001), "")
	}
	s.want(http.StatusBadRequest, "invalidFilter", token, "GET", filter("Users", `id eq "\u0000"`), "")
	a := s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "staff", "members": [{"value": "`+ada.ID+`"}]}`)
	for operation, kind := range map[string]string{
		`{"op": "remove", "path": "members.display"}`:                              "invalidPath",
		`{"op": "replace", "path": "members.display", "value": []}`:                "invalidPath",
		`{"op": "remove", "path": "members[value eq \"` + ada.ID + `\"].display"}`: "invalidPath",
		`{"op": "remove", "path": "members[value eq \"\\u0000\"]"}`:                "invalidPath",
	} {
		s.want(http.StatusBadRequest, kind, token, "PATCH", "Groups/"+a.text("id"), patch(operation))
	}
}
