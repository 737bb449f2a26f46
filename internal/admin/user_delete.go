package admin

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A userDeletePage shows what is deleted with a user.
type userDeletePage struct {
	User     userRow     // the user
	Usage    oauth.Usage // families and consents
	Sessions oauth.Count // login sessions
	Factors  int         // passkeys, codes, remembered browsers and connected providers
	// Applications are those for which the user is responsible. They remain.
	Applications oauth.Count
	// LastAdmin is set if the user is the only enabled administrator, and cannot be deleted.
	LastAdmin bool
	Switch    switchForm // the form that disables the user instead
}

// userConfirmDelete shows what will be deleted with a user.
func (b *office) userConfirmDelete(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := userDeletePage{User: rowOf(u), Switch: switchForm{URL: b.path("users", u.ID, "switch"), User: true, Disabled: u.Disabled}}
	if page.Usage, err = b.Store.Usage(r.Context(), oauth.FamilyFilter{Subject: u.ID, InSession: true}); err != nil {
		return err
	}
	factors, err := b.Accounts.Factors(r.Context(), u.ID)
	if err != nil {
		return err
	}
	factors = slices.DeleteFunc(factors, func(f account.Factor) bool { return f.Kind == account.FactorExternal })
	few := paging.Page{Limit: account.MaxSessions}
	sessions, more, err := b.Store.Sessions(r.Context(), account.SessionFilter{UserID: u.ID}, few)
	if err != nil {
		return err
	}
	clients, others, err := b.Store.Clients(r.Context(), oauth.ClientFilter{OwnerID: u.ID, Responsible: true}, few)
	if err != nil {
		return err
	}
	page.Factors, page.Sessions, page.Applications = len(factors), oauth.Count{N: len(sessions), More: more.Next != ""}, oauth.Count{N: len(clients), More: others.Next != ""}
	if page.LastAdmin, err = b.onlyAdmin(r, u); err != nil {
		return err
	}
	r.render(http.StatusOK, "user_delete", ui.Text{"admin.title.delete", "app", u.Username}, "users", page)
	return nil
}

// onlyAdmin reports whether a user is the only enabled administrator. The deletion checks
// it again.
func (b *office) onlyAdmin(r *request, u *account.User) (bool, error) {
	yes, no := true, false
	if !u.Roles().Has(account.RoleAdministrator) || u.Disabled {
		return false, nil
	}
	admins, _, err := b.Store.Users(r.Context(), account.UserFilter{Admin: &yes, Disabled: &no}, paging.Page{Limit: 2})
	return len(admins) < 2, err
}

// userDelete deletes a user. Administrators cannot delete themselves here.
func (b *office) userDelete(r *request) error {
	id := r.PathValue("id")
	if id == r.me.ID {
		return errSelf
	}
	if err := b.Accounts.Delete(r.Context(), id, 0); err != nil {
		return err
	}
	b.Logins.SessionsEnded(r.Context())
	return r.goTo("user-deleted", "users")
}

// userKeep cancels the deletion that a user has requested.
func (b *office) userKeep(r *request) error {
	id := r.PathValue("id")
	if err := b.Accounts.CancelDeletion(r.Context(), id); err != nil {
		return err
	}
	return r.goTo("user-kept", "users", id)
}

// userExport returns everything that is stored about a user, as a file.
func (b *office) userExport(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	data, err := b.PersonData(r.Context(), u)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return err
	}
	r.changed(u.ID)
	header := r.w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Disposition", `attachment; filename="user-data.json"`)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	_, err = r.w.Write(append(text, '\n'))
	if err != nil {
		b.Logger.InfoContext(r.Context(), "the client closed the connection", "error", err.Error())
	}
	return nil
}
