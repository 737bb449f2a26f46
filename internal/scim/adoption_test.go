package scim_test

import (
	"crypto/sha1" //nolint:gosec // the format of the list of stolen passwords
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
)

// TestADirectoryDoesNotAdoptTheAccountOfAnAttacker, who has signed up with the name or the address
// of a person before the directory adds that person. An account whose address is verified, or that
// nobody can use, is adopted.
func TestADirectoryDoesNotAdoptTheAccountOfAnAttacker(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	token := s.as(account.RoleAdministrator, directory)
	provisioned := func(name string) string {
		return s.want(http.StatusCreated, "", token, "POST", "Users", `{"userName": "`+name+`", "emails": [{"value": "`+name+`@corp.example"}]}`).text("id")
	}
	added := func(u account.NewUser) string { return s.Add(u).ID }
	n := 0
	for name, c := range map[string]struct {
		id, more string
		adopted  bool
	}{
		"an unconfirmed address":             {id: added(account.NewUser{Username: "cfo", Email: "cfo@corp.example", MustConfirm: true})},
		"no address":                         {id: added(account.NewUser{Username: "ceo"})},
		"an address as the username":         {id: added(account.NewUser{Username: "cto@corp.example", Email: "eve@evil.example", EmailVerified: true})},
		"another address in the request":     {id: added(account.NewUser{Username: "coo", Email: "eve2@evil.example", EmailVerified: true}), more: `, "emails": [{"value": "coo@corp.example"}]`},
		"another username in the request":    {id: added(account.NewUser{Username: "cio@corp.example", Email: "eve3@evil.example", EmailVerified: true}), more: `, "userName": "cio"`},
		"a verified address":                 {id: added(account.NewUser{Username: "ada", Email: "ada@corp.example", EmailVerified: true}), adopted: true},
		"a verified address as the username": {id: added(account.NewUser{Username: "Bob@corp.example", Email: "bob@corp.example", EmailVerified: true}), adopted: true},
		"nobody has used it":                 {id: provisioned("carol"), adopted: true},
	} {
		n++
		body := patch(fmt.Sprintf(`{"op": "replace", "value": {"externalId": "object-%d", "displayName": "The CFO"%s}}`, n, c.more))
		if c.adopted {
			s.want(http.StatusOK, "", token, "PATCH", "Users/"+c.id, body)
			continue
		}
		before := s.user(c.id)
		s.want(http.StatusConflict, "uniqueness", token, "PATCH", "Users/"+c.id, body)
		if s.user(c.id).Version != before.Version {
			t.Errorf("%s: a part of the request was carried out", name)
		}
	}
}

// TestAnExternalIDNeedsThePermissionForCredentials: a directory finds people by it.
func TestAnExternalIDNeedsThePermissionForCredentials(t *testing.T) {
	s := start(t)
	alice := s.Add(account.NewUser{Username: "alice", Email: "alice@example.com", EmailVerified: true})
	admin, operator := s.as(account.RoleAdministrator, directory), s.as(account.RoleOperator, directory)
	set := func(id string) string { return patch(`{"op": "replace", "path": "externalId", "value": "` + id + `"}`) }
	s.want(http.StatusForbidden, "", operator, "PATCH", "Users/"+alice.ID, set("1"))
	s.want(http.StatusForbidden, "", operator, "POST", "Users", `{"userName": "mallory", "externalId": "1"}`)
	s.want(http.StatusOK, "", admin, "PATCH", "Users/"+alice.ID, set("1"))
	s.want(http.StatusForbidden, "", operator, "PATCH", "Users/"+alice.ID, set("2"))
	s.want(http.StatusForbidden, "", operator, "PATCH", "Users/"+alice.ID, patch(`{"op": "remove", "path": "externalId"}`))
	s.want(http.StatusOK, "", operator, "PATCH", "Users/"+alice.ID, patch(`{"op": "replace", "path": "displayName", "value": "Alice"}`))
}

// TestAStolenPasswordIsFoundBeforeTheFirstChange of a request.
func TestAStolenPasswordIsFoundBeforeTheFirstChange(t *testing.T) {
	const password = "correct-mule-battery"
	sum := sha1.Sum([]byte(password)) //nolint:gosec // as above
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	list := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, "%s:7\r\n", digits[5:]) }))
	defer list.Close()
	s := start(t, func(o *latchkey.Options) {
		o.BreachList, o.InsecureOutboundNetworks = list.URL+"/range/", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	ada := s.AddUser("ada", false)
	s.want(http.StatusBadRequest, "invalidValue", s.as(account.RoleAdministrator, directory), "PATCH", "Users/"+ada.ID, patch(`{"op": "replace", "value": {"active": false, "displayName": "Ada", "password": "`+password+`"}}`))
	if u := s.user(ada.ID); u.Name != "" || u.Disabled {
		t.Errorf("a part of the request was carried out: %+v", u)
	}
}

// TestAChangeOfAPersonIsMadeAsAWholeOrNotAtAll (RFC 7644 §3.5.2): by PATCH and by PUT. An
// account that would have expired no longer expires once it is blocked.
func TestAChangeOfAPersonIsMadeAsAWholeOrNotAtAll(t *testing.T) {
	failing := new(bool)
	s := start(t, func(o *latchkey.Options) { o.Store = failingStore{o.Store, failing} })
	s.AddUser("root", true)
	ada := s.Add(account.NewUser{Username: "ada", Email: "ada@example.com", MustConfirm: true})
	token := s.as(account.RoleAdministrator, directory)
	body := patch(`{"op": "replace", "value": {"active": false, "displayName": "Ada", "password": "correct-mule-battery"}}`)
	*failing = true
	s.want(http.StatusServiceUnavailable, "", token, "PATCH", "Users/"+ada.ID, body)
	if u := s.user(ada.ID); u.Disabled || u.Name != "" {
		t.Errorf("got %+v", u)
	}
	*failing = false
	s.Add(account.NewUser{Username: "grace"})
	s.want(http.StatusConflict, "uniqueness", token, "PUT", "Users/"+ada.ID, `{"userName": "grace", "active": false, "password": "correct-mule-battery"}`)
	s.want(http.StatusCreated, "", token, "POST", "Users", `{"userName": "heidi", "externalId": "1"}`)
	verified := s.Add(account.NewUser{Username: "ivan", Email: "ivan@example.com", EmailVerified: true})
	s.want(http.StatusConflict, "uniqueness", token, "PUT", "Users/"+verified.ID, `{"userName": "ivan", "externalId": "1", "active": false}`)
	if u, v := s.user(ada.ID), s.user(verified.ID); u.Disabled || v.Disabled || u.PasswordHash != ada.PasswordHash {
		t.Errorf("a part was changed: %+v %+v", u, v)
	}
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, body)
	if u := s.user(ada.ID); !u.Disabled || u.Name != "Ada" || !u.ExpiresAt.IsZero() {
		t.Errorf("got %+v", u)
	}
	bob := s.Add(account.NewUser{Username: "bob", Email: "bob@example.com", MustConfirm: true})
	s.want(http.StatusOK, "", token, "PATCH", "Users/"+bob.ID, body)
	if u := s.user(bob.ID); !u.Disabled || u.Name != "Ada" || !u.ExpiresAt.IsZero() {
		t.Errorf("got %+v", u)
	}
	created := s.want(http.StatusCreated, "", token, "POST", "Users", `{"userName": "carol", "active": false, "password": "correct-mule-battery"}`)
	if u := s.user(created.text("id")); !u.Disabled {
		t.Errorf("the account is enabled: %+v", u)
	}
}

// TestATokenThatCannotReadGetsNoAttributes in the responses to its changes.
func TestATokenThatCannotReadGetsNoAttributes(t *testing.T) {
	s := start(t)
	ada := s.Add(account.NewUser{Username: "ada", Email: "ada@example.com"})
	token := s.as(account.RoleAdministrator, "latchkey:people:write")
	s.want(http.StatusForbidden, "", token, "GET", "Users/"+ada.ID, "")
	rename := patch(`{"op": "replace", "path": "nickName", "value": "x"}`)
	group := s.want(http.StatusCreated, "", token, "POST", "Groups", `{"displayName": "staff", "members": [{"value": "`+ada.ID+`"}]}`)
	for _, a := range []answer{
		group,
		s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID, rename),
		s.want(http.StatusOK, "", token, "PATCH", "Users/"+ada.ID+"?attributes=emails,groups", rename),
		s.want(http.StatusOK, "", token, "PATCH", "Groups/"+group.text("id")+"?attributes=members", patch(`{"op": "replace", "path": "displayName", "value": "crew"}`)),
		s.want(http.StatusCreated, "", token, "POST", "Users", `{"userName": "bob"}`),
	} {
		for name := range a.json {
			if name != "id" && name != "meta" && name != "schemas" {
				t.Errorf("%s is in %s", name, a.body)
			}
		}
	}
}
