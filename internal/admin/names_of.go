package admin

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// mostNamed is how many names are read with one statement.
const mostNamed = 500

// clientNames adds the names of applications to a map. It reads those that are missing, with one
// statement for mostNamed of them. An application that does not exist gets no name.
func (r *request) clientNames(names map[string]string, ids []string) error {
	return namesOf(names, ids, func(some []string, p paging.Page) error {
		clients, _, err := r.b.Store.Clients(r.Context(), oauth.ClientFilter{IDs: some}, p)
		for _, c := range clients {
			names[c.ID] = c.Name
		}
		return err
	})
}

// usernames adds the usernames of accounts to a map, as clientNames does.
func (r *request) usernames(names map[string]string, ids []string) error {
	return namesOf(names, ids, func(some []string, p paging.Page) error {
		users, _, err := r.b.Store.Users(r.Context(), account.UserFilter{IDs: some}, p)
		for _, u := range users {
			names[u.ID] = u.Username
		}
		return err
	})
}

func namesOf(names map[string]string, ids []string, read func([]string, paging.Page) error) error {
	var missing []string
	for _, id := range ids {
		if _, known := names[id]; !known && id != "" {
			names[id], missing = "", append(missing, id)
		}
	}
	for some := range slices.Chunk(missing, mostNamed) {
		if err := read(some, paging.Page{Limit: len(some)}); err != nil {
			return err
		}
	}
	return nil
}

// each returns a value of each row.
func each[Row any](rows []Row, of func(Row) string) []string {
	values := make([]string, len(rows))
	for i, row := range rows {
		values[i] = of(row)
	}
	return values
}
