package outbound

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

var (
	ctx      = context.Background()
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
)

func TestR5_OnlyPublicAddressesAreAsked(t *testing.T) {
	for text, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "::": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1": false, "fd00:ec2::254": false, "fc00::1": false, "100.64.0.1": false, "224.0.0.1": false, "ff02::1": false,
		"255.255.255.255": false, "198.18.0.1": false, "203.0.113.5": false, "::7f00:1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"2001:0:7f00:1::": false, "64:ff9b:1::a00:1": false, "fec0::1": false, "240.0.0.1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

func TestR5_WhatIsDialledIsChecked(t *testing.T) {
	asked := 0
	site := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(site.Close)
	pool := x509.NewCertPool()
	pool.AddCert(site.Certificate())
	c := New(Options{Authorities: pool})
	_, port, _ := strings.Cut(strings.TrimPrefix(site.URL, "https://"), ":")
	for _, address := range []string{
		site.URL, "https://localhost:" + port, // a name that leads to it, as one does that was changed after a check
		"https://[::ffff:127.0.0.1]:" + port, "https://0.0.0.0:" + port, "https://2130706433:" + port,
	} {
		if _, err := c.Get(ctx, address, 100); err == nil {
			t.Errorf("%s is asked", address)
		}
	}
	for _, address := range []string{"http://example.com/", "ftp://example.com/", "https://user:pass@example.com/", "//example.com", "https:///x", "file:///etc/passwd", "\x00"} {
		if _, err := c.Get(ctx, address, 100); !errors.Is(err, ErrRefused) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests arrived", asked)
	}
}

func TestR5_AnswersAreBoundedAndRedirectsNotFollowed(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(secret.Close)
	release := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("headers %v", r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"}) //nolint:gosec // another's
		_, _ = w.Write([]byte("document"))
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secret.URL, http.StatusFound) })
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
	c := New(Options{InsecureNetworks: loopback, Timeout: 300 * time.Millisecond})
	for range 2 {
		if body, err := c.Get(ctx, site.URL+"/good", 8); err != nil || string(body) != "document" {
			t.Errorf("a document: %q %v", body, err)
		}
	}
	for name, address := range map[string]string{
		"one byte too many": "/good?", "a redirect": "/away", "an endless body": "/endless", "a slow server": "/slow", "nothing": "/none",
	} {
		most := int64(1 << 16)
		if name == "one byte too many" {
			most = 7
		}
		if body, err := c.Get(ctx, site.URL+address, most); err == nil {
			t.Errorf("%s: %d bytes", name, len(body))
		}
	}
	if err := c.Post(ctx, site.URL+"/form", url.Values{"logout_token": {"t"}}); err != nil {
		t.Error(err)
	}
	if err := c.Post(ctx, site.URL+"/form", nil); err == nil {
		t.Error("an error of the other side is none")
	}
}
