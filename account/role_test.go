package account_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

//go:generate go test . -run TestTableOfPermissionsIsUpToDate -update

var updateRoles = flag.Bool("update", false, "update the table in docs/how-to/roles.md")

// TestTableOfPermissionsIsUpToDate: the how-to page has the whole table.
func TestTableOfPermissionsIsUpToDate(t *testing.T) {
	const file, begin, end = "../docs/how-to/roles.md", "<!-- begin permissions -->\n", "<!-- end permissions -->"
	var table strings.Builder
	table.WriteString("| permission |")
	roles := append(account.AllRoles(), account.RoleOwner)
	for _, role := range roles {
		fmt.Fprintf(&table, " %s |", role)
	}
	table.WriteString("\n|---" + strings.Repeat("|---", len(roles)) + "|\n")
	for _, p := range account.Permissions() {
		fmt.Fprintf(&table, "| `%s` |", p)
		for _, role := range roles {
			fmt.Fprintf(&table, " %s |", map[account.Reach]string{account.ReachOwn: "own", account.ReachAll: "yes"}[role.Reach(p)])
		}
		table.WriteString("\n")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	old, after, found := strings.Cut(rest, end)
	if !found {
		t.Fatalf("%s has no table of permissions", file)
	}
	if old == table.String() {
		return
	}
	if !*updateRoles {
		t.Fatalf("%s does not match the code. Run: make generate", file)
	}
	if err := os.WriteFile(file, []byte(before+begin+table.String()+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOnlyAdministratorsHaveSecretsKeysAndRoles: no other role can take over an account, an
// application or the server.
func TestOnlyAdministratorsHaveSecretsKeysAndRoles(t *testing.T) {
	for _, p := range []account.Permission{
		account.ApplicationsSecrets, account.ApplicationsTrust, account.ApplicationsOwners, account.PeopleCredentials, account.PeopleRoles, account.PeopleExport,
		account.RegistrationWrite, account.KeysWrite,
	} {
		if with := account.RolesWith(p); len(with) != 1 || with[0] != account.RoleAdministrator {
			t.Errorf("%s: %v", p, with)
		}
	}
}

// TestAuditorChangesNothing, except tokens of one's own, which allow no more than the auditor may.
func TestAuditorChangesNothing(t *testing.T) {
	for _, p := range account.Permissions() {
		_, verb, _ := strings.Cut(string(p), ".")
		reads := verb == "read" || p == account.AuditExport || p == account.TokensPersonal
		if allowed := (account.Roles{account.RoleAuditor}).Allow(p); allowed != reads {
			t.Errorf("%s: %v", p, allowed)
		}
	}
}

// TestOwnerReachesOnlyOwnApplications: nobody has a permission for all objects because they own
// one, and an owner has nothing that an administrator decides for the server.
func TestOwnerReachesOnlyOwnApplications(t *testing.T) {
	for _, p := range account.Permissions() {
		if account.Roles(nil).Allow(p) {
			t.Errorf("everybody has %s", p)
		}
		reach := account.Roles(nil).Reach(p)
		if about, _, _ := strings.Cut(string(p), "."); reach == account.ReachOwn && about != "applications" && p != account.ErrorsRead {
			t.Errorf("%s has no owner", p)
		}
	}
	for _, p := range []account.Permission{account.ApplicationsTrust, account.ApplicationsWrite, account.ApplicationsApprove, account.TokensRead, account.TokensRevoke, account.AuditRead} {
		if reach := account.Roles(nil).Reach(p); reach != account.ReachNone {
			t.Errorf("an owner has %s: %d", p, reach)
		}
	}
	if account.RoleOwner.Valid() {
		t.Error("the role of an owner can be given to a person")
	}
}

// TestUnknownRoleAndPermissionAllowNothing.
func TestUnknownRoleAndPermissionAllowNothing(t *testing.T) {
	if (account.Roles{"root", ""}).Allow(account.OverviewRead) || account.Role("root").Valid() {
		t.Error("an unknown role allows something")
	}
	if (account.Roles{account.RoleAdministrator}).Allow("everything") || account.Permission("everything").Valid() {
		t.Error("an unknown permission is allowed")
	}
}

// TestUnknownRoleIsRejected: no misspelled role is stored.
func TestUnknownRoleIsRejected(t *testing.T) {
	a := newPeople(t)
	if _, err := a.Create(t.Context(), account.NewUser{Username: "eve", Password: "correct horse battery staple", Roles: account.Roles{"king"}}); err == nil {
		t.Error("a user with an unknown role was added")
	}
}
