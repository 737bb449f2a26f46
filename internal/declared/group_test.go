package declared_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
)

// addGroup adds a group with members.
func (d *database) addGroup(name string, role account.Role, members ...string) *account.Group {
	d.t.Helper()
	g := &account.Group{Name: name}
	if role != "" {
		g.Roles = account.Roles{role}
	}
	must(d.t, d.Accounts.CreateGroup(d.t.Context(), g))
	for _, member := range members {
		u, err := d.store.UserByName(d.t.Context(), member)
		must(d.t, err)
		_, _, err = d.Accounts.AddMembers(d.t.Context(), g.ID, u.ID)
		must(d.t, err)
	}
	return g
}

// TestChangesOfGroupsKeepTheMembers, and add a role before another one is taken away.
func TestChangesOfGroupsKeepTheMembers(t *testing.T) {
	for name, test := range map[string]struct {
		text, want string
		prune      bool
		affected   int // members whose roles change
	}{
		"unchanged":            {text: "groups: [{name: Crew, roles: [operator]}]"},
		"another spelling":     {text: "groups: [{name: CREW, roles: [operator]}]", want: "change group Crew [name: Crew→CREW]"},
		"description":          {text: "groups: [{name: Crew, roles: [operator], description: On board}]", want: "change group Crew [description: →On board]"},
		"a missing role":       {text: "groups: [{name: Crew}]", want: "change group Crew [roles: operator→]", affected: 1},
		"added before removed": {text: "groups: [{name: Crew}, {name: Pilots, roles: [operator]}]", want: "create group Pilots; change group Crew [roles: operator→]", affected: 1},
		"kept":                 {text: "groups: [{name: Pilots}]", want: "create group Pilots"},
		"pruned":               {text: "groups: [{name: Pilots}]", want: "create group Pilots; delete group Crew", prune: true, affected: 1},
		"no list":              {text: "people: []", prune: false},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.addUser("root", "", account.RoleAdministrator)
			d.addUser("ada", "")
			g := d.addGroup("Crew", account.RoleOperator, "ada")
			p, err := d.plan(test.text, test.prune)
			must(t, err)
			if got := steps(p); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			d.changed = nil
			d.apply(test.text, test.prune)
			if len(d.changed) != len(p.Steps)+test.affected {
				t.Errorf("reported %q", d.changed)
			}
			if n, err := d.store.CountMembers(t.Context(), account.MemberFilter{GroupID: g.ID}); err != nil || !test.prune && n.N != 1 {
				t.Errorf("%d members: %v", n.N, err)
			}
		})
	}
}

// TestARoleForAGroupThatOthersHaveFilledIsShown: the step names the members, and a person who joins
// later does not get the role.
func TestARoleForAGroupThatOthersHaveFilledIsShown(t *testing.T) {
	d := open(t)
	for _, name := range []string{"root", "eve", "mal"} {
		d.addUser(name, "")
	}
	g := d.addGroup("Harbor-masters", "", "eve")
	d.addGroup("Empty", "")
	p, err := d.plan("groups: [{name: Harbor-masters, roles: [administrator]}, {name: Empty, roles: [auditor]}]", false)
	must(t, err)
	shown := p.Unconfirmed()
	if len(p.Steps) != 2 || len(shown) != 1 || shown[0].Name != "Harbor-masters" || shown[0].Confirm != declared.ConfirmMembers || shown[0].Members.Number != 1 || !slices.Equal(shown[0].Members.Names, []string{"eve"}) {
		t.Errorf("got %+v", shown)
	}
	u, err := d.store.UserByName(t.Context(), "mal")
	must(t, err)
	_, _, err = d.Accounts.AddMembers(t.Context(), g.ID, u.ID)
	must(t, err)
	if _, err := d.Apply(t.Context(), p); !errors.Is(err, declared.ErrChanged) {
		t.Errorf("got %v", err)
	}
	if u, err = d.store.UserByName(t.Context(), "mal"); err != nil || len(u.Roles()) > 0 {
		t.Errorf("a person who has joined has the roles %v: %v", u.Roles(), err)
	}
}

// TestGroupsOfADirectoryAreNotPruned: only the directory knows whether they still exist. Others are
// shown with the number of their members.
func TestGroupsOfADirectoryAreNotPruned(t *testing.T) {
	d := open(t)
	d.addUser("ada", "")
	d.addGroup("Crew", "", "ada")
	must(t, d.Accounts.CreateGroup(t.Context(), &account.Group{Name: "Pushed", ExternalID: "x1"}))
	p, err := d.plan("groups: [{name: Other}]", true)
	must(t, err)
	if got, want := steps(p), "create group Other; delete group Crew"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	if m := p.Steps[1].Members; m == nil || m.Number != 1 {
		t.Errorf("got %+v", m)
	}
}

// TestLastAdministratorsByAGroupAreCheckedBeforeTheFirstChange, with the changes of people and of other
// groups.
func TestLastAdministratorsByAGroupAreCheckedBeforeTheFirstChange(t *testing.T) {
	for name, test := range map[string]struct {
		text     string
		rejected bool
	}{
		"the group loses the role":              {"groups: [{name: admins}]", true},
		"the group is deleted":                  {"groups: [{name: Others}]", true},
		"another group gets the role":           {"groups: [{name: admins}, {name: crew, roles: [administrator]}]", false},
		"a group without members gets the role": {"groups: [{name: admins}, {name: empty, roles: [administrator]}]", true},
		"a new group gets the role":             {"groups: [{name: admins}, {name: new, roles: [administrator]}]", true},
		"a person gets the role":                {"groups: [{name: admins}]\npeople: [{username: bob, roles: [administrator]}]", false},
		"a disabled person gets the role":       {"groups: [{name: admins}]\npeople: [{username: off, roles: [administrator]}]", true},
		"the group keeps it":                    {"groups: [{name: admins, roles: [administrator, auditor]}]", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.addUser("ada", "")
			d.addUser("bob", "")
			d.addUser("off", "")
			d.addGroup("admins", account.RoleAdministrator, "ada")
			d.addGroup("crew", "", "bob")
			d.addGroup("empty", "", "off")
			u, err := d.store.UserByName(t.Context(), "off")
			must(t, err)
			must(t, d.store.SwitchUser(t.Context(), account.Switch{UserID: u.ID, Disabled: true, At: now}))
			p, err := d.plan(test.text, strings.Contains(test.text, "Others"))
			if test.rejected != errors.Is(err, account.ErrLastAdmin) && test.rejected != (err != nil && strings.Contains(err.Error(), account.ErrLastAdmin.Error())) || !test.rejected && err != nil {
				t.Errorf("got %v: %s", err, steps(p))
			}
			if !test.rejected {
				d.apply(test.text, false)
			}
		})
	}
}

// TestGroupThatHasChangedIsNotOverwritten: each change, also a deletion, has a condition.
func TestGroupThatHasChangedIsNotOverwritten(t *testing.T) {
	for _, text := range []string{"groups: [{name: Crew, description: By the file}]", "groups: [{name: Others}]"} {
		d := open(t)
		g := d.addGroup("Crew", "")
		p, err := d.plan(text, true)
		must(t, err)
		p.Steps = p.Steps[len(p.Steps)-1:]
		g.Description = "By another person"
		must(t, d.Accounts.UpdateGroup(t.Context(), g))
		if _, err := d.Apply(t.Context(), p); !errors.Is(err, declared.ErrChanged) {
			t.Errorf("%s: %v", text, err)
		}
		if kept, err := d.store.Group(t.Context(), g.ID); err != nil || kept.Description != "By another person" {
			t.Errorf("%s: %+v, %v", text, kept, err)
		}
	}
}
