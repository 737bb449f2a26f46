package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// userEdit shows the form of a user.
func (b *office) userEdit(r *request) error {
	_, f, err := r.userForm()
	if err != nil {
		return err
	}
	r.showUserForm(http.StatusOK, f)
	return nil
}

// userUpdate saves a user. Administrators cannot remove their own rights.
func (b *office) userUpdate(r *request) error {
	stored, f, err := r.userForm()
	if err != nil {
		return err
	}
	u := *stored
	f.read(r, &u)
	if err := r.needForUser(stored, &u); err != nil {
		return err
	}
	if r.PostForm.Has("again") {
		r.showUserForm(http.StatusOK, f)
		return nil
	}
	if shown, err := b.reviewUser(r, stored, &u); shown || err != nil {
		return err
	}
	err = b.Accounts.Update(r.Context(), &u)
	if r.invalid(f, err) {
		return nil
	}
	if errors.Is(err, account.ErrConflict) && !slices.Equal(u.OwnRoles(), stored.OwnRoles()) {
		return b.setRoles(r, stored, f)
	}
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{PersonName: u.Username, Changes: audit.UserChanges(stored, &u)}
	return r.goTo("saved", "users", u.ID)
}

// needForUser returns an error unless the person may make all of the changes. before is nil for a new
// user.
func (r *request) needForUser(before, u *account.User) error {
	for _, p := range r.b.Acts.UserPermissions(before, u) {
		if err := r.need(p); err != nil {
			return err
		}
	}
	return nil
}

// setRoles saves only the roles of a user, whatever was changed since the form was opened. Otherwise a user who keeps saving their profile
// could keep their rights.
func (b *office) setRoles(r *request, stored *account.User, f *userForm) error {
	before := stored.OwnRoles()
	err := b.Accounts.Change(r.Context(), stored, func(u *account.User) error {
		before = u.OwnRoles()
		u.SetRoles(f.changed(u.OwnRoles()))
		return nil
	})
	if err != nil {
		return err
	}
	r.details.Changes = []oauth.Change{{Field: "roles", Before: before.String(), After: stored.OwnRoles().String()}}
	return r.goTo("rights", "users", stored.ID)
}

// userSwitch disables a user, or enables them. Administrators cannot disable
// themselves.
func (b *office) userSwitch(r *request) error {
	id, note := r.PathValue("id"), "user-enabled"
	var err error
	disabled, revoke := r.switchTo()
	switch {
	case !disabled:
		err = b.Accounts.Enable(r.Context(), id)
	case id == r.me.ID:
		return errSelf
	default:
		note = "user-disabled"
		err = b.Accounts.Disable(r.Context(), id, revoke)
		b.Logins.SessionsEnded(r.Context())
	}
	if err != nil {
		return err
	}
	r.details.Changes = []oauth.Change{switched(disabled, revoke)}
	return r.goTo(note, "users", id)
}

// userLogout ends all sessions of a user, and notifies their applications.
func (b *office) userLogout(r *request) error {
	u, err := b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := b.Logins.EndSessionsOf(r.Context(), u.ID, ""); err != nil {
		return err
	}
	return r.goTo("ended", "users", u.ID)
}

// userFactors removes the second factors of a user who has lost them, and ends their
// sessions.
func (b *office) userFactors(r *request) error {
	id := r.PathValue("id")
	if id == r.me.ID {
		return errOwnFactors
	}
	if err := b.Accounts.ResetFactors(r.Context(), id); err != nil {
		return err
	}
	b.Logins.SessionsEnded(r.Context())
	return r.goTo("factors", "users", id)
}

// userPassword sets a password. A generated one is shown once.
func (b *office) userPassword(r *request) error {
	u, f, err := r.userForm()
	if err != nil {
		return err
	}
	if r.resent {
		return r.showAgain(f)
	}
	password, generated := r.typedPassword()
	err = b.Accounts.SetPassword(r.Context(), u, password)
	if r.invalid(f, err) {
		return nil
	}
	if err == nil {
		b.Logins.SessionsEnded(r.Context())
	}
	switch {
	case err != nil:
		return err
	case generated:
		r.showPassword(ui.Text{"admin.title.new_password"}, u, password)
		return nil
	}
	return r.goTo("password", "users", u.ID)
}

// userMetadata replaces the metadata of a user. It is read by hooks of the host
// program, and is not part of the profile.
func (b *office) userMetadata(r *request) error {
	u, f, err := r.userForm()
	if err != nil {
		return err
	}
	f.Metadata = strings.TrimSpace(r.PostForm.Get("metadata"))
	err = b.Accounts.SetMetadata(r.Context(), u.ID, json.RawMessage(f.Metadata))
	if r.invalid(f, err) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.goTo("saved", "users", u.ID)
}
