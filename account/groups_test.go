package account_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestGroupsOfAProviderGiveNoRole: the claim groups has all groups, and only memberships give roles.
func TestGroupsOfAProviderGiveNoRole(t *testing.T) {
	member := []account.Membership{{Group: "admins", Roles: account.Roles{account.RoleAdministrator}}, {Group: "staff"}}
	for _, test := range []struct {
		claims  string
		of      []account.Membership
		groups  string
		claim   string
		roles   string
		ownRole account.Role
	}{
		{``, nil, `[]`, `<nil>`, ``, ""},
		{`{"groups":["admins","devs"]}`, nil, `[admins devs]`, `[admins devs]`, ``, ""},
		{`{"groups":"admins"}`, nil, `[admins]`, `admins`, ``, ""},
		{``, member, `[admins staff]`, `[admins staff]`, `administrator`, ""},
		{`{"groups":["staff","devs"]}`, member, `[admins staff devs]`, `[admins staff devs]`, `administrator`, ""},
		{``, member, `[admins staff]`, `[admins staff]`, `administrator, auditor`, account.RoleAuditor},
		{``, member, `[admins staff]`, `[admins staff]`, `administrator`, account.RoleAdministrator},
	} {
		u := &account.User{Username: "ada", Claims: json.RawMessage(test.claims), Memberships: test.of}
		if test.ownRole != "" {
			u.SetRoles(account.Roles{test.ownRole})
		}
		groups, err := u.Groups()
		if err != nil {
			t.Fatal(err)
		}
		claims, err := u.StandardClaims()
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(groups) != test.groups || fmt.Sprint(claims["groups"]) != test.claim || u.Roles().String() != test.roles {
			t.Errorf("%+v: groups %v, claim %v, roles %q", test, groups, claims["groups"], u.Roles())
		}
		if own := u.OwnRoles(); test.ownRole == "" && len(own) > 0 || test.ownRole != "" && (len(own) != 1 || own[0] != test.ownRole) {
			t.Errorf("%+v: own roles %v", test, own)
		}
	}
}
