package admin

import (
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientConfirmDelete shows what an application loses when it is deleted.
func (b *office) clientConfirmDelete(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	usage, err := b.Store.Usage(r.Context(), oauth.FamilyFilter{ClientID: c.ID, InSession: b.OwnLogin})
	if err != nil {
		return err
	}
	r.render(http.StatusOK, "client_delete", ui.Text{"admin.title.delete", "app", c.Name}, "applications", clientPage{Client: shownClient(c), Usage: usage, JWTs: b.jwtText(c), Now: b.Clock()})
	return nil
}

// ValidSecrets returns the number of secrets that have not expired.
func (p clientPage) ValidSecrets() (n int) {
	for _, s := range p.Client.Secrets {
		if !p.Expired(s) {
			n++
		}
	}
	return n
}

// clientDelete deletes an application. It can be restored for a while.
func (b *office) clientDelete(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := b.Store.DiscardClient(r.Context(), c.ID, 0, b.Clock()); err != nil {
		return err
	}
	r.details.ClientName = c.Name
	return r.goTo("deleted", "applications", "deleted")
}

type deletedClientsPage struct {
	Clients []oauth.DeletedClient // the most recently deleted first
	Most    bool                  // there can be more
}

// clientDeleted shows the applications that can be restored.
func (b *office) clientDeleted(r *request) error {
	deleted, err := b.Store.DeletedClients(r.Context(), b.Clock())
	if err != nil {
		return err
	}
	for i := range deleted {
		deleted[i].Client = shownClient(deleted[i].Client)
	}
	r.render(http.StatusOK, "client_deleted", ui.Text{"admin.title.deleted"}, "applications", deletedClientsPage{deleted, len(deleted) == oauth.MostDeletedClients})
	return nil
}

// deletedClient returns an application that was deleted and can be restored.
func (b *office) deletedClient(r *request, id string) (*oauth.Client, error) {
	deleted, err := b.Store.DeletedClients(r.Context(), b.Clock())
	if err != nil {
		return nil, err
	}
	for _, d := range deleted {
		if d.Client.ID == id {
			return d.Client, nil
		}
	}
	return nil, oauth.ErrNotFound
}

// clientRestore restores an application that was deleted. It is disabled, because people
// could not withdraw their consents to a deleted application.
func (b *office) clientRestore(r *request) error {
	id := r.PathValue("id")
	err := b.Store.RestoreClient(r.Context(), id, b.Clock())
	if errors.Is(err, oauth.ErrNotFound) {
		return &ui.Problem{
			Status: http.StatusNotFound, Heading: ui.Text{"admin.problem.restore_heading"},
			Text: ui.Text{"admin.problem.restore"}, Advice: ui.Text{"admin.problem.not_found_advice"},
		}
	}
	if err != nil {
		return err
	}
	r.details.Changes = []oauth.Change{{Field: "deleted", Before: "true"}, {Field: "disabled", After: "true"}}
	return r.goTo("restored", "applications", id)
}
