package admin

import (
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

type userListPage struct {
	List  listPage  // the pages and the order of the list
	Users []userRow // the users on this page
}

// A userRow contains the fields of a user that pages show. It has no hash of the password
// and no other secret.
type userRow struct {
	ID          string    // the sub claim
	Username    string    // the name with which the person logs in
	Name        string    // the full name, or empty
	Email       string    // the email address, or empty
	Admin       bool      // the person can use the back office
	Disabled    bool      // the person cannot log in
	CreatedAt   time.Time // when the account was created
	LastLoginAt time.Time // zero if the person has never logged in
	Version     int64     // the number of changes
	DeleteAt    time.Time // when the account is deleted, as its person has requested, or zero
}

func rowOf(u *account.User) userRow {
	return userRow{u.ID, u.Username, u.Name, u.Email, u.Admin, u.Disabled, u.CreatedAt, u.LastLoginAt, u.Version, u.DeleteAt}
}

// userList shows the users, with search, filters and sorting.
func (b *office) userList(r *request) error {
	q, p := r.URL.Query(), r.paging()
	filter := account.UserFilter{Search: q.Get("q")}
	yes, no := true, false
	switch q.Get("state") {
	case "disabled":
		filter.Disabled = &yes
	case "enabled":
		filter.Disabled = &no
	case "admin":
		filter.Admin = &yes
	}
	users, cursor, err := b.Store.Users(r.Context(), filter, p)
	if err != nil {
		return err
	}
	if p.Sort == "" {
		p.Sort = "username"
	}
	l := r.list(p, cursor, len(users))
	rows := make([]userRow, len(users))
	for i, u := range users {
		rows[i] = rowOf(u)
	}
	r.render(http.StatusOK, "user_list", ui.Text{"admin.title.users"}, "users", userListPage{l, rows})
	return nil
}
