package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestALogOutWithFramesLeadsBackToAnApp whose address has a scheme of its own
// (OpenID Connect RP-Initiated Logout §2, RFC 8252 §7.1).
func TestALogOutWithFramesLeadsBackToAnApp(t *testing.T) {
	p := latchkeytest.New(t, nil)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.FrontchannelLogoutURI = "https://app.example/front"
		c.PostLogoutRedirectURIs = []string{"com.example.app:/bye"}
	})
	b := p.Browser()
	code, err := b.Authorize(openIDAsk(p, client), "ada")
	if err != nil {
		t.Fatal(err)
	}
	response, body := send(t, http.MethodPost, p.Issuer+"/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {client.RedirectURIs[0]}, "code_verifier": {verifier},
		"client_id": {client.ID}, "client_secret": {secret},
	}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	var tokens struct {
		IDToken string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(body), &tokens); err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.Status, body, err)
	}
	page := b.Open(p.Issuer + "/logout/?" + url.Values{"id_token_hint": {tokens.IDToken}, "post_logout_redirect_uri": {"com.example.app:/bye"}}.Encode())
	for _, want := range []string{`src="https://app.example/front?`, `href="com.example.app:/bye" data-away>Continue`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is not in %s", want, page.Body)
		}
	}
}

// TestWhoClosesTheBrowserAtOnceIsObeyed: what takes something away is done for
// who does not wait for the answer.
func TestWhoClosesTheBrowserAtOnceIsObeyed(t *testing.T) {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "l.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Store = store })
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.FrontchannelLogoutURI = "https://app.example/front" })
	sessions := func(user *account.User) int {
		found, _, err := store.Sessions(ctx, account.SessionFilter{UserID: user.ID}, paging.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	for _, test := range []struct {
		name, path string
		fields     url.Values
		left       int // sessions, of two
	}{
		{"ada", "/logout/", url.Values{}, 1},
		{"bob", "/account/", url.Values{"action": {"everywhere"}}, 1},
		{"eve", "/account/", url.Values{"action": {"withdraw"}, "client": {client.ID}}, 2},
	} {
		user, b, other := p.AddUser(test.name, false), p.Browser(), p.Browser()
		other.LogIn(other.Open(p.Issuer+"/login/"), test.name)
		if _, err := b.Authorize(openIDAsk(p, client), test.name); err != nil || sessions(user) != 2 {
			t.Fatal(err)
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		r := httptest.NewRequestWithContext(gone, http.MethodPost, p.Issuer+test.path, strings.NewReader(test.fields.Encode()))
		r.Header.Set("Content-Type", form)
		for _, cookie := range b.Jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		w := newRecorder()
		p.Mux.ServeHTTP(w, r)
		if w.Code >= 400 || sessions(user) != test.left {
			t.Errorf("%s %v: %d, and %d sessions", test.path, test.fields, w.Code, sessions(user))
		}
		if _, err := store.Consent(ctx, user.ID, client.ID); errors.Is(err, oauth.ErrNotFound) != test.fields.Has("client") {
			t.Errorf("%s %v: the consent afterwards: %v", test.path, test.fields, err)
		}
	}
}
