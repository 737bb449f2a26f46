package admin

import (
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// index says what is there, and what to do first.
func (b *office) index(r *request) error {
	clients, _, err := b.Store.Clients(r.Context(), oauth.ClientFilter{}, paging.Page{Limit: 1})
	if err != nil {
		return err
	}
	r.render(200, "index", "Back office", "", struct {
		Empty               bool
		Issuer, ConsumerURL string
		Problems            int
	}{len(clients) == 0, b.Issuer, b.ConsumerURL, len(b.Failures.Recent("", 100))})
	return nil
}
