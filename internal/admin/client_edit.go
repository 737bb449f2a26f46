package admin

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientEdit shows the form of an application.
func (b *office) clientEdit(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := b.clientForm(r, c)
	if err != nil {
		return err
	}
	return r.showClientForm(http.StatusOK, f)
}

// clientUpdate saves an application, unless another administrator has saved it
// since the form was shown.
func (b *office) clientUpdate(r *request) error {
	before, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := b.clientForm(r, before)
	if err != nil {
		return err
	}
	c := *before
	if c.Version, err = strconv.ParseInt(r.PostForm.Get("version"), 10, 64); err != nil {
		return errGone
	}
	f.Version = c.Version
	if err := f.read(r, &c); err != nil {
		return err
	}
	switch {
	case r.PostForm.Has("use_consumer"):
		f.useConsumer()
		return r.showClientForm(http.StatusOK, f)
	case r.PostForm.Has("again"): // after the review
		return r.showClientForm(http.StatusOK, f)
	case !f.validate(r, &c):
		return r.showInvalid(f)
	case c.Version != before.Version:
		return b.showStale(r, f, &c)
	}
	if err := r.needForClient(before, &c); err != nil {
		return err
	}
	if !f.reachable(r, before, &c) {
		return r.showInvalid(f)
	}
	if shown, err := b.reviewClient(r, before, &c); shown || err != nil {
		return err
	}
	return b.saveClient(r, f, before, c)
}

// needForClient returns an error unless the person may change all of the fields that differ.
// before is nil for a new application.
func (r *request) needForClient(before, c *oauth.Client) error {
	for _, p := range r.b.Acts.ApplicationPermissions(before, c) {
		if err := r.need(p); err != nil {
			return err
		}
	}
	return nil
}

// saveClient saves an application whose form is valid.
func (b *office) saveClient(r *request, f *clientForm, before *oauth.Client, c oauth.Client) error {
	changes, err := b.Acts.SaveApplication(r.Context(), before, &c)
	if errors.Is(err, oauth.ErrConflict) {
		return b.showStale(r, f, &c)
	}
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{ClientName: c.Name, Changes: changes}
	return r.goTo("saved", "applications", c.ID)
}
