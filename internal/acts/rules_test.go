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

// TestARoleOfAGroupIsNotAnOwnOne: giving a person a role that they have by a group needs the permission
// to give roles, because they keep it when they leave the group.
func TestARoleOfAGroupIsNotAnOwnOne(t *testing.T) {
	before := account.User{Username: "ada", Memberships: []account.Membership{{Group: "admins", Roles: account.Roles{account.RoleAdministrator}}}}
	after := before
	after.SetRoles(account.Roles{account.RoleAdministrator})
	if got := new(acts.Acts).UserPermission(&before, &after); got != account.PeopleRoles {
		t.Errorf("got %q", got)
	}
}
