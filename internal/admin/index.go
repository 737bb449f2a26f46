package admin

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

type indexPage struct {
	Empty               bool            // there are no applications
	OwnLogin            bool            // people log in to accounts of Latchkey
	Issuer, ConsumerURL string          // the URLs of this server and of the consumer
	Rejections          int             // number of recent errors
	Removals            []oauth.Removal // deletions that are not complete
	Legacy              []legacyClient  // applications with legacy features
	MoreApplications    bool            // not all applications were searched for legacy features
	Warnings            int             // number of warnings about registration
}

// index shows the sections of the back office.
func (b *office) index(r *request) error {
	clients, _, err := b.Store.Clients(r.Context(), oauth.ClientFilter{}, paging.Page{Limit: 1})
	if err != nil {
		return err
	}
	rejected, err := b.Rejections.Recent(r.Context(), oauth.RejectionFilter{}, 100)
	if err != nil {
		return err
	}
	removals, err := b.Store.Removals(r.Context())
	if err != nil {
		return err
	}
	legacy, all, err := b.legacyClients(r)
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "index", ui.Text{"admin.title.back_office"}, "", indexPage{len(clients) == 0, b.OwnLogin, b.Issuer, b.ConsumerURL, len(rejected), removals, legacy, !all, len(b.RegistrationWarnings)})
	return nil
}
