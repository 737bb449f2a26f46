package admin

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientSwitch disables an application, or enables it.
func (b *office) clientSwitch(r *request) error {
	id, note := r.PathValue("id"), "enabled"
	if r.PostForm.Get("to") == "disabled" {
		note = "disabled"
	}
	if err := b.switchClient(r.Context(), id, note == "disabled"); err != nil {
		return err
	}
	return r.goTo(note, "applications", id)
}

// switchClient disables or enables an application, whatever else is changed at
// the same time.
func (b *office) switchClient(ctx context.Context, id string, disabled bool) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		c, err := b.Store.Client(ctx, id)
		if err != nil {
			return err
		}
		changed := *c
		changed.Disabled, changed.UpdatedAt = disabled, b.Clock()
		err = b.Store.UpdateClient(ctx, &changed)
		if !errors.Is(err, oauth.ErrConflict) || attempt == attempts {
			return err
		}
	}
}

// clientRevoke revokes everything that has been issued to an application.
func (b *office) clientRevoke(r *request) error {
	id := r.PathValue("id")
	if err := b.Store.RevokeClient(r.Context(), id, b.Clock()); err != nil {
		return err
	}
	return r.goTo("revoked", "applications", id)
}
