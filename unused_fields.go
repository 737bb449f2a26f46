package latchkey

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// maxCheckedApplications is how many applications New reads to find fields that have no effect:
// the newest ones.
const maxCheckedApplications = 1000

// warnOfUnusedFields logs the stored applications that require a second factor, although the
// people are those of the host, to whom this does not apply. CreateApplication rejects the field,
// but the commands, which do not know the people of the host, can set it.
func (s *Server) warnOfUnusedFields(ctx context.Context) {
	if s.options.People == nil {
		return
	}
	page := paging.Page{Limit: 200}
	for range maxCheckedApplications / page.Limit {
		clients, cursor, err := s.options.Store.Clients(ctx, oauth.ClientFilter{}, page)
		if err != nil {
			s.options.Logger.WarnContext(ctx, "the stored applications could not be checked for fields without an effect", "error", err.Error())
			return
		}
		for _, c := range clients {
			if c.RequireSecondFactor {
				s.options.Logger.WarnContext(ctx, "an application requires a second factor (require_second_factor), but this has no effect: it applies to accounts of Latchkey, and the people are those of Options.People. Remove it, and let the application request a second factor with acr_values, one of Options.ACRValues", "client_id", c.ID)
			}
		}
		if page.After = cursor.Next; page.After == "" {
			return
		}
	}
}
