package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/network"
)

// An outcome is the result of a form that a script sent.
type outcome struct {
	// Address is the URL of the resulting page, or the error of the browser. Text is its text.
	Address, Text string
	// Invalid are the IDs of the fields that the page marks, and Links the addresses of its links.
	Invalid, Links []string
}

// fillsAndSends fills in the form of a page and sends it. The browser resolves addresses and
// follows redirects as it does for pages, and rejects redirects to another site.
const fillsAndSends = `(async (page, fields) => {
	try {
		const parse = async (response) => new DOMParser().parseFromString(await response.text(), "text/html")
		const links = (document, base) => [...document.querySelectorAll("main a")].map((a) => new URL(a.getAttribute("href"), base).href)
		let response = await fetch(page)
		let found = await parse(response)
		const form = found.querySelector("main form:has([name=" + Object.keys(fields)[0] + "])")
		if (!form) throw new Error("no form at " + response.url + ": " + found.body.innerText)
		const body = new URLSearchParams(new FormData(form))
		for (const [name, value] of Object.entries(fields)) body.set(name, value)
		const before = links(found, response.url)
		response = await fetch(new URL(form.getAttribute("action") ?? "", response.url), { method: "POST", body })
		found = await parse(response)
		return { Address: response.url, Text: found.body.textContent, Invalid: [...found.querySelectorAll("[aria-invalid=true]")].map((e) => e.id), Links: before }
	} catch (error) {
		return { Address: String(error), Text: "", Invalid: [], Links: [] }
	}
})(%s, %s)`

// readies opens a page of the provider without a Content-Security-Policy, from which sends sends
// forms. Sending a form from a script takes a tenth of the time of typing and clicking.
func (w *town) readies(b *browser) {
	b.t.Helper()
	b.open(w.URL + "/script")
	b.says("A page for scripts.")
}

// script serves the page for scripts.
func (w *town) script(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "text/html")
	_, _ = fmt.Fprint(rw, `<!doctype html><html lang="en"><title>Script</title><body>A page for scripts.`)
}

// sends fills in the form of a page that has the fields, which are names and values in turn.
func (b *browser) sends(page string, fields ...string) outcome {
	b.t.Helper()
	values := make(map[string]string)
	for i := 0; i < len(fields); i += 2 {
		values[fields[i]] = fields[i+1]
	}
	address, _ := json.Marshal(page)
	form, err := json.Marshal(values)
	if err != nil {
		b.t.Fatal(err)
	}
	return evaluate[outcome](b, fmt.Sprintf(fillsAndSends, address, form))
}

// deletesSession deletes the session of a browser, and keeps its other cookies.
func (b *browser) deletesSession() {
	b.t.Helper()
	for _, c := range b.jar() {
		if strings.HasSuffix(c.Name, "lk_session") {
			b.do(call(network.DeleteCookies, network.DeleteCookiesParams{Name: c.Name, Domain: c.Domain, Path: c.Path}, nil))
		}
	}
}

// stays reports an address that is not one of the provider.
func (w *town) stays(next, address string) {
	w.t.Helper()
	if !strings.HasPrefix(address, w.URL+"/") {
		w.t.Errorf("%q leads to %s", next, address)
	}
}

// staysAll is stays for each link of a page.
func (w *town) staysAll(next string, links []string) {
	w.t.Helper()
	if !slices.ContainsFunc(links, func(link string) bool { return strings.HasPrefix(link, w.URL) }) {
		w.t.Errorf("%q: the page has no links", next)
	}
	for _, link := range links {
		w.stays(next, link)
	}
}

// confirms returns the address of the page on which a person confirms who they are.
func (w *town) confirms(next string) string {
	return w.Issuer + "/account/confirm/?next=" + url.QueryEscape(next)
}
