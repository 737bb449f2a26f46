package e2e

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// form returns a form of another site that posts the values.
func form(action string, values url.Values) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<form method="post" action="%s">`, html.EscapeString(action))
	for name := range values {
		fmt.Fprintf(&b, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(values.Get(name)))
	}
	return b.String() + `<button>Go</button></form>`
}

// cookies returns all cookies of the browser.
func (b *browser) cookies() string {
	b.t.Helper()
	found, err := chromedp.CallBrowser(b.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: b.id})
	if err != nil || len(found.Cookies) == 0 {
		b.t.Fatalf("the browser has %d cookies: %v", len(found.Cookies), err)
	}
	names := make([]string, 0, len(found.Cookies))
	for _, cookie := range found.Cookies {
		names = append(names, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(names, "\n")
}

// TestAuthorizationRequestByPOSTFromAnotherSite: OpenID Connect Core §3.1.2.1
// requires POST. Browsers send no SameSite=Lax cookie with it.
func TestAuthorizationRequestByPOSTFromAnotherSite(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t), startSite(t)
	s.page("/cb", "The callback.")
	callback := s.at("app", "/cb")
	for _, scripts := range []bool{true, false} {
		client := p.app(callback)
		large := []string{"state", strings.Repeat("<", 4096), "ignored", strings.Repeat("long ", 500)}
		name := fmt.Sprintf("-%v", scripts)
		s.page("/small"+name, form(p.issuer+"/authorize/", request(client)))
		s.page("/large"+name, form(p.issuer+"/authorize/", request(client, large...)))
		s.page("/silent"+name, form(p.issuer+"/authorize/", request(client, append(large, "prompt", "none")...)))
		b := newBrowser(t, scripts)

		t.Log("a person who is logged in sees the consent page at once, and no cookie changes")
		b.open(p.issuer + "/login/")
		b.logIn(personName, personPassword)
		b.says("OAuth 2 provider")
		waiting := b.tab()
		waiting.open(p.authorize(client, "prompt", "consent"))
		waiting.see("#allow")
		before := b.cookies()
		for _, path := range []string{"/small", "/large"} {
			b.open(s.at("app", path+name))
			b.clickThrough("button")
			b.says("Authorize The app?")
			if after := b.cookies(); after != before {
				t.Errorf("%s changed the cookies:\n%s\nto\n%s", path, before, after)
			}
		}
		b.click("#allow")
		b.clickThrough("button[value=authorize]")
		b.says("The callback.")
		if got := s.waitFor(callback); got.form.Get("code") == "" || got.form.Get("state") != large[1] {
			t.Errorf("the application received %.200v", got.form)
		}

		t.Log("prompt=none gets a code")
		b.open(s.at("app", "/silent"+name))
		b.clickThrough("button")
		b.says("The callback.")
		if got := s.waitFor(callback); got.form.Get("code") == "" || got.form.Get("state") != large[1] {
			t.Errorf("prompt=none: the application received %.200v", got.form)
		}

		t.Log("the consent page in the other tab still works")
		waiting.click("#allow")
		waiting.clickThrough("button[value=authorize]")
		waiting.says("The callback.")
		if got := s.waitFor(callback); got.form.Get("code") == "" {
			t.Errorf("the other tab: the application received %v", got.form)
		}
	}
}
