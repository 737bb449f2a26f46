package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// A page is a page that a person can see, in one of its states.
type page struct {
	// name is the name of its picture. shows describes the page, in one sentence.
	name, shows string
	// route is the pattern of the address, such as "/o/account/" or
	// "/admin/users/{id}/". All routes that a browser can open are in the list.
	route string
	// user is the person who is logged in, or empty. If fresh is set, the person has just
	// logged in, because the page ends the session.
	user  string
	fresh bool
	// open brings the browser to the page.
	open func(*guest)
	// sees is an English text of the page.
	sees string
	// plain is set if the page is plain text, because it appears at the address of another
	// program.
	plain bool
	// scriptless is set if a script of the page leads away from it at once. scripted is set
	// if the page needs scripts, and explains that without them.
	scriptless, scripted bool
	// another is set for a page whose route is that of a page before it.
	another bool
}

// allPages lists every page.
func allPages() []page {
	return slices.Concat(pagesOfLogin(), pagesOfAuthorization(), pagesOfAccounts(), pagesOfErrors(), pagesOfOffice(), pagesOfApplications(), pagesOfNewOffice(), pagesOfConsumer())
}

// A guest is a browser in a world. The person of a page is logged in.
type guest struct {
	*browser
	w *world
}

// become logs the person of a page in, and nobody else.
func (v *guest) become(p page) {
	v.t.Helper()
	v.do(call(network.ClearBrowserCookies, struct{}{}, nil))
	if p.user == "" {
		return
	}
	of := v.w.Provider
	switch {
	case p.isNew():
		of = v.w.fresh
	case p.name == "components":
		of = v.w.ends
	}
	v.takeCookies(of, v.w.cookies(of, p.user, p.fresh)...)
}

// isNew reports whether the page is one of the new provider.
func (p page) isNew() bool { return strings.HasPrefix(p.name, "new-") }

// takeCookies sets cookies of a provider.
func (v *guest) takeCookies(of *latchkeytest.Provider, cookies ...*http.Cookie) {
	v.t.Helper()
	var all []*network.CookieParam
	for _, cookie := range cookies {
		address, secure := of.URL+"/", true
		all = append(all, &network.CookieParam{Name: cookie.Name, Value: cookie.Value, URL: address, Path: "/", Secure: secure})
	}
	v.do(call(network.SetCookies, network.SetCookiesParams{Cookies: all}, nil))
}

// visit opens a path of the provider.
func (v *guest) visit(path string) { v.t.Helper(); v.open(v.w.at(path)) }

// send fills in fields by their names, and sends the form with a button. The checks of the
// browser are skipped, so that the page of the server for a mistake appears.
func (b *browser) send(button string, fields ...string) {
	b.t.Helper()
	b.see(button)
	b.leave(sending(button, fields))
}

// sendAway is send for a form whose answer leads to another page at once. It does not wait
// for that page.
func (b *browser) sendAway(button string, fields ...string) {
	b.t.Helper()
	b.see(button)
	b.do(chromedp.Evaluate[chromedp.Void](sending(button, fields)))
}

// sending returns the script that sends a form.
func sending(button string, fields []string) string {
	encoded, _ := json.Marshal(append([]string{}, fields...))
	return fmt.Sprintf(`((button, fields) => {
		const form = button.form
		form.noValidate = true
		for (let i = 0; i < fields.length; i += 2) {
			for (const field of form.querySelectorAll('[name="' + fields[i] + '"]')) {
				if (['checkbox', 'radio'].includes(field.type)) field.checked = field.value === fields[i + 1] || fields[i + 1] === 'on'
				else field.value = fields[i + 1]
			}
		}
		form.requestSubmit(button)
	})(document.querySelector(%q), %s)`, button, encoded)
}

// leave runs a script that leads to another page, and waits for that page.
func (b *browser) leave(script string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](script)); err != nil {
		b.t.Fatalf("%v\nthe page is %s:\n%s", err, b.address(), b.text())
	}
}

// goTo follows the first link with the selector.
func (b *browser) goTo(selector string) {
	b.t.Helper()
	b.see(selector)
	b.leave(fmt.Sprintf(`document.querySelector(%q).click()`, selector))
}

// arrive waits for a page with the element.
func (b *browser) arrive(selector string) {
	b.t.Helper()
	wait[bool](b, selector, fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q) !== null`, selector))
}
