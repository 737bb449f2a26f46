package admin

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type clientListPage struct {
	List       listPage              // the pages and the order of the list
	Clients    []listedClient        // the applications on this page
	Owners     map[string]string     // usernames, by OwnerID
	GrantTypes []clientfields.Choice // the choices of the filter
}

// A listedClient is a line of the list.
type listedClient struct {
	*oauth.Client
	Grants []string // the names of the grant types
}

// clientList shows the applications, with search, filters and sorting.
func (b *office) clientList(r *request) error {
	p := r.paging()
	clients, cursor, err := b.Store.Clients(r.Context(), r.clientFilter(), p)
	if err != nil {
		return err
	}
	p.Sort = cmp.Or(p.Sort, "name")
	owners := make(map[string]string)
	var listed []listedClient
	for _, c := range clients {
		listed = append(listed, listedClient{shownClient(c), clientfields.GrantNames(c.GrantTypes)})
		if owners[c.OwnerID], err = b.username(r, c.OwnerID); err != nil {
			return err
		}
	}
	r.render(http.StatusOK, "client_list", ui.Text{"admin.title.applications"}, "applications", clientListPage{r.list(p, cursor, len(clients)), listed, owners, b.grantChoices()})
	return nil
}

func (r *request) clientFilter() oauth.ClientFilter {
	q := r.URL.Query()
	filter := oauth.ClientFilter{Search: q.Get("q"), Type: oauth.ClientType(q.Get("type")), GrantType: q.Get("grant"), AddedBy: oauth.AddedBy(q.Get("added"))}
	if q.Get("owner") == "me" {
		filter.OwnerID = r.me.ID
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
