package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// setRoles replaces the roles of a person.
func (h *house) setRoles(t *testing.T, id string, roles ...account.Role) {
	t.Helper()
	u, err := h.User(ctx, id)
	must(t, err)
	u.SetRoles(roles)
	must(t, h.UpdateUser(ctx, u, u.Username, nil))
}

// revokedBefore returns the time until which everything that was issued to a person is revoked.
func (h *house) revokedBefore(t *testing.T, id string) time.Time {
	t.Helper()
	standing, err := h.JWTStanding(ctx, oauth.ID{1}, oauth.ID{}, "c", id)
	must(t, err)
	return standing.SubjectRevokedBefore
}

// testLostRoles: a change that removes a role revokes all tokens of the person, and increments the
// login epoch, which revokes the personal tokens. No other change does this.
func testLostRoles(t *testing.T, h *house) {
	h.client(t, "c")
	h.user(t, "root")
	h.setRoles(t, "id-root", account.RoleAdministrator)
	u := h.user(t, "ada")
	for _, step := range []struct {
		roles account.Roles
		loses bool
	}{
		{account.Roles{account.RoleAuditor}, false},
		{account.Roles{account.RoleAuditor, account.RoleOperator}, false},
		{account.Roles{account.RoleAuditor, account.RoleOperator}, false},
		{account.Roles{account.RoleOperator}, true},
		{account.Roles{account.RoleAdministrator, account.RoleOperator}, false},
		{account.Roles{account.RoleOperator}, true},
		{account.Roles{account.RoleAdministrator}, true}, // another role instead
		{nil, true},
		{nil, false},
	} {
		h.setNow(h.now.Add(time.Minute))
		before, roles := *u, u.Roles()
		u.SetRoles(step.roles)
		u.Email, u.UpdatedAt = fmt.Sprint("ada@", h.now.Minute(), ".example"), h.now
		must(t, h.UpdateUser(ctx, u, u.Username, nil))
		stored, err := h.User(ctx, u.ID)
		must(t, err)
		revoked := h.revokedBefore(t, u.ID)
		if lost := stored.LoginEpoch > before.LoginEpoch; lost != step.loses || stored.LoginEpoch != u.LoginEpoch || revoked.Equal(h.now) != step.loses || stored.Version != u.Version {
			t.Errorf("%v to %v: epoch %d, %d before, %d in memory; revoked before %v", roles, step.roles, stored.LoginEpoch, before.LoginEpoch, u.LoginEpoch, revoked)
		}
	}
	stale := *u
	h.setRoles(t, u.ID, account.RoleAuditor)
	at := h.revokedBefore(t, u.ID)
	h.setNow(h.now.Add(time.Minute))
	stale.UpdatedAt = h.now
	if err := h.UpdateUser(ctx, &stale, u.Username, nil); !errors.Is(err, account.ErrConflict) || !h.revokedBefore(t, u.ID).Equal(at) {
		t.Errorf("a change of an old version: %v, revoked before %v", err, h.revokedBefore(t, u.ID))
	}
}

// testGuards: a change with a Guard is made only if the roles allow it at that moment, whatever
// the caller has read before.
func testGuards(t *testing.T, h *house) {
	for _, name := range []string{"root", "op", "ada"} {
		h.user(t, name)
	}
	h.client(t, "c")
	h.setRoles(t, "id-root", account.RoleAdministrator)
	changes := map[string]func(context.Context, *account.User) error{
		"UpdateUser": func(ctx context.Context, u *account.User) error { return h.UpdateUser(ctx, u, u.Username, nil) },
		"SwitchUser": func(ctx context.Context, u *account.User) error {
			return h.SwitchUser(ctx, account.Switch{UserID: u.ID, At: h.now})
		},
		"SetPassword": func(ctx context.Context, u *account.User) error {
			return h.SetPassword(ctx, account.PasswordChange{User: u, Hash: "new", At: h.now})
		},
		"ReviseUser": func(ctx context.Context, u *account.User) error {
			return h.ReviseUser(ctx, account.UserRevision{User: u, Switch: true, At: h.now})
		},
		"SetUserMetadata": func(ctx context.Context, u *account.User) error { return h.SetUserMetadata(ctx, u.ID, nil) },
		"SetPicture":      func(ctx context.Context, u *account.User) error { return h.SetPicture(ctx, u, u.Username, nil) },
		"ChangeFactors": func(ctx context.Context, u *account.User) error {
			return h.ChangeFactors(ctx, account.FactorChange{User: u, At: h.now})
		},
		"SwitchClient": func(ctx context.Context, _ *account.User) error {
			return h.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "c", At: h.now})
		},
		"RevokeClient": func(ctx context.Context, _ *account.User) error { return h.RevokeClient(ctx, "c", h.now) },
	}
	guarded := func(person string, needs ...account.Permission) context.Context {
		return account.WithGuard(ctx, account.Guard{Actor: "id-op", Needs: needs, Person: person})
	}
	check := func(when string, ctx context.Context, allowed bool, names ...string) {
		t.Helper()
		for _, name := range names {
			u, err := h.User(ctx, "id-ada")
			must(t, err)
			if err := changes[name](ctx, u); allowed && err != nil || !allowed && !errors.Is(err, account.ErrForbidden) {
				t.Errorf("%s: %s returns %v", when, name, err)
			}
			if after, err := h.User(ctx, "id-ada"); err != nil || !allowed && (after.Version != u.Version || after.PasswordHash != u.PasswordHash) {
				t.Errorf("%s: %s has changed the user: %v", when, name, err)
			}
		}
	}
	people := []string{"UpdateUser", "ReviseUser", "SwitchUser", "SetPassword", "SetUserMetadata", "SetPicture", "ChangeFactors"}
	all := append([]string{"SwitchClient", "RevokeClient"}, people...)
	check("without the role", guarded("id-ada", account.PeopleWrite), false, all...)
	h.setRoles(t, "id-op", account.RoleOperator)
	check("with the role", guarded("id-ada", account.PeopleWrite), true, all...)
	check("with one of two permissions", guarded("id-ada", account.PeopleWrite, account.PeopleRoles), false, all...)
	h.setRoles(t, "id-ada", account.RoleAuditor)
	check("the person has got a role", guarded("id-ada", account.PeopleWrite), false, people...)
	check("about nobody", guarded("", account.PeopleWrite), true, "SwitchClient", "RevokeClient")
	check("without a Guard any more", account.WithoutGuard(guarded("id-ada", account.PeopleWrite)), true, people...)
	h.setRoles(t, "id-op", account.RoleAdministrator)
	check("an administrator", guarded("id-ada", account.PeopleRoles), true, people...)
	h.setRoles(t, "id-ada")
	ordinary := account.WithGuard(ctx, account.Guard{Person: "id-ada", Ordinary: true})
	limited := account.WithGuard(ctx, account.Guard{Actor: "id-op", Person: "id-ada", Ordinary: true})
	check("an application, without a role of the person", ordinary, true, people...)
	check("a limited token, without a role of the person", limited, true, people...)
	h.setRoles(t, "id-ada", account.RoleAuditor)
	check("an application, and the person has got a role", ordinary, false, people...)
	check("a limited token, and the person has got a role", limited, false, people...)
	must(t, h.SwitchUser(ctx, account.Switch{UserID: "id-op", Disabled: true, At: h.now}))
	check("disabled", guarded("id-ada", account.PeopleWrite), false, all...)
	check("deleted", account.WithGuard(ctx, account.Guard{Actor: "nobody", Needs: []account.Permission{account.PeopleWrite}}), false, all...)
}

// testGuardContention: of a person who gets a role and an operator who disables the person at the
// same moment, the operator does not win after the role was given.
func testGuardContention(t *testing.T, h *house) {
	h.user(t, "op")
	h.setRoles(t, "id-op", account.RoleOperator)
	h.user(t, "root")
	h.setRoles(t, "id-root", account.RoleAdministrator)
	for i := range 20 {
		u := h.user(t, fmt.Sprint("p", i))
		var given, disabled error
		var both sync.WaitGroup
		both.Go(func() {
			promoted := *u
			promoted.SetRoles(account.Roles{account.RoleAdministrator})
			given = h.UpdateUser(ctx, &promoted, u.Username, nil)
		})
		both.Go(func() {
			guarded := account.WithGuard(ctx, account.Guard{Actor: "id-op", Needs: []account.Permission{account.PeopleWrite}, Person: u.ID})
			disabled = h.SwitchUser(guarded, account.Switch{UserID: u.ID, Disabled: true, At: h.now.Add(time.Second)})
		})
		both.Wait()
		now, err := h.User(ctx, u.ID)
		must(t, err)
		switch {
		case given == nil && errors.Is(disabled, account.ErrForbidden) && now.Admin && !now.Disabled:
		case errors.Is(given, account.ErrConflict) && disabled == nil && !now.Admin && now.Disabled:
		default:
			t.Fatalf("role: %v, disabled: %v, %+v", given, disabled, now)
		}
	}
}

// testOwnerGuards: a change of an owner is made only while the person owns the client, and no
// person becomes responsible for more clients than the Guard allows, in any number of calls.
func testOwnerGuards(t *testing.T, h *house) {
	h.user(t, "ada")
	h.user(t, "bob")
	owned := func(id string) context.Context { return account.WithGuard(ctx, account.Guard{Actor: id, Owns: "shop"}) }
	must(t, h.CreateClient(ctx, &oauth.Client{ID: "shop", Name: "Shop", OwnerID: "id-ada", CoOwnerIDs: []string{"id-cy", "id-bob"}, CreatedAt: h.now}))
	edit := func(id string) error {
		c, err := h.Client(ctx, "shop")
		must(t, err)
		return h.UpdateClient(owned(id), c)
	}
	for id, want := range map[string]error{"id-ada": nil, "id-bob": nil, "id": account.ErrForbidden, "id-cy": account.ErrForbidden} { // cy has no account
		if err := edit(id); !errors.Is(err, want) {
			t.Errorf("%s changes the client: %v", id, err)
		}
	}
	c, err := h.Client(ctx, "shop")
	must(t, err)
	c.CoOwnerIDs = nil
	must(t, h.UpdateClient(ctx, c))
	if err := h.DiscardClient(owned("id-bob"), "shop", 0, h.now); !errors.Is(err, account.ErrForbidden) {
		t.Errorf("a former owner deletes the client: %v", err)
	}
	must(t, h.SwitchUser(ctx, account.Switch{UserID: "id-ada", Disabled: true, At: h.now}))
	if err := edit("id-ada"); !errors.Is(err, account.ErrForbidden) {
		t.Errorf("a disabled owner changes the client: %v", err)
	}
	var all sync.WaitGroup
	var added atomic.Int64
	for i := range 12 {
		all.Go(func() {
			fewer := account.WithGuard(ctx, account.Guard{Actor: "id-bob", Fewer: 3})
			err := h.CreateClient(fewer, &oauth.Client{ID: fmt.Sprint("app", i), Name: "App", OwnerID: "id-bob", CreatedAt: h.now})
			if err == nil {
				added.Add(1)
			} else if !errors.Is(err, account.ErrTooMany) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n, err := h.CountClients(ctx, oauth.ClientFilter{OwnerID: "id-bob", Responsible: true}); err != nil || n.N != 3 || added.Load() != 3 {
		t.Errorf("%d clients were added, and %d exist: %v", added.Load(), n.N, err)
	}
}
