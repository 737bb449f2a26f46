package outbound

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/dnstest"
)

var (
	ctx      = context.Background()
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
)

func TestRequestsToAddressesThatAreNotPublicAreForbidden(t *testing.T) {
	requests := 0
	site := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	t.Cleanup(site.Close)
	pool := x509.NewCertPool()
	pool.AddCert(site.Certificate())
	c := New(Options{Authorities: pool})
	_, port, _ := strings.Cut(strings.TrimPrefix(site.URL, "https://"), ":")
	for _, address := range []string{
		site.URL, "https://localhost:" + port, // a name that resolves to it
		"https://[::ffff:127.0.0.1]:" + port, "https://0.0.0.0:" + port, "https://2130706433:" + port,
	} {
		if _, err := c.Get(ctx, address, 100); err == nil {
			t.Errorf("a request to %s was sent", address)
		}
	}
	for _, address := range []string{"http://example.com/", "ftp://example.com/", "https://user:pass@example.com/", "//example.com", "https:///x", "file:///etc/passwd", "\x00"} {
		if _, err := c.Get(ctx, address, 100); !errors.Is(err, ErrForbidden) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if requests != 0 {
		t.Errorf("%d requests arrived", requests)
	}
}

func TestResponsesAreLimitedAndRedirectsNotFollowed(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(secret.Close)
	release := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/document", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("headers %v", r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"}) //nolint:gosec // the cookie of another server
		_, _ = w.Write([]byte("document"))
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secret.URL, http.StatusFound) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write(make([]byte, 4096))
		}
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.PostFormValue("logout_token") != "t" {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	t.Cleanup(func() { close(release) })
	c := New(Options{InsecureNetworks: loopback, Timeout: time.Minute})
	hurried := New(Options{InsecureNetworks: loopback, Timeout: 300 * time.Millisecond})
	for range 2 {
		if body, err := c.Get(ctx, site.URL+"/document", 8); err != nil || string(body) != "document" {
			t.Errorf("a document: %q %v", body, err)
		}
	}
	for name, address := range map[string]string{
		"one byte too long": "/document?", "redirect": "/redirect", "endless body": "/endless", "not found": "/none",
	} {
		maxBytes := int64(1 << 16)
		if name == "one byte too long" {
			maxBytes = 7
		}
		if body, err := c.Get(ctx, site.URL+address, maxBytes); err == nil {
			t.Errorf("%s: Get returned %d bytes", name, len(body))
		}
	}
	if body, err := hurried.Get(ctx, site.URL+"/slow", 1<<16); err == nil {
		t.Errorf("a slow server: Get returned %d bytes", len(body))
	}
	if err := c.Post(ctx, site.URL+"/form", url.Values{"logout_token": {"t"}}); err != nil {
		t.Error(err)
	}
	if err := c.Post(ctx, site.URL+"/form", nil); err == nil {
		t.Error("Post returned no error for status 400")
	}
}

// Anyone can make the server fetch the request objects of an application. If its
// server is slow, requests to other applications must not wait. Each request to the
// slow host ends with its response, so that the server's count is exact.
func TestSlowHostDoesNotDelayRequestsToOthers(t *testing.T) {
	var highest, current atomic.Int64
	started, answer := make(chan struct{}, 200), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		now := current.Add(1)
		defer current.Add(-1)
		for before := highest.Load(); before < now && !highest.CompareAndSwap(before, now); before = highest.Load() {
		}
		started <- struct{}{}
		<-answer
	}))
	t.Cleanup(slow.Close)
	quick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) }))
	t.Cleanup(quick.Close)
	c := New(Options{InsecureNetworks: loopback, Timeout: time.Minute})
	var all sync.WaitGroup
	for range cap(started) {
		all.Go(func() {
			if _, err := c.Get(ctx, slow.URL, 8); err != nil {
				t.Error(err)
			}
		})
	}
	for range maxPerHost {
		<-started
	}
	if _, err := c.Get(ctx, quick.URL, 8); err != nil {
		t.Error(err)
	}
	close(answer)
	all.Wait()
	if highest.Load() != maxPerHost || len(c.hosts.busy) != 0 {
		t.Errorf("%d concurrent requests, and %d busy hosts afterwards", highest.Load(), len(c.hosts.busy))
	}
}

// If the host has a free slot, both cases of a select are ready, and it chooses at
// random.
func TestCanceledRequestTakesNoSlot(t *testing.T) {
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	var hosts hosts
	for range maxPerHost {
		for range 20 {
			if _, err := hosts.acquire(canceled, "example.com"); !errors.Is(err, context.Canceled) {
				t.Fatalf("acquire returned %v for a canceled request", err)
			}
		}
		release, err := hosts.acquire(ctx, "example.com")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
	if _, err := hosts.acquire(canceled, "example.com"); !errors.Is(err, context.Canceled) {
		t.Errorf("acquire returned %v for a canceled request to a busy host", err)
	}
	if requests := hosts.busy["example.com"].requests; requests != maxPerHost {
		t.Errorf("%d requests are counted, and %d run", requests, maxPerHost)
	}
}

// DNS rebinding: the attacker's name server returns an allowed address for the first
// query and another address for the second.
func TestEachConnectionIsCheckedAfterNameResolution(t *testing.T) {
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") }))
	t.Cleanup(site.Close)
	pool := x509.NewCertPool()
	pool.AddCert(site.Certificate())
	u, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	address := "https://" + net.JoinHostPort("example.com", u.Port())
	c := New(Options{Authorities: pool, InsecureNetworks: loopback, Resolver: dnstest.Resolver("127.0.0.1", "169.254.169.254")})
	if _, err := c.Get(ctx, address, 8); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(ctx, address, 8); !errors.Is(err, ErrForbidden) {
		t.Errorf("the second request: %v", err)
	}
	c = New(Options{Authorities: pool, Resolver: dnstest.Resolver("127.0.0.1")})
	if _, err := c.Get(ctx, address, 8); !errors.Is(err, ErrForbidden) {
		t.Errorf("a name with a private address: %v", err)
	}
}

func TestHTTPIsForbiddenOutsideInsecureNetworks(t *testing.T) {
	c := New(Options{InsecureNetworks: loopback, Resolver: dnstest.Resolver("1.1.1.1")})
	if _, err := c.Get(ctx, "http://example.com/", 8); !errors.Is(err, ErrForbidden) {
		t.Errorf("http to a public address: %v", err)
	}
}

func TestRequestsHaveNoCookiesAndUseNoProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a proxy was used") }))
	t.Cleanup(proxy.Close)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if name != "User-Agent" && name != "Content-Type" && name != "Content-Length" {
				t.Errorf("the header %s is sent", name)
			}
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"}) //nolint:gosec // the cookie of another server
	}))
	t.Cleanup(site.Close)
	c := New(Options{InsecureNetworks: loopback})
	for range 2 {
		if _, err := c.Get(ctx, site.URL, 8); err != nil {
			t.Error(err)
		}
	}
	if err := c.Post(ctx, site.URL, url.Values{"a": {"b"}}); err != nil {
		t.Error(err)
	}
}

func TestErrorsDoNotContainTheURL(t *testing.T) {
	site := httptest.NewUnstartedServer(http.NotFoundHandler())
	site.Config.ErrorLog = log.New(io.Discard, "", 0)
	site.StartTLS()
	t.Cleanup(site.Close)
	for name, c := range map[string]*Client{"forbidden": New(Options{}), "not trusted": New(Options{InsecureNetworks: loopback})} {
		_, err := c.Get(ctx, site.URL+"/hidden?hidden=1", 8)
		if err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(Options{}).Get(ctx, "https://hidden.example/\x00hidden", 8); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("invalid URL: %v", err)
	}
}
