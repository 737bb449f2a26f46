package admin

// clientSwitch disables an application, or enables it.
func (b *office) clientSwitch(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	changed, note := *c, "enabled"
	changed.Disabled = r.PostForm.Get("to") == "disabled"
	changed.UpdatedAt = b.Clock()
	if changed.Disabled {
		note = "disabled"
	}
	if err := b.Store.UpdateClient(r.Context(), &changed); err != nil {
		return err
	}
	return r.goTo(note, "applications", c.ID)
}

// clientRevoke revokes everything that has been issued to an application.
func (b *office) clientRevoke(r *request) error {
	id := r.PathValue("id")
	if err := b.Store.RevokeClient(r.Context(), id, b.Clock()); err != nil {
		return err
	}
	return r.goTo("revoked", "applications", id)
}
