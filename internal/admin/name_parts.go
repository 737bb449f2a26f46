package admin

import (
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// clientsWith returns up to most applications whose name contains the text. The index finds only
// beginnings, so clientsWith returns nothing if there are more than oauth.MostCounted applications.
func (r *request) clientsWith(text string, most int) (found []*oauth.Client, err error) {
	total, err := r.b.Store.CountClients(r.Context(), oauth.ClientFilter{})
	if err != nil || total.More || strings.TrimSpace(text) == "" {
		return nil, err
	}
	all, _, err := r.b.Store.Clients(r.Context(), oauth.ClientFilter{Search: text}, paging.Page{Limit: mostMatched})
	for _, c := range all {
		if len(found) < most && holds(text, c.Name) { // and not only the client ID, or the username of the owner
			found = append(found, c)
		}
	}
	return found, err
}

// mostMatched is how many applications clientsWith reads.
const mostMatched = 100

// usersWith is clientsWith for people: their usernames, names and email addresses.
func (r *request) usersWith(text string, most int) ([]*account.User, error) {
	total, err := r.b.Store.CountUsers(r.Context(), account.UserFilter{})
	if err != nil || total.More || strings.TrimSpace(text) == "" {
		return nil, err
	}
	found, _, err := r.b.Store.Users(r.Context(), account.UserFilter{Search: text}, paging.Page{Limit: most})
	return found, err
}

// clientsNamed returns up to most applications whose name or client ID begins with the text, and
// then those whose name contains it.
func (r *request) clientsNamed(text string, most int) ([]*oauth.Client, error) {
	found, err := r.b.Store.FindClients(r.Context(), text, most)
	if err != nil || len(found) >= most {
		return found, err
	}
	more, err := r.clientsWith(text, most)
	return added(found, more, most, func(c *oauth.Client) string { return c.ID }), err
}

// usersNamed is clientsNamed for people.
func (r *request) usersNamed(text string, most int) ([]*account.User, error) {
	found, err := r.b.Store.FindUsers(r.Context(), text, most)
	if err != nil || len(found) >= most {
		return found, err
	}
	more, err := r.usersWith(text, most)
	return added(found, more, most, func(u *account.User) string { return u.ID }), err
}

// added returns found and those of more that it does not have, up to most.
func added[Row any](found, more []Row, most int, key func(Row) string) []Row {
	known := make(map[string]bool)
	for _, row := range found {
		known[key(row)] = true
	}
	for _, row := range more {
		if len(found) < most && !known[key(row)] {
			found = append(found, row)
		}
	}
	return found
}
