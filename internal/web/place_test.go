package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// A forwardedFor is the address of a browser behind a proxy.
type forwardedFor string

func (f forwardedFor) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", string(f))
	return http.DefaultTransport.RoundTrip(r)
}

// berlin is a Place that knows one address.
func berlin(addr netip.Addr) string {
	if addr == netip.MustParseAddr("203.0.113.7") {
		return "Berlin, <Germany>"
	}
	return ""
}

// behindProxy trusts a proxy on this machine.
func behindProxy(o *latchkey.Options) {
	o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	o.Place = berlin
}

// Cross-device phishing: the page says roughly where the request was started, and
// never claims to know it.
func TestConsentPageSaysRoughlyWhereADeviceRequestStarted(t *testing.T) {
	const estimate = "can be wrong"
	for name, test := range map[string]struct {
		device, browser string
		want            string // of "Started from", or "" if it is not shown
	}{
		"a known place":              {"203.0.113.7", "203.0.113.9", "probably Berlin, &lt;Germany&gt;"},
		"an unknown place":           {"203.0.113.8", "203.0.113.9", ""},
		"the same computer":          {"::1", "::1", "probably this computer"},
		"the server, another person": {"::1", "203.0.113.9", "the computer that runs this server"},
		"two in one network":         {"10.0.0.1", "192.168.1.2", "probably your own network"},
		"IPv6":                       {"fd00::1", "fe80::2", "probably your own network"},
		"a provider's network":       {"100.64.0.9", "203.0.113.9", "a local network, which is not part of the internet"},
		"a local network":            {"192.168.1.2", "203.0.113.7", "a local network, which is not part of the internet"},
	} {
		t.Run(name, func(t *testing.T) {
			p := latchkeytest.New(t, behindProxy)
			p.AddUser("ada", false)
			tv := newTelevision(t, p, nil)
			tv.startFrom(test.device)
			body := consentForDevice(p, tv, test.browser)
			if got := strings.Contains(body, "Started from"); got != (test.want != "") || !strings.Contains(body, "<bdi>"+test.want) {
				t.Errorf("got %s, want %q", body, test.want)
			}
			if got := strings.Contains(body, estimate); got != strings.Contains(test.want, "Berlin") {
				t.Errorf("says that it is an estimate: %t", got)
			}
			if got := strings.Contains(body, "(the same as yours)"); got != (test.device == test.browser) {
				t.Errorf("says that the addresses are the same: %t", got)
			}
		})
	}
}

// A proxy that is not trusted, or does not name the client, hides who is who: an
// attacker far away has the same address as the person.
func TestConsentPageDoesNotCompareAddressesOfAProxy(t *testing.T) {
	notTrusted := func(o *latchkey.Options) { o.Place = berlin }
	for name, test := range map[string]struct {
		change  func(*latchkey.Options)
		browser string
	}{
		"not trusted":                     {notTrusted, "203.0.113.9"},
		"no address":                      {behindProxy, "unknown"},
		"no address in the other request": {behindProxy, "203.0.113.9"},
	} {
		p := latchkeytest.New(t, test.change)
		p.AddUser("ada", false)
		tv := newTelevision(t, p, nil)
		tv.startFrom("unknown")
		body := consentForDevice(p, tv, test.browser)
		if !strings.Contains(body, "127.0.0.1") || !strings.Contains(body, "the address of a proxy") || strings.Contains(body, "the same as yours") || strings.Contains(body, "this computer") {
			t.Errorf("%s: got %s", name, body)
		}
	}
}

// startFrom starts a request of a device with an address behind the proxy.
func (tv *television) startFrom(address string) {
	tv.t.Helper()
	tv.start("X-Forwarded-For", address)
}

// consentForDevice returns the consent page of a person with an address behind the
// proxy.
func consentForDevice(p *latchkeytest.Provider, tv *television, address string) string {
	b := p.Browser()
	b.Transport = forwardedFor(address)
	page := b.LogIn(b.Open(tv.VerificationURI), "ada")
	return b.Submit(page, url.Values{"user_code": {tv.UserCode}}).Body
}

// The list of sessions and the email about a new browser say it, too.
func TestAccountPageAndEmailsSayRoughlyWhereABrowserIs(t *testing.T) {
	m := make(mailbox, 10)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		behindProxy(o)
		o.SendMail = m.send
	})
	addConfirmed(t, p, "ada", "ada@x.example")
	b := p.Browser()
	b.Transport = forwardedFor("203.0.113.7")
	page := b.LogIn(b.Open(p.Issuer+"/login/?next="+url.QueryEscape("/o/account/sessions/")), "ada")
	if !strings.Contains(page.Body, `<span class="mono">203.0.113.7</span> <span class="muted">(probably <bdi>Berlin, &lt;Germany&gt;</bdi>)`) {
		t.Errorf("got %s", page.Body)
	}
	if got := m.next(t).text; !strings.Contains(got, "from the network address 203.0.113.7 (probably Berlin, <Germany>).") {
		t.Errorf("got %s", got)
	}
}
