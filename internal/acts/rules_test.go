package acts_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestChangesThatCannotBeComparedNeedTheHighestPermission: otherwise, an application whose changes
// are not known could be saved by anybody.
func TestChangesThatCannotBeComparedNeedTheHighestPermission(t *testing.T) {
	good, broken := &oauth.Client{ID: "c", Name: "Shop"}, &oauth.Client{ID: "c", Metadata: json.RawMessage("{")}
	for name, pair := range map[string][2]*oauth.Client{"new": {nil, broken}, "after": {good, broken}, "before": {broken, good}, "both": {broken, broken}} {
		if got := new(acts.Acts).ApplicationPermissions(pair[0], pair[1]); !slices.Contains(got, account.PeopleRoles) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := new(acts.Acts).ApplicationPermissions(good, &oauth.Client{ID: "c", Name: "Store"}); !slices.Equal(got, []account.Permission{account.ApplicationsDescribe}) {
		t.Errorf("a new name: %v", got)
	}
}

// TestARoleOfAGroupIsNotAnOwnOne: giving a person a role that they have through a group requires
// the permission to give roles, because the person keeps it after leaving the group.
func TestARoleOfAGroupIsNotAnOwnOne(t *testing.T) {
	before := account.User{Username: "ada", Memberships: []account.Membership{{Group: "admins", Roles: account.Roles{account.RoleAdministrator}}}}
	after := before
	after.SetRoles(account.Roles{account.RoleAdministrator})
	if got := new(acts.Acts).UserPermissions(&before, &after); !slices.Equal(got, []account.Permission{account.PeopleRoles}) {
		t.Errorf("got %q", got)
	}
}

// TestEachChangeOfAPersonNeedsItsPermission, also if several are made at once.
func TestEachChangeOfAPersonNeedsItsPermission(t *testing.T) {
	roles := func(u *account.User) { u.SetRoles(account.Roles{account.RoleAuditor}) }
	claims := func(u *account.User) { u.Claims = json.RawMessage(`{"groups":["staff"]}`) }
	username := func(u *account.User) { u.Username = "grace" }
	email := func(u *account.User) { u.Email = "grace@example.com" }
	const r, c = account.PeopleRoles, account.PeopleCredentials
	for name, test := range map[string]struct {
		changes  []func(*account.User)
		new      bool
		required []account.Permission
	}{
		"nothing":                    {nil, false, nil},
		"name":                       {[]func(*account.User){func(u *account.User) { u.Name = "Grace" }}, false, nil},
		"roles":                      {[]func(*account.User){roles}, false, []account.Permission{r}},
		"claims":                     {[]func(*account.User){claims}, false, []account.Permission{c}},
		"username":                   {[]func(*account.User){username}, false, []account.Permission{c}},
		"email":                      {[]func(*account.User){email}, false, []account.Permission{c}},
		"roles and claims":           {[]func(*account.User){roles, claims}, false, []account.Permission{r, c}},
		"roles and username":         {[]func(*account.User){roles, username}, false, []account.Permission{r, c}},
		"roles, claims and email":    {[]func(*account.User){roles, claims, email}, false, []account.Permission{r, c}},
		"new":                        {[]func(*account.User){username, email}, true, nil},
		"new, with claims":           {[]func(*account.User){username, claims}, true, []account.Permission{c}},
		"new, with roles and claims": {[]func(*account.User){username, roles, claims}, true, []account.Permission{r, c}},
	} {
		before := &account.User{Username: "ada", Email: "ada@example.com"}
		after := *before
		for _, change := range test.changes {
			change(&after)
		}
		if test.new {
			before = nil
		}
		if got := new(acts.Acts).UserPermissions(before, &after); !slices.Equal(got, test.required) {
			t.Errorf("%s: got %q, want %q", name, got, test.required)
		}
	}
}
