package admin

import (
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientConfirmDelete shows what will be deleted with the application.
func (b *office) clientConfirmDelete(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	usage, err := b.Store.Usage(r.Context(), oauth.FamilyFilter{ClientID: c.ID, InSession: b.OwnLogin})
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "client_delete", ui.Text{"admin.title.delete", "app", c.Name}, "applications", clientPage{Client: shownClient(c), Usage: usage})
	return nil
}

// clientDelete deletes an application.
func (b *office) clientDelete(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := b.Store.DeleteClient(r.Context(), c.ID); err != nil {
		return err
	}
	r.details.ClientName = c.Name
	return r.goTo("deleted", "applications")
}
