package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 6749 §4.1.
func TestAuthorizationRequestLeadsToLoginConsentAndACode(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = `<b>Evil & "Sons"</b>` })
	b := p.Browser()

	page := b.Open(authorizeURL(p, client, nil))
	if page.StatusCode != 200 || !strings.HasSuffix(page.Request.URL.Path, "/login/") {
		t.Fatalf("got %s %s, want the login page", page.Status, page.Request.URL)
	}
	if strings.Contains(page.Body, "<b>Evil") {
		t.Error("the name of the client is not escaped")
	}
	page = b.Submit(page, url.Values{"username": {"ada"}, "password": {"wrong password"}})
	if page.StatusCode != 401 || !strings.Contains(page.Body, "do not match") || !strings.Contains(page.Body, `value="ada"`) || strings.Contains(page.Body, "wrong password") {
		t.Errorf("wrong password: got %s %s", page.Status, page.Body)
	}
	page = b.LogIn(page, "ADA") // in any letter case
	if !strings.Contains(page.Body, "Authorize &lt;b&gt;Evil") || !strings.Contains(page.Body, "See your data") || strings.Contains(page.Body, "Change your data") {
		t.Fatalf("got %s, want the consent page", page.Body)
	}
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.HasSuffix(policy, "form-action 'self'") {
		t.Errorf("the policy %q allows forms to submit to other sites", policy)
	}
	if !strings.Contains(policy, "frame-ancestors 'none'") || page.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("the page can be framed: %v", page.Header)
	}
	again := b.Submit(page, url.Values{"decision": {"authorize"}})
	if again.RedirectURL != nil || !strings.Contains(again.Body, "select “Allow” first") {
		t.Errorf("without Allow: got %s", again.Body)
	}
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	if page.StatusCode != http.StatusSeeOther || page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" || page.RedirectURL.Query().Get("state") != "xyz" || page.RedirectURL.Query().Get("iss") != p.Issuer {
		t.Fatalf("got %s %v, want a redirect with a code", page.Status, page.RedirectURL)
	}
	if page.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Error("the redirect sends a referrer")
	}
}

func TestConsentIsRememberedForTheSameScope(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	if _, err := b.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	page := b.Open(authorizeURL(p, client, nil))
	if page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
		t.Errorf("the person is asked again: %s", page.Body)
	}
	page = b.Open(authorizeURL(p, client, url.Values{"scope": {"read write"}}))
	if !strings.Contains(page.Body, "Change your data") || !strings.Contains(page.Body, "new</span>") {
		t.Errorf("the person is not asked for another scope: %s", page.Body)
	}
	page = b.Submit(page, url.Values{"decision": {"cancel"}})
	if page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "access_denied" || page.RedirectURL.Query().Get("iss") != p.Issuer {
		t.Errorf("after Cancel: got %v", page.RedirectURL)
	}
}

// OpenID Connect Core §3.1.2.1.
func TestPromptNoneReturnsAnErrorInsteadOfAPage(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	if page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"none"}})); page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "login_required" {
		t.Errorf("not logged in: got %v", page.RedirectURL)
	}
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	if page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"none"}})); page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "consent_required" {
		t.Errorf("without consent: got %v", page.RedirectURL)
	}
	if page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"none"}, "redirect_uri": {"https://evil.example/"}})); page.RedirectURL != nil || page.StatusCode != 400 {
		t.Errorf("unregistered redirect URI: redirected to %v", page.RedirectURL)
	}
}

// OpenID Connect Core §3.1.2.1.
func TestPromptLoginAndMaxAgeRequireANewLogin(t *testing.T) {
	clock := &movableClock{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	if _, err := b.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	for _, more := range []url.Values{{"prompt": {"login"}}, {"max_age": {"0"}}} {
		clock.move(time.Minute)
		page := b.Open(authorizeURL(p, client, more))
		resume := page.Request.URL.Query().Get("next")
		if !strings.Contains(page.Body, "confirm that you are") {
			t.Fatalf("%v: got %s, want the login page", more, page.Body)
		}
		if skipped := b.Open(p.URL + resume); !strings.Contains(skipped.Body, "confirm that you are") {
			t.Errorf("%v: the login can be skipped: %s", more, skipped.Body)
		}
		if page = b.LogIn(page, "ada"); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
			t.Errorf("%v: after the login: got %s", more, page.Body)
		}
	}
}

// OpenID Connect Core §3.1.2.1.
func TestPromptSelectAccountOffersTheAccountAndALogin(t *testing.T) {
	clock := &movableClock{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	if _, err := b.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	clock.move(time.Minute) // a login in the same moment as the request would be a choice
	page := b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}}))
	if !strings.Contains(page.Body, "Continue as <bdi>ada</bdi>") {
		t.Fatalf("got %s, want the page to choose an account", page.Body)
	}
	if page = b.Submit(page, url.Values{"decision": {"continue"}}); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
		t.Errorf("after continue: got %s", page.Body)
	}
	page = b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}}))
	if page = b.Submit(page, url.Values{"decision": {"other"}}); !strings.Contains(page.Body, `name="password"`) {
		t.Errorf("after other: got %s", page.Body)
	}
}

func TestSwitchingTheAccountContinuesTheRequestAfterTheLogin(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	p.AddUser("bob", false)
	client, _ := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	// The Enter key presses the first button of a form.
	consent := page.Body[strings.Index(page.Body, "<form"):]
	if first := regexp.MustCompile(`<button[^>]*>`).FindString(consent); !strings.Contains(consent, `name="allow"`) || !strings.Contains(first, `value="authorize"`) {
		t.Errorf("the first button of the form is %s", first)
	}
	page = b.Submit(page, url.Values{"decision": {"switch"}})
	if !strings.Contains(page.Body, `name="password"`) || strings.Contains(page.Body, `value="ada"`) {
		t.Fatalf("got %s, want an empty login page", page.Body)
	}
	if page = b.LogIn(page, "bob"); !strings.Contains(page.Body, "Logged in as <strong><bdi>bob</bdi></strong>") {
		t.Errorf("after the login: got %s", page.Body)
	}
}
