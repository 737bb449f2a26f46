package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A textStore rejects bytes that are not text, as PostgreSQL does.
type textStore struct{ latchkey.Store }

var errNotText = errors.New("invalid byte sequence")

func (s textStore) WithdrawConsent(ctx context.Context, subject, clientID string, at time.Time) error {
	if !oauth.IsText(clientID) {
		return errNotText
	}
	return s.Store.WithdrawConsent(ctx, subject, clientID, at)
}

func (s textStore) StartSession(ctx context.Context, start account.SessionStart) error {
	if !oauth.IsText(start.Session.Address + start.Session.UserAgent) {
		return errNotText
	}
	return s.Store.StartSession(ctx, start)
}

func TestBytesThatAreNotTextDoNotReachTheStore(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Store, o.TrustedProxies = textStore{newMemory(o)}, loopback })
	p.AddUser("ada", false)
	b := p.Browser()
	page := b.LogIn(b.Open(p.Issuer+"/login/?next=/o/account/applications/"), "ada")
	if page = b.Submit(page, url.Values{"action": {"withdraw"}, "client": {"\xff"}}); page.StatusCode != http.StatusOK {
		t.Errorf("in a client_id: got %s", page.Status)
	}
	body := url.Values{"username": {"ada"}, "password": {latchkeytest.Password}}.Encode()
	response, _ := send(t, "POST", p.Issuer+"/login/", body, "Content-Type", form, "X-Forwarded-For", "fe80::1%\xff", "User-Agent", "\xff")
	if response.StatusCode != http.StatusSeeOther {
		t.Errorf("in an address and a user agent: got %s", response.Status)
	}
}

// FuzzEveryEndpoint sends arbitrary requests. No answer may have a status of 500
// or more, or redirect to another server.
func FuzzEveryEndpoint(f *testing.F) {
	f.Add(uint8(0), "GET", "client_id=c&redirect_uri=https://evil.example/", "", "")
	f.Add(uint8(1), "POST", "", "grant_type=refresh_token&refresh_token=lk_rt_%00", "Basic YTpi")
	f.Add(uint8(3), "POST", "next=//evil.example", "decision=authorize&request=AAAA&allow=1", "")
	f.Add(uint8(4), "GET", "next=%5c%5cevil", "", "")
	p := latchkeytest.New(f, nil)
	paths := []string{"/o/authorize/", "/o/token", "/o/introspect/", "/o/authorize", "/o/login/", "/o/logout", "/o/revoke_token/", "/admin/", "/admin/applications/x/edit/", "/", "/o/static/x"}
	f.Fuzz(func(t *testing.T, path uint8, method, query, body, authorization string) {
		if method != "POST" {
			method = "GET"
		}
		r := httptest.NewRequest(method, "/", strings.NewReader(body))
		r.URL = &url.URL{Path: paths[int(path)%len(paths)], RawQuery: query}
		r.Header.Set("Content-Type", form)
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		p.Mux.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s?%s %q: got %d %s", method, r.URL.Path, query, body, w.Code, w.Body)
		}
		if location := w.Header().Get("Location"); location != "" && (!strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//")) {
			t.Fatalf("%s?%s redirects to %q", r.URL.Path, query, location)
		}
	})
}
