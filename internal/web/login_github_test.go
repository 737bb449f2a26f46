package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// newGitHub starts a provider at which people log in with GitHub, which is a part of the
// same server.
func newGitHub(t *testing.T, change ...func(*latchkey.Options)) *latchkeytest.Provider {
	t.Helper()
	p := latchkeytest.New(t, allowLoopback, func(o *latchkey.Options) {
		o.LoginProviders = []latchkey.LoginProvider{{Name: "hub", Title: "Hub", Type: "github", Issuer: oauth.Origin(o.Issuer) + "/hub", ClientID: "c", ClientSecret: "s", SignUp: "automatic"}}
		for _, c := range change {
			c(o)
		}
	})
	for path, body := range map[string]any{
		"/login/oauth/access_token": map[string]any{"access_token": "at", "token_type": "bearer"},
		"/api/v3/user":              map[string]any{"id": 7, "login": "ada", "name": "Ada"},
		"/api/v3/user/emails":       []any{},
	} {
		p.Mux.HandleFunc("/hub"+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(body)
		})
	}
	p.Mux.HandleFunc("/hub/login/oauth/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {"c"}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	return p
}

// TestProviderThatConfirmsNoNewLoginMeetsNoMaxAge: GitHub does not report when a person
// logged in there (OpenID Connect Core §3.1.2.1, prompt and max_age). The person sees the
// other ways.
func TestProviderThatConfirmsNoNewLoginMeetsNoMaxAge(t *testing.T) {
	p := newGitHub(t)
	app, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.SkipAuthorization = true })
	b := p.Browser()
	logIn := func(next string) latchkeytest.Page {
		return b.Open(p.Issuer + "/login/with/hub/?next=" + url.QueryEscape(next))
	}
	strict := []url.Values{{"prompt": {"login"}}, {"max_age": {"0"}}, {"max_age": {"3600"}}}
	waiting := b.Open(authorizeURL(p, app, url.Values{"prompt": {"login"}})) // began before the login in another tab
	for round := range 2 {
		for _, more := range strict {
			login := b.Open(authorizeURL(p, app, more))
			shows(t, login, http.StatusOK, "Log in")
			shows(t, logIn(login.Request.URL.Query().Get("next")), http.StatusForbidden, "cannot confirm that you did")
		}
		if page := logIn("/o/account/"); round == 0 && page.StatusCode != http.StatusOK {
			t.Fatalf("without a condition: %d %s", page.StatusCode, page.Body)
		}
	}
	if page := b.Open(authorizeURL(p, app, nil)); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
		t.Errorf("a request without a condition: %d %s", page.StatusCode, page.Body)
	}
	if page := b.Open(p.URL + waiting.Request.URL.Query().Get("next")); page.RedirectURL != nil {
		t.Errorf("the login in another tab is enough for the request that began before it: %v", page.RedirectURL)
	}
	p.Add(account.NewUser{Username: "bob"})
	other := p.Browser()
	if page := other.LogIn(other.Open(authorizeURL(p, app, strict[0])), "bob"); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
		t.Errorf("another way: %d %s", page.StatusCode, page.Body)
	}
}

// TestPageOfAnUnconfirmedLoginNamesOnlyWaysThatExist: with LoginProvidersOnly, there is no
// password, and no link for a new one.
func TestPageOfAnUnconfirmedLoginNamesOnlyWaysThatExist(t *testing.T) {
	p := newGitHub(t, func(o *latchkey.Options) { o.LoginProvidersOnly = true })
	app, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.SkipAuthorization = true })
	page := p.Browser().Open(authorizeURL(p, app, url.Values{"max_age": {"3600"}}))
	shows(t, page, http.StatusForbidden, "cannot confirm that you did. Use another provider.")
	if strings.Contains(page.Body, "Forgot your password") {
		t.Error("the page names a link for a new password")
	}
}
