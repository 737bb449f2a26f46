package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestLoginAtADisabledProviderIsRefused, even if the person was already there. It connects no
// account, and still reports logouts.
func TestLoginAtADisabledProviderIsRefused(t *testing.T) {
	f := newFederation(t, nil)
	f.other.AddClient(f.Issuer+"/login/with/public/callback/", func(c *oauth.Client) {
		c.ID, c.Type, c.Scopes = "public", oauth.Public, oauth.Scopes{"openid", "profile", "email"}
	})
	settings := upstream.Settings{Name: "public", Title: "Public", Issuer: f.other.Issuer, ClientID: "public", SignUp: upstream.SignUpAutomatic}
	version := int64(0)
	save := func(disabled bool) {
		t.Helper()
		settings.Disabled = disabled
		text, err := settings.JSON()
		if err != nil {
			t.Fatal(err)
		}
		row := account.StoredProvider{Name: settings.Name, Settings: text, Version: version}
		if version++; version == 1 {
			err = f.Store.AddLoginProvider(t.Context(), row)
		} else {
			err = f.Store.UpdateLoginProvider(t.Context(), row)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	save(false)
	start := f.Issuer + "/login/with/public/"
	b, connecting := f.Browser(), f.insider("countess")
	callback := f.answers(t, f.leaves(t, b, start), "ada")
	page := connecting.Submit(connecting.Open(f.Issuer+"/account/providers/"), url.Values{"action": {"connect"}, "provider": {"public"}})
	connection := f.answers(t, page.RedirectURL, "eve")
	save(true)
	if page := b.Open(f.Issuer + "/login/"); strings.Contains(page.Body, "Continue with Public") || !strings.Contains(page.Body, "Continue with Acme") {
		t.Errorf("the login page: %s", page.Body)
	}
	const says = "Nobody can log in with Public at present"
	shows(t, b.Open(start), http.StatusForbidden, says)
	shows(t, b.Open(callback), http.StatusForbidden, says)
	if f.loggedInAs(b, "Ada") {
		t.Error("Ada is logged in")
	}
	shows(t, connecting.Open(connection), http.StatusForbidden, says)
	page = connecting.Open(f.Issuer + "/account/providers/")
	if strings.Contains(page.Body, "eve@acme.example") || strings.Contains(page.Body, `value="public"`) {
		t.Errorf("it was connected, or is offered: %s", page.Body)
	}
	response, err := http.PostForm(start+"backchannel-logout/", url.Values{"logout_token": {"junk"}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil || !strings.Contains(string(body), "The logout_token is not valid") {
		t.Errorf("a logout token: %s, %v", body, err)
	}
	save(false)
	b.Open(f.answers(t, f.leaves(t, b, start), "ada"))
	if !f.loggedInAs(b, "Ada") {
		t.Error("Ada is not logged in after it was enabled")
	}
}
