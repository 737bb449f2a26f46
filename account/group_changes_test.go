package account_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// A busyGroup is a Store in which another person joins the group each time after it is read.
type busyGroup struct {
	*memstore.Store
	reads *int
}

func (s busyGroup) Group(ctx context.Context, id string) (*account.Group, error) {
	g, err := s.Store.Group(ctx, id)
	if err != nil {
		return nil, err
	}
	*s.reads++
	other := fmt.Sprint("other", *s.reads)
	if err := s.CreateUser(ctx, &account.User{ID: other, Username: other, CreatedAt: time.Now()}, other, account.Unconditionally); err != nil {
		return nil, err
	}
	_, err = s.ReviseGroup(ctx, account.GroupRevision{Group: &account.Group{ID: id}, Join: []string{other}, At: time.Now()})
	return g, err
}

// TestPeopleJoinAGroupAtTheSameTime: also a group with a role, because only its roles matter.
func TestPeopleJoinAGroupAtTheSameTime(t *testing.T) {
	store, reads := memstore.New(nil), 0
	a := account.New(account.Config{Store: busyGroup{store, &reads}})
	u := newMember(t, store)
	for name, roles := range map[string]account.Roles{"plain": nil, "crew": {account.RoleAuditor}} {
		g := &account.Group{Name: name, Roles: roles}
		if err := a.CreateGroup(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		reads = 10 * len(name)
		before := reads
		_, added, err := a.AddMembers(t.Context(), g.ID, u.ID)
		if err != nil || len(added) != 1 || reads != before+1 {
			t.Errorf("%s: added %v after %d reads, %v", name, added, reads-before, err)
		}
		if _, removed, err := a.RemoveMembers(t.Context(), g.ID, nil, u.ID); err != nil || len(removed) != 1 {
			t.Errorf("%s: removed %v, %v", name, removed, err)
		}
	}
}

// TestLostRoleIsForbidden: a person who has lost a role since the request was checked cannot change a group, and a
// client that repeats requests after a conflict must not repeat this one.
func TestLostRoleIsForbidden(t *testing.T) {
	store := memstore.New(nil)
	a := account.New(account.Config{Store: store})
	u := newMember(t, store)
	ctx := account.WithGuard(t.Context(), account.Guard{Actor: u.ID, Needs: []account.Permission{account.PeopleRoles}})
	for name, roles := range map[string]account.Roles{"plain": nil, "crew": {account.RoleAuditor}} {
		g := &account.Group{Name: name, Roles: roles}
		if err := a.CreateGroup(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		_, _, add := a.AddMembers(ctx, g.ID, u.ID)
		_, _, remove := a.RemoveMembers(ctx, g.ID, nil, u.ID)
		_, _, deleted := a.DeleteGroup(ctx, g.ID, 0, nil)
		for _, err := range []error{add, remove, deleted} {
			if !errors.Is(err, account.ErrForbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func newMember(t *testing.T, store *memstore.Store) *account.User {
	t.Helper()
	u := &account.User{ID: "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", Username: "bob", CreatedAt: time.Now()}
	if err := store.CreateUser(t.Context(), u, "bob", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	return u
}
