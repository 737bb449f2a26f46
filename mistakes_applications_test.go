package latchkey_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A mistake in a call about an application is reported, and the error says which application
// does not exist.
func TestMistakesAboutApplicationsAreReported(t *testing.T) {
	p := latchkeytest.New(t)
	ctx := t.Context()
	app := &oauth.Client{Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}}
	if _, err := p.Server.CreateApplication(ctx, app); err != nil {
		t.Fatal(err)
	}
	web := func(kind oauth.ClientType) *oauth.Client {
		return &oauth.Client{Name: "App", Type: kind, RedirectURIs: []string{"https://app.example/cb"}}
	}
	_, rotated := p.Server.RotateSecret(ctx, "trackr", 0)
	ada, bob := p.AddUser("ada", false), p.AddUser("bob", false)
	session := logIn(t, p, "ada")
	own, ownSession := latchkeytest.New(t, latchkeytest.OwnPeople()), "a session of the host"
	own.Token("ada", "read")
	changed := func(change func(*oauth.Client)) error {
		c := web(oauth.Confidential)
		change(c)
		return p.Server.ValidateApplication(ctx, c)
	}
	stale, _ := p.AddInvalidClient("https://app.example/cb", func(c *oauth.Client) { c.Resources = []string{"https://old.example"} })
	_, unknownResource := p.Server.CreateApplication(ctx, &oauth.Client{Name: "App", RedirectURIs: []string{"https://app.example/cb"}, Resources: []string{"https://api.example"}})
	_, ownResource := p.Server.CreateApplication(ctx, &oauth.Client{Name: "App", RedirectURIs: []string{"https://app.example/cb"}, Resources: []string{p.Issuer}})
	_, nothing := p.Server.CreateApplication(ctx, nil)
	_, spaced := p.Server.CreateApplication(ctx, &oauth.Client{ID: "my app", Name: "App"})
	_, noKey := p.Server.Keys().Import(ctx, oauth.AlgES256, nil, false)
	importKey := func(alg string, key crypto.Signer) error {
		_, err := p.Server.Keys().Import(ctx, alg, key, false)
		return err
	}
	_, twoScopes := p.Server.IssueToken(ctx, provider.TokenOrder{ClientID: app.ID, Subject: ada.ID, Scope: oauth.Scopes{"read openid"}})
	for name, c := range map[string]struct {
		err     error
		want    string // empty: no error
		missing bool
	}{
		"a consent":                            {p.Server.WithdrawConsent(ctx, "ada-id", app.ID), "", false},
		"a consent, arguments swapped":         {p.Server.WithdrawConsent(ctx, app.ID, "ada-id"), `there is no application with the client ID "ada-id"`, true},
		"a secret of an unknown application":   {rotated, `there is no application with the client ID "trackr"`, true},
		"a change of an unknown application":   {p.Server.UpdateApplication(ctx, &oauth.Client{ID: "trackr", Name: "x"}), `"trackr"`, true},
		"a deletion of an unknown application": {p.Server.DeleteApplication(ctx, "trackr"), `"trackr"`, true},
		"an import without its secret":         {p.Server.ImportApplication(ctx, web(""), ""), "To generate one, use CreateApplication", false},
		"an import of a public application":    {p.Server.ImportApplication(ctx, web(oauth.Public), ""), "", false},
		"two scopes in one text":               {changed(func(c *oauth.Client) { c.Scopes = oauth.Scopes{"read write"} }), "Enter each scope as a value of its own", false},
		"the short name of a grant type":       {changed(func(c *oauth.Client) { c.GrantTypes = []string{"token_exchange"} }), "Use " + oauth.GrantTokenExchange, false},
		"an unknown resource":                  {unknownResource, "allowed_resources: There is no resource 'https://api.example'", false},
		"an unknown resource, only checked":    {changed(func(c *oauth.Client) { c.Resources = []string{"https://api.example"} }), "There is no resource", false},
		"the server itself as a resource":      {ownResource, "", false},
		"a resource that no longer exists":     {p.Server.UpdateApplication(ctx, stale), "", false},
		"a session of another person":          {p.Server.RevokeSession(ctx, bob.ID, session), "the session is not one of the person", false},
		"a session, arguments swapped":         {p.Server.RevokeSession(ctx, session, ada.ID), "the order of the arguments is subject, id", false},
		"a session of a host":                  {own.Server.RevokeSession(ctx, "ada", ownSession), "", false},
		"the end of a person":                  {p.Server.EndSessions(ctx, ada.ID), "use RevokeSubject", false},
		"the end of a session":                 {p.Server.EndSessions(ctx, session, "", "unknown"), "", false},
		"the end of a session of a host":       {own.Server.EndSessions(ctx, ownSession), "", false},
		"a client ID with a space":             {spaced, "client_id: The client ID contains a space", false},
		"no application to create":             {nothing, "the application is nil", false},
		"no application to import":             {p.Server.ImportApplication(ctx, nil, "secret"), "the application is nil", false},
		"no application to change":             {p.Server.UpdateApplication(ctx, nil), "the application is nil", false},
		"no application to check":              {p.Server.ValidateApplication(ctx, nil), "the application is nil", false},
		"no key":                               {noKey, "cannot be used for ES256", false},
		"a nil key":                            {importKey(oauth.AlgES256, (*ecdsa.PrivateKey)(nil)), "nil or empty", false},
		"an empty key":                         {importKey(oauth.AlgES256, &ecdsa.PrivateKey{}), "cannot be used", false},
		"a nil RSA key":                        {importKey(oauth.AlgRS256, (*rsa.PrivateKey)(nil)), "nil or empty", false},
		"an empty RSA key":                     {importKey(oauth.AlgRS256, &rsa.PrivateKey{}), "nil or empty", false},
		"an empty Ed25519 key":                 {importKey(oauth.AlgEdDSA, ed25519.PrivateKey(nil)), "nil or empty", false},
		"metadata of a person of a host":       {own.Server.SetPersonMetadata(ctx, "ada", nil), "the people are those of Options.People", false},
		"a token with two scopes in one text":  {twoScopes, "Write each scope as a string of its own", false},
		"an unknown session":                   {p.Server.RevokeSession(ctx, ada.ID, "unknown"), "", false},
	} {
		if got := errors.Is(c.err, oauth.ErrNotFound); got != c.missing || (c.err == nil) != (c.want == "") || c.err != nil && !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, c.err, c.want)
		}
	}
}

// A redirect URI with a space in front is one fault, and not also a private-use scheme.
func TestRedirectURIWithASpaceIsOneFault(t *testing.T) {
	p := latchkeytest.New(t)
	_, err := p.Server.CreateApplication(t.Context(), &oauth.Client{Name: "App", RedirectURIs: []string{" https://app.example/cb"}})
	if faults, ok := errors.AsType[validate.FieldErrors](err); !ok || len(faults) != 1 || faults[0].Field != "redirect_uris" {
		t.Errorf("got %v", err)
	}
}

// logIn logs a person in, and returns the ID of the session.
func logIn(t *testing.T, p *latchkeytest.Provider, name string) string {
	t.Helper()
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), name)
	sessions, _, err := p.Store.Sessions(t.Context(), account.SessionFilter{}, paging.Page{Limit: 2})
	if err != nil || len(sessions) != 1 {
		t.Fatal(sessions, err)
	}
	return sessions[0].ID
}

// The record of an imported application names the method, and no value that nobody has set.
func TestImportIsRecordedUnderItsName(t *testing.T) {
	var got []oauth.Event
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.OnEvent = func(_ context.Context, e oauth.Event) { got = append(got, e) }
	})
	if err := p.Server.ImportApplication(t.Context(), &oauth.Client{Name: "App", RedirectURIs: []string{"https://app.example/cb"}}, "a-secret-of-another-server"); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Kind != "Server.ImportApplication" {
		t.Fatalf("got %+v", got)
	}
	for _, change := range got[0].Details.Changes {
		if change.Field == "revoked_before" {
			t.Errorf("got %+v", change)
		}
	}
}
