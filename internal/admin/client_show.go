package admin

import (
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientShow shows an application. Its secrets are stored as hashes, so only
// their dates are shown.
func (b *office) clientShow(r *request) error {
	c, err := b.Store.Client(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	owner, err := b.username(r, c.OwnerID)
	if err != nil {
		return err
	}
	usage, err := b.Store.ClientUsage(r.Context(), c.ID, b.Clock())
	if err != nil {
		return err
	}
	data := clientPage{
		Client: c, Owner: owner, Usage: usage, Now: b.Clock(),
		Rejections: b.Rejections.Recent(c.ID, 5),
	}
	if b.ConsumerURL != "" && c.Allows(oauth.GrantAuthorizationCode) {
		data.Consumer = b.ConsumerURL + "/consumer/?" + url.Values{"client_id": {c.ID}, "issuer": {b.Issuer}}.Encode()
	}
	r.render(http.StatusOK, "client_show", c.Name, "applications", data)
	return nil
}

type clientPage struct {
	Client     *oauth.Client
	Owner      string
	Usage      oauth.ClientUsage
	Now        time.Time
	Consumer   string
	Rejections []rejections.Rejection
}

// Expired reports whether a secret has expired.
func (p clientPage) Expired(s oauth.ClientSecret) bool {
	return !s.ExpiresAt.IsZero() && !s.ExpiresAt.After(p.Now)
}
