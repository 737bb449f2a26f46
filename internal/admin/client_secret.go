package admin

import (
	"errors"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// overlaps are the times during which old secrets remain valid after a rotation.
var overlaps = map[string]time.Duration{"0": 0, "1h": time.Hour, "1d": 24 * time.Hour, "7d": 7 * 24 * time.Hour}

// clientSecret rotates the secret of an application, or revokes an old one.
func (b *office) clientSecret(r *request) error {
	if id := r.PostForm.Get("end"); id != "" {
		return b.revokeSecret(r, r.PathValue("id"), id)
	}
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return b.rotateSecret(r, *c)
}

// rotateSecret adds a secret, and shows it once. The old ones expire after the
// overlap.
func (b *office) rotateSecret(r *request, c oauth.Client) error {
	overlap, ok := overlaps[r.PostForm.Get("overlap")]
	if !ok || c.Type != oauth.Confidential {
		return errGone
	}
	if err := r.needToAdmit(&c); err != nil {
		return err
	}
	changed, secret, changes, err := b.Acts.RotateSecret(r.Context(), c.ID, acts.Rotation{Overlap: overlap, Readable: r.PostForm.Has("readable"), InAdvance: true})
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{ClientName: changed.Name, Changes: changes}
	r.changed(changed.ID)
	r.render(http.StatusOK, "client_ready", ui.Text{"admin.title.rotated", "app", changed.Name}, "applications", clientReadyPage{
		Client: shownClient(changed), Secret: secret, Rotated: true, BothUntil: earlierUntil(changed, b.Clock()), Connection: b.connection(changed, secret),
	})
	return nil
}

// earlierUntil returns when the last of the earlier secrets expires, or zero if none is
// valid.
func earlierUntil(c *oauth.Client, now time.Time) (until time.Time) {
	for _, s := range c.Secrets {
		if !s.ExpiresAt.IsZero() && !s.Expired(now) && s.ExpiresAt.After(until) {
			until = s.ExpiresAt
		}
	}
	return until
}

// BothUntil returns when the last of several valid secrets expires, or zero if only one is
// valid.
func (p clientPage) BothUntil() time.Time {
	if !p.Client.HasLastingSecret() {
		return time.Time{}
	}
	return earlierUntil(p.Client, p.Now)
}

func (b *office) revokeSecret(r *request, clientID, id string) error {
	changes, err := b.Acts.RevokeSecret(r.Context(), clientID, id)
	if errors.Is(err, oauth.ErrLastSecret) {
		return &ui.Problem{
			Status: http.StatusConflict, Heading: ui.Text{"admin.problem.last_secret_heading"},
			Text:   ui.Text{"admin.problem.last_secret"},
			Advice: ui.Text{"admin.problem.last_secret_advice"},
		}
	}
	if err != nil {
		return err
	}
	r.details.Changes = changes
	return r.goTo("secret-revoked", "applications", clientID)
}

// Registered reports whether the application registered itself, and so has a registration access token.
func (p clientPage) Registered() bool {
	_, registered := oauth.RegistrationID(p.Client.ID)
	return registered
}

// clientRegistrationToken revokes the token with which an application manages its own registration.
func (b *office) clientRegistrationToken(r *request) error {
	id := r.PathValue("id")
	changes, err := b.Acts.RevokeRegistrationToken(r.Context(), id)
	if errors.Is(err, oauth.ErrNoRegistrationToken) {
		return errGone
	}
	if err != nil {
		return err
	}
	r.details.Changes, r.reported = changes, len(changes) == 0
	return r.goTo("registration-token-revoked", "applications", id)
}
