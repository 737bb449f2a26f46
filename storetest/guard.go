package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// setRoles gives a person these roles, and no others.
func (h *house) setRoles(t *testing.T, id string, roles ...account.Role) {
	t.Helper()
	u, err := h.User(ctx, id)
	must(t, err)
	u.SetRoles(roles)
	must(t, h.UpdateUser(ctx, u, u.Username, nil))
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
		"SetUserMetadata": func(ctx context.Context, u *account.User) error { return h.SetUserMetadata(ctx, u.ID, nil) },
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
	people := []string{"UpdateUser", "SwitchUser", "SetPassword", "SetUserMetadata", "ChangeFactors"}
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
