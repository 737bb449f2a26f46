package admin

import (
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// A legacyClient is an application with exceptions for legacy features.
type legacyClient struct {
	*oauth.Client
	Exceptions []clientfields.Exception // its legacy features
}

// At most legacyPages pages of legacyPage applications are searched for exceptions.
const (
	legacyPage  = 200
	legacyPages = 25
)

// legacyClients returns the applications with exceptions for legacy features. all is
// false if there are more applications than were searched.
func (b *office) legacyClients(r *request) (found []legacyClient, all bool, err error) {
	p := paging.Page{Limit: legacyPage}
	for range legacyPages {
		clients, cursor, err := b.Store.Clients(r.Context(), oauth.ClientFilter{}, p)
		if err != nil {
			return nil, false, err
		}
		for _, c := range clients {
			if exceptions := clientfields.Exceptions(c, b.Clock()); exceptions != nil {
				found = append(found, legacyClient{shownClient(c), exceptions})
			}
		}
		if cursor.Next == "" {
			return found, true, nil
		}
		p.After = cursor.Next
	}
	return found, false, nil
}
