package admin

import (
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// overlaps are how long old secrets go on after a rotation.
var overlaps = map[string]time.Duration{"0": 0, "1h": time.Hour, "1d": 24 * time.Hour, "7d": 7 * 24 * time.Hour}

// clientRotateSecret adds a secret and lets the old ones run out, or ends one
// old secret now.
func (b *office) clientRotateSecret(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	changed, now := *c, b.Clock()
	if end := r.PostForm.Get("end"); end != "" {
		changed.Secrets = nil
		for _, s := range c.Secrets {
			if s.ID != end {
				changed.Secrets = append(changed.Secrets, s)
			}
		}
		if len(changed.Secrets) == 0 {
			return &ui.Problem{
				Status: http.StatusConflict, Heading: "This is the only secret", Text: "Without a secret the application could not authenticate.",
				Advice: "Rotate the secret first.",
			}
		}
		changed.UpdatedAt = now
		if err := b.Store.UpdateClient(r.Context(), &changed); err != nil {
			return err
		}
		return r.goTo("secret-ended", "applications", c.ID)
	}
	overlap, known := overlaps[r.PostForm.Get("overlap")]
	if !known || c.Type != oauth.Confidential {
		return errGone
	}
	secret := changed.RotateSecret(now, overlap)
	if r.PostForm.Has("readable") || c.NeedsReadableSecret() {
		if err := b.Secrets.Keep(&changed, secret); err != nil {
			return err
		}
	}
	changed.UpdatedAt = now
	if err := b.Store.UpdateClient(r.Context(), &changed); err != nil {
		return err
	}
	b.ready(r, &changed, secret, false)
	return nil
}
