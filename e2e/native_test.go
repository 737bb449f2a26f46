package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// departs clicks, and returns the address with an app's own scheme to which the
// browser goes. There is no such app here, so the browser gives up. The test fails
// if a Content-Security-Policy stops the browser before.
func (b *browser) departs(selector string) (address string) {
	b.t.Helper()
	var mu sync.Mutex
	blocked := ""
	found, failed := make(map[network.RequestID]string), make(map[network.RequestID]bool)
	done := make(chan string, 1)
	finish := func(id network.RequestID) {
		if found[id] != "" && failed[id] {
			select {
			case done <- found[id]:
			default:
			}
		}
	}
	if err := chromedp.Listen(b.ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch event := event.(type) {
		case *network.EventResponseReceivedExtraInfo:
			for name, value := range event.Headers {
				if to := fmt.Sprint(value); strings.EqualFold(name, "Location") && !strings.HasPrefix(to, "/") {
					found[event.RequestID] = to
				}
			}
			finish(event.RequestID)
		case *cdplog.EventEntryAdded:
			if strings.Contains(event.Entry.Text, "Content Security Policy") {
				blocked = event.Entry.Text
			}
		case *network.EventLoadingFailed:
			failed[event.RequestID] = true
			finish(event.RequestID)
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	x, y := b.place(selector)
	b.do(chromedp.MouseClickXY(x, y)) // Chromium opens an app only after a gesture
	select {
	case address = <-done:
	case <-time.After(patience):
		b.t.Fatalf("%s: the browser stays on %s", selector, b.address())
	}
	_ = b.text() // the message about a policy arrives before the answer
	mu.Lock()
	defer mu.Unlock()
	if blocked != "" {
		b.t.Errorf("%s: %s", selector, blocked)
	}
	return address
}

// TestFormsLeadToAnAppWithItsOwnScheme presses the buttons of all forms that a
// redirect to com.example.app: or myapp: can follow (RFC 8252 §7.1).
func TestFormsLeadToAnAppWithItsOwnScheme(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	for scripts, callback := range map[bool]string{true: "com.example.app:/cb", false: "myapp://cb"} {
		client := p.app(callback, "--type", "public", "--post-logout-redirect-uri", callback)
		arrives := func(got, field string) {
			t.Helper()
			if !strings.HasPrefix(got, callback+"?") || !strings.Contains(got, field+"=") || !strings.Contains(got, "state=xyz") {
				t.Errorf("scripts %v: the app receives %q, want %s", scripts, got, field)
			}
		}
		b := newBrowser(t, scripts)
		b.open(p.authorize(client))
		b.logIn(personName, personPassword)
		arrives(b.departs("button[value=cancel]"), "error")
		for _, pairs := range [][]string{{}, {"prompt", "select_account"}, {"response_mode", "form_post"}} {
			b = b.tab()
			b.open(p.authorize(client, pairs...))
			if slices.Contains(pairs, "select_account") {
				b.clickThrough("button[value=continue]")
			}
			b.click("#allow")
			arrives(b.departs("button[value=authorize]"), "code")
		}
		b = b.tab()
		long := strings.Repeat("s", 4096) // a page leads on, because the header would be too long
		b.open(p.authorize(client, "state", long))
		b.click("#allow")
		b.clickThrough("button[value=authorize]")
		b.says("If you are not redirected automatically")
		if link, err := chromedp.Run(b.ctx, chromedp.OuterHTML(chromedp.CSS("main a.primary"))); err != nil || !strings.Contains(link, callback+"?") || !strings.Contains(link, long) {
			t.Errorf("the link is %.200s %v", link, err)
		}
		b = b.tab()
		b.open(p.issuer + "/logout/?state=xyz&client_id=" + client + "&post_logout_redirect_uri=" + callback)
		if got := b.departs("main button.primary"); got != callback+"?state=xyz" {
			t.Errorf("after the logout the browser goes to %q", got)
		}
	}
}
