package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
)

// TestStateOfAnySizeReturnsThroughAProxy: a state that cannot be compressed is
// accepted and returned, or rejected and returned (RFC 6749 §4.1.2.1). The proxy
// has the limits of a default nginx.
func TestStateOfAnySizeReturnsThroughAProxy(t *testing.T) {
	t.Parallel()
	p, _ := startProxiedProvider(t)
	s := startSite(t)
	s.page("/cb", "The callback.")
	callback := s.at("app", "/cb")
	client := p.app(callback)
	noise := make([]byte, 5000)
	_, _ = rand.Read(noise)
	random := base64.RawURLEncoding.EncodeToString(noise)
	b := newBrowser(t, true)
	b.open(p.issuer + "/login/")
	b.logIn(personName, personPassword)
	b.says("OAuth 2 provider")
	for i, test := range []struct {
		state, mode, decision, field string
	}{
		{random[:2400], "query", "authorize", "code"},
		{random[:4096], "query", "authorize", "code"},
		{random[:4096], "fragment", "authorize", "code"},
		{random[:4096], "form_post", "authorize", "code"},
		{random[:4096], "query", "cancel", "error"},
		{random[:4097], "query", "", "error"},
		{random[:6000], "form_post", "", "error"},
		{strings.Repeat("<", 4097), "query", "", "error"},
	} {
		q := request(client, "state", test.state, "response_mode", test.mode, "prompt", "consent")
		path := "/" + string(rune('a'+i))
		s.page(path, form(p.issuer+"/authorize/", q))
		if address := p.issuer + "/authorize/?" + q.Encode(); (i%2 == 0 || test.decision == "") && len(address) < 7000 {
			b.open(address)
		} else {
			b.open(s.at("app", path))
			b.clickThrough("button")
		}
		if test.decision != "" {
			b.click("#allow")
			b.clickThrough("button[value=" + test.decision + "]")
		}
		b.says("The callback.")
		got := s.waitFor(callback).form
		if test.mode == "fragment" {
			_, fragment, _ := strings.Cut(b.address(), "#")
			if !strings.Contains(fragment, "state="+test.state) || !strings.Contains(fragment, test.field+"=") {
				t.Errorf("%d: the fragment is %.100s", i, fragment)
			}
			continue
		}
		returned := got.Get("state")
		if returned == "" || !strings.HasPrefix(test.state, returned) || test.field == "code" && returned != test.state || got.Get(test.field) == "" {
			t.Errorf("%d: a state of %d bytes in mode %s: the application received a state of %d bytes and %q", i, len(test.state), test.mode, len(returned), got.Get("error"))
		}
	}
}
