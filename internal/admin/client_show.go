package admin

import (
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientShow shows an application. Of its secrets it knows only when they were
// made.
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
		Failures: b.Failures.Recent(c.ID, 5),
	}
	if b.ConsumerURL != "" && c.Allows(oauth.GrantAuthorizationCode) {
		data.Consumer = b.ConsumerURL + "/consumer/?" + url.Values{"client_id": {c.ID}, "issuer": {b.Issuer}}.Encode()
	}
	r.render(http.StatusOK, "client_show", c.Name, "applications", data)
	return nil
}

type clientPage struct {
	Client   *oauth.Client
	Owner    string
	Usage    oauth.ClientUsage
	Now      time.Time
	Consumer string
	Failures []Failure
}

// Expired reports whether a secret is no longer accepted.
func (p clientPage) Expired(s oauth.ClientSecret) bool {
	return !s.ExpiresAt.IsZero() && !s.ExpiresAt.After(p.Now)
}
