package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The button says "Continue as ada". If Bob has since logged in with another tab of
// the same browser, it must not continue as Bob, who was not asked.
func TestContinueAsAnAccountIsOnlyForThePersonToWhomItWasOffered(t *testing.T) {
	clock := &movableClock{}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Clock = clock.now })
	p.AddUser("ada", false)
	p.AddUser("bob", false)
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.SkipAuthorization = true })
	b := p.Browser()
	if _, err := b.Authorize(authorizeURL(p, client, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	clock.move(time.Minute) // a login in the same moment as the request would be a choice
	offered := b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account"}}))
	if !strings.Contains(offered.Body, "Continue as <bdi>ada</bdi>") {
		t.Fatalf("got %s, want the page to choose an account", offered.Body)
	}
	b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
	b.LogIn(b.Open(p.Issuer+"/login/"), "bob")
	clock.move(time.Minute)
	page := b.Submit(offered, url.Values{"decision": {"continue"}})
	if page.RedirectURL != nil || !strings.Contains(page.Body, "Continue as <bdi>bob</bdi>") {
		t.Fatalf("after the click on Continue as ada, bob got %v %s", page.RedirectURL, page.Body)
	}
	if page = b.Submit(page, url.Values{"decision": {"continue"}}); page.RedirectURL == nil || page.RedirectURL.Query().Get("code") == "" {
		t.Errorf("after his own choice: got %s", page.Body)
	}
	consent := b.Open(authorizeURL(p, client, url.Values{"prompt": {"select_account consent"}}))
	b.Submit(b.Open(p.Issuer+"/logout/"), url.Values{})
	if page = b.Submit(consent, url.Values{"decision": {"continue"}}); page.RedirectURL != nil || !strings.Contains(page.Body, `name="password"`) {
		t.Errorf("without a login: got %v %s", page.RedirectURL, page.Body)
	}
}
