package admin

import (
	"crypto/subtle"
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

// clientCreate stores a new application, and shows its secret for the last time.
func (b *office) clientCreate(r *request) error {
	kind, all := r.PostForm.Get("kind"), r.PostForm.Has("all")
	c, err := b.newClient(r, kind)
	if err != nil {
		return err
	}
	f, err := b.newClientForm(r, c, kind, all)
	if err != nil {
		return err
	}
	f.ID, f.Secret = r.credentials(b.Clock())
	c.ID = f.ID
	if err := f.read(r, c); err != nil {
		return err
	}
	if r.PostForm.Has("show_all") {
		return b.showAllFields(r, f, c)
	}
	if r.PostForm.Has("use_consumer") {
		f.useConsumer()
		return r.showClientForm(http.StatusOK, f)
	}
	if err := b.addSecret(c, f.Secret, b.Clock()); err != nil {
		return err
	}
	if !f.validate(r, c) || !f.reachable(r, nil, c) {
		return r.showInvalid(f)
	}
	if err := r.needForClient(nil, c); err != nil {
		return err
	}
	return b.addClient(r, f, c)
}

// addClient stores a new application whose form is valid.
func (b *office) addClient(r *request, f *clientForm, c *oauth.Client) error {
	err := b.Store.CreateClient(r.Context(), c)
	if errors.Is(err, oauth.ErrConflict) {
		return b.addedBefore(r, f, c)
	}
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{ClientName: c.Name, Changes: audit.ClientChanges(nil, c)}
	r.changed(c.ID)
	b.ready(r, c, f.Secret, r.PostForm.Has("another"))
	return nil
}

// addedBefore answers a form whose client_id exists. If the button was pressed twice, the
// first request has stored the same application, and its page is shown again: the browser
// has thrown the first response away.
func (b *office) addedBefore(r *request, f *clientForm, c *oauth.Client) error {
	stored, err := b.Store.Client(r.Context(), c.ID)
	if err == nil && sameClient(stored, c) {
		b.ready(r, stored, f.Secret, r.PostForm.Has("another"))
		return nil
	}
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		return err
	}
	f.reject("client_id", ui.Text{"admin.fault.client_exists"})
	f.ID = oauth.NewClientID()
	return r.showClientForm(http.StatusConflict, f)
}

// sameClient reports whether two applications have the same fields and the same secret.
func sameClient(a, b *oauth.Client) bool {
	for _, field := range clientfields.All() {
		if field.Kind != clientfields.Kept && !field.Equal(a, b) {
			return false
		}
	}
	return slices.EqualFunc(a.Secrets, b.Secrets, func(x, y oauth.ClientSecret) bool { return subtle.ConstantTimeCompare(x.Hash, y.Hash) == 1 })
}

// showAllFields shows the form of a kind again with all fields, and what was entered.
func (b *office) showAllFields(r *request, f *clientForm, c *oauth.Client) error {
	full, err := b.newClientForm(r, c, f.Kind, true)
	if err != nil {
		return err
	}
	full.ID, full.Secret = f.ID, f.Secret
	for entered := range f.fields {
		for field := range full.fields {
			if field.Name == entered.Name {
				field.Values, field.Scopes = entered.Values, entered.Scopes
			}
		}
	}
	return r.showClientForm(http.StatusOK, full)
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
	Client   *oauth.Client // the new application
	Secret   string        // its client secret, or "" if it has none
	Consumer string        // the URL for trying out the application in the consumer, or ""
	Another  bool          // the administrator wants to add another application
	// Rotated is set if the secret replaces another one, and BothUntil is when the earlier
	// secrets expire, or zero if they have expired.
	Rotated    bool
	BothUntil  time.Time               // see Rotated
	Connection clientfields.Connection // what the developers of the application need
}

// connection returns what the developers of an application need. secret is its client
// secret, or "" if it is not known.
func (b *office) connection(c *oauth.Client, secret string) clientfields.Connection {
	return clientfields.NewConnection(b.Issuer, c, clientfields.PersonClaimsOf(b.ProgramClaims, b.OwnLogin), secret)
}

// ready shows the credentials of an application. They are the response to a form
// and have no URL, so they cannot be shown again.
func (b *office) ready(r *request, c *oauth.Client, secret string, another bool) {
	if len(c.Secrets) == 0 {
		secret = ""
	}
	r.render(http.StatusOK, "client_ready", ui.Text{"admin.title.ready", "app", c.Name}, "applications", clientReadyPage{Client: shownClient(c), Secret: secret, Consumer: b.consumerLink(c), Another: another, Connection: b.connection(c, secret)})
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
