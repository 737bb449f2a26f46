package provider_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// FuzzParseParams compares the parser with that of the standard library.
func FuzzParseParams(f *testing.F) {
	for _, seed := range []string{"", "a=b&c=d", "scope=a+b%20c", "code=1&code=2", "%zz=1", "a;b=c", "&&=&", "x=%00", "state=%ff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := provider.ParseParams(text)
		if err != nil {
			return
		}
		want, err := url.ParseQuery(text)
		if err != nil && !strings.Contains(err.Error(), "semicolon") {
			t.Fatalf("%q: the standard library says %v", text, err)
		}
		for name := range want {
			if strings.Contains(text, ";") {
				break // the standard library drops such pairs
			}
			if got := p.Get(name); got != want.Get(name) {
				t.Fatalf("%q: %s is %q, want %q", text, name, got, want.Get(name))
			}
		}
	})
}

func isVisible(err error) bool { return errors.As(err, new(*oauth.Error)) }

// FuzzTokenEndpoint sends arbitrary input: nothing panics, and every error is one
// that the client may see.
func FuzzTokenEndpoint(f *testing.F) {
	f.Add("Basic YTpi", "grant_type=refresh_token&refresh_token=lk_rt_x&scope=a")
	f.Add("", "grant_type=authorization_code&code=x&client_id=client&redirect_uri=%00")
	f.Fuzz(func(t *testing.T, authorization, body string) {
		h := newHouse(t, nil)
		p, err := provider.ParseParams(body)
		if err != nil {
			wantCode(t, err, "invalid_request")
			return
		}
		for _, call := range []func() error{
			func() error { _, err := h.Token(ctx, authorization, p); return err },
			func() error { _, err := h.Introspect(ctx, authorization, p); return err },
			func() error { return h.Revoke(ctx, authorization, p) },
			func() error { _, err := h.Begin(ctx, p); return err },
		} {
			if err := call(); err != nil && !isVisible(err) {
				t.Fatalf("%q %q: %v", authorization, body, err)
			}
		}
	})
}

// The log quotes the requested URI once for each registered one.
func TestLongRedirectURIIsCutInTheLog(t *testing.T) {
	h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
		for i := range 50 {
			c.RedirectURIs = append(c.RedirectURIs, fmt.Sprintf("https://app%d.example/cb", i))
		}
	})
	_, err := h.ask("redirect_uri", "https://evil.example/"+strings.Repeat("ü", 2000))
	var e *oauth.Error
	if !errors.As(err, &e) || !strings.Contains(e.Detail, "evil.example") || len(e.Detail) > 4096 || !utf8.ValidString(e.Detail) {
		t.Errorf("%d bytes for the log: %v", len(e.Detail), err)
	}
}
