package account_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
)

// TestInvitationIsAllowedOnlyByPeopleWhoCanGiveItsRoles at this moment.
func TestInvitationIsAllowedOnlyByPeopleWhoCanGiveItsRoles(t *testing.T) {
	for _, has := range append(account.AllRoles(), "", account.RoleOwner) {
		for _, gives := range append(account.AllRoles(), "") {
			var invited account.User
			if gives != "" {
				invited.SetRoles(account.Roles{gives})
			}
			for _, i := range []account.Invitation{{CreatedBy: "somebody"}, {Application: "an application"}} {
				i.Admin, i.OtherRoles = invited.Admin, invited.OtherRoles
				if got, want := i.AllowedBy(account.Roles{has}), has == account.RoleAdministrator; got != want || i.AllowedBy(nil) {
					t.Errorf("%q gives %q: %v", has, gives, got)
				}
				if i.CreatedBy, i.Application = "", ""; !i.AllowedBy(nil) {
					t.Error("an invitation of a command is not allowed")
				}
			}
		}
	}
}

// TestInvitedPersonGetsTheRolesOfTheInvitation and no others, whatever the form contains.
func TestInvitedPersonGetsTheRolesOfTheInvitation(t *testing.T) {
	p := newPeople(t)
	for i, roles := range []account.Roles{nil, {account.RoleAuditor}, {account.RoleOperator, account.RoleAuditor, account.RoleOperator}, {account.RoleAdministrator, account.RoleOperator}} {
		_, code, err := p.Invite(ctx, account.NewInvitation{Roles: roles})
		if err != nil {
			t.Fatal(err)
		}
		n := account.NewUser{Username: fmt.Sprint("invited", i), Email: "a@x.example", Password: "correct horse battery", Admin: true, Roles: account.Roles{account.RoleOperator}}
		u, _, err := p.AcceptInvitation(ctx, account.Acceptance{Code: code, User: n})
		if err != nil {
			t.Fatal(err)
		}
		var want account.User
		if want.SetRoles(roles); !slices.Equal(u.Roles(), want.Roles()) {
			t.Errorf("invited with %v, and got %v", roles, u.Roles())
		}
	}
	if _, _, err := p.Invite(ctx, account.NewInvitation{Roles: account.Roles{account.RoleOwner}}); err == nil {
		t.Error("a role that nobody can have was accepted")
	}
}
