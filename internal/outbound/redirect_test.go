package outbound

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

// TestRedirectsAreFollowedAFewTimes from http to https and between hosts.
func TestRedirectsAreFollowedAFewTimes(t *testing.T) {
	requests := 0
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		switch n := strings.TrimPrefix(r.URL.Path, "/"); n {
		case "0":
			_, _ = w.Write([]byte("document"))
		case "nowhere":
			w.WriteHeader(http.StatusFound)
		default:
			http.Redirect(w, r, fmt.Sprintf("/%c?q=x", n[0]-1), http.StatusMovedPermanently)
		}
	}))
	t.Cleanup(secure.Close)
	pool := x509.NewCertPool()
	pool.AddCert(secure.Certificate())
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, secure.URL+r.URL.Path, http.StatusPermanentRedirect)
	}))
	t.Cleanup(plain.Close)
	c := New(Options{InsecureNetworks: loopback, Authorities: pool})
	for _, test := range []struct {
		address  string
		requests int
		ok       bool
	}{{secure.URL + "/0", 1, true}, {secure.URL + "/3", 4, true}, {secure.URL + "/4", 4, false}, {plain.URL + "/2", 3, true}, {plain.URL + "/3", 3, false}, {secure.URL + "/nowhere", 1, false}} {
		requests = 0
		body, err := c.GetFollowing(ctx, test.address, 8)
		if (err == nil) != test.ok || (string(body) == "document") != test.ok || requests != test.requests {
			t.Errorf("%s: %q %v after %d requests", test.address, body, err, requests)
		}
	}
	if _, err := c.GetFollowing(ctx, secure.URL+"/1", 7); err == nil {
		t.Error("a document of 8 bytes was accepted where 7 are allowed")
	}
}

// TestEveryRedirectIsCheckedLikeTheFirstRequest: its scheme, its user name and the
// address of its host.
func TestEveryRedirectIsCheckedLikeTheFirstRequest(t *testing.T) {
	forbidden := func(w http.ResponseWriter, r *http.Request) { t.Errorf("a request to %s was sent", r.Host) }
	secret, secretPlain := httptest.NewUnstartedServer(http.HandlerFunc(forbidden)), httptest.NewUnstartedServer(http.HandlerFunc(forbidden))
	for _, server := range []*httptest.Server{secret, secretPlain} {
		_ = server.Listener.Close()
		var err error
		if server.Listener, err = net.Listen("tcp", "127.0.0.2:0"); err != nil {
			t.Fatal(err)
		}
	}
	secret.StartTLS()
	secretPlain.Start()
	t.Cleanup(secret.Close)
	t.Cleanup(secretPlain.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(secret.URL, "https://"), ":")
	var to string
	var arrived atomic.Int64
	open := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived.Add(1)
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(open.Close)
	pool := x509.NewCertPool()
	pool.AddCert(open.Certificate())
	c := New(Options{InsecureNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Authorities: pool})
	for _, to = range []string{
		secret.URL, secretPlain.URL, "https://[::ffff:127.0.0.2]:" + port, "//127.0.0.2:" + port,
		strings.Replace(open.URL, "https://", "https://user:pass@", 1), "ftp://127.0.0.1/", "file:///etc/passwd", "https:///x", "data:image/png;base64,AA==",
	} {
		arrived.Store(0)
		if _, err := c.GetFollowing(ctx, open.URL, 100); !errors.Is(err, ErrForbidden) || arrived.Load() != 1 {
			t.Errorf("a redirect to %s: %v after %d requests", to, err, arrived.Load())
		}
	}
}
