package outbound

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// get sends a request with the client for libraries.
func get(t *testing.T, c *http.Client, address string) (string, int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.Do(r)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return string(body), response.StatusCode, err
}

// TestClientForLibrariesHasTheSameLimits: addresses, sizes, times and the number of
// requests are limited, and redirects are not followed.
func TestClientForLibrariesHasTheSameLimits(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(secret.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/ten", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "0123456789") })
	mux.HandleFunc("/eleven", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "0123456789+") })
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", secret.URL)
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)

	c := New(Options{InsecureNetworks: loopback, Timeout: 100 * time.Millisecond})
	library := c.HTTP(10)
	if body, status, err := get(t, library, site.URL+"/ten"); body != "0123456789" || status != http.StatusOK || err != nil {
		t.Errorf("got %q, %d, %v", body, status, err)
	}
	if _, _, err := get(t, library, site.URL+"/eleven"); err == nil || !strings.Contains(err.Error(), "longer than 10 bytes") {
		t.Errorf("a long response: %v", err)
	}
	if _, status, err := get(t, library, site.URL+"/redirect"); status != http.StatusFound {
		t.Errorf("a redirect: %d, %v", status, err)
	}
	if _, _, err := get(t, library, site.URL+"/slow"); err == nil {
		t.Error("a slow response is waited for")
	}
	for range maxRequests {
		c.slots <- struct{}{}
	}
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(short, http.MethodGet, site.URL+"/ten", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := library.Do(r); !errors.Is(err, oauth.ErrUnavailable) { //nolint:bodyclose // there is no response
		t.Errorf("too many requests: %v", err)
	}
	for name, o := range map[string]Options{
		"a private address":                {},
		"http outside an insecure network": {InsecureNetworks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
	} {
		if _, _, err := get(t, New(o).HTTP(10), site.URL+"/ten"); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
