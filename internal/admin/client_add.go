package admin

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientAdd shows the empty form, with the credentials already made. They are
// kept nowhere until the form is saved.
func (b *office) clientAdd(r *request) error {
	f := b.form()
	f.New = true
	f.ID = oauth.NewClientID()
	f.Secret, _ = oauth.NewClientSecret(b.Clock())
	f.Owner = r.me.Username
	f.Client = oauth.Client{Type: oauth.Confidential, GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}}
	r.render(http.StatusOK, "client_form", "Add an application", "applications", f)
	return nil
}

// clientCreate saves a new application and shows its secret for the last time.
func (b *office) clientCreate(r *request) error {
	f, c := b.form(), new(oauth.Client)
	f.New = true
	if err := f.read(r, c); err != nil {
		return err
	}
	now := b.Clock()
	c.ID, c.CreatedAt, c.UpdatedAt = r.PostForm.Get("client_id"), now, now
	f.Secret = r.PostForm.Get("client_secret")
	// The credentials come back out of the form; only such as we make count.
	if len(c.ID) != len(oauth.NewClientID()) {
		c.ID = oauth.NewClientID()
	}
	token, ok := oauth.ParseToken(f.Secret, oauth.KindClientSecret)
	if !ok {
		f.Secret, _ = oauth.NewClientSecret(now)
		token, _ = oauth.ParseToken(f.Secret, oauth.KindClientSecret)
	}
	f.ID = c.ID
	if c.Type == oauth.Confidential {
		c.Secrets = []oauth.ClientSecret{{ID: token.ID.String(), Hash: oauth.HashClientSecret(f.Secret), CreatedAt: now}}
		if c.NeedsReadableSecret() {
			if err := b.Secrets.Keep(c, f.Secret); err != nil {
				return err
			}
		}
	}
	if r.PostForm.Has("use_consumer") {
		f.useConsumer(c)
		r.render(http.StatusOK, "client_form", "Add an application", "applications", f)
		return nil
	}
	f.Client = *c
	if !f.validate(r, nil, c) {
		r.render(http.StatusUnprocessableEntity, "client_form", "Add an application", "applications", f)
		return nil
	}
	err := b.Store.CreateClient(r.Context(), c)
	if errors.Is(err, oauth.ErrConflict) {
		f.fault("client_id", "This client id was saved already, perhaps by a second click. Look in the list; or send this form again for a new one.")
		f.ID = oauth.NewClientID()
		r.render(http.StatusConflict, "client_form", "Add an application", "applications", f)
		return nil
	}
	if err != nil {
		return err
	}
	b.ready(r, c, f.Secret, r.PostForm.Has("another"))
	return nil
}

// ready shows an application's credentials once: in the answer to the form,
// never under an address.
func (b *office) ready(r *request, c *oauth.Client, secret string, another bool) {
	if c.Type != oauth.Confidential {
		secret = ""
	}
	consumer := ""
	if b.ConsumerURL != "" {
		consumer = b.ConsumerURL + "/consumer/?" + url.Values{"client_id": {c.ID}, "issuer": {b.Issuer}}.Encode()
	}
	r.render(http.StatusOK, "client_ready", c.Name+" is ready", "applications", struct {
		Client           *oauth.Client
		Secret, Consumer string
		Another          bool
	}{c, secret, consumer, another})
}

// useConsumer fills in the callback of this server's own consumer.
func (f *clientForm) useConsumer(c *oauth.Client) {
	for _, uri := range c.RedirectURIs {
		if uri == f.ConsumerCallback {
			f.Client = *c
			return
		}
	}
	c.RedirectURIs = append(c.RedirectURIs, f.ConsumerCallback)
	f.Client = *c
}
