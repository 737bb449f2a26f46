package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestLiveListKeepsTheFocusAndCanBePaused: rejected requests appear in the list of errors, but not
// while the person is at one of its links, and not while updates are paused (WCAG 2.2, 2.2.2).
// Only the number of new rows is announced.
func TestLiveListKeepsTheFocusAndCanBePaused(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	p.run(personPassword, "user", "add", "root", "--admin", "--password-stdin")
	client := text(p.run("", "app", "add", "--name", "The app", "--redirect-uri", "https://app.example/cb")["client_id"])
	web := p.client()
	n := 0
	reject := func() {
		t.Helper()
		n++
		response, err := web.Get(p.issuer + "/authorize/?" + url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {fmt.Sprintf("https://app.example/%d", n)}}.Encode())
		if err != nil || response.StatusCode != 400 {
			t.Fatal(response, err)
		}
		_ = response.Body.Close()
	}
	reject()
	b := newBrowser(t, true)
	b.open(strings.TrimSuffix(p.issuer, "/o") + "/admin/problems/")
	b.logIn("root", personPassword)
	b.see("[data-live] button")
	run := func(script string) { t.Helper(); b.do(chromedp.Evaluate[chromedp.Void](script)) }
	is := func(what, condition string) { t.Helper(); wait[bool](b, what, condition) }
	// A tab that becomes visible loads the rows at once.
	run(`window.loads = 0; const get = window.fetch; window.fetch = (...request) => { window.loads++; return get(...request); };
		window.next = () => document.dispatchEvent(new Event("visibilitychange")); undefined`)

	run(`document.querySelector("#live-rows tbody th a").focus()`)
	link := b.focused()
	reject()
	run(`next()`)
	is("the number of new rows", `document.querySelector("[data-live] [role=status]").textContent.endsWith(" 1")`)
	is("the same rows while one has the focus", `document.querySelectorAll("#live-rows tbody tr").length === 1`)
	if got := b.focused(); got != link {
		t.Errorf("the focus moved from %q to %q", link, got)
	}
	run(`document.activeElement.blur(); next()`)
	is("the new row", `document.querySelectorAll("#live-rows tbody tr").length === 2`)

	b.click("[data-live] button")
	reject()
	run(`window.before = window.loads; next()`)
	is("no request while paused", `window.loads === window.before && document.querySelector("[data-live] button").textContent === document.querySelector("[data-live]").dataset.resume`)
	b.click("[data-live] button")
	is("the row after the pause", `document.querySelectorAll("#live-rows tbody tr").length === 3 && document.querySelector("[data-live] [role=status]").textContent.endsWith(" 2")`)
	is("the focus on the button", `document.activeElement === document.querySelector("[data-live] button")`)
}
