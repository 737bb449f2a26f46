package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// group adds a group whose ID is g- and the name.
func (h *house) group(t *testing.T, name string, roles ...account.Role) *account.Group {
	t.Helper()
	g := &account.Group{ID: "g-" + name, Name: name, Roles: roles, CreatedAt: h.now, UpdatedAt: h.now}
	must(t, h.CreateGroup(ctx, g, name, nil))
	return g
}

// AddMembers adds people to a group, and returns the new members.
func (h *house) AddMembers(ctx context.Context, groupID string, people []string, at time.Time) ([]string, error) {
	done, err := h.ReviseGroup(ctx, account.GroupRevision{Group: &account.Group{ID: groupID}, Join: people, At: at})
	return done.Joined, err
}

// RemoveMembers removes people from a group, and returns the former members.
func (h *house) RemoveMembers(ctx context.Context, groupID string, people []string, at time.Time) ([]string, error) {
	done, err := h.ReviseGroup(ctx, account.GroupRevision{Group: &account.Group{ID: groupID}, Leave: people, At: at})
	return done.Left, err
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
	h.setNow(h.now.Add(time.Minute))
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
		"other roles":                 {func(r *account.GroupRevision) { r.SameRoles, r.Group.Roles = true, account.Roles{account.RoleAuditor} }, account.ErrConflict},
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
	crew := h.group(t, "crew-roles", account.RoleAuditor, account.RoleOperator)
	crew, err = h.Group(ctx, crew.ID)
	must(t, err)
	if _, err := h.ReviseGroup(ctx, account.GroupRevision{Group: &account.Group{ID: crew.ID, Roles: crew.Roles}, SameRoles: true, Join: []string{ada.ID}, At: at}); err != nil {
		t.Errorf("the same roles: %v", err)
	}
	if _, err := h.ReviseGroup(ctx, account.GroupRevision{Group: &account.Group{ID: crew.ID}, SameRoles: true, Leave: []string{ada.ID}, At: at}); !errors.Is(err, account.ErrConflict) {
		t.Errorf("without the roles: %v", err)
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
