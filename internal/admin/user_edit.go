package admin

import (
	"net/http"
)

// userEdit shows the form of a user.
func (b *office) userEdit(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	r.showUserForm(http.StatusOK, r.userForm(u))
	return nil
}

// userUpdate saves a user. Administrators cannot disable themselves or take away
// their own rights, so there is always at least one administrator.
func (b *office) userUpdate(r *request) error {
	stored, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	u, f := *stored, r.userForm(stored)
	f.read(r, &u)
	if f.Self {
		u.Admin, u.Disabled = stored.Admin, stored.Disabled
	}
	f.User = u
	err = b.Accounts.Update(r.Context(), &u)
	if r.invalid(f, err) {
		return nil
	}
	if err == nil && u.Disabled && !stored.Disabled {
		err = b.Logins.EndSessionsOf(r.Context(), u.ID)
	}
	if err != nil {
		return err
	}
	return r.goTo("saved", "users", u.ID)
}

// userLogout ends all sessions of a user, and notifies their applications.
func (b *office) userLogout(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := b.Logins.EndSessionsOf(r.Context(), u.ID); err != nil {
		return err
	}
	return r.goTo("ended", "users", u.ID)
}

// userPassword sets a password. A generated one is shown once.
func (b *office) userPassword(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	password, generated := r.typedPassword()
	err = b.Accounts.SetPassword(r.Context(), u, password)
	if r.invalid(r.userForm(u), err) {
		return nil
	}
	if err == nil {
		err = b.Logins.EndSessionsOf(r.Context(), u.ID)
	}
	switch {
	case err != nil:
		return err
	case generated:
		r.showPassword("New password", u, password)
		return nil
	}
	return r.goTo("password", "users", u.ID)
}
