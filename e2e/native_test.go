package e2e

import (
	"fmt"
	"strings"
	"testing"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// departs clicks, and returns the address of an app with a scheme of its own to
// which the browser goes. There is no such app here, so the browser gives up. The
// test fails if a Content-Security-Policy stops the browser before.
func (b *browser) departs(selector string) (address string) {
	b.t.Helper()
	done, seen := make(chan string, 1), ""
	if err := chromedp.Listen(b.ctx, func(event any) {
		switch found := event.(type) {
		case *network.EventResponseReceivedExtraInfo:
			for name, value := range found.Headers {
				if strings.EqualFold(name, "Location") && !strings.HasPrefix(fmt.Sprint(value), "/") {
					seen = fmt.Sprint(value)
				}
			}
		case *cdplog.EventEntryAdded:
			if strings.Contains(found.Entry.Text, "Content Security Policy") {
				seen += " blocked: " + found.Entry.Text
			}
		case *network.EventLoadingFailed:
			select {
			case done <- seen:
			default:
			}
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	b.click(selector)
	select {
	case address = <-done:
	case <-b.ctx.Done():
		b.t.Fatal(b.ctx.Err())
	}
	if strings.Contains(address, "blocked") {
		b.t.Errorf("%s: %s", selector, address)
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
		for _, pairs := range [][]string{{}, {"prompt", "select_account"}} {
			b = b.tab()
			b.open(p.authorize(client, pairs...))
			if len(pairs) > 0 {
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
