package web_test

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// These are the tests without a browser of what e2e shows in Chromium.

// browserSends sends a request as a browser does, with the cookies of b.
func browserSends(t *testing.T, b *latchkeytest.Browser, method, address, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var cookies []string
	for _, cookie := range b.Jar.Cookies(u) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	return send(t, method, address, body, append([]string{
		"Accept", "text/html,*/*;q=0.8", "Content-Type", form, "Cookie", strings.Join(cookies, "; "),
	}, headers...)...)
}

// OpenID Connect Core §3.1.2.1. Browsers send our cookies only with a GET, which
// the redirect makes.
func TestPOSTFromAnotherSiteIsContinuedAsAGETAndSetsNoCookie(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", nil)
	_, query, _ := strings.Cut(authorizeURL(p, client, nil), "?")
	for _, origin := range []string{"https://app.example", "null"} {
		response, _ := send(t, "POST", p.Issuer+"/authorize/", query, "Content-Type", form, "Origin", origin)
		if to := response.Header.Get("Location"); response.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/o/authorize/?resume=") || response.Header.Get("Set-Cookie") != "" {
			t.Errorf("from %s: got %s %v", origin, response.Status, response.Header)
		}
	}
}

// CSP §6.4.1. The answer to a form is a page that leads to the application.
func TestAPageLeadsToTheApplicationAfterAForm(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	_, handle, _ := strings.Cut(page.Body, `name="request" value="`)
	handle, _, _ = strings.Cut(handle, `"`)
	for decision, want := range map[string]string{"authorize": "code=", "cancel": "error="} {
		response, body := browserSends(t, b, "POST", p.Issuer+"/authorize/", url.Values{"request": {handle}, "decision": {decision}, "allow": {"yes"}}.Encode(), "Origin", p.URL)
		if response.StatusCode != http.StatusOK || response.Header.Get("Location") != "" || !strings.Contains(body, `http-equiv="refresh" content="0; url=https://app.example/cb?`) || !strings.Contains(body, want) {
			t.Errorf("%s: got %s %v %s", decision, response.Status, response.Header, body)
		}
	}
}

// After a login, a GET leads to the application, and Chromium applies the form-action of
// the login page to it.
func TestAPageLeadsToTheApplicationAfterALoginAndALogout(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.SkipAuthorization, c.PostLogoutRedirectURIs = true, []string{"https://app.example/bye"}
	})
	b := p.Browser()
	next := hiddenValue(b.Open(authorizeURL(p, client, nil)).Body, "next")
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	logOut := url.Values{"client_id": {client.ID}, "post_logout_redirect_uri": client.PostLogoutRedirectURIs}.Encode()
	for _, request := range []struct{ method, address, body, want string }{
		{"GET", p.URL + next, "", "https://app.example/cb?"},
		{"POST", p.Issuer + "/logout/", logOut, "https://app.example/bye"},
	} {
		response, body := browserSends(t, b, request.method, request.address, request.body, "Origin", p.URL)
		if response.StatusCode != http.StatusOK || !strings.Contains(body, `http-equiv="refresh" content="0; url=`+request.want) {
			t.Errorf("%s %s: got %s %v %s", request.method, request.address, response.Status, response.Header, body)
		}
	}
}

// A default nginx refuses a response whose header is longer than 4 KB.
func TestHeadersAreShortWhateverTheStateIs(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", nil)
	random := make([]byte, 3072)
	_, _ = rand.Read(random)
	state := base64.RawURLEncoding.EncodeToString(random)
	for _, more := range []url.Values{{"state": {state}}, {"state": {state}, "prompt": {"none"}}, {"state": {state + "x"}}} {
		response, body := browserSends(t, p.Browser(), "GET", authorizeURL(p, client, more), "")
		if to := response.Header.Get("Location"); len(to) > 3000 || response.StatusCode != http.StatusOK || !strings.Contains(body, `http-equiv="refresh"`) {
			t.Errorf("%.60s: got %s and a Location of %d bytes", more.Encode(), response.Status, len(to))
		}
	}
}

// RFC 8252 §7.1.
func TestFormsCanBeFollowedByARedirectToTheSchemeOfAnApp(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.SignUp = true })
	p.AddUser("ada", false)
	client, _ := p.AddClient("com.example.app:/cb", func(c *oauth.Client) {
		c.Type, c.PostLogoutRedirectURIs = oauth.Public, []string{"com.example.app:/bye"}
		c.GrantTypes = []string{oauth.GrantAuthorizationCode}
	})
	b := p.Browser()
	logIn := b.Open(authorizeURL(p, client, nil))
	pages := []latchkeytest.Page{
		logIn, b.LogIn(logIn, "ada"), b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}})),
		p.Browser().Open(authorizeURL(p, client, url.Values{"prompt": {"create"}})),
		b.Open(p.Issuer + "/logout/?" + url.Values{"client_id": {client.ID}, "post_logout_redirect_uri": {"com.example.app:/bye"}}.Encode()),
	}
	for _, page := range pages {
		if policy := page.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "form-action 'self' com.example.app:") {
			t.Errorf("%s has the policy %q", page.Request.URL.Path, policy)
		}
	}
}

// Each of the requests continues in the browser, which then sends all of the cookies.
func TestEachRequestWithoutACookieGetsOneOfItsOwnName(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", nil)
	names := make(map[string]bool)
	var cookies, continued []string
	for range 3 {
		response, _ := send(t, "GET", authorizeURL(p, client, nil), "")
		cookie, _, _ := strings.Cut(response.Header.Get("Set-Cookie"), ";")
		name, _, _ := strings.Cut(cookie, "=")
		names[name] = true
		logIn, err := url.Parse(response.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		cookies, continued = append(cookies, cookie), append(continued, p.URL+logIn.Query().Get("next"))
	}
	if len(names) != 3 || names[""] {
		t.Errorf("the cookies are %v", names)
	}
	for _, address := range continued {
		if response, body := send(t, "GET", address, "", "Cookie", strings.Join(cookies, "; ")); response.StatusCode != http.StatusFound {
			t.Errorf("a request with three cookies: got %s %s", response.Status, body)
		}
	}
}

// The form of form_post can be followed by any redirects of the application.
func TestTheFormOfFormPostSubmitsToEveryAddress(t *testing.T) {
	p := latchkeytest.New(t)
	client, _ := p.AddClient("https://app.example/cb", nil)
	page := p.Browser().Open(authorizeURL(p, client, url.Values{"response_mode": {"form_post"}, "prompt": {"none"}}))
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(page.Body, `action="https://app.example/cb"`) || policy == "" || strings.Contains(policy, "form-action") {
		t.Errorf("got the policy %q and %s", policy, page.Body)
	}
}

// Fetch §3.1. With no-referrer, a browser sends "Origin: null" with a form.
func TestFormsAreRecognizedByTheOriginOfTheIssuerWhateverTheHostIs(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	page := p.Browser().Open(p.Issuer + "/login/")
	if policy := page.Header.Get("Referrer-Policy"); policy != "same-origin" {
		t.Errorf("the page has Referrer-Policy %q", policy)
	}
	for origin, want := range map[string]int{p.URL: http.StatusSeeOther, "https://evil.example": http.StatusForbidden, "null": http.StatusForbidden} {
		r, err := http.NewRequest("POST", p.Issuer+"/login/", strings.NewReader(url.Values{"username": {"ada"}, "password": {latchkeytest.Password}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "internal.example"
		r.Header.Set("Content-Type", form)
		r.Header.Set("Origin", origin)
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("a form with Origin %s: got %s", origin, response.Status)
		}
	}
}
