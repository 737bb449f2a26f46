package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

func TestR7_11_OnlyATrustedProxySpeaksForAnotherAddress(t *testing.T) {
	for name, test := range map[string]struct {
		trusted []netip.Prefix
		want    int // after 40 guesses, each said to come from elsewhere
	}{
		"nobody is trusted": {nil, http.StatusTooManyRequests},
		"the peer is":       {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, http.StatusUnauthorized},
		"somebody else is":  {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, http.StatusTooManyRequests},
	} {
		t.Run(name, func(t *testing.T) {
			p := latchkeytest.New(t, func(o *latchkey.Options) { o.TrustedProxies = test.trusted })
			status := 0
			for i := range 40 {
				address := netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String()
				body := url.Values{"username": {"nobody" + address}, "password": {"x"}}.Encode() // each account but once
				response, _ := send(t, "POST", p.Issuer+"/login/", body, "Content-Type", form, "X-Forwarded-For", "203.0.113.9, "+address, "X-Forwarded-User", "ada")
				status = response.StatusCode
			}
			if status != test.want {
				t.Errorf("got %d, want %d", status, test.want)
			}
		})
	}
}

// FuzzEveryEndpoint sends anything at all over HTTP: nothing panics, nothing
// is answered with 500, and no unregistered address is redirected to.
func FuzzEveryEndpoint(f *testing.F) {
	f.Add(uint8(0), "GET", "client_id=c&redirect_uri=https://evil.example/", "", "")
	f.Add(uint8(1), "POST", "", "grant_type=refresh_token&refresh_token=lk_rt_%00", "Basic YTpi")
	f.Add(uint8(3), "POST", "next=//evil.example", "decision=authorize&request=AAAA&allow=1", "")
	f.Add(uint8(4), "GET", "next=%5c%5cevil", "", "")
	p := latchkeytest.New(f, nil)
	paths := []string{"/o/authorize/", "/o/token", "/o/introspect/", "/o/authorize", "/o/login/", "/o/logout", "/o/revoke_token/", "/admin/", "/admin/applications/x/edit/", "/", "/o/static/x"}
	mux := http.NewServeMux()
	mux.Handle("/", p.Server)
	mux.Handle("/admin/", p.Server.Admin())
	f.Fuzz(func(t *testing.T, which uint8, method, query, body, authorization string) {
		if method != "POST" {
			method = "GET"
		}
		r := httptest.NewRequest(method, "/", strings.NewReader(body))
		r.URL = &url.URL{Path: paths[int(which)%len(paths)], RawQuery: query}
		r.Header.Set("Content-Type", form)
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s?%s %q: %d %s", method, r.URL.Path, query, body, w.Code, w.Body)
		}
		if location := w.Header().Get("Location"); location != "" && (!strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//")) {
			t.Fatalf("%s?%s leads to %q", r.URL.Path, query, location)
		}
	})
}
