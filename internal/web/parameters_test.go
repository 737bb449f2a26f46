package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 6749 §3.1: unrecognized parameters are ignored, also those that the pages
// of this server use.
func TestParametersOfOurPagesAreIgnoredInAnAuthorizationRequest(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	for _, more := range []url.Values{{"resume": {"x"}}, {"allow": {"yes"}}, {"decision": {"authorize"}}, {"decision": {"cancel"}}, {"decision": {"switch"}, "allow": {"yes"}, "resume": {"x"}, "next": {"/"}}} {
		address := authorizeURL(p, client, more)
		if page := b.Open(address); page.StatusCode != 200 || !strings.Contains(page.Body, `name="allow"`) {
			t.Errorf("GET with %v: got %s %s", more, page.Status, page.Body)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		response, err := b.PostForm(p.Issuer+"/authorize/", u.Query())
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != 200 || response.Header.Get("Location") != "" {
			t.Errorf("POST with %v: got %s %v", more, response.Status, response.Header)
		}
	}
}

func TestDeadEndsLinkBackToTheApplication(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	for home, want := range map[string]string{"https://app.example/start": `href="https://app.example/start"`, "": `Start again`} {
		client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.HomepageURL = home })
		b := p.Browser()
		page := b.Open(authorizeURL(p, client, nil))
		if strings.Contains(page.Body, `name="password"`) {
			page = b.LogIn(page, "ada")
		}
		answered := b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
		if status, body := redeem(t, p, client, secret, answered.RedirectURL.Query().Get("code")); status != 200 {
			t.Fatal(status, body)
		}
		again := b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
		other := p.Browser()
		elsewhere := other.Open(p.Issuer + "/authorize/?resume=" + hiddenValue(page.Body, "request"))
		for name, got := range map[string]latchkeytest.Page{"answered already": again, "another browser": elsewhere} {
			if got.RedirectURL != nil || !strings.Contains(got.Body, want) || !strings.Contains(got.Body, "Test app") {
				t.Errorf("%s: got %s %s", name, got.Status, got.Body)
			}
		}
		if home == "" {
			_, rest, _ := strings.Cut(again.Body, `href="/o/authorize/?resume=`)
			handle, _, _ := strings.Cut(rest, `"`)
			if page := b.Open(p.Issuer + "/authorize/?resume=" + handle); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" || page.RedirectURL.Query().Get("state") != "xyz" {
				t.Errorf("started again: got %s %s", page.Status, page.Body)
			}
		}
	}
}

// hiddenValue returns the value of a hidden field.
func hiddenValue(page, name string) string {
	_, rest, _ := strings.Cut(page, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// TestWrongPathOfAnEndpointIsAnErrorInJSON: a client library cannot read a page.
func TestWrongPathOfAnEndpointIsAnErrorInJSON(t *testing.T) {
	p := latchkeytest.New(t)
	const html = "text/html,application/xhtml+xml,*/*;q=0.8"
	for _, c := range []struct {
		method, path, accept string
		json                 bool
	}{
		{"POST", "/o/oauth2/token", "", true},
		{"POST", "/o/revoke", "*/*", true},
		{"GET", "/o/user", "application/json", true},
		{"GET", "/o/user", html, false},
		{"POST", "/o/logni", html, false},
		{"GET", "/o/user", "", false},
	} {
		response, body := send(t, c.method, p.URL+c.path, "", "Accept", c.accept)
		if response.StatusCode != 404 {
			t.Errorf("%+v: got %d", c, response.StatusCode)
		}
		if isJSON := strings.HasPrefix(body, "{"); isJSON != c.json || c.json && !strings.Contains(body, p.Issuer+"/.well-known/openid-configuration") {
			t.Errorf("%+v: got %s", c, body)
		}
	}
	if response, body := send(t, "GET", p.Issuer+"/", "", "Accept", "application/json"); response.StatusCode != 200 || strings.HasPrefix(body, "{") {
		t.Errorf("the home page: %d %s", response.StatusCode, body)
	}
}
