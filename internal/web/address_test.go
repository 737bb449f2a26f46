package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func TestXForwardedForCountsOnlyFromATrustedProxy(t *testing.T) {
	for name, test := range map[string]struct {
		trusted []netip.Prefix
		want    int // after 40 guesses with different X-Forwarded-For
	}{
		"no trusted proxy":     {nil, http.StatusTooManyRequests},
		"from a trusted proxy": {loopback, http.StatusUnauthorized},
		"from another address": {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, http.StatusTooManyRequests},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			p := latchkeytest.New(t, func(o *latchkey.Options) {
				o.TrustedProxies, o.Logger = test.trusted, slog.New(slog.NewTextHandler(&log, nil))
			})
			status := 0
			for i := range 40 {
				address := netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String()
				body := url.Values{"username": {"nobody" + address}, "password": {"x"}}.Encode() // each username only once
				response, _ := send(t, "POST", p.Issuer+"/login/", body, "Content-Type", form, "X-Forwarded-For", "203.0.113.9, "+address, "X-Forwarded-User", "ada")
				status = response.StatusCode
			}
			if status != test.want {
				t.Errorf("got %d, want %d", status, test.want)
			}
			got, want := strings.Count(log.String(), "ignoring X-Forwarded-For or Forwarded"), 0
			if test.want == http.StatusTooManyRequests {
				want = 1
			}
			if got != want {
				t.Errorf("the log has %d warnings, want %d", got, want)
			}
		})
	}
}

// TestForwardedClientAddressIsFoundInEveryForm: RFC 7239 §4 and §6, and the forms
// of X-Forwarded-For that proxies send.
func TestForwardedClientAddressIsFoundInEveryForm(t *testing.T) {
	const proxy = "127.0.0.1"
	for _, test := range []struct {
		header, value, want string
		warned              bool
	}{
		{"X-Forwarded-For", "203.0.113.9", "203.0.113.9", false},
		{"X-Forwarded-For", "203.0.113.9:4711", "203.0.113.9", false},
		{"X-Forwarded-For", "2001:db8::9", "2001:db8::9", false},
		{"X-Forwarded-For", "[2001:db8::9]", "2001:db8::9", false},
		{"X-Forwarded-For", "[2001:db8::9]:4711", "2001:db8::9", false},
		{"X-Forwarded-For", `"203.0.113.9"`, "203.0.113.9", false},
		{"X-Forwarded-For", `"[2001:db8::9]:4711"`, "2001:db8::9", false},
		{"X-Forwarded-For", "::ffff:203.0.113.9", "203.0.113.9", false},
		{"X-Forwarded-For", "198.51.100.1, 203.0.113.9 , 127.0.0.2:80", "203.0.113.9", false},
		{"X-Forwarded-For", "203.0.113.9, unknown", proxy, true},
		{"X-Forwarded-For", "203.0.113.9, ", proxy, true},
		{"X-Forwarded-For", "nonsense, 203.0.113.9", "203.0.113.9", false}, // sent by the client, and not looked at
		{"X-Forwarded-For", "300.1.1.1", proxy, true},
		{"X-Forwarded-For", "", proxy, false},
		{"Forwarded", "for=203.0.113.9", "203.0.113.9", false},
		{"Forwarded", `For="203.0.113.9:4711";proto=https;by=203.0.113.43`, "203.0.113.9", false},
		{"Forwarded", `for="[2001:db8::9]:_port"`, "2001:db8::9", false},
		{"Forwarded", `for=198.51.100.1;host="a,b;for=1.1.1.1", for=203.0.113.9, for=127.0.0.2`, "203.0.113.9", false},
		{"Forwarded", "for=203.0.113.9, for=_hidden", proxy, true},
		{"Forwarded", "for=203.0.113.9, for=unknown", proxy, true},
		{"Forwarded", "for=203.0.113.9, proto=https", proxy, true},
		{"Forwarded", "proto=https", proxy, false},
		{"both", "203.0.113.9", "203.0.113.9", false},
		{"both, different", "203.0.113.9", proxy, true},
	} {
		var (
			log bytes.Buffer
			got netip.Addr
		)
		p := latchkeytest.New(t, func(o *latchkey.Options) {
			o.TrustedProxies, o.Logger = loopback, slog.New(slog.NewTextHandler(&log, nil))
			o.OnRequest = func(_ context.Context, r latchkey.Request) { got = r.Address }
		})
		headers := []string{test.header, test.value}
		if strings.HasPrefix(test.header, "both") {
			headers = []string{"X-Forwarded-For", test.value, "Forwarded", "for=" + test.value}
			if test.header != "both" {
				headers[3] = "for=198.51.100.77"
			}
		}
		send(t, "GET", p.Issuer+"/.well-known/jwks.json", "", headers...)
		if got.String() != test.want {
			t.Errorf("%s %q: got %s, want %s", test.header, test.value, got, test.want)
		}
		if warned := strings.Contains(log.String(), "a trusted proxy did not send a valid client address"); warned != test.warned {
			t.Errorf("%s %q: the log is %q", test.header, test.value, &log)
		}
	}
}
