package admin

import (
	"net/http"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/account"
)

// userEdit shows a person's form.
func (b *office) userEdit(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "user_form", "Edit "+u.Username, "users", &userForm{User: *u, Claims: string(u.Claims), Self: u.ID == r.me.ID})
	return nil
}

// userUpdate saves a person. Administrators cannot lock themselves out, so
// there is always one left.
func (b *office) userUpdate(r *request) error {
	kept, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	u, f := *kept, &userForm{Self: kept.ID == r.me.ID}
	f.read(r, &u)
	u.Disabled = r.PostForm.Has("disabled")
	if u.Version, err = strconv.ParseInt(r.PostForm.Get("version"), 10, 64); err != nil {
		return errGone
	}
	if f.Self {
		u.Admin, u.Disabled = kept.Admin, kept.Disabled
	}
	f.User = u
	err = b.Accounts.Update(r.Context(), &u)
	if f.take(err) {
		r.render(http.StatusUnprocessableEntity, "user_form", "Edit "+kept.Username, "users", f)
		return nil
	}
	if err == nil && u.Disabled && !kept.Disabled {
		err = b.Logins.EndSessionsOf(r.Context(), u.ID)
	}
	if err != nil {
		return err
	}
	return r.goTo("saved", "users", u.ID)
}

// userPassword sets a password; an empty field makes one and shows it once.
func (b *office) userPassword(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	password, generated := r.PostForm.Get("password"), ""
	if password == "" {
		generated = account.GeneratePassword()
		password = generated
	}
	f := &userForm{User: *u, Claims: string(u.Claims), Self: u.ID == r.me.ID}
	err = b.Accounts.SetPassword(r.Context(), u, password)
	if err == nil {
		err = b.Logins.EndSessionsOf(r.Context(), u.ID)
	}
	switch {
	case f.take(err):
		r.render(http.StatusUnprocessableEntity, "user_form", "Edit "+u.Username, "users", f)
		return nil
	case err != nil:
		return err
	case generated == "":
		return r.goTo("password", "users", u.ID)
	}
	r.render(http.StatusOK, "user_ready", "New password", "users", struct {
		User     *account.User
		Password string
	}{u, generated})
	return nil
}

// userLogout ends all sessions of a person, and tells their applications.
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
