package admin_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestLoginProvidersAreShownAndTested: without the secret, and with the addresses that must
// be registered. The test names the step that fails.
func TestLoginProvidersAreShownAndTested(t *testing.T) {
	var secret string
	other := latchkeytest.New(t)
	o := enter(t, func(o *latchkey.Options) {
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
		_, secret = other.AddClient(o.Issuer+"/login/with/acme/callback/", func(c *oauth.Client) { c.ID, c.Scopes = "latchkey", oauth.Scopes{"openid", "profile", "email"} })
		acme := latchkey.LoginProvider{Name: "acme", Title: "Acme", Issuer: other.Issuer, ClientID: "latchkey", ClientSecret: secret, Groups: []string{"staff", "crew"}, Claims: map[string]string{"groups": "roles"}}
		wrong := acme
		wrong.Name, wrong.Title, wrong.ClientSecret = "wrong", "Wrong", "not the secret"
		o.LoginProviders = []latchkey.LoginProvider{acme, wrong}
	})
	if page := o.open("login-providers/"); !strings.Contains(page.Body, ">Acme<") || !strings.Contains(page.Body, other.Issuer) {
		t.Errorf("the list: %s", page.Body)
	}
	page := o.open("login-providers/acme/")
	for _, want := range []string{"/login/with/acme/callback/", "/login/with/acme/logged-out/", "/login/with/acme/backchannel-logout/", "staff, crew", "groups: roles"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is missing: %s", want, page.Body)
		}
	}
	if page := o.post("login-providers/acme/test/", url.Values{}); !strings.Contains(page.Body, "All steps of the test have passed") || strings.Count(page.Body, "badge ok") != 4 {
		t.Errorf("the test: %s", page.Body)
	}
	// The redirect URI of this one is not registered.
	if page := o.post("login-providers/wrong/test/", url.Values{}); !strings.Contains(page.Body, "Fix the step that failed") || !strings.Contains(page.Body, "register this redirect URI") {
		t.Errorf("the test of another redirect URI: %s", page.Body)
	}
	if page := o.open("login-providers/none/"); page.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown provider: %s", page.Status)
	}
	for _, path := range []string{"login-providers/", "login-providers/acme/"} {
		if body := o.open(path).Body; strings.Contains(body, secret) || strings.Contains(body, "not the secret") {
			t.Errorf("%s contains the secret", path)
		}
	}
}

// acme are the fields of a login provider.
var acme = url.Values{"name": {"acme"}, "issuer": {"https://acme.example"}, "client_id": {"latchkey"}, "provider_secret": {"hush-hush"}}

// TestLoginProviderIsAddedChangedAndRemoved in the back office. The login page follows, and
// the secret is on no page.
func TestLoginProviderIsAddedChangedAndRemoved(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) {
		o.LoginProviders = []latchkey.LoginProvider{{Name: "fixed", Issuer: "https://fixed.example", ClientID: "c"}}
	})
	shown := func() string { return o.Provider.Browser().Open(o.Issuer + "/login/").Body }
	if page := o.post("login-providers/add/", url.Values{"name": {"Acme"}, "issuer": {"acme"}, "claims": {"groups"}}); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `href="#claims"`) {
		t.Errorf("fields that cannot be read: %s %s", page.Status, page.Body)
	}
	if page := o.post("login-providers/add/", url.Values{"name": {"fixed"}, "issuer": {"acme"}}); page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "Another provider has the same name.") || !strings.Contains(page.Body, `href="#issuer"`) || !strings.Contains(page.Body, `href="#client_id"`) {
		t.Errorf("fields with faults: %s %s", page.Status, page.Body)
	}
	page := o.post("login-providers/add/", acme)
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "/login/with/acme/callback/") || !strings.Contains(shown(), "Continue with acme") {
		t.Fatalf("added: %s %s", page.Status, page.Body)
	}
	bodies := page.Body + o.open("login-providers/acme/edit/").Body
	page = o.post("login-providers/acme/edit/", url.Values{"title": {"Acme & Co"}})
	if page.StatusCode != http.StatusOK || !strings.Contains(shown(), "Acme &amp; Co") {
		t.Errorf("changed: %s %s", page.Status, page.Body)
	}
	bodies += page.Body
	// The secret is bound to the address. Nobody can have it sent elsewhere without knowing it.
	page = o.post("login-providers/acme/edit/", url.Values{"issuer": {"https://evil.example"}})
	if page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "nter the secret again") {
		t.Errorf("another address: %s %s", page.Status, page.Body)
	}
	bodies += page.Body
	if page := o.post("login-providers/acme/edit/", url.Values{"version": {"1"}, "title": {"x"}}); page.StatusCode != http.StatusConflict {
		t.Errorf("an old version: %s", page.Status)
	}
	for _, path := range []string{"login-providers/fixed/edit/", "login-providers/fixed/delete/"} {
		if page := o.post(path, url.Values{}); page.StatusCode != http.StatusConflict {
			t.Errorf("%s: %s", path, page.Status)
		}
	}
	if page := o.post("login-providers/acme/delete/", url.Values{"confirmed": {"yes"}}); page.StatusCode != http.StatusOK || strings.Contains(shown(), "Acme") {
		t.Errorf("removed: %s %s", page.Status, page.Body)
	}
	if bodies += o.open("audit/").Body; strings.Contains(bodies, "hush-hush") {
		t.Error("a page contains the secret")
	}
}

// TestSecretOfALoginProviderIsNotLostSilently: a page cannot contain it, so the person enters it
// again after the confirmation of their identity, and after a fault in another field.
func TestSecretOfALoginProviderIsNotLostSilently(t *testing.T) {
	o := enter(t)
	confirmed := func(path string, fields url.Values) latchkeytest.Page {
		t.Helper()
		form := o.open(path) // the last confirmation is recent
		o.Advance(6 * time.Minute)
		asked := o.Browser.Submit(form, fields)
		if !strings.Contains(asked.Body, `name="confirm_password"`) || strings.Contains(asked.Body, "hush") {
			t.Fatalf("%s: %s", path, asked.Body)
		}
		asked = o.Browser.Submit(asked, url.Values{"confirm_password": {"wrong"}})
		return o.Browser.Submit(asked, url.Values{"confirm_password": {latchkeytest.Password}})
	}
	row := func() account.StoredProvider {
		t.Helper()
		rows, err := o.Store.LoginProviders(t.Context())
		if err != nil || len(rows) > 1 {
			t.Fatal(rows, err)
		}
		return append(rows, account.StoredProvider{})[0]
	}
	again := func(page latchkeytest.Page, kept string) {
		t.Helper()
		if page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "Enter the client secret again") || !strings.Contains(page.Body, kept) {
			t.Errorf("got %s %s", page.Status, page.Body)
		}
	}
	page := confirmed("login-providers/add/", acme)
	again(page, `value="https://acme.example"`)
	if row().Name != "" {
		t.Fatal("added without the secret")
	}
	if page = o.Browser.Submit(page, url.Values{"provider_secret": {"hush"}}); page.StatusCode != http.StatusOK || row().Secret == "" {
		t.Fatalf("entered again: %s %s", page.Status, page.Body)
	}
	before := row()
	page = confirmed("login-providers/acme/edit/", url.Values{"title": {"Acme & Co"}, "provider_secret": {"hush"}})
	again(page, `value="Acme &amp; Co"`)
	if row().Version != before.Version {
		t.Error("saved without the secret")
	}
	if page = o.Browser.Submit(page, url.Values{"provider_secret": {"hush"}}); page.StatusCode != http.StatusOK || row().Secret == before.Secret {
		t.Errorf("entered again: %s %s", page.Status, page.Body)
	}
	again(o.post("login-providers/acme/edit/", url.Values{"issuer": {"no address"}, "provider_secret": {"hush"}}), `value="no address"`)
	before = row()
	if page = confirmed("login-providers/acme/edit/", url.Values{"title": {"Other"}}); page.StatusCode != http.StatusOK || row().Secret != before.Secret || row().Version == before.Version {
		t.Errorf("without a new secret: %s %s", page.Status, page.Body)
	}
}

// TestConflictKeepsTheFormOfALoginProvider, and shows which fields another administrator has
// changed. If it is saved again, its values replace those.
func TestConflictKeepsTheFormOfALoginProvider(t *testing.T) {
	o := enter(t)
	o.post("login-providers/add/", acme)
	form := o.open("login-providers/acme/edit/")
	o.post("login-providers/acme/edit/", url.Values{"title": {"Theirs"}, "email_domains": {"theirs.example"}})
	page := o.Submit(form, url.Values{"title": {"Mine"}, "groups": {"staff"}, "provider_secret": {"hush"}})
	for _, want := range []string{"Another administrator has saved", `href="#title"`, "Theirs", `href="#email_domains"`, `href="#groups"`, `value="Mine"`, ">staff</textarea>", "Enter the client secret again"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is missing: %s", want, page.Body)
		}
	}
	if page.StatusCode != http.StatusConflict || strings.Contains(page.Body, `href="#type"`) || strings.Contains(page.Body, `href="#issuer"`) {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	if page = o.Submit(page, url.Values{"provider_secret": {"hush"}}); page.StatusCode != http.StatusOK || !strings.Contains(o.open("login-providers/acme/").Body, "Mine") {
		t.Errorf("saved again: %s %s", page.Status, page.Body)
	}
}

// TestLoginProviderOfANewerReleaseCanOnlyBeRemoved: a change would erase its other rules.
func TestLoginProviderOfANewerReleaseCanOnlyBeRemoved(t *testing.T) {
	o := enter(t)
	err := o.Store.AddLoginProvider(t.Context(), account.StoredProvider{Name: "newer", Settings: json.RawMessage(`{"issuer":"https://acme.example","client_id":"c","denied_groups":["x"]}`)})
	if err != nil {
		t.Fatal(err)
	}
	page := o.open("login-providers/newer/")
	if !strings.Contains(page.Body, "https://acme.example") || !strings.Contains(page.Body, "denied_groups") || strings.Contains(page.Body, "newer/edit/") {
		t.Errorf("shown as %s", page.Body)
	}
	for _, page := range []latchkeytest.Page{o.open("login-providers/newer/edit/"), o.post("login-providers/newer/edit/", acme)} {
		if page.StatusCode != http.StatusConflict || !strings.Contains(page.Body, "This release cannot change the login provider") {
			t.Errorf("got %s %s", page.Status, page.Body)
		}
	}
	if page := o.post("login-providers/newer/delete/", url.Values{"confirmed": {"yes"}}); page.StatusCode != http.StatusOK {
		t.Errorf("removed: %s", page.Status)
	}
}
