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

func TestFailedLogoutIsNotReportedAsDone(t *testing.T) {
	p, store := newCountingStore(t, nil)
	p.AddUser("ada", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	store.broken.Store(true)
	page := b.Open(p.Issuer + "/logout/")
	if got := b.Submit(page, url.Values{}); got.StatusCode != 503 || strings.Contains(got.Body, "You are logged out") {
		t.Errorf("while the storage is unavailable: got %s %s", got.Status, got.Body)
	}
	store.broken.Store(false)
	if got := b.Open(p.Issuer + "/account/"); !strings.Contains(got.Body, "Your account") {
		t.Error("the cookie was deleted, but the session has not ended")
	}
	if got := b.Submit(page, url.Values{}); got.StatusCode != 200 || !strings.Contains(got.Body, "You are logged out") {
		t.Errorf("the second attempt: got %s", got.Status)
	}
}

// RP-Initiated Logout §3: only the redirect is forbidden.
func TestLogoutOfADisabledApplicationEndsInTheQuestion(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.Disabled, c.PostLogoutRedirectURIs = true, []string{"https://app.example/bye"}
	})
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	page := b.Open(p.Issuer + "/logout/?" + url.Values{"client_id": {client.ID}, "post_logout_redirect_uri": client.PostLogoutRedirectURIs}.Encode())
	if page.StatusCode != 200 || !strings.Contains(page.Body, "Log out?") {
		t.Fatalf("got %s %s", page.Status, page.Body)
	}
	if page = b.Submit(page, nil); page.RedirectURL != nil || !strings.Contains(page.Body, "You are logged out") {
		t.Errorf("got %v %s", page.RedirectURL, page.Body)
	}
}

func TestCodeIsInvalidAfterTheLogout(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	authorize := func() string {
		code, err := b.Authorize(authorizeURL(p, client, url.Values{"scope": {"openid"}}), "ada")
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	code := authorize()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada") // a second login continues the session
	if status, body := redeem(t, p, client, secret, code); status != 200 {
		t.Errorf("while logged in: got %d %s", status, body)
	}
	code = authorize()
	b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
	if status, body := redeem(t, p, client, secret, code); status != 400 || !strings.Contains(body, "invalid_grant") {
		t.Errorf("after the logout: got %d %s", status, body)
	}
}

// OpenID Connect RP-Initiated Logout §2, RFC 8252 §7.1.
func TestFrontchannelLogoutReturnsToTheSchemeOfAnApp(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.FrontchannelLogoutURI = "https://app.example/front"
		c.PostLogoutRedirectURIs = []string{"com.example.app:/bye"}
	})
	b := p.Browser()
	code, err := b.Authorize(openIDRequest(p, client), "ada")
	if err != nil {
		t.Fatal(err)
	}
	status, body := redeem(t, p, client, secret, code)
	var tokens struct {
		IDToken string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(body), &tokens); err != nil || status != http.StatusOK {
		t.Fatal(status, body, err)
	}
	page := b.Open(p.Issuer + "/logout/?" + url.Values{"id_token_hint": {tokens.IDToken}, "post_logout_redirect_uri": {"com.example.app:/bye"}}.Encode())
	for _, want := range []string{`src="https://app.example/front?`, `href="com.example.app:/bye" data-away>Continue`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is missing from %s", want, page.Body)
		}
	}
}

func TestRevocationsCompleteAfterTheClientClosedTheConnection(t *testing.T) {
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
		{"bob", "/account/sessions/", url.Values{"action": {"everywhere"}, "confirmed": {"yes"}}, 1},
		{"eve", "/account/applications/", url.Values{"action": {"withdraw"}, "client": {client.ID}, "confirmed": {"yes"}}, 2},
	} {
		user, b, other := p.AddUser(test.name, false), p.Browser(), p.Browser()
		other.LogIn(other.Open(p.Issuer+"/login/"), test.name)
		if _, err := b.Authorize(openIDRequest(p, client), test.name); err != nil || sessions(user) != 2 {
			t.Fatal(err)
		}
		closed, closeConnection := context.WithCancel(ctx)
		closeConnection()
		r := httptest.NewRequestWithContext(closed, http.MethodPost, p.Issuer+test.path, strings.NewReader(test.fields.Encode()))
		r.Header.Set("Content-Type", form)
		for _, cookie := range b.Jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		p.Mux.ServeHTTP(w, r)
		if w.Code >= 400 || sessions(user) != test.left {
			t.Errorf("%s %v: got status %d and %d sessions", test.path, test.fields, w.Code, sessions(user))
		}
		if _, err := store.Consent(ctx, user.ID, client.ID); errors.Is(err, oauth.ErrNotFound) != test.fields.Has("client") {
			t.Errorf("%s %v: the consent afterwards: %v", test.path, test.fields, err)
		}
	}
}
