package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// TestProxyAtAUnixSocketNamesTheClient although a Unix socket has no address that
// could be among the trusted proxies.
func TestProxyAtAUnixSocketNamesTheClient(t *testing.T) {
	for _, test := range []struct {
		header, want string
		warned       bool
	}{
		{"203.0.113.9", "203.0.113.9", false},
		{"198.51.100.1, 203.0.113.9", "203.0.113.9", false}, // the client sent the first
		{"203.0.113.9, 127.0.0.2", "203.0.113.9", false},    // a trusted proxy
		{"203.0.113.9, unknown", "invalid IP", true},
		{"", "invalid IP", true},
	} {
		var (
			log bytes.Buffer
			got netip.Addr
		)
		p := latchkeytest.New(t, func(o *latchkey.Options) {
			o.TrustedProxies, o.Logger = loopback, slog.New(slog.NewTextHandler(&log, nil))
			o.OnRequest = func(_ context.Context, r latchkey.Request) { got = r.Address }
		})
		folder, err := os.MkdirTemp("", "lk") // the path of a socket must be short
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		socket := filepath.Join(folder, "s")
		server := httptest.NewUnstartedServer(p.Server)
		_ = server.Listener.Close()
		if server.Listener, err = net.Listen("unix", socket); err != nil {
			t.Fatal(err)
		}
		server.Start()
		client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
		request, err := http.NewRequest(http.MethodGet, p.Issuer+"/.well-known/jwks.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.header != "" {
			request.Header.Set("X-Forwarded-For", test.header)
		}
		response, err := client.Do(request)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatal(response, err)
		}
		_ = response.Body.Close()
		client.CloseIdleConnections()
		server.Close() // waits for OnRequest
		if got.String() != test.want {
			t.Errorf("%q: got %s, want %s", test.header, got, test.want)
		}
		if warned := strings.Contains(log.String(), "at the Unix socket"); warned != test.warned {
			t.Errorf("%q: the log is %q", test.header, &log)
		}
	}
}

// TestSessionHasNoAddressIfTheProxyNamesNoClient: the list of sessions shows a dash.
func TestSessionHasNoAddressIfTheProxyNamesNoClient(t *testing.T) {
	p := latchkeytest.New(t)
	ada := p.AddUser("ada", false)
	ctx := context.WithValue(t.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "s", Net: "unix"})
	body := url.Values{"username": {"ada"}, "password": {latchkeytest.Password}}.Encode()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, p.Issuer+"/login/", strings.NewReader(body))
	r.Header.Set("Content-Type", form)
	w := httptest.NewRecorder()
	p.Server.ServeHTTP(w, r)
	sessions, _, err := p.Store.Sessions(t.Context(), account.SessionFilter{UserID: ada.ID}, paging.Page{})
	if err != nil || len(sessions) != 1 || sessions[0].Address != "" {
		t.Errorf("got status %d, %+v, %v", w.Code, sessions, err)
	}
	b := p.Browser()
	if page := b.LogIn(b.Open(p.Issuer+"/login/?next=/o/account/sessions/"), "ada"); !strings.Contains(page.Body, `<span class="mono">–</span>`) {
		t.Errorf("the page: %s", page.Body)
	}
}
