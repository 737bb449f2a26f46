package latchkey_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// TestApplicationOfAHostIsCheckedAsInTheBackOffice lists what a host could do wrong
// with Store.CreateClient. None of these applications can be created, and no valid
// application can be changed into one.
func TestApplicationOfAHostIsCheckedAsInTheBackOffice(t *testing.T) {
	p := latchkeytest.New(t)
	for name, test := range map[string]struct {
		field  string
		change func(*oauth.Client)
	}{
		"a redirect URI that runs a script": {"redirect_uris", func(c *oauth.Client) { c.RedirectURIs = []string{"javascript:alert(1)//"} }},
		"a redirect URI without TLS":        {"redirect_uris", func(c *oauth.Client) { c.RedirectURIs = []string{"http://shop.example/cb"} }},
		"a wildcard":                        {"redirect_uris", func(c *oauth.Client) { c.RedirectURIs = []string{"https://*.example/cb"} }},
		"a fragment":                        {"redirect_uris", func(c *oauth.Client) { c.RedirectURIs = []string{"https://shop.example/#cb"} }},
		"no name":                           {"client_name", func(c *oauth.Client) { c.Name = "" }},
		"an unknown scope":                  {"scope", func(c *oauth.Client) { c.Scopes = oauth.Scopes{"root"} }},
		"an unknown grant type":             {"grant_types", func(c *oauth.Client) { c.GrantTypes = []string{"magic"} }},
		"a key set on this machine":         {"jwks_uri", func(c *oauth.Client) { c.JWKSURI = "https://127.0.0.1/keys" }},
		"an owner without an account":       {"owner_id", func(c *oauth.Client) { c.OwnerID = "nobody" }},
		"a service user without an account": {"service_user_id", func(c *oauth.Client) {
			c.GrantTypes, c.ServiceUserID = append(c.GrantTypes, oauth.GrantClientCredentials), "nobody"
		}},
	} {
		valid := oauth.Client{Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}}
		wrong := valid
		test.change(&wrong)
		_, err := p.Server.CreateApplication(t.Context(), &wrong)
		rejects(t, "a new application with "+name, test.field, err)
		if wrong.ID != "" || len(wrong.Secrets) != 0 {
			t.Errorf("%s: the rejected application was changed: %+v", name, wrong)
		}
		if _, err := p.Server.CreateApplication(t.Context(), &valid); err != nil {
			t.Fatal(err)
		}
		test.change(&valid)
		rejects(t, "a change to "+name, test.field, p.Server.UpdateApplication(t.Context(), &valid))
	}
	for _, id := range []string{oauth.RegistrationPrefix + "x", "a:b", "a\x00b"} {
		_, err := p.Server.CreateApplication(t.Context(), &oauth.Client{ID: id, Name: "Shop"})
		rejects(t, id, "client_id", err)
	}
	_, err := p.Server.CreateApplication(t.Context(), &oauth.Client{Name: "Shop", Type: oauth.Public})
	rejects(t, "a public application without redirect URIs and grant types", "redirect_uris", err)
	if strings.Contains(err.Error(), "client_credentials") {
		t.Errorf("the error names a grant type that was not set: %v", err)
	}
}

func TestSecretOfANewApplicationWorksAndIsStoredOnlyAsAHash(t *testing.T) {
	p := latchkeytest.New(t)
	app := &oauth.Client{Name: "Job"}
	secret, err := p.Server.CreateApplication(t.Context(), app)
	if err != nil || secret == "" {
		t.Fatalf("%q %v", secret, err)
	}
	if token := clientToken(t, p, app.ID, secret); token == "" {
		t.Error("the secret does not work")
	}
	stored, err := p.Store.Client(t.Context(), app.ID)
	if err != nil || len(stored.Secrets) != 1 || stored.Secrets[0].Sealed != "" || stored.CreatedAt.IsZero() || !stored.Allows(oauth.GrantClientCredentials) {
		t.Errorf("stored as %+v %v", stored, err)
	}
	if _, err := p.Server.CreateApplication(t.Context(), &oauth.Client{ID: app.ID, Name: "Other"}); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a second application with the ID: %v", err)
	}
	later, err := p.Server.RotateSecret(t.Context(), app.ID, time.Hour)
	if err != nil || clientToken(t, p, app.ID, later) == "" || clientToken(t, p, app.ID, secret) == "" {
		t.Errorf("after a rotation with an overlap: %v", err)
	}
	for name, app := range map[string]*oauth.Client{
		"a public application":     {Name: "App", Type: oauth.Public, RedirectURIs: []string{"https://app.example/cb"}},
		"an application with keys": {Name: "Job", AuthMethod: oauth.AuthPrivateKeyJWT, ClientOpenID: oauth.ClientOpenID{JWKSURI: "https://job.example/keys"}},
	} {
		if secret, err := p.Server.CreateApplication(t.Context(), app); secret != "" || err != nil || len(app.Secrets) > 0 {
			t.Errorf("%s: %q %v", name, secret, err)
		}
	}
}

func TestImportedSecretIsStoredAsASlowHash(t *testing.T) {
	p := latchkeytest.New(t)
	app := &oauth.Client{Name: "Job"}
	if err := p.Server.ImportApplication(t.Context(), app, "chosen by a person"); err != nil || app.Secrets[0].Slow == "" || app.Secrets[0].Hash != nil {
		t.Fatalf("%+v %v", app.Secrets, err)
	}
	if token := clientToken(t, p, app.ID, "chosen by a person"); token == "" {
		t.Error("the imported secret does not work")
	}
	rejects(t, "an empty secret", "client_secret", p.Server.ImportApplication(t.Context(), &oauth.Client{Name: "Job"}, ""))
	err := p.Server.ImportApplication(t.Context(), &oauth.Client{Name: "App", Type: oauth.Public, GrantTypes: []string{oauth.GrantDeviceCode}}, "secret")
	rejects(t, "a public application with a secret", "client_secret", err)
	keys := oauth.ClientOpenID{JWKSURI: "https://job.example/keys"}
	err = p.Server.ImportApplication(t.Context(), &oauth.Client{Name: "Job", AuthMethod: oauth.AuthPrivateKeyJWT, ClientOpenID: keys}, "a secret that nothing would accept")
	rejects(t, "an application with keys", "client_secret", err)
	hs256 := &oauth.Client{Name: "Job", ClientOpenID: oauth.ClientOpenID{IDTokenAlg: oauth.AlgHS256}}
	rejects(t, "a short secret with HS256", "client_secret", p.Server.ImportApplication(t.Context(), hs256, "short"))
}

// TestRotationReturnsOnlySecretsThatAreAccepted, and no secret remains valid for years.
func TestRotationReturnsOnlySecretsThatAreAccepted(t *testing.T) {
	p := latchkeytest.New(t)
	keys := oauth.ClientOpenID{JWKSURI: "https://job.example/keys"}
	withKeys := &oauth.Client{Name: "Job", AuthMethod: oauth.AuthPrivateKeyJWT, ClientOpenID: keys}
	public := &oauth.Client{Name: "App", Type: oauth.Public, RedirectURIs: []string{"https://app.example/cb"}}
	usual := &oauth.Client{Name: "Shop"}
	for _, c := range []*oauth.Client{withKeys, public, usual} {
		if _, err := p.Server.CreateApplication(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*oauth.Client{withKeys, public} {
		secret, err := p.Server.RotateSecret(t.Context(), c.ID, 0)
		rejects(t, c.Name, "client_secret", err)
		if secret != "" {
			t.Errorf("%s has the secret %s", c.Name, secret)
		}
	}
	withKeys.AuthMethod = oauth.AuthSecretBasic
	if err := p.Server.UpdateApplication(t.Context(), withKeys); err != nil {
		t.Fatal(err)
	}
	secret, err := p.Server.RotateSecret(t.Context(), withKeys.ID, 0)
	if err != nil || clientToken(t, p, withKeys.ID, secret) == "" {
		t.Errorf("after the change from a key to a secret: %q %v", secret, err)
	}
	for overlap, valid := range map[time.Duration]bool{
		-time.Second: false, 0: true, oauth.MaxSecretOverlap: true, oauth.MaxSecretOverlap + 1: false, 1_000_000 * time.Hour: false,
	} {
		if _, err := p.Server.RotateSecret(t.Context(), usual.ID, overlap); (err == nil) != valid {
			t.Errorf("an overlap of %s: %v", overlap, err)
		}
	}
}

// TestChangeOfAnApplicationIsConditionalOnWhatWasRead and cannot set what only the
// server sets.
func TestChangeOfAnApplicationIsConditionalOnWhatWasRead(t *testing.T) {
	p := latchkeytest.New(t)
	app := &oauth.Client{Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}}
	if _, err := p.Server.CreateApplication(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	first, second := *app, *app
	first.Name = "Store"
	_, forged := oauth.NewClientSecret(time.Now())
	first.Secrets, first.CreatedAt, first.RevokedBefore = []oauth.ClientSecret{forged}, time.Time{}, time.Now().Add(time.Hour)
	if err := p.Server.UpdateApplication(t.Context(), &first); err != nil {
		t.Fatal(err)
	}
	second.Name = "Market"
	if err := p.Server.UpdateApplication(t.Context(), &second); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a change of an older version: %v", err)
	}
	stored, err := p.Store.Client(t.Context(), app.ID)
	if err != nil || stored.Name != "Store" || stored.Secrets[0].ID != app.Secrets[0].ID || stored.CreatedAt.IsZero() || stored.RevokedBefore.After(time.Now().Add(time.Minute)) {
		t.Errorf("stored as %+v %v", stored, err)
	}
	if first.Version != stored.Version {
		t.Errorf("the caller has version %d, stored is %d", first.Version, stored.Version)
	}
	err = p.Server.UpdateApplication(t.Context(), &oauth.Client{ID: app.ID, Name: "New"})
	rejects(t, "a new value instead of the stored one", "client_type", err)
	if !strings.Contains(err.Error(), "Read the application with Store.Client") {
		t.Errorf("an application that was not read: %v", err)
	}
	first.Type = oauth.Public
	rejects(t, "another type", "client_type", p.Server.UpdateApplication(t.Context(), &first))
	if err := p.Server.DeleteApplication(t.Context(), app.ID); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"update": p.Server.UpdateApplication(t.Context(), stored), "delete": p.Server.DeleteApplication(t.Context(), app.ID),
	} {
		if !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("%s of an application that was deleted: %v", name, err)
		}
	}
}

// TestFieldErrorsAreFoundInTheErrorOfAMethod, and no error is a nil error.
func TestFieldErrorsAreFoundInTheErrorOfAMethod(t *testing.T) {
	p := latchkeytest.New(t)
	_, err := p.Server.CreateApplication(t.Context(), &oauth.Client{})
	if faults, ok := errors.AsType[validate.FieldErrors](err); !ok || len(faults) == 0 {
		t.Errorf("got %v", err)
	}
}
