package declared_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestRoleOfADeletedPersonIsNotGivenToASuccessorWithTheUsername: another person signs up with the
// username that an export names.
func TestRoleOfADeletedPersonIsNotGivenToASuccessorWithTheUsername(t *testing.T) {
	d := open(t)
	d.addUser("root", "", account.RoleAdministrator)
	d.addUser("ada", "", account.RoleAdministrator)
	var file bytes.Buffer
	must(t, d.Export(t.Context(), &file))
	u, err := d.store.UserByName(t.Context(), "ada")
	must(t, err)
	must(t, d.Accounts.Delete(t.Context(), u.ID, 0))
	_, err = d.Accounts.SignUp(t.Context(), account.NewUser{Username: "ada", Email: "mallory@example.com", Password: "correct horse battery staple"}, netip.MustParseAddr("192.0.2.1"))
	must(t, err)
	if p, err := d.plan(file.String(), false); err == nil || !strings.Contains(err.Error(), "there is no account with the ID") {
		t.Errorf("got %s, %v", steps(p), err)
	}
}

// TestPersonWithAnIDMustHaveTheUsername: the reader of a file sees the username only.
func TestPersonWithAnIDMustHaveTheUsername(t *testing.T) {
	d := open(t)
	d.addUser("ada", "", account.RoleAdministrator)
	d.addUser("mallory", "")
	u, err := d.store.UserByName(t.Context(), "mallory")
	must(t, err)
	for text, want := range map[string]string{
		"people: [{id: " + u.ID + ", username: ada, roles: [auditor]}]":                              `has the username "mallory", and not "ada"`,
		"people: [{id: " + u.ID + ", roles: [auditor]}]":                                             "name the person with id and username",
		"people: [{id: " + u.ID + ", email: ada@example.com, roles: []}]":                            "name the person with id and username",
		"people: [{id: " + u.ID + ", username: mallory, email: m@example.com, roles: []}]":           "name the person with id and username",
		"people: [{id: another, username: mallory, roles: [auditor]}]":                               `there is no account with the ID "another"`,
		"people: [{id: " + u.ID + ", username: Mallory, roles: []}, {username: mallory, roles: []}]": "is in the file twice",
	} {
		if p, err := d.plan(text, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v", text, p, err)
		}
	}
	d.apply("people: [{id: "+u.ID+", username: MALLORY, roles: [auditor]}]", false)
}

// TestDifferenceShowsTheAccountOfAUsername: only a role that is added must be checked.
func TestDifferenceShowsTheAccountOfAUsername(t *testing.T) {
	d := open(t)
	d.addUser("root", "", account.RoleAdministrator)
	d.addUser("ada", "ada@example.com", account.RoleOperator)
	d.addUser("vera", "vera@example.com", account.RoleOperator)
	u, err := d.store.UserByName(t.Context(), "ada")
	must(t, err)
	for text, unidentified := range map[string]int{
		"people: [{username: ada, roles: [operator, auditor]}]":                   1,
		"people: [{username: ada, roles: [auditor]}]":                             1,
		"people: [{username: ada, roles: []}]":                                    0,
		"people: [{id: " + u.ID + ", username: ada, roles: [operator, auditor]}]": 0,
		"people: [{email: vera@example.com, roles: [operator, auditor]}]":         0,
	} {
		p, err := d.plan(text, false)
		must(t, err)
		about := p.Steps[0].Person
		if len(p.Unconfirmed()) != unidentified || about == nil || about.Email == "" || !about.CreatedAt.Equal(now) || about.EmailVerified != (about.Email == "vera@example.com") {
			t.Errorf("%s: %d, %+v", text, len(p.Unconfirmed()), about)
		}
	}
}

// TestRolesOfGroupsAreNotThoseOfAFile: they are neither exported nor taken away.
func TestRolesOfGroupsAreNotThoseOfAFile(t *testing.T) {
	d := open(t)
	d.addUser("root", "", account.RoleAdministrator)
	d.addUser("ada", "")
	u, err := d.store.UserByName(t.Context(), "ada")
	must(t, err)
	group := &account.Group{Name: "Auditors", Roles: account.Roles{account.RoleAuditor}}
	must(t, d.Accounts.CreateGroup(t.Context(), group))
	_, _, err = d.Accounts.AddMembers(t.Context(), group.ID, u.ID)
	must(t, err)
	var file bytes.Buffer
	must(t, d.Export(t.Context(), &file))
	if strings.Contains(file.String(), "username: ada") {
		t.Errorf("exported:\n%s", &file)
	}
	d.apply(file.String(), true)
	d.apply("people: [{username: ada, roles: []}]", false)
	d.apply("people: [{username: ada, roles: [auditor]}]", false)
	d.apply("people: [{username: ada, roles: []}]", false)
}
