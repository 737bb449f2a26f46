package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestApplicationCannotBreakThePageOfConnectedApplications: an application serves its own
// description, and decides when it does.
func TestApplicationCannotBreakThePageOfConnectedApplications(t *testing.T) {
	var gone atomic.Bool
	c := &oauth.Client{RedirectURIs: []string{"https://app.example/cb"}}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if gone.Load() {
			http.Error(w, "gone", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"client_id":%q,"client_name":"Agent","redirect_uris":["https://app.example/cb"]}`, c.ID)
	}))
	defer site.Close()
	c.ID = site.URL + "/client.json"
	clock := new(movableClock)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Clock = clock.now
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	p.AddUser("ada", false)
	shop, _ := p.AddClient("https://shop.example/cb", func(c *oauth.Client) { c.Name = "Shop" })
	b := p.Browser()
	page := b.LogIn(b.Open(authorizeURL(p, c, nil)), "ada")
	b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	if _, err := b.Authorize(authorizeURL(p, shop, nil), "ada"); err != nil {
		t.Fatal(err)
	}
	gone.Store(true)
	for _, wait := range []time.Duration{0, time.Hour, 24 * time.Hour} {
		clock.move(wait)
		v := p.Browser()
		page = v.LogIn(v.Open(p.Issuer+"/login/?next=/o/account/applications/"), "ada")
		if page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "Shop") {
			t.Errorf("after %s: %d", wait, page.StatusCode)
		}
		form := url.Values{"action": {"withdraw"}, "client": {c.ID}}
		answer, body := browserSends(t, v, "POST", p.Issuer+"/account/applications/", form.Encode(), "Origin", strings.TrimSuffix(p.Issuer, "/o"), "Sec-Fetch-Site", "same-origin")
		if answer.StatusCode != http.StatusOK || !strings.Contains(body, `name="confirmed"`) {
			t.Errorf("the question after %s: %d", wait, answer.StatusCode)
		}
	}
}

// TestApplicationIsNotShownWithTheHostOfAnother: nobody proves to own the host of a redirect URI
// by registering it beside another one, or in a scheme of their own.
func TestApplicationIsNotShownWithTheHostOfAnother(t *testing.T) {
	for uris, want := range map[string]string{
		`"https://bank.example/x","https://evil.example/cb"`:        "",
		`"com.evil.app://bank.example/x","https://evil.example/cb"`: "",
		`"https://evil.example/cb","https://evil.example/other"`:    "evil.example",
	} {
		p := latchkeytest.New(t, func(o *latchkey.Options) { o.Registration = provider.RegistrationOpen })
		p.AddUser("ada", false)
		_, body := send(t, http.MethodPost, p.Issuer+"/register/", `{"client_name":"Bank","redirect_uris":[`+uris+`],"token_endpoint_auth_method":"none"}`, "Content-Type", "application/json")
		_, rest, _ := strings.Cut(body, `"client_id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		b := p.Browser()
		if _, err := b.Authorize(authorizeURL(p, &oauth.Client{ID: id, RedirectURIs: []string{"https://evil.example/cb"}}, nil), "ada"); err != nil {
			t.Fatal(err)
		}
		page := b.Open(p.Issuer + "/account/applications/")
		page.Body = ""
		q := b.Submit(page, url.Values{"action": {"withdraw"}, "client": {id}})
		if strings.Contains(q.Body, "(bank.example)") || want != "" && !strings.Contains(q.Body, "("+want+")") {
			t.Errorf("%s: want the host %q", uris, want)
		}
	}
}
