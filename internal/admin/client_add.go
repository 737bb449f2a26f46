package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientAdd shows the form of a new application, with credentials that are
// already generated. They are not stored until the form is saved.
func (b *office) clientAdd(r *request) error {
	f, err := b.newClientForm(r, &oauth.Client{
		ID: oauth.NewClientID(), OwnerID: r.me.ID, Type: oauth.Confidential,
		GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken},
	})
	if err != nil {
		return err
	}
	f.Secret, _ = oauth.NewClientSecret(b.Clock())
	return r.showClientForm(http.StatusOK, f)
}

// clientCreate stores a new application, and shows its secret for the last time.
func (b *office) clientCreate(r *request) error {
	now := b.Clock()
	id, secret := r.credentials(now)
	c := &oauth.Client{ID: id, CreatedAt: now, UpdatedAt: now}
	f, err := b.newClientForm(r, c)
	if err != nil {
		return err
	}
	f.Secret = secret
	if err := f.read(r, c); err != nil {
		return err
	}
	if r.PostForm.Has("use_consumer") {
		f.useConsumer()
		return r.showClientForm(http.StatusOK, f)
	}
	if err := b.addSecret(c, secret, now); err != nil {
		return err
	}
	if !f.validate(r, nil, c) {
		return r.showInvalid(f)
	}
	err = b.Store.CreateClient(r.Context(), c)
	if errors.Is(err, oauth.ErrConflict) {
		f.reject("client_id", ui.Text{"admin.fault.client_exists"})
		f.ID = oauth.NewClientID()
		return r.showClientForm(http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{ClientName: c.Name, Changes: audit.ClientChanges(nil, c)}
	b.ready(r, c, secret, r.PostForm.Has("another"))
	return nil
}

// credentials returns the credentials of the form if they were generated, and
// new ones otherwise.
func (r *request) credentials(now time.Time) (id, secret string) {
	id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if len(id) != len(oauth.NewClientID()) {
		id = oauth.NewClientID()
	}
	if _, ok := oauth.ParseToken(secret, oauth.KindClientSecret); !ok {
		secret, _ = oauth.NewClientSecret(now)
	}
	return id, secret
}

// addSecret adds the secret to an application that needs one.
func (b *office) addSecret(c *oauth.Client, secret string, now time.Time) error {
	if !c.NeedsSecret() {
		return nil
	}
	stored, err := oauth.ImportClientSecret(secret, now)
	if err != nil {
		return err
	}
	c.Secrets = []oauth.ClientSecret{stored}
	if !c.NeedsReadableSecret() {
		return nil
	}
	return b.Secrets.Keep(c, secret)
}

type clientReadyPage struct {
	Client     *oauth.Client          // the new application
	Secret     string                 // its client secret, or "" if it has none
	Consumer   string                 // the URL for trying out the application in the consumer, or ""
	Another    bool                   // the administrator wants to add another application
	Connection []clientfields.Setting // settings to copy into the application
}

// ready shows the credentials of an application. They are the response to a form
// and have no URL, so they cannot be shown again.
func (b *office) ready(r *request, c *oauth.Client, secret string, another bool) {
	if len(c.Secrets) == 0 {
		secret = ""
	}
	r.changed(c.ID)
	r.render(http.StatusOK, "client_ready", ui.Text{"admin.title.ready", "app", c.Name}, "applications", clientReadyPage{shownClient(c), secret, b.consumerLink(c), another, clientfields.Connection(b.Issuer, c)})
}

// consumerLink returns the URL for trying out the application in the consumer, or
// "" if that cannot work: the consumer uses the authorization code grant with its
// own redirect URI.
func (b *office) consumerLink(c *oauth.Client) string {
	if b.ConsumerURL == "" || c.Disabled || !c.Allows(oauth.GrantAuthorizationCode) || !c.AllowsResponseType("code") ||
		!slices.Contains(c.RedirectURIs, b.ConsumerCallback) {
		return ""
	}
	return b.ConsumerURL + "/consumer/?" + url.Values{"client_id": {c.ID}, "issuer": {b.Issuer}}.Encode()
}
