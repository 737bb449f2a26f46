package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// userForm is the form of a person as it is shown.
type userForm struct {
	New    bool
	User   account.User
	Claims string
	Errors map[string][]string
	Self   bool
}

// take puts the faults at their fields; false if err is something else.
func (f *userForm) take(err error) bool {
	faults, ok := errors.AsType[validate.FieldErrors](err)
	if !ok {
		return false
	}
	f.Errors = make(map[string][]string)
	for _, fault := range faults {
		f.Errors[fault.Field] = append(f.Errors[fault.Field], fault.Message)
	}
	return true
}

// read takes what was typed. Only the fields of the form are read.
func (f *userForm) read(r *request, u *account.User) {
	form := r.PostForm
	u.Username, u.Email, u.Name = strings.TrimSpace(form.Get("username")), strings.TrimSpace(form.Get("email")), strings.TrimSpace(form.Get("name"))
	u.Admin = form.Has("admin")
	f.Claims = strings.TrimSpace(form.Get("claims"))
	u.Claims = json.RawMessage(f.Claims)
	f.User = *u
}

// userAdd shows the empty form.
func (b *office) userAdd(r *request) error {
	r.render(http.StatusOK, "user_form", "Add a user", "users", &userForm{New: true})
	return nil
}

// userCreate saves a new person. A generated password is shown once.
func (b *office) userCreate(r *request) error {
	f, u := &userForm{New: true}, new(account.User)
	f.read(r, u)
	password, generated := r.PostForm.Get("password"), ""
	if password == "" {
		generated = account.GeneratePassword()
		password = generated
	}
	created, err := b.Accounts.Create(r.Context(), account.NewUser{
		Username: u.Username, Password: password, Email: u.Email, Name: u.Name, Admin: u.Admin, Claims: u.Claims,
	})
	switch {
	case f.take(err):
		r.render(http.StatusUnprocessableEntity, "user_form", "Add a user", "users", f)
		return nil
	case err != nil:
		return err
	case generated == "" && !r.PostForm.Has("another"):
		return r.goTo("created", "users", created.ID)
	case generated == "":
		return r.goTo("created", "users", "add")
	}
	r.render(http.StatusOK, "user_ready", created.Username+" is ready", "users", struct {
		User     *account.User
		Password string
	}{created, generated})
	return nil
}
