package latchkey_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestScopesOfTheHostAreOnAllPages: the consent page, discovery, the back office and the
// checks of applications use the scopes that the host returns, and have the status 503
// while it returns an error.
func TestScopesOfTheHostAreOnAllPages(t *testing.T) {
	var added, failing atomic.Bool
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes, o.DefaultScopes = nil, nil
		o.ScopeSource = func(context.Context) ([]oauth.ScopeInfo, error) {
			scopes := []oauth.ScopeInfo{{Name: "read", Description: "Read."}}
			if added.Load() {
				scopes = append(scopes, oauth.ScopeInfo{Name: "invoices", Description: "See your invoices"})
			}
			if failing.Load() {
				return nil, errors.New("the database of the host is gone")
			}
			return scopes, nil
		}
	})
	p.AddUser("root", true)
	client, secret := p.AddClient("https://app.example/cb", nil)
	browser := p.Browser()
	browser.LogIn(browser.Open(p.Issuer+"/login/"), "root")
	pages := map[string]string{
		"consent":           p.AuthorizationURL(client, "invoices"),
		"discovery":         p.Issuer + "/.well-known/openid-configuration",
		"resource metadata": p.Issuer + "/.well-known/oauth-protected-resource",
		"account":           p.Issuer + "/account/applications/",
		"back office":       p.URL + "/admin/applications/" + client.ID + "/edit/",
	}
	check := func(status int, known bool) {
		t.Helper()
		for name, address := range pages {
			page := browser.Open(address)
			if shown := strings.Contains(page.Body, "invoices"); name != "consent" && (page.StatusCode != status || shown != known && name != "account") {
				t.Errorf("%s: %s, the scope is shown: %t", name, page.Status, shown)
			}
			if name == "consent" && status == http.StatusOK && strings.Contains(page.Body, "See your invoices") != known {
				t.Errorf("the consent page is %s", page.Body)
			}
		}
		response, err := http.PostForm(p.Issuer+"/token/", url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}, "scope": {"read"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != status && status == http.StatusServiceUnavailable {
			t.Errorf("the token endpoint responds with %s", response.Status)
		}
		stored, err := p.Store.Client(t.Context(), client.ID)
		if err != nil {
			t.Fatal(err)
		}
		stored.Scopes = oauth.Scopes{"read", "invoices"}
		err = p.Server.UpdateApplication(t.Context(), stored)
		if (err == nil) != known || errors.Is(err, oauth.ErrUnavailable) != (status == http.StatusServiceUnavailable) {
			t.Errorf("change of the application: %v", err)
		}
	}
	check(http.StatusOK, false)
	added.Store(true)
	p.Advance(5 * time.Second)
	check(http.StatusOK, true)
	failing.Store(true)
	p.Advance(5 * time.Second)
	check(http.StatusServiceUnavailable, false)
}
