package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// testRevisionKeepsAnAdministrator: the last administrator can leave if another one joins.
func testRevisionKeepsAnAdministrator(t *testing.T, h *house) {
	h.client(t, "c")
	ada, bob := h.user(t, "ada"), h.user(t, "bob")
	g := h.group(t, "admins", account.RoleAdministrator)
	must(t, errorOf(h.AddMembers(ctx, g.ID, []string{ada.ID}, h.now)))
	r := account.GroupRevision{Group: g, Canonical: "admins", Leave: []string{ada.ID}, At: h.now.Add(time.Minute)}
	if _, err := h.ReviseGroup(ctx, r); !errors.Is(err, account.ErrLastAdmin) {
		t.Errorf("the last administrator leaves: %v", err)
	}
	must(t, h.SwitchUser(ctx, account.Switch{UserID: bob.ID, Disabled: true, At: h.now}))
	r.Join = []string{bob.ID}
	if _, err := h.ReviseGroup(ctx, r); !errors.Is(err, account.ErrLastAdmin) {
		t.Errorf("a disabled person takes over: %v", err)
	}
	must(t, h.SwitchUser(ctx, account.Switch{UserID: bob.ID, At: h.now}))
	must(t, errorOf(h.ReviseGroup(ctx, r)))
	if u, err := h.User(ctx, ada.ID); err != nil || u.LoginEpoch != 1 || len(u.Memberships) > 0 {
		t.Errorf("the person who has left: %+v %v", u, err)
	}
}

// testGroupRoles: the members of a group have its roles, and the rules of roles apply to them.
func testGroupRoles(t *testing.T, h *house) {
	h.client(t, "c")
	ada, bob := h.user(t, "ada"), h.user(t, "bob")
	admins := h.group(t, "admins", account.RoleAdministrator, account.RoleAuditor)
	epoch := func(u *account.User) (int64, time.Time) {
		t.Helper()
		stored, err := h.User(ctx, u.ID)
		must(t, err)
		return stored.LoginEpoch, h.revokedBefore(t, u.ID)
	}
	h.join(t, admins, ada.ID, bob.ID)
	if err := h.CreateUser(ctx, &account.User{ID: "x", Username: "x", CreatedAt: h.now}, "x", account.IfFirstAdmin); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a first administrator: %v", err)
	}
	yes, no := true, false
	for want, f := range map[int]account.UserFilter{2: {Admin: &yes}, 0: {Admin: &no}} {
		if n, err := h.CountUsers(ctx, f); err != nil || n.N != want {
			t.Errorf("administrators %v: %+v %v", *f.Admin, n, err)
		}
	}
	steps := []struct {
		name string
		do   func() error
		lose []*account.User
	}{
		{"another description", func() error { admins.Description = "x"; return h.UpdateGroup(ctx, admins, "admins") }, nil},
		{"one role fewer", func() error {
			admins.Roles, admins.UpdatedAt = account.Roles{account.RoleAdministrator}, h.now
			return h.UpdateGroup(ctx, admins, "admins")
		}, []*account.User{ada, bob}},
		{"one member fewer", func() error {
			admins.Revision++
			return errorOf(h.RemoveMembers(ctx, admins.ID, []string{bob.ID}, h.now))
		}, []*account.User{bob}},
	}
	for _, step := range steps {
		h.setNow(h.now.Add(time.Minute))
		for _, u := range []*account.User{ada, bob} {
			u.LoginEpoch, _ = epoch(u)
		}
		must(t, step.do())
		for _, u := range []*account.User{ada, bob} {
			now, revoked := epoch(u)
			if lost := slices.Contains(step.lose, u); lost != (now > u.LoginEpoch) || lost != revoked.Equal(h.now) {
				t.Errorf("%s: %s has lost a role: epoch %d, %d before, revoked before %v", step.name, u.Username, now, u.LoginEpoch, revoked)
			}
		}
	}
	// Ada is the last administrator, by the group.
	last := map[string]func() error{
		"removing":  func() error { return errorOf(h.RemoveMembers(ctx, admins.ID, []string{ada.ID}, h.now)) },
		"demoting":  func() error { g := *admins; g.Roles = nil; return h.UpdateGroup(ctx, &g, "admins") },
		"deleting":  func() error { return h.DeleteGroup(ctx, admins.ID, 0, h.now) },
		"disabling": func() error { return h.SwitchUser(ctx, account.Switch{UserID: ada.ID, Disabled: true, At: h.now}) },
		"erasing":   func() error { return h.DeleteUser(ctx, ada.ID, 0, h.now) },
		"leaving": func() error {
			u, err := h.User(ctx, ada.ID)
			must(t, err)
			return h.ScheduleDeletion(ctx, account.Deletion{User: u, At: h.now, DeleteAt: h.now.Add(time.Hour)})
		},
	}
	for name, do := range last {
		before, _ := epoch(ada)
		if err := do(); !errors.Is(err, account.ErrLastAdmin) {
			t.Errorf("%s the last administrator: %v", name, err)
		}
		if u, err := h.User(ctx, ada.ID); err != nil || !u.Roles().Has(account.RoleAdministrator) || u.Disabled || u.LoginEpoch != before {
			t.Errorf("%s the last administrator: %+v %v", name, u, err)
		}
	}
	// It is allowed if the accounts are not used: the people are those of a host program.
	must(t, h.UseIssuer(ctx, oauth.IssuerUse{Server: "1", Issuer: "https://id.example", Lasts: time.Minute, HostPeople: true}))
	admins.Roles = nil
	must(t, h.UpdateGroup(ctx, admins, "admins"))
	admins.Roles = account.Roles{account.RoleAdministrator}
	must(t, h.UpdateGroup(ctx, admins, "admins"))
	must(t, h.ForgetHostPeople(ctx))
	// A role that a person has without a group counts, too: Bob can lose it while Ada has hers from the group.
	h.setRoles(t, bob.ID, account.RoleAdministrator)
	h.setRoles(t, bob.ID)
	h.setRoles(t, bob.ID, account.RoleAdministrator)
	must(t, h.DeleteGroup(ctx, admins.ID, 0, h.now))
	if u, err := h.User(ctx, ada.ID); err != nil || len(u.Roles()) > 0 {
		t.Errorf("%+v %v", u, err)
	}
	big := h.group(t, "big")
	var many []string
	for i := range account.MaxRoleMembers + 1 {
		many = append(many, h.user(t, fmt.Sprint("n", i)).ID)
	}
	must(t, errorOf(h.AddMembers(ctx, big.ID, many[1:], h.now)))
	big.Roles = account.Roles{account.RoleAuditor}
	if err := h.UpdateGroup(ctx, big, "big"); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a role for members who have joined since the group was read: %v", err)
	}
	if err := h.DeleteGroup(ctx, big.ID, big.Revision, h.now); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a group is deleted with members who have joined since it was read: %v", err)
	}
	big, err := h.Group(ctx, big.ID)
	must(t, err)
	big.Roles = account.Roles{account.RoleAuditor}
	must(t, h.UpdateGroup(ctx, big, "big"))
	if _, err := h.AddMembers(ctx, big.ID, many[:1], h.now); !errors.Is(err, account.ErrManyMembers) {
		t.Errorf("too many members of a group with a role: %v", err)
	}
	big.Roles = nil
	must(t, h.UpdateGroup(ctx, big, "big"))
	must(t, errorOf(h.AddMembers(ctx, big.ID, many[:1], h.now)))
	big.Revision++
	big.Roles = account.Roles{account.RoleAuditor}
	if err := h.UpdateGroup(ctx, big, "big"); !errors.Is(err, account.ErrManyMembers) {
		t.Errorf("a role for a group with too many members: %v", err)
	}
}

// testOrdinaryGroups: with account.WithOrdinaryGroups, a group with a role is not changed.
func testOrdinaryGroups(t *testing.T, h *house) {
	ada, bob := h.user(t, "ada"), h.user(t, "bob")
	limited := account.WithOrdinaryGroups(ctx)
	for _, name := range []string{"staff", "audit"} {
		var roles account.Roles
		var want error
		if name == "audit" {
			roles, want = account.Roles{account.RoleAuditor}, account.ErrForbidden
		}
		g := h.group(t, name, roles...)
		must(t, errorOf(h.AddMembers(ctx, g.ID, []string{bob.ID}, h.now)))
		rename := func() error {
			g, err := h.Group(ctx, g.ID)
			must(t, err)
			g.Name, g.UpdatedAt = "new-"+name, h.now
			return h.UpdateGroup(limited, g, "new-"+name)
		}
		for change, err := range map[string]error{
			"AddMembers": errorOf(h.AddMembers(limited, g.ID, []string{ada.ID}, h.now)), "RemoveMembers": errorOf(h.RemoveMembers(limited, g.ID, []string{bob.ID}, h.now)),
			"ReviseGroup": errorOf(h.ReviseGroup(limited, account.GroupRevision{Group: g, Canonical: name, Join: []string{ada.ID}, At: h.now})),
			"UpdateGroup": rename(), "DeleteGroup": h.DeleteGroup(limited, g.ID, 0, h.now),
		} {
			if !errors.Is(err, want) || want == nil && err != nil {
				t.Errorf("%s of %s: %v, want %v", change, name, err, want)
			}
		}
	}
	if people, _, err := h.Members(ctx, account.MemberFilter{GroupID: "g-audit"}, paging.Page{}); err != nil || len(people) != 1 || people[0].UserID != bob.ID {
		t.Errorf("the members: %v %v", people, err)
	}
}

// testGroupContention: administrators who remove each other in different ways leave one.
func testGroupContention(t *testing.T, h *house) {
	h.client(t, "c")
	for round := range 6 {
		own, member := h.user(t, fmt.Sprint("own", round)), h.user(t, fmt.Sprint("member", round))
		admins := h.group(t, fmt.Sprint("admins", round), account.RoleAdministrator)
		h.setRoles(t, own.ID, account.RoleAdministrator)
		h.join(t, admins, member.ID)
		if round > 0 { // the administrators of the last round
			before, err := h.User(ctx, fmt.Sprint("id-own", round-1))
			must(t, err)
			before.SetRoles(nil)
			must(t, h.UpdateUser(ctx, before, before.Username, nil))
			if err := h.DeleteGroup(ctx, fmt.Sprint("g-admins", round-1), 0, h.now); err != nil && !errors.Is(err, account.ErrNotFound) {
				t.Fatal(err)
			}
		}
		demoted, err := h.User(ctx, own.ID)
		must(t, err)
		demoted.SetRoles(nil)
		refused := together(2, func(i int) bool {
			var err error
			switch {
			case i == 0 && round%2 == 0:
				err = h.UpdateUser(ctx, demoted, demoted.Username, nil)
			case i == 0:
				err = h.SwitchUser(ctx, account.Switch{UserID: own.ID, Disabled: true, At: h.now})
			case round%3 == 0:
				err = errorOf(h.RemoveMembers(ctx, admins.ID, []string{member.ID}, h.now))
			case round%3 == 1:
				err = h.DeleteGroup(ctx, admins.ID, 0, h.now)
			default:
				admins.Roles = nil
				err = h.UpdateGroup(ctx, admins, admins.Name)
			}
			if err != nil && !errors.Is(err, account.ErrLastAdmin) {
				t.Error(err)
			}
			return errors.Is(err, account.ErrLastAdmin)
		})
		if n := count(refused); n != 1 {
			t.Fatalf("round %d: %d changes were refused", round, n)
		}
	}
}
