package admin

import (
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A userRow contains the fields of a user that pages show. It has no hash of the password
// and no other secret.
type userRow struct {
	ID          string        // the sub claim
	Username    string        // the name with which the person logs in
	Name        string        // the full name, or empty
	Email       string        // the email address, or empty
	Roles       account.Roles // the roles in the back office, including those of groups
	OwnRoles    account.Roles // the roles that were given to the person
	Disabled    bool          // the person cannot log in
	CreatedAt   time.Time     // when the account was created
	LastLoginAt time.Time     // zero if the person has never logged in
	Version     int64         // the number of changes
	DeleteAt    time.Time     // when the account is deleted, as its person has requested, or zero
}

func rowOf(u *account.User) userRow {
	return userRow{u.ID, u.Username, u.Name, u.Email, u.Roles(), u.OwnRoles(), u.Disabled, u.CreatedAt, u.LastLoginAt, u.Version, u.DeleteAt}
}

// userList declares the list of users.
func (b *office) userList(r *request) (*list, error) {
	l := &list{
		field: "person", actions: b.userActions(r),
		section: "users", path: "users", title: ui.Text{"admin.common.users"}, search: ui.Text{"admin.user_list.username_name_or"}, days: true, sort: "username",
		buttons: []listLink{
			{account.PeopleInvite, ui.Link{Text: ui.Text{"admin.user_list.invite"}, URL: b.path("invitations")}},
			{account.PeopleWrite, ui.Link{Text: ui.Text{"admin.user_list.add_user"}, URL: b.path("users", "add"), Active: true}},
		},
		export: account.PeopleExport,
		filters: []listFilter{{"state", ui.Text{"admin.common.status"}, []listChoice{
			{"", ui.Text{"admin.common.all"}},
			{"enabled", ui.Text{"admin.common.enabled"}},
			{"disabled", ui.Text{"admin.common.disabled"}},
			{"admin", ui.Text{"admin.user_list.administrators"}},
			{string(account.RoleOperator), ui.Text{"admin.user_list.operators"}},
			{string(account.RoleAuditor), ui.Text{"admin.user_list.auditors"}},
		}, true}},
		empty: ui.Text{"admin.user_list.no_users_match"}, none: ui.Text{"admin.user_list.no_users_match"},
		count: func(q url.Values) (oauth.Count, error) { return b.Store.CountUsers(r.Context(), userFilter(q)) },
	}
	return declare(l, []columnOf[*account.User]{
		{"username", ui.Text{"admin.column.username"}, "username", "", func(u *account.User) listCell {
			return listCell{Text: u.Username, URL: b.path("users", u.ID), Badges: userBadges(u)}
		}},
		{"sub", nil, "", "", func(u *account.User) listCell { return codeCell(u.ID) }},
		{"name", ui.Text{"admin.column.full_name"}, "name", "p2", func(u *account.User) listCell { return listCell{Text: u.Name} }},
		{"email", ui.Text{"field.email"}, "", "p2", func(u *account.User) listCell { return listCell{Text: u.Email} }},
		{"roles", nil, "", "", func(u *account.User) listCell { return listCell{Text: u.Roles().String()} }},
		{"disabled", nil, "", "", func(u *account.User) listCell { return yesCell(u.Disabled) }},
		{"added", ui.Text{"admin.column.added"}, "created", "p3", func(u *account.User) listCell { return timeCell(u.CreatedAt) }},
		{"last_login", ui.Text{"admin.column.last_login"}, "last_login", "p2", func(u *account.User) listCell { return timeCell(u.LastLoginAt) }},
	}, func(u *account.User) string { return u.ID }, func(q url.Values, p paging.Page) ([]*account.User, paging.Cursor, error) {
		return b.Store.Users(r.Context(), userFilter(q), p)
	}), nil
}

func userBadges(u *account.User) (badges []listBadge) {
	for _, role := range u.Roles() {
		badges = append(badges, listBadge{"", roleName(role)})
	}
	if u.Disabled {
		badges = append(badges, listBadge{"off", ui.Text{"admin.common.disabled_2"}})
	}
	if !u.DeleteAt.IsZero() {
		badges = append(badges, listBadge{"warn", ui.Text{"admin.user_list.to_be_deleted", "time", ui.Date(u.DeleteAt)}})
	}
	return badges
}

func userFilter(q url.Values) account.UserFilter {
	filter := account.UserFilter{Search: q.Get("q")}
	filter.From, filter.Until, _ = days(q)
	yes, no := true, false
	switch q.Get("state") {
	case "disabled":
		filter.Disabled = &yes
	case string(account.RoleOperator), string(account.RoleAuditor):
		filter.Role = account.Role(q.Get("state"))
	case "enabled":
		filter.Disabled = &no
	case "admin":
		filter.Admin = &yes
	}
	return filter
}
