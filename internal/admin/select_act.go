package admin

import (
	"cmp"
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// errAlready reports that a row needs no action.
var errAlready = errors.New("admin: the row needs no action")

// clientActions are the actions on selected applications. They do what the forms on the page of an
// application do.
func (b *office) clientActions(r *request) []listAction {
	revoke := listAction{
		name: "revoke", text: ui.Text{"admin.list.revoke_tokens"}, button: ui.Text{"admin.button.revoke_all"}, explain: ui.Text{"admin.ask.clients_revoke_text"}, more: ui.Text{"admin.ask.jwt"}, did: "tokens-revoked", event: "applications/{id}/revoke", needs: account.TokensRevoke,
		act: func(ids []string) error {
			return r.actOnClients(ids, oauth.Change{Field: "tokens", After: "revoked"}, func(id string) error {
				return b.Store.RevokeClient(r.Context(), id, b.Clock())
			})
		},
	}
	disable := listAction{
		name: "disable", text: ui.Text{"admin.list.disable"}, button: ui.Text{"admin.button.pause"}, explain: ui.Text{"admin.ask.client_disable_text"}, did: "disabled", event: "applications/{id}/switch", needs: account.ApplicationsWrite,
		act: func(ids []string) error {
			return r.actOnClients(ids, switched(true, false), func(id string) error {
				if c, err := b.Store.Client(r.Context(), id); err != nil || c.Disabled {
					return cmp.Or(err, errAlready)
				}
				return b.Store.SwitchClient(r.Context(), oauth.ClientSwitch{ClientID: id, Disabled: true, At: b.Clock()})
			})
		},
	}
	revoke.heading = func(n int) ui.Text { return ui.Text{"admin.ask.clients_revoke", "n", n} }
	revoke.all = func(n any) ui.Text { return ui.Text{"admin.ask.clients_revoke_all", "n", n} }
	disable.heading = func(n int) ui.Text { return ui.Text{"admin.ask.clients_disable", "n", n} }
	disable.all = func(n any) ui.Text { return ui.Text{"admin.ask.clients_disable_all", "n", n} }
	return []listAction{revoke, disable}
}

// actOnClients changes applications, and records each of the changes. It skips those that were
// deleted in the meantime.
func (r *request) actOnClients(ids []string, change oauth.Change, act func(id string) error) error {
	for _, id := range ids {
		switch err := act(id); {
		case errors.Is(err, oauth.ErrNotFound):
			r.acted.gone++
			continue
		case errors.Is(err, errAlready):
			r.acted.already++
			continue
		case err != nil:
			return err
		}
		r.acted.done++
		r.report(id, oauth.EventDetails{ClientID: id, Changes: []oauth.Change{change}})
	}
	return nil
}

// userActions are the actions on selected users.
func (b *office) userActions(r *request) []listAction {
	logout := listAction{
		name: "logout", text: ui.Text{"admin.list.logout"}, button: ui.Text{"admin.button.logout"}, explain: ui.Text{"admin.ask.users_logout_text"}, did: "logged-out", event: "users/{id}/logout", needs: account.TokensRevoke,
		act: func(ids []string) error {
			return r.actOnUsers(ids, oauth.Change{Field: "sessions", After: "ended"}, func(r *request, id string) error {
				if _, err := b.Store.User(r.Context(), id); err != nil {
					return err
				}
				return b.Logins.EndSessionsOf(r.Context(), id, "")
			})
		},
		skip: func(id string) bool { return r.skipOwner(func() (string, error) { return id, nil }) },
	}
	disable := listAction{
		name: "disable", text: ui.Text{"admin.list.disable"}, button: ui.Text{"admin.button.pause"}, explain: ui.Text{"admin.ask.users_disable_text"}, did: "disabled", event: "users/{id}/switch", needs: account.PeopleWrite,
		act: func(ids []string) error {
			defer b.Logins.SessionsEnded(r.Context())
			return r.actOnUsers(ids, switched(true, false), func(r *request, id string) error {
				if id == r.me.ID {
					return errSelf
				}
				u, err := b.Store.User(r.Context(), id)
				if err != nil {
					return err
				}
				ours, err := b.Accounts.BlockedByDirectory(r.Context(), u)
				if err == nil && u.Disabled && u.DeleteAt.IsZero() && !ours {
					err = errAlready
				}
				if err != nil {
					return err
				}
				return b.Accounts.Disable(r.Context(), id, false)
			})
		},
		skip: func(id string) bool { return id == r.me.ID || logout.skip(id) },
	}
	logout.heading = func(n int) ui.Text { return ui.Text{"admin.ask.users_logout", "n", n} }
	logout.all = func(n any) ui.Text { return ui.Text{"admin.ask.users_logout_all", "n", n} }
	disable.heading = func(n int) ui.Text { return ui.Text{"admin.ask.users_disable", "n", n} }
	disable.all = func(n any) ui.Text { return ui.Text{"admin.ask.users_disable_all", "n", n} }
	return []listAction{logout, disable}
}

// actOnUsers changes users, and records each of the changes. It rejects people with a role, unless
// the person can give roles: before the first change, and again in the transaction of each change. It
// skips those that were deleted in the meantime.
func (r *request) actOnUsers(ids []string, change oauth.Change, act func(r *request, id string) error) error {
	if err := r.protectOwners(ids...); err != nil {
		return err
	}
	for _, id := range ids {
		one := *r
		if g, found := account.GuardOf(r.Context()); found {
			g.Person = id
			one.Request = r.WithContext(account.WithGuard(r.Context(), g))
		}
		switch err := act(&one, id); {
		case errors.Is(err, account.ErrNotFound):
			r.acted.gone++
			continue
		case errors.Is(err, errAlready):
			r.acted.already++
			continue
		case err != nil:
			return err
		}
		r.acted.done++
		r.report(id, oauth.EventDetails{Person: id, Changes: []oauth.Change{change}})
	}
	return nil
}
