package e2e

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// TestAuthorizationRequestSurvivesAPasswordReset opens the link from the email on a
// page of another site, as people do who read their emails in the browser.
func TestAuthorizationRequestSurvivesAPasswordReset(t *testing.T) {
	t.Parallel()
	const newPassword = "a whole new password"
	m, s := startMailServer(t), startSite(t)
	p := startProvider(t, m.flags()...)
	s.page("/cb", "The callback.")
	s.page("/start", "The start page.")
	client := p.app(s.at("app", "/cb"), "--homepage", s.at("app", "/start"))
	var link atomic.Value // of a string
	s.HandleFunc("/inbox", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Inbox</title><body><a id="link" href="%s">Set a new password</a>`, html.EscapeString(link.Load().(string)))
	})
	forget := func(b *browser) {
		b.open(p.authorize(client))
		b.clickThrough(`a[href*="/reset/"]`)
		b.typed("#username", personName)
		b.clickThrough("form button.primary")
		b.says("Check your email")
		text := m.next("Set a new password")
		link.Store(strings.Fields(text[strings.Index(text, "https://"):])[0])
	}
	set := func(b *browser) {
		b.open(s.at("webmail", "/inbox"))
		b.clickThrough("#link")
		b.typed("#password", newPassword)
		b.typed("#password_again", newPassword)
		b.clickThrough("form button.primary")
		b.says("Your password has been changed")
	}

	b := newBrowser(t, true)
	forget(b)
	set(b)
	b.clickThrough("main .actions a")
	b.says("The app")
	b.logIn(personName, newPassword)
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("The callback.")
	if got := s.waitFor(s.at("app", "/cb")); got.form.Get("code") == "" || got.form.Get("state") != "xyz" {
		t.Errorf("the application received %v", got.form)
	}

	t.Log("in another browser")
	forget(newBrowser(t, true))
	other := newBrowser(t, true)
	set(other)
	other.clickThrough(`a[href*="/start"]`)
	other.says("The start page.")
}
