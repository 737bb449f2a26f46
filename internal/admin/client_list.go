package admin

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// clientList shows the applications, with search, filters and sorting.
func (b *office) clientList(r *request) error {
	p := r.paging()
	clients, cursor, err := b.Store.Clients(r.Context(), r.clientFilter(), p)
	if err != nil {
		return err
	}
	p.Sort = cmp.Or(p.Sort, "name")
	owners := make(map[string]string)
	for _, c := range clients {
		if owners[c.OwnerID], err = b.username(r, c.OwnerID); err != nil {
			return err
		}
	}
	r.render(http.StatusOK, "client_list", "Applications", "applications", struct {
		List       listPage
		Clients    []*oauth.Client
		Owners     map[string]string
		GrantTypes []string
	}{r.list(p, cursor, len(clients)), clients, owners, provider.GrantTypes()})
	return nil
}

func (r *request) clientFilter() oauth.ClientFilter {
	q := r.URL.Query()
	filter := oauth.ClientFilter{Search: q.Get("q"), Type: oauth.ClientType(q.Get("type")), GrantType: q.Get("grant")}
	if q.Get("owner") == "me" {
		filter.OwnerID = r.me.ID
	}
	if registered := q.Get("registered"); registered != "" {
		itself := registered == "yes"
		filter.Registered = &itself
	}
	if state := q.Get("state"); state != "" {
		disabled := state == "disabled"
		filter.Disabled = &disabled
	}
	return filter
}

// username returns the username of an account, or "" if it does not exist.
func (b *office) username(r *request, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	user, err := b.Store.User(r.Context(), id)
	if errors.Is(err, account.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return user.Username, nil
}
