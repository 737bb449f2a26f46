package admin

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// reviewUser shows the changes of a form that can lock the user out: another username or email address, or a
// role that is removed. It reports false if there are none, or an administrator has seen them.
func (b *office) reviewUser(r *request, before, u *account.User) (shown bool, err error) {
	if account.CheckChange(u, before) != nil {
		return false, nil // the form shows the mistakes
	}
	canonical, _ := account.CanonicalUsername(u.Username)
	former, _ := account.CanonicalUsername(before.Username)
	changes := lockingChanges(before, u, canonical != former)
	if len(changes) == 0 || r.PostForm.Get("confirmed") == "yes" {
		return false, nil
	}
	r.render(http.StatusOK, "review", ui.Text{"admin.title.review", "name", before.Username}, "users", review{
		Section: "users", ID: u.ID, Heading: ui.Text{"admin.client_review.heading", "app", isolated(before.Username)}, Explanation: ui.Text{"admin.user_review.explanation"},
		Changes: changes, Fields: ui.KeptFields(r.PostForm),
	})
	return true, nil
}

// lockingChanges returns the changes of a user after which they can no longer log in as before, or no longer
// open the back office. renamed reports whether the username differs in more than the case of its letters.
func lockingChanges(before, u *account.User, renamed bool) (changes []reviewedChange) {
	if renamed {
		changes = append(changes, reviewedChange{ui.Text{"field.username"}, ui.Text{"admin.user_review.username"}, "username", oneValue(before.Username), oneValue(u.Username), nil})
	}
	if before.Email != "" && u.Email != before.Email {
		effect := ui.Text{"admin.user_review.email"}
		if u.Email == "" {
			effect = ui.Text{"admin.user_review.no_email"}
		}
		changes = append(changes, reviewedChange{ui.Text{"field.email"}, effect, "email", oneValue(before.Email), oneValue(u.Email), nil})
	}
	if had, has := before.OwnRoles(), u.OwnRoles(); removes(had, has) {
		changes = append(changes, reviewedChange{ui.Text{"admin.user_form.roles"}, ui.Text{"admin.user_review.roles"}, "roles", oneValue(had.String()), oneValue(has.String()), nil})
	}
	return changes
}

// removes reports whether one of the roles is not among those after the change.
func removes(before, after account.Roles) bool {
	for _, role := range before {
		if !after.Has(role) {
			return true
		}
	}
	return false
}

// oneValue returns a value as a list, which has no element for an empty one.
func oneValue(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}
