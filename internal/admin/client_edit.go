package admin

import (
	"net/http"
	"strconv"
)

// clientEdit shows an application's form.
func (b *office) clientEdit(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	owner, err := b.username(r, c.OwnerID)
	if err != nil {
		return err
	}
	f := b.form()
	f.show(*c, owner)
	r.render(http.StatusOK, "client_form", "Edit "+c.Name, "applications", f)
	return nil
}

// clientUpdate saves an application, unless somebody else did meanwhile.
func (b *office) clientUpdate(r *request) error {
	kept, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	c, f := *kept, b.form()
	f.ID = c.ID
	if err := f.read(r, &c); err != nil {
		return err
	}
	if c.Version, err = strconv.ParseInt(r.PostForm.Get("version"), 10, 64); err != nil {
		return errGone
	}
	f.Version = c.Version
	if c.Type != kept.Type {
		f.fault("client_type", "The type of an application cannot be changed: its secret, or that it has none, was given out. Add a new one.")
	}
	if r.PostForm.Has("use_consumer") {
		f.useConsumer(&c)
		r.render(http.StatusOK, "client_form", "Edit "+kept.Name, "applications", f)
		return nil
	}
	if !f.validate(r, kept, &c) {
		r.render(http.StatusUnprocessableEntity, "client_form", "Edit "+kept.Name, "applications", f)
		return nil
	}
	if !c.NeedsReadableSecret() {
		c.DropReadableSecrets()
	}
	c.UpdatedAt = b.Clock()
	if err := b.Store.UpdateClient(r.Context(), &c); err != nil {
		return err
	}
	return r.goTo("saved", "applications", c.ID)
}
