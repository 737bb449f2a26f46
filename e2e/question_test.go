package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func (b *browser) press(key string, opts ...chromedp.KeyOption) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key, opts...))
}

// follow presses a key that leads to another page, and waits for that page.
func (b *browser) follow(key string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(key)); err != nil {
		b.t.Fatalf("%q: %v\nthe page is %s:\n%s", key, err, b.address(), b.text())
	}
}

// focused returns the text, or else the name, of the element that has the focus.
func (b *browser) focused() string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.activeElement === document.body ? "" : document.activeElement.textContent.trim() || document.activeElement.name`))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// tabTo presses the Tab key until the element has the focus.
func (b *browser) tabTo(text string) {
	b.t.Helper()
	for range 200 {
		if b.press(kb.Tab); b.focused() == text {
			return
		}
	}
	b.t.Fatalf("the Tab key never reaches %q", text)
}

// asks checks the focus and the order of a question, and leaves the focus on Cancel.
func (b *browser) asks(button string) {
	b.t.Helper()
	b.see("a[data-cancel]:focus")
	b.press(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift))
	if got := b.focused(); got != button {
		b.t.Errorf("%s: before Cancel there is %q, want %q", b.address(), got, button)
	}
	b.press(kb.Tab)
	if got := b.focused(); got != "Cancel" {
		b.t.Errorf("%s: after %q there is %q", b.address(), button, got)
	}
}

// administer returns a provider with an administrator and an application that has
// more access tokens than fit on a page of the list.
func administer(t *testing.T) (p *provider, client string) {
	t.Helper()
	p = startProvider(t)
	p.run(personPassword, "user", "add", "root", "--admin", "--password-stdin")
	app := p.run("", "app", "add", "--name", "The app", "--grant-type", "client_credentials")
	client = text(app["client_id"])
	web := p.client()
	for range 28 {
		response, err := web.PostForm(p.issuer+"/token/", url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {text(app["client_secret"])}})
		if err != nil || response.StatusCode != 200 {
			t.Fatal(response, err)
		}
		_ = response.Body.Close()
	}
	return p, client
}

// TestQuestionsWorkWithTheKeyboard revokes tokens without a mouse: neither Cancel nor
// Escape revokes anything, and both lead back to the same page of the list.
func TestQuestionsWorkWithTheKeyboard(t *testing.T) {
	t.Parallel()
	p, _ := administer(t)
	for _, scripts := range []bool{true, false} {
		b := newBrowser(t, scripts)
		b.open(strings.TrimSuffix(p.issuer, "/o") + "/admin/tokens/?kind=access&q=The+app")
		b.logIn("root", personPassword)
		b.see("input[name=token]")
		b.clickThrough("a[href*='after=']")
		list := b.address()
		rows := func() (n int64) {
			t.Helper()
			n, err := chromedp.Run(b.ctx, chromedp.Evaluate[int64](`document.querySelectorAll("input[name=token]").length`))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := rows()
		question := func() {
			t.Helper()
			b.tabTo("token")
			b.press(" ")
			b.tabTo("Revoke…")
			b.follow(kb.Enter)
			b.says("Revoke 1 selected token?")
			b.asks("Revoke")
		}
		keys := []string{kb.Enter}
		if scripts {
			keys = append(keys, kb.Escape)
		}
		for _, key := range keys {
			question()
			b.follow(key)
			if got := b.address(); got != list || rows() != before {
				t.Errorf("scripts %v: %q leads to %s with %d of %d rows, want %s", scripts, key, got, rows(), before, list)
			}
		}
		question()
		b.press(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift))
		b.follow(kb.Enter)
		if got := b.address(); strings.Replace(got, "&note=did.revoked.1.0.0.0", "", 1) != list || got == list || rows() != before-1 {
			t.Errorf("scripts %v: the button leads to %s with %d of %d rows", scripts, got, rows(), before)
		}
	}
}

// TestEveryQuestionHasTheFocusOnCancel: the Enter key does not confirm by mistake.
func TestEveryQuestionHasTheFocusOnCancel(t *testing.T) {
	t.Parallel()
	p, client := administer(t)
	admin := strings.TrimSuffix(p.issuer, "/o") + "/admin/"
	b := newBrowser(t, true)
	b.open(admin)
	b.logIn("root", personPassword)
	b.open(admin + "users/?q=" + personName)
	b.clickThrough("tbody a")
	person := b.address()
	for _, test := range []struct{ page, opens, button string }{
		{admin + "applications/" + client + "/", "a[href$='/delete/']", "Disable instead"}, // the last button before Cancel is the one that can be undone
		{admin + "applications/" + client + "/", "form[action$='/revoke/'] button", "Revoke all tokens"},
		{admin + "applications/" + client + "/", "button[value=paused]", "Disable, keep tokens"},
		{admin + "applications/" + client + "/", "button[value=disabled]", "Disable and revoke everything"},
		{person, "form[action$='/logout/'] button", "Log out everywhere"},
		{person, "button[value=paused]", "Disable, keep tokens"},
		{person, "button[value=disabled]", "Disable and revoke everything"},
		{admin + "keys/", "a[href$='/retire/']", "Retire key"},
	} {
		b.open(test.page)
		b.clickThrough("main " + test.opens)
		b.asks(test.button)
		b.follow(kb.Escape)
		if got := b.address(); got != test.page {
			t.Errorf("%s: Escape leads to %s, want %s", test.button, got, test.page)
		}
	}
}
