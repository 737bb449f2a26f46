package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
)

// push pushes the request of a client (RFC 9126), and returns the link to it.
func (p *provider) push(t *testing.T, client, secret, callback string) string {
	t.Helper()
	form := request(client, "redirect_uri", callback)
	form.Set("client_secret", secret)
	response, err := p.client().PostForm(p.issuer+"/par/", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var pushed struct {
		RequestURI string `json:"request_uri"`
	}
	if err := json.NewDecoder(response.Body).Decode(&pushed); err != nil || response.StatusCode != http.StatusCreated {
		t.Fatal(response.Status, err)
	}
	return p.issuer + "/authorize/?" + url.Values{"client_id": {client}, "request_uri": {pushed.RequestURI}}.Encode()
}

// TestPushedRequestIsAnsweredOnceInABrowser: RFC 9126 §4. Reloading the consent page
// and going back work, and the second of two tabs gets a page that leads back to the
// application.
func TestPushedRequestIsAnsweredOnceInABrowser(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t), startSite(t)
	s.page("/cb", "The callback.")
	callback := s.at("app", "/cb")
	app := p.run("", "app", "add", "--name", "Pusher", "--redirect-uri", callback, "--require-pushed-requests")
	link := p.push(t, text(app["client_id"]), text(app["client_secret"]), callback)
	first := newBrowser(t, true)
	second := first.tab()
	first.open(link)
	first.logIn(personName, personPassword)
	first.says("Pusher")
	first.see("#allow")
	second.open(link) // logged in, so this is the consent page at once
	second.see("#allow")
	second.do(chromedp.Reload())
	second.see("#allow")

	first.do(chromedp.Reload())
	first.see("#allow")
	first.open(s.at("app", "/cb"))
	first.do(chromedp.NavigateBack())
	first.see("#allow")
	first.click("#allow")
	first.clickThrough("button[value=authorize]")
	first.says("The callback.")
	if got := s.waitFor(callback); got.form.Get("error") != "" {
		t.Errorf("the application received %v", got.form)
	}

	second.clickThrough("button[value=cancel]")
	second.says("You have already answered this request")
	second.clickThrough("main .actions a")
	second.says("The callback.")
	if address, err := url.Parse(second.address()); err != nil || address.Query().Get("error") != "invalid_request_uri" {
		t.Errorf("the link leads to %s", second.address())
	}

	// A link without a pushed request is an error for the application.
	second.open(p.authorize(text(app["client_id"])))
	second.says("The callback.")
	if address, err := url.Parse(second.address()); err != nil || address.Query().Get("error") != "invalid_request" {
		t.Errorf("the link leads to %s", second.address())
	}
}
