package adminapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A late is a Store that calls before once, directly before a deletion or before an application is
// enabled.
type late struct {
	latchkey.Store
	before *func()
}

func (s late) now() {
	if before := *s.before; before != nil {
		*s.before = nil
		before()
	}
}

func (s late) DeleteUser(ctx context.Context, id string, version int64, at time.Time) error {
	s.now()
	return s.Store.DeleteUser(ctx, id, version, at)
}

func (s late) DeleteGroup(ctx context.Context, id string, revision int64, at time.Time) error {
	s.now()
	return s.Store.DeleteGroup(ctx, id, revision, at)
}

func (s late) ReviseGroup(ctx context.Context, r account.GroupRevision) (account.RevisedMembers, error) {
	s.now()
	return s.Store.ReviseGroup(ctx, r)
}

func (s late) RemoveLoginProvider(ctx context.Context, name string, version int64) error {
	s.now()
	return s.Store.RemoveLoginProvider(ctx, name, version)
}

func (s late) SwitchClient(ctx context.Context, c oauth.ClientSwitch) error {
	if !c.Disabled {
		s.now()
	}
	return s.Store.SwitchClient(ctx, c)
}

func (s late) DiscardClient(ctx context.Context, id string, version int64, at time.Time) error {
	s.now()
	return s.Store.DiscardClient(ctx, id, version, at)
}

// TestDeletionsHonorIfMatch (RFC 9110 §13.1.1): a deletion that names an older version deletes
// nothing, even if the change is made after the API has read the object. Without If-Match, the version
// does not matter.
func TestDeletionsHonorIfMatch(t *testing.T) {
	before := new(func())
	s := start(t, func(o *latchkey.Options) { o.Store = late{o.Store, before} })
	token := s.as(account.RoleAdministrator)
	ada, member := s.AddUser("ada", false), s.AddUser("member", false)
	app, _ := s.AddClient("https://shop.example/cb", func(*oauth.Client) {})
	g := &account.Group{Name: "Staff"}
	ctx := context.Background()
	steps := []error{s.Accounts.CreateGroup(ctx, g), s.Store.AddLoginProvider(ctx, account.StoredProvider{Name: "acme", Settings: json.RawMessage(`{"issuer": "https://acme.example", "client_id": "x"}`), CreatedAt: s.Now()})}
	for _, err := range steps {
		if err != nil {
			t.Fatal(err)
		}
	}
	changes := map[string]func() error{
		"people/" + ada.ID: func() error { return s.Accounts.Disable(ctx, ada.ID, false) },
		"groups/" + g.ID: func() error { // only its members change
			if _, added, err := s.Accounts.AddMembers(ctx, g.ID, member.ID); err != nil || len(added) > 0 {
				return err
			}
			_, _, err := s.Accounts.RemoveMembers(ctx, g.ID, nil, member.ID)
			return err
		},
		"login-providers/acme": func() error {
			all, err := s.Store.LoginProviders(ctx)
			if err == nil {
				err = s.Store.UpdateLoginProvider(ctx, all[0])
			}
			return err
		},
		"applications/" + app.ID: func() error {
			return s.Store.SwitchClient(ctx, oauth.ClientSwitch{ClientID: app.ID, Disabled: true, At: s.Now()})
		},
	}
	for path, change := range changes {
		etag := "If-Match: " + s.want(http.StatusOK, token, "GET", path, "").Header.Get("ETag")
		*before = func() {
			if err := change(); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		s.want(http.StatusPreconditionFailed, token, "DELETE", path, "", etag) // changed while the API deletes
		s.want(http.StatusPreconditionFailed, token, "DELETE", path, "", etag)
		s.want(http.StatusBadRequest, token, "DELETE", path, "", "If-Match: 1")
		s.want(http.StatusOK, token, "GET", path, "")
		*before = func() { _ = change() }
		s.want(http.StatusNoContent, token, "DELETE", path, "")
		s.want(http.StatusNotFound, token, "GET", path, "")
	}
}

// TestTheVersionOfAGroupCoversItsMembers: a role that is added to a group is not given to a person who
// has joined since the caller read the group.
func TestTheVersionOfAGroupCoversItsMembers(t *testing.T) {
	s := start(t)
	token, ada := s.as(account.RoleAdministrator), s.AddUser("ada", false)
	path := "groups/" + s.want(http.StatusCreated, token, "POST", "groups", `{"name": "Staff"}`).text("id")
	read := s.want(http.StatusOK, token, "GET", path, "")
	s.want(http.StatusOK, token, "POST", path+"/members", `{"people": ["`+ada.ID+`"]}`)
	const role = `{"roles": ["auditor"]}`
	s.want(http.StatusPreconditionFailed, token, "PATCH", path, role, "If-Match: "+read.Header.Get("ETag"))
	now := s.want(http.StatusOK, token, "GET", path, "")
	if now.Header.Get("ETag") == read.Header.Get("ETag") || now.json["version"] == read.json["version"] {
		t.Errorf("the version did not change with the members: %s", now.body)
	}
	s.want(http.StatusOK, token, "PATCH", path, role, "If-Match: "+now.Header.Get("ETag"))
}

// TestTheRecordOfAMemberHasTheRolesOfTheGroupAtThatTime: the group gets and loses a role while people
// join and leave.
func TestTheRecordOfAMemberHasTheRolesOfTheGroupAtThatTime(t *testing.T) {
	before := new(func())
	s := start(t, func(o *latchkey.Options) { o.Store = late{o.Store, before} })
	token, ada := s.as(account.RoleAdministrator), s.AddUser("ada", false)
	path := "groups/" + s.want(http.StatusCreated, token, "POST", "groups", `{"name": "Staff"}`).text("id")
	switchRoles := func(roles string) {
		*before = func() { s.want(http.StatusOK, token, "PATCH", path, `{"roles": [`+roles+`]}`, "If-Match: *") }
	}
	recorded := func() string {
		e := (*s.events)[len(*s.events)-1]
		return fmt.Sprint(e.Kind, e.Details.Changes)
	}
	for _, roles := range []string{`"auditor"`, ``} {
		switchRoles(roles)
		s.want(http.StatusOK, token, "POST", path+"/members", `{"people": ["`+ada.ID+`"]}`)
		if got := recorded(); strings.Contains(got, "auditor") != (roles != "") || !strings.Contains(got, "members") {
			t.Errorf("the person joined with the roles [%s], recorded as %s", roles, got)
		}
		switchRoles(map[string]string{``: `"auditor"`}[roles])
		s.want(http.StatusNoContent, token, "DELETE", path+"/members/"+ada.ID, "")
		if got := recorded(); strings.Contains(got, "auditor") != (roles == "") || strings.Contains(got, "members") {
			t.Errorf("the person left after the roles were [%s], recorded as %s", roles, got)
		}
	}
}

// TestAnApplicationIsEnabledInTheVersionThatWasRead: it stays disabled if it has changed, even if it is
// changed after the API has read it.
func TestAnApplicationIsEnabledInTheVersionThatWasRead(t *testing.T) {
	before := new(func())
	s := start(t, func(o *latchkey.Options) { o.Store = late{o.Store, before} })
	token := s.as(account.RoleAdministrator)
	app, _ := s.AddClient("https://shop.example/cb", func(*oauth.Client) {})
	path := "applications/" + app.ID
	s.want(http.StatusNoContent, token, "POST", path+"/disable", "{}")
	etag := func() string { return "If-Match: " + s.want(http.StatusOK, token, "GET", path, "").Header.Get("ETag") }
	*before = func() {
		c, err := s.Store.Client(t.Context(), app.ID)
		if err == nil {
			c.RedirectURIs = []string{"https://evil.example/cb"}
			err = s.Store.UpdateClient(t.Context(), c)
		}
		if err != nil {
			t.Error(err)
		}
	}
	read := etag()
	s.want(http.StatusPreconditionFailed, token, "POST", path+"/enable", "", read) // changed while the API enables it
	s.want(http.StatusPreconditionFailed, token, "POST", path+"/enable", "", read)
	s.want(http.StatusNoContent, token, "POST", path+"/enable", "", etag())
	s.want(http.StatusNoContent, token, "POST", path+"/enable", "")
}

// TestAnApplicationThatGainsPowerIsNotEnabled: an administrator allows an application to use the API
// after the API has checked that an operator can enable it. The request names no version.
func TestAnApplicationThatGainsPowerIsNotEnabled(t *testing.T) {
	before := new(func())
	s := start(t, func(o *latchkey.Options) { o.Store = late{o.Store, before} })
	operator := s.as(account.RoleOperator)
	app, _ := s.AddClient("https://shop.example/cb", func(*oauth.Client) {})
	path := "applications/" + app.ID
	s.want(http.StatusNoContent, operator, "POST", path+"/disable", "{}")
	*before = func() {
		c, err := s.Store.Client(t.Context(), app.ID)
		if err == nil {
			c.Scopes = append(c.Scopes, oauth.ScopeAdmin)
			err = s.Store.UpdateClient(t.Context(), c)
		}
		if err != nil {
			t.Error(err)
		}
	}
	s.want(http.StatusConflict, operator, "POST", path+"/enable", "")
	if now, err := s.Store.Client(t.Context(), app.ID); err != nil || !now.Disabled {
		t.Errorf("the application is enabled: %v", err)
	}
	s.want(http.StatusForbidden, operator, "POST", path+"/enable", "")
}
