package admin

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// userAdd shows an empty form.
func (b *office) userAdd(r *request) error {
	r.showUserForm(http.StatusOK, &userForm{New: true})
	return nil
}

// userCreate adds a user. A generated password is shown once.
func (b *office) userCreate(r *request) error {
	f, u := &userForm{New: true}, new(account.User)
	f.read(r, u)
	if err := r.needForUser(nil, u); err != nil {
		return err
	}
	if r.resent {
		return r.showAgain(f)
	}
	password, generated := r.typedPassword()
	created, err := b.Accounts.Create(r.Context(), account.NewUser{
		Username: u.Username, Password: password, Email: u.Email, Name: u.Name, Roles: u.Roles(), Claims: u.Claims,
	})
	switch {
	case r.invalid(f, err):
		return nil
	case err != nil:
		return err
	}
	r.target, r.details = created.ID, oauth.EventDetails{PersonName: created.Username, Changes: audit.UserChanges(nil, created)}
	switch {
	case generated:
		r.showPassword(ui.Text{"admin.title.user_added"}, created, password)
		return nil
	case r.PostForm.Has("another"):
		return r.goTo("created", "users", "add")
	}
	return r.goTo("created", "users", created.ID)
}
