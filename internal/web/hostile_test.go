package web_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
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
			var log bytes.Buffer
			p := latchkeytest.New(t, func(o *latchkey.Options) {
				o.TrustedProxies, o.Logger = test.trusted, slog.New(slog.NewTextHandler(&log, nil))
			})
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
			said, want := strings.Count(log.String(), "ignoring X-Forwarded-For"), 0
			if test.want == http.StatusTooManyRequests {
				want = 1
			}
			if said != want {
				t.Errorf("the log says %d times that the proxy is not believed, want %d", said, want)
			}
		})
	}
}

// textStore keeps what is text alone, as PostgreSQL does.
type textStore struct{ latchkey.Store }

var errNoText = errors.New("invalid byte sequence")

func (s textStore) WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error {
	if !oauth.IsText(clientID) {
		return errNoText
	}
	return s.Store.WithdrawConsent(ctx, subject, clientID, at)
}

func (s textStore) StartSession(ctx context.Context, session account.Session, replaces string) error {
	if !oauth.IsText(session.Address + session.UserAgent) {
		return errNoText
	}
	return s.Store.StartSession(ctx, session, replaces)
}

// TestWhatIsNoTextComesToNoStore, from the pages of people.
func TestWhatIsNoTextComesToNoStore(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Store, o.TrustedProxies = textStore{newMemory(o)}, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
	p.AddUser("ada", false)
	b := p.Browser()
	page := b.LogIn(b.Open(p.Issuer+"/login/?next=/o/account/"), "ada")
	if page = b.Submit(page, url.Values{"action": {"withdraw"}, "client": {"\xff"}}); page.StatusCode != http.StatusOK {
		t.Errorf("a consent: %s", page.Status)
	}
	body := url.Values{"username": {"ada"}, "password": {latchkeytest.Password}}.Encode()
	response, _ := send(t, "POST", p.Issuer+"/login/", body, "Content-Type", form, "X-Forwarded-For", "fe80::1%\xff", "User-Agent", "\xff")
	if response.StatusCode != http.StatusSeeOther {
		t.Errorf("an address: %s", response.Status)
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
