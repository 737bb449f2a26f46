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

// group adds a group whose ID is g- and the name.
func (h *house) group(t *testing.T, name string, roles ...account.Role) *account.Group {
	t.Helper()
	g := &account.Group{ID: "g-" + name, Name: name, Roles: roles, CreatedAt: h.now, UpdatedAt: h.now}
	must(t, h.CreateGroup(ctx, g, name, nil))
	return g
}

// join adds people to a group, and updates its revision.
func (h *house) join(t *testing.T, g *account.Group, people ...string) {
	t.Helper()
	must(t, errorOf(h.AddMembers(ctx, g.ID, people, h.now)))
	g.Revision++
}

// testGroups: groups are stored with all their values, and their names are unique.
func testGroups(t *testing.T, h *house) {
	all := &account.Group{ID: "1", Name: "Staff", Description: "Everybody", Roles: account.AllRoles(), CreatedAt: h.now, UpdatedAt: h.now}
	must(t, h.CreateGroup(ctx, all, "staff", nil))
	got, err := h.Group(ctx, "1")
	must(t, err)
	same(t, "group", *got, *all)
	if got.Revision != 1 {
		t.Errorf("the revision of a new group is %d", got.Revision)
	}
	for _, taken := range []account.Group{{ID: "2", Name: "STAFF"}, {ID: "1", Name: "Other"}} {
		canonical := map[string]string{"2": "staff", "1": "other"}[taken.ID]
		if err := h.CreateGroup(ctx, &taken, canonical, nil); !errors.Is(err, account.ErrConflict) {
			t.Errorf("%+v: %v", taken, err)
		}
	}
	h.now = h.now.Add(time.Minute)
	devs := h.group(t, "devs")
	if err := h.UpdateGroup(ctx, devs, "staff"); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a name that is taken: %v", err)
	}
	stale := *devs
	devs.Name, devs.Description, devs.Roles, devs.UpdatedAt = "Developers", "They write", account.Roles{account.RoleAuditor}, h.now
	must(t, h.UpdateGroup(ctx, devs, "developers"))
	if err := h.UpdateGroup(ctx, &stale, "devs"); !errors.Is(err, account.ErrConflict) || devs.Revision != 2 {
		t.Errorf("an old version: %v; the new one is %d", err, devs.Revision)
	}
	got, err = h.GroupByName(ctx, "developers")
	must(t, err)
	same(t, "changed group", *got, *devs)
	if _, err := h.GroupByName(ctx, "devs"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the old name: %v", err)
	}
	for _, test := range []struct {
		f    account.GroupFilter
		want []string
	}{
		{account.GroupFilter{}, []string{"Developers", "Staff"}},
		{account.GroupFilter{Search: "STA"}, []string{"Staff"}},
		{account.GroupFilter{Search: "write"}, []string{"Developers"}},
		{account.GroupFilter{Role: account.RoleAdministrator}, []string{"Staff"}},
		{account.GroupFilter{Role: account.RoleAuditor}, []string{"Developers", "Staff"}},
		{account.GroupFilter{Role: "audit"}, nil},
		{account.GroupFilter{Member: "nobody"}, nil},
	} {
		var names []string
		found, cursor, err := h.Groups(ctx, test.f, paging.Page{Limit: 9})
		must(t, err)
		for _, g := range found {
			names = append(names, g.Name)
		}
		if n, err := h.CountGroups(ctx, test.f); err != nil || n.N != len(test.want) || n.More || !slices.Equal(names, test.want) || cursor.Next != "" {
			t.Errorf("%+v: %v, count %+v %v", test.f, names, n, err)
		}
	}
	newest, cursor, err := h.Groups(ctx, account.GroupFilter{}, paging.Page{Limit: 1, Sort: "created", Descending: true})
	if err != nil || len(newest) != 1 || newest[0].ID != devs.ID || cursor.Next == "" {
		t.Errorf("the newest group: %+v %v", newest, err)
	}
	if err := h.DeleteGroup(ctx, "1", all.Revision+1, h.now); !errors.Is(err, account.ErrConflict) {
		t.Errorf("another revision is deleted: %v", err)
	}
	must(t, h.DeleteGroup(ctx, "1", all.Revision, h.now))
	for _, err := range []error{h.DeleteGroup(ctx, "1", 0, h.now), h.UpdateGroup(ctx, all, "staff"), errorOf(h.AddMembers(ctx, "1", nil, h.now)), errorOf(h.RemoveMembers(ctx, "1", nil, h.now))} {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("a deleted group: %v", err)
		}
	}
	if _, err := h.Group(ctx, "1"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a deleted group: %v", err)
	}
	h.group(t, "staff") // the name is free again
}

// testGroupRevisions: the name, the external ID and the members of a group are changed together, or
// not at all, and only at the revision that the caller has read.
func testGroupRevisions(t *testing.T, h *house) {
	ada, bob, eve := h.user(t, "ada"), h.user(t, "bob"), h.user(t, "eve")
	g, other := h.group(t, "staff"), h.group(t, "other")
	must(t, errorOf(h.AddMembers(ctx, g.ID, []string{ada.ID, bob.ID}, h.now)))
	g, err := h.Group(ctx, g.ID)
	must(t, err)
	if g.Revision != 2 {
		t.Errorf("after people have joined: revision %d", g.Revision)
	}
	at := h.now.Add(time.Minute)
	revise := func(change func(*account.GroupRevision)) (account.RevisedMembers, error) {
		changed := *g
		r := account.GroupRevision{Group: &changed, Renames: true, Identifies: true, Canonical: "staff", Revision: g.Revision, Join: []string{eve.ID}, Leave: []string{ada.ID}, At: at}
		change(&r)
		return h.ReviseGroup(ctx, r)
	}
	for name, test := range map[string]struct {
		change func(*account.GroupRevision)
		want   error
	}{
		"an old revision":             {func(r *account.GroupRevision) { r.Revision = 1 }, account.ErrConflict},
		"a name that is taken":        {func(r *account.GroupRevision) { r.Group.Name, r.Canonical = "Other", "other" }, account.ErrConflict},
		"a person who does not exist": {func(r *account.GroupRevision) { r.Join = []string{eve.ID, "nobody"} }, account.ErrNotFound},
		"an ID that is not a text":    {func(r *account.GroupRevision) { r.Join, r.Leave = []string{"no\x00body"}, []string{"\xff"} }, account.ErrNotFound},
		"a group that does not exist": {func(r *account.GroupRevision) { r.Group.ID = "g-none" }, account.ErrNotFound},
		"no time":                     {func(r *account.GroupRevision) { r.At = time.Time{} }, account.ErrNoTime},
	} {
		if _, err := revise(test.change); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now, err := h.Group(ctx, g.ID); err != nil || now.Revision != 2 || now.Members.N != 2 {
		t.Errorf("a change that failed has changed the group: %+v %v", now, err)
	}
	done, err := revise(func(r *account.GroupRevision) {
		r.Group.Name, r.Canonical, r.Group.ExternalID = "Crew", "crew", "x1"
		r.Join, r.Leave = []string{bob.ID, eve.ID}, []string{ada.ID, "nobody"}
	})
	if err != nil || !slices.Equal(done.Joined, []string{eve.ID}) || !slices.Equal(done.Left, []string{ada.ID}) {
		t.Errorf("got %+v, %v", done, err)
	}
	got, err := h.GroupByExternalID(ctx, "x1")
	must(t, err)
	if got.Name != "Crew" || got.Revision <= 2 || !got.UpdatedAt.Equal(at) || got.Members.N != 2 {
		t.Errorf("got %+v", got)
	}
	for _, id := range []string{"", "x2"} {
		if _, err := h.GroupByExternalID(ctx, id); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the external ID %q: %v", id, err)
		}
	}
	old := *g // another request has read the group earlier
	old.Revision = 0
	if _, err := h.ReviseGroup(ctx, account.GroupRevision{Group: &old, Join: []string{ada.ID}, At: at}); err != nil || old.Name != "Crew" || old.ExternalID != "x1" || old.Revision <= got.Revision {
		t.Errorf("only a member joins: %+v, %v", old, err)
	}
	if got, err = h.GroupByExternalID(ctx, "x1"); err != nil || got.Name != "Crew" || got.Members.N != 3 {
		t.Errorf("after a member has joined: %+v, %v", got, err)
	}
	other.ExternalID = "x1"
	if _, err := h.ReviseGroup(ctx, account.GroupRevision{Group: other, Identifies: true, At: at}); !errors.Is(err, account.ErrConflict) {
		t.Errorf("an external ID that is taken: %v", err)
	}
	if err := h.CreateGroup(ctx, &account.Group{ID: "n", Name: "n", ExternalID: "x1", CreatedAt: at}, "n", nil); !errors.Is(err, account.ErrConflict) {
		t.Errorf("a new group with an external ID that is taken: %v", err)
	}
	made := &account.Group{ID: "made", Name: "made", CreatedAt: at, UpdatedAt: at}
	var missing *account.MissingPersonError
	if err := h.CreateGroup(ctx, made, "made", []string{ada.ID, "no\x00body", "\xff"}); !errors.Is(err, account.ErrNotFound) || !errors.As(err, &missing) || missing.ID != "no\x00body" {
		t.Errorf("a new group with a member who does not exist: %v", err)
	}
	if _, err := h.Group(ctx, made.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a group without its members: %v", err)
	}
	young := &account.User{ID: "id-young", Username: "young", CreatedAt: at, ExpiresAt: at.Add(time.Hour)}
	must(t, h.CreateUser(ctx, young, "young", account.Unconditionally))
	must(t, h.CreateGroup(ctx, made, "made", []string{ada.ID, young.ID}))
	if now, err := h.Group(ctx, made.ID); err != nil || now.Members.N != 2 || now.Revision != 1 || made.Revision != 1 {
		t.Errorf("a new group with members: %+v %v", now, err)
	}
	if u, err := h.User(ctx, young.ID); err != nil || !u.ExpiresAt.IsZero() || len(u.Memberships) != 1 {
		t.Errorf("a member of a new group: %+v %v", u, err)
	}
	must(t, h.DeleteUser(ctx, bob.ID, 0, at))
	if now, err := h.Group(ctx, g.ID); err != nil || now.Revision <= got.Revision {
		t.Errorf("the revision after a member was deleted: %+v %v", now, err)
	}
}

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

func errorOf[T any](_ T, err error) error { return err }

// testMemberships: each method that returns a person returns their groups.
func testMemberships(t *testing.T, h *house) {
	ada, bob := h.user(t, "ada"), h.user(t, "bob")
	h.group(t, "staff")
	h.group(t, "audit", account.RoleAuditor)
	added, err := h.AddMembers(ctx, "g-staff", []string{ada.ID, bob.ID}, h.now)
	if err != nil || !slices.Equal(added, []string{ada.ID, bob.ID}) {
		t.Errorf("added %v, %v", added, err)
	}
	added, err = h.AddMembers(ctx, "g-staff", []string{ada.ID}, h.now)
	if err != nil || len(added) > 0 {
		t.Errorf("added again: %v, %v", added, err)
	}
	if _, err := h.AddMembers(ctx, "g-audit", []string{ada.ID, "nobody"}, h.now); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a person who does not exist: %v", err)
	}
	must(t, errorOf(h.AddMembers(ctx, "g-audit", []string{ada.ID}, h.now)))
	want := []account.Membership{{Group: "audit", Roles: account.Roles{account.RoleAuditor}}, {Group: "staff"}}
	session := account.Session{ID: "s", UserID: ada.ID, CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}
	must(t, h.StartSession(ctx, account.SessionStart{Session: session}))
	key := account.FactorID{1}
	stored, err := h.User(ctx, ada.ID)
	must(t, err)
	must(t, h.ChangeFactors(ctx, account.FactorChange{User: stored, Add: []account.Factor{{ID: key, UserID: ada.ID, Kind: account.FactorToken, CreatedAt: h.now}}, At: h.now}))
	stored.Name, stored.Memberships = "Ada", nil // UpdateUser ignores the memberships
	must(t, h.UpdateUser(ctx, stored, "ada", nil))
	one := func(all []*account.User, err error) (*account.User, error) {
		if err != nil || len(all) != 1 {
			return new(account.User), err
		}
		return all[0], nil
	}
	role := func(users []*account.User, _ paging.Cursor, err error) (*account.User, error) { return one(users, err) }
	for name, read := range map[string]func() (*account.User, error){
		"User":       func() (*account.User, error) { return h.User(ctx, ada.ID) },
		"UserByName": func() (*account.User, error) { return h.UserByName(ctx, "ada") },
		"FindUsers":  func() (*account.User, error) { return one(h.FindUsers(ctx, "ada", 5)) },
		"Users": func() (*account.User, error) {
			return role(h.Users(ctx, account.UserFilter{Search: "ada"}, paging.Page{Limit: 5}))
		},
		"Users by role": func() (*account.User, error) {
			return role(h.Users(ctx, account.UserFilter{Role: account.RoleAuditor}, paging.Page{Limit: 5}))
		},
		"Session": func() (*account.User, error) { _, u, err := h.Session(ctx, "s"); return u, err },
		"Factor":  func() (*account.User, error) { _, u, err := h.Factor(ctx, key); return u, err },
	} {
		u, err := read()
		must(t, err)
		if len(u.Memberships) != 2 || u.Memberships[0].Group != want[0].Group || !slices.Equal(u.Memberships[0].Roles, want[0].Roles) || u.Memberships[1].Group != "staff" || len(u.Memberships[1].Roles) > 0 {
			t.Errorf("%s: %+v", name, u.Memberships)
		}
	}
	young := &account.User{ID: "young", Username: "young", CreatedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
	must(t, h.CreateUser(ctx, young, "young", account.Unconditionally))
	must(t, errorOf(h.AddMembers(ctx, "g-audit", []string{young.ID}, h.now)))
	if u, err := h.User(ctx, young.ID); err != nil || !u.ExpiresAt.IsZero() {
		t.Errorf("the account of a member expires at %v, %v", u.ExpiresAt, err)
	}
	members, _, err := h.Members(ctx, account.MemberFilter{GroupID: "g-staff"}, paging.Page{Limit: 1})
	if err != nil || len(members) != 1 || members[0].UserID != ada.ID || members[0].Username != "ada" || members[0].Name != "Ada" || !members[0].AddedAt.Equal(h.now) {
		t.Errorf("members %+v, %v", members, err)
	}
	for search, n := range map[string]int{"": 2, "BO": 1, "xyz": 0} {
		if count, err := h.CountMembers(ctx, account.MemberFilter{GroupID: "g-staff", Search: search}); err != nil || count.N != n {
			t.Errorf("members %q: %+v %v", search, count, err)
		}
		if found, _, err := h.Members(ctx, account.MemberFilter{GroupID: "g-staff", Search: search}, paging.Page{}); err != nil || len(found) != n {
			t.Errorf("members %q: %+v %v", search, found, err)
		}
	}
	staff, err := h.Group(ctx, "g-staff")
	if err != nil || staff.Members.N != 2 {
		t.Errorf("%+v %v", staff, err)
	}
	found, _, err := h.Groups(ctx, account.GroupFilter{Member: bob.ID}, paging.Page{})
	if err != nil || len(found) != 1 || found[0].ID != "g-staff" {
		t.Errorf("groups of bob: %+v %v", found, err)
	}
	removed, err := h.RemoveMembers(ctx, "g-staff", []string{bob.ID, "nobody"}, h.now)
	if err != nil || !slices.Equal(removed, []string{bob.ID}) {
		t.Errorf("removed %v, %v", removed, err)
	}
	must(t, h.DeleteUser(ctx, ada.ID, 0, h.now))
	must(t, h.DeleteGroup(ctx, "g-audit", 0, h.now))
	if n, err := h.CountMembers(ctx, account.MemberFilter{GroupID: "g-staff"}); err != nil || n.N != 0 {
		t.Errorf("members after the deletion: %+v %v", n, err)
	}
	for i := range account.MaxGroups {
		must(t, errorOf(h.AddMembers(ctx, h.group(t, fmt.Sprint("n", i)).ID, []string{bob.ID}, h.now)))
	}
	if _, err := h.AddMembers(ctx, "g-staff", []string{bob.ID}, h.now); !errors.Is(err, account.ErrManyGroups) {
		t.Errorf("one group too many: %v", err)
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
		{"a role less", func() error {
			admins.Roles, admins.UpdatedAt = account.Roles{account.RoleAdministrator}, h.now
			return h.UpdateGroup(ctx, admins, "admins")
		}, []*account.User{ada, bob}},
		{"a member less", func() error {
			admins.Revision++
			return errorOf(h.RemoveMembers(ctx, admins.ID, []string{bob.ID}, h.now))
		}, []*account.User{bob}},
	}
	for _, step := range steps {
		h.now = h.now.Add(time.Minute)
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
	// An own role counts, too: Bob can then lose it while Ada has hers by the group.
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
