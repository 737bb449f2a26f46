package admin

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

type userListPage struct {
	List  listPage        // the pages and the order of the list
	Users []*account.User // the users on this page
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
	r.render(http.StatusOK, "user_list", ui.Text{"admin.title.users"}, "users", userListPage{l, users})
	return nil
}
