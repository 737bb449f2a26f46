package scim_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// In a promotingStore, a person gets a role after the permissions were checked, directly before a
// change.
type promotingStore struct {
	latchkey.Store
	promote *func()
}

func (s promotingStore) now() {
	if promote := *s.promote; promote != nil {
		*s.promote = nil
		promote()
	}
}

func (s promotingStore) ReviseUser(ctx context.Context, r account.UserRevision) error {
	s.now()
	if fresh, err := s.User(ctx, r.User.ID); err == nil {
		r.User.Version = fresh.Version // the version alone must not be what stops the change
	}
	return s.Store.ReviseUser(ctx, r)
}

func (s promotingStore) DeleteUser(ctx context.Context, id string, version int64, at time.Time) error {
	s.now()
	return s.Store.DeleteUser(ctx, id, version, at)
}

// TestAPersonWhoGetsARoleInTheMeantimeIsNotChanged: the check is repeated with the change, for
// applications and for tokens with fewer scopes than the roles of their owner allow.
func TestAPersonWhoGetsARoleInTheMeantimeIsNotChanged(t *testing.T) {
	requests := [][2]string{
		{"PATCH", patch(`{"op": "replace", "path": "displayName", "value": "Eve"}`)},
		{"PATCH", patch(`{"op": "replace", "path": "emails", "value": [{"value": "eve@evil.example"}]}`)},
		{"PATCH", patch(`{"op": "replace", "path": "password", "value": "correct-mule-battery"}`)},
		{"PATCH", patch(`{"op": "replace", "path": "active", "value": false}`)},
	}
	for _, request := range requests {
		for _, kind := range []string{"application", "personal"} {
			promote := new(func())
			s := start(t, func(o *latchkey.Options) { o.Store = promotingStore{o.Store, promote} })
			root, ada := s.AddUser("root", true), s.AddUser("ada", false)
			g := &account.Group{Name: "admins", Roles: account.Roles{account.RoleAdministrator}}
			if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
				t.Fatal(err)
			}
			token := ""
			if kind == "application" {
				token = s.as(account.RoleAdministrator, directory)
			} else {
				token = oauth.NewToken(oauth.KindPersonal, s.Now()).String()
				if _, err := s.Accounts.AddPersonalToken(t.Context(), root.ID, token, "mine", strings.Fields(directory), 1e15); err != nil {
					t.Fatal(err)
				}
			}
			before := s.user(ada.ID).PasswordHash
			*promote = func() {
				if _, _, err := s.Accounts.AddMembers(context.Background(), g.ID, ada.ID); err != nil {
					t.Error(err)
				}
			}
			s.want(http.StatusForbidden, "", token, request[0], "Users/"+ada.ID, request[1])
			if u := s.user(ada.ID); !u.Roles().Has(account.RoleAdministrator) || u.Email != "" || u.Name == "Eve" || u.PasswordHash != before || u.Disabled {
				t.Errorf("%s: %s: an administrator was changed: %+v", kind, request[1], u)
			}
		}
	}
}

// TestAPersonWhoIsChangedInTheMeantimeIsNotDeleted (RFC 7644 §3.14): the version in If-Match is
// compared by the deletion itself.
func TestAPersonWhoIsChangedInTheMeantimeIsNotDeleted(t *testing.T) {
	change := new(func())
	s := start(t, func(o *latchkey.Options) { o.Store = promotingStore{o.Store, change} })
	token, ada := s.as(account.RoleAdministrator, directory), s.AddUser("ada", false)
	path := "Users/" + ada.ID
	version := s.want(http.StatusOK, "", token, "GET", path, "").Header.Get("ETag")
	*change = func() {
		if err := s.Accounts.Disable(context.Background(), ada.ID, true); err != nil {
			t.Error(err)
		}
	}
	s.want(http.StatusPreconditionFailed, "", token, "DELETE", path, "", "If-Match: "+version)
	version = s.want(http.StatusOK, "", token, "GET", path, "").Header.Get("ETag")
	s.want(http.StatusNoContent, "", token, "DELETE", path, "", "If-Match: "+version)
}

// A failingStore cannot change people.
type failingStore struct {
	latchkey.Store
	failing *bool
}

func (s failingStore) ReviseUser(ctx context.Context, r account.UserRevision) error {
	if *s.failing {
		return account.ErrUnavailable
	}
	return s.Store.ReviseUser(ctx, r)
}
