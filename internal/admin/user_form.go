package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A userForm is the form of a user, with the values that were entered and their
// errors.
type userForm struct {
	New    bool    // the user does not exist yet
	User   userRow // the values of the fields
	Claims string  // further claims as JSON
	// Metadata is the metadata as JSON. It has a form of its own.
	Metadata string
	// EmailVerified is set if the address is marked as confirmed.
	EmailVerified bool
	Errors        map[string][]ui.Text // messages, by field
	// Had are the roles with which the form was shown, and Chosen those that were sent.
	Had, Chosen  account.Roles
	Picture      string           // the address of the picture, or empty
	Self         bool             // administrators are editing their own account
	Groups       []*account.Group // the groups of the user, by name
	GroupRoles   ui.Text          // the roles that the user has through groups, or nil
	Switch       switchForm       // the form that disables or enables the user
	SecondFactor bool             // the user has a second factor
	History      auditHistory     // the newest records about the user
	APITokens    []apiToken       // the tokens of the user for the admin API, newest first
	States       []listBadge      // the state of the account, and the roles of the user
	Stats        []objectStat     // how much the account is used
}

// userForm returns the user whose ID is in the path of the request, and the form of this
// user.
func (r *request) userForm() (*account.User, *userForm, error) {
	u, err := r.b.Store.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	other, err := u.OtherClaims()
	if err != nil {
		other = u.Claims // shown unchanged
	}
	metadata, err := r.b.Store.UserMetadata(r.Context(), u.ID)
	if err != nil {
		return nil, nil, err
	}
	history, err := r.b.historyOf(r, audit.Filter{Person: u.ID}, "person", u.ID)
	if err != nil {
		return nil, nil, err
	}
	groups, _, err := r.b.Store.Groups(r.Context(), account.GroupFilter{Member: u.ID}, paging.Page{Limit: account.MaxGroups})
	if err != nil {
		return nil, nil, err
	}
	tokens, err := r.b.apiTokensOf(r, u.ID)
	if err != nil {
		return nil, nil, err
	}
	stats, err := r.b.userStats(r, u)
	if err != nil {
		return nil, nil, err
	}
	return u, &userForm{
		States: userStates(u), Stats: stats,
		APITokens: tokens, History: history, Had: u.OwnRoles(), Picture: r.b.pictureOf(u), Groups: groups, GroupRoles: rolesText(u.GroupRoles()),
		User: rowOf(u), Claims: string(other), Metadata: indented(metadata), EmailVerified: u.EmailVerified(), Self: u.ID == r.me.ID, SecondFactor: len(u.Factors) > 0,
		Switch: switchForm{URL: r.b.path("users", u.ID, "switch"), User: true, Disabled: u.Disabled},
	}, nil
}

// rolesText returns the names of roles, or nil.
func rolesText(roles account.Roles) ui.Text {
	if len(roles) == 0 {
		return nil
	}
	return roleList(roles)
}

// indented returns a JSON object with a line for each member, or an empty text.
func indented(object json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, object, "", "  ") != nil {
		return string(object) // shown unchanged
	}
	return b.String()
}

func (r *request) showUserForm(status int, f *userForm) {
	title := ui.Text{"admin.title.add_user"}
	if !f.New {
		title = ui.Text{"admin.title.edit", "name", f.User.Username}
	}
	r.render(status, "user_form", title, "users", f)
}

// read reads the fields of the form into u, and ignores all others.
func (f *userForm) read(r *request, u *account.User) {
	form := r.PostForm
	u.Name = strings.TrimSpace(form.Get("name"))
	u.Version, _ = strconv.ParseInt(form.Get("version"), 10, 64) // without one, no stored user matches
	if f.readRoles(r, u); !f.New && !r.me.Roles.Allow(account.PeopleCredentials) {
		f.User = rowOf(u)
		return
	}
	u.Username, u.Email = strings.TrimSpace(form.Get("username")), strings.TrimSpace(form.Get("email"))
	if !r.me.Roles.Allow(account.PeopleCredentials) {
		f.User = rowOf(u)
		return
	}
	f.Claims = strings.TrimSpace(form.Get("claims"))
	u.Claims = json.RawMessage(f.Claims)
	// The box and a claim that was typed both mark the address.
	f.EmailVerified = form.Has("email_verified") || u.EmailVerified()
	if f.EmailVerified && u.SetEmailVerified(true) != nil {
		u.Claims = json.RawMessage(f.Claims) // the check of the claims reports it
	}
	f.User = rowOf(u)
}

// readRoles reads the roles of the form, if the person can give roles. People cannot change
// their own roles.
func (f *userForm) readRoles(r *request, u *account.User) {
	if f.Self || !r.me.Roles.Allow(account.PeopleRoles) {
		return
	}
	if f.Had = u.OwnRoles(); r.PostForm.Has("had") {
		f.Had = rolesIn(r.PostForm["had_role"])
	}
	f.Chosen = rolesIn(r.PostForm["role"])
	u.SetRoles(f.changed(u.OwnRoles()))
}

// changed returns the roles of a person after the change that was made in the form: a role that
// was given or removed elsewhere since the form was shown stays so.
func (f *userForm) changed(roles account.Roles) account.Roles {
	roles = slices.DeleteFunc(roles, func(role account.Role) bool { return f.Had.Has(role) && !f.Chosen.Has(role) })
	for _, role := range f.Chosen {
		if !f.Had.Has(role) {
			roles = append(roles, role)
		}
	}
	return roles
}

// rolesIn returns the roles in a form, in the order of User.Roles.
func rolesIn(values []string) account.Roles {
	var u account.User
	roles := make(account.Roles, len(values))
	for i, value := range values {
		roles[i] = account.Role(value)
	}
	u.SetRoles(roles)
	return u.Roles()
}

// Choices returns all roles, for the boxes of the form.
func (f *userForm) Choices() []roleChoice { return choicesOf(f.User.OwnRoles) }

// choicesOf returns all roles, with those that are given.
func choicesOf(given account.Roles) (choices []roleChoice) {
	for _, role := range account.AllRoles() {
		choices = append(choices, roleChoice{role, roleNames[role], roleTexts[role], given.Has(role)})
	}
	return choices
}

// A roleChoice is a box for a role.
type roleChoice struct {
	Role       account.Role // the value of the box
	Name, Text ui.Text      // the name of the role, and for whom it is
	Given      bool         // the person has the role
}

// invalid shows the form again if err is about its fields, and reports whether
// it is.
func (r *request) invalid(f *userForm, err error) bool {
	faults, ok := errors.AsType[validate.FieldErrors](err)
	if !ok {
		return false
	}
	f.Errors = make(map[string][]ui.Text)
	for _, fault := range faults {
		f.Errors[fault.Field] = append(f.Errors[fault.Field], faultText(fault))
	}
	r.showUserForm(http.StatusUnprocessableEntity, f)
	return true
}

// dropConfirmation removes the fields with which the person confirmed their identity, because
// no page and no record may contain them. If there are any, the form was sent again, and has
// no passwords.
func (r *request) dropConfirmation() {
	for name := range r.PostForm {
		if strings.HasPrefix(name, ui.ConfirmPrefix) {
			r.resent = true
			delete(r.PostForm, name)
			delete(r.Form, name)
		}
	}
}

// showAgain shows the form with the message that the password has to be entered again.
func (r *request) showAgain(f *userForm) error {
	f.Errors = map[string][]ui.Text{"password": {ui.Text{"admin.fault.password_again"}}}
	r.showUserForm(http.StatusUnprocessableEntity, f)
	return nil
}

// typedPassword returns the password that was typed, or a generated one if the
// field is empty.
func (r *request) typedPassword() (password string, generated bool) {
	if password = r.PostForm.Get("password"); password != "" {
		return password, false
	}
	return account.GeneratePassword(), true
}

type userReadyPage struct {
	Title    ui.Text // the title of the page
	Password string  // a password that is shown once
	User     userRow // the user
}

// showPassword shows a generated password. It is not shown again.
func (r *request) showPassword(title ui.Text, u *account.User, password string) {
	r.changed(u.ID)
	r.render(http.StatusOK, "user_ready", title, "users", userReadyPage{Title: title, Password: password, User: rowOf(u)})
}
