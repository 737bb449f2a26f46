package web_test

import (
	"bytes"
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
			got, want := strings.Count(log.String(), "ignoring X-Forwarded-For"), 0
			if test.want == http.StatusTooManyRequests {
				want = 1
			}
			if got != want {
				t.Errorf("the log has %d warnings, want %d", got, want)
			}
		})
	}
}
