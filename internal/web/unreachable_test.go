package web_test

import (
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// If the server of an application cannot be reached, the request of the application
// is not at fault (RFC 6749 §4.1.2.1).
func TestRequestObjectOnAServerThatIsDownIsATemporaryError(t *testing.T) {
	down := httptest.NewServer(nil)
	down.Close()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	add := func(uris ...string) *oauth.Client {
		client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
			c.RedirectURIs, c.RequestURIs = uris, []string{strings.Replace(down.URL, "http:", "https:", 1) + "/request"}
		})
		return client
	}
	b := p.Browser()
	one := add("https://app.example/cb")
	request := authorizeURL(p, one, url.Values{"request_uri": {one.RequestURIs[0]}})
	if page := b.Open(request); page.RedirectURL == nil || page.RedirectURL.Query().Get("error") != "temporarily_unavailable" {
		t.Errorf("the application gets %v %s", page.RedirectURL, page.Body)
	}
	two := add("https://app.example/cb", "https://app.example/other")
	page := b.Open(p.Issuer + "/authorize/?" + url.Values{"client_id": {two.ID}, "request_uri": {two.RequestURIs[0]}}.Encode())
	if page.StatusCode != 503 || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "Temporarily unavailable") || strings.Contains(page.Body, "127.0.0.1:"+strings.Split(down.URL, ":")[2]) {
		t.Errorf("without a redirect URI: %s %v %s", page.Status, page.Header, page.Body)
	}
}
