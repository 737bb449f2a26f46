package admin

import (
	"errors"
	"strconv"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A switchForm is the form that disables or enables a user or an application.
type switchForm struct {
	URL      string // the address to which the form is sent
	User     bool   // the form is for a user, not for an application
	Disabled bool   // the current state
	Version  int64  // the version of an application on the page, or zero
}

// switchTo returns the choice of the button in a switchForm that was pressed. If
// the button is unknown, everything is revoked.
func (r *request) switchTo() (disabled, revoke bool) {
	to := r.PostForm.Get("to")
	return to != "enabled", to != "enabled" && to != "paused"
}

// switched returns the change of a switchForm for the audit log.
func switched(disabled, revoked bool) oauth.Change {
	c := oauth.Change{Field: "disabled", After: strconv.FormatBool(disabled)}
	if revoked {
		c.After += ", tokens revoked"
	}
	return c
}

// clientSwitch disables an application in any version, or enables it if it still has the version that
// the page showed.
func (b *office) clientSwitch(r *request) error {
	s, note := oauth.ClientSwitch{ClientID: r.PathValue("id"), At: b.Clock()}, "enabled"
	var revoke bool
	if s.Disabled, revoke = r.switchTo(); s.Disabled {
		note = "paused"
	}
	if revoke {
		s.RevokedBefore, note = s.At, "disabled"
	}
	if !s.Disabled { // its secrets are valid again
		c, err := b.Store.Client(r.Context(), s.ClientID)
		if err == nil {
			err = r.needToAdmit(c)
		}
		if err != nil {
			return err
		}
		// It is enabled in the version that the permission was checked for.
		s.Version = c.Version
		if shown := r.PostForm.Get("version"); shown != "" && shown != strconv.FormatInt(c.Version, 10) {
			return r.notEnabled(s.ClientID)
		}
	}
	err := b.Store.SwitchClient(r.Context(), s)
	switch {
	case errors.Is(err, oauth.ErrConflict):
		return r.notEnabled(s.ClientID)
	case err != nil:
		return err
	}
	r.details.Changes = []oauth.Change{switched(s.Disabled, revoke)}
	return r.goTo(note, "applications", s.ClientID)
}

// notEnabled shows an application that was changed since the page with the button was shown. Its page
// has the settings and the last changes.
func (r *request) notEnabled(clientID string) error {
	r.reported = true // nothing was changed
	return r.goTo(changedMeanwhile, "applications", clientID)
}

// clientRevoke revokes everything that has been issued to an application, even if it was deleted and can
// be restored.
func (b *office) clientRevoke(r *request) error {
	id := r.PathValue("id")
	if err := b.Store.RevokeClient(r.Context(), id, b.Clock()); err != nil {
		return err
	}
	if _, err := b.Store.Client(r.Context(), id); errors.Is(err, oauth.ErrNotFound) {
		if c, err := b.deletedClient(r, id); err == nil {
			r.details.ClientName = c.Name // the audit log does not find it
		}
		return r.goTo("revoked", "applications", "deleted")
	}
	return r.goTo("revoked", "applications", id)
}
