package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const png = "\x89PNG\r\n\x1a\n...."

// A logoHost is the server of an application. Its paths are kinds of logos.
type logoHost struct {
	*httptest.Server
	requests atomic.Int64
	status   atomic.Int64 // of every response, if it is not 0
}

func newLogoHost(t *testing.T) *logoHost {
	t.Helper()
	host := new(logoHost)
	host.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host.requests.Add(1)
		if r.Header.Get("Cookie") != "" || r.Referer() != "" {
			t.Error("the request has data of the person")
		}
		w.Header().Set("Content-Type", "image/png") // of every body
		if status := host.status.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		switch r.URL.Path {
		case "/png":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, png)
		case "/jpeg":
			fmt.Fprint(w, "\xff\xd8\xff\xe0....")
		case "/gif":
			fmt.Fprint(w, "GIF89a....")
		case "/webp":
			fmt.Fprint(w, "RIFF....WEBPVP8 ....")
		case "/svg":
			fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
		case "/html":
			fmt.Fprint(w, "<html><script>alert(1)</script>")
		case "/large":
			fmt.Fprint(w, png+strings.Repeat("x", 256<<10))
		case "/moved":
			http.Redirect(w, r, "/png", http.StatusFound)
		case "/endless":
			http.Redirect(w, r, "/endless", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(host.Close)
	return host
}

// openLogo returns the consent page and the image that it shows.
func openLogo(t *testing.T, p *latchkeytest.Provider, logoURL string) (consent, image latchkeytest.Page) {
	t.Helper()
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name, c.LogoURL = "<Shop>", logoURL })
	b := p.Browser()
	consent = b.LogIn(b.Open(authorizeURL(p, client, nil)), "ada")
	src := regexp.MustCompile(`<img class="tile lg" src="([^"]*)" alt=""`).FindStringSubmatch(consent.Body)
	if src == nil || !strings.HasPrefix(src[1], "/o/logo/?client_id=") {
		t.Fatalf("the page has the logo %q: %s", src, consent.Body)
	}
	return consent, b.Open(p.URL + src[1])
}

func newLogos(t *testing.T, change func(*latchkey.Options)) *latchkeytest.Provider {
	t.Helper()
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		if change != nil {
			change(o)
		}
	})
	p.AddUser("ada", false)
	return p
}

// TestLogosAreServedByThisServer: the server of an application does not learn who
// looks at a page, and cannot make a page show anything but an image.
func TestLogosAreServedByThisServer(t *testing.T) {
	host, p := newLogoHost(t), newLogos(t, nil)
	for path, mediaType := range map[string]string{
		"/png": "image/png", "/jpeg": "image/jpeg", "/gif": "image/gif", "/webp": "image/webp",
		"/svg": "", "/html": "", "/moved": "image/png", "/large": "", "/endless": "", "/missing": "",
	} {
		consent, image := openLogo(t, p, host.URL+path)
		if policy := consent.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "img-src 'self';") || strings.Contains(consent.Body+policy, host.URL) {
			t.Errorf("%s: the page refers to the server of the application: %s %s", path, policy, consent.Body)
		}
		want, cache := mediaType, "public, max-age=300"
		if mediaType == "" {
			want, cache = "image/svg+xml", "no-store"
			if !strings.Contains(image.Body, ">&lt;</text>") || strings.Contains(image.Body, "script") {
				t.Errorf("%s: the image is %s", path, image.Body)
			}
		}
		h := image.Header
		if image.StatusCode != 200 || h.Get("Content-Type") != want || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != cache ||
			h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: got %s %v", path, image.Status, h)
		}
	}
	if page := p.Browser().Open(p.Issuer + "/logo/?client_id=unknown"); page.StatusCode != 404 {
		t.Errorf("an unknown application: %s", page.Status)
	}
}

func TestLogosAreNotFetchedFromPrivateAddresses(t *testing.T) {
	host := newLogoHost(t)
	var log bytes.Buffer
	p := newLogos(t, func(o *latchkey.Options) {
		o.InsecureOutboundNetworks, o.Logger = nil, slog.New(slog.NewTextHandler(&log, nil))
	})
	for _, address := range []string{host.URL + "/png", strings.Replace(host.URL, "http:", "https:", 1) + "/png", "https://localhost/png", "https://169.254.169.254/png"} {
		if _, image := openLogo(t, p, address); image.Header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%s: got %v", address, image.Header)
		}
	}
	if n := host.requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if !strings.Contains(log.String(), "logo of an application could not be fetched") {
		t.Errorf("the log is %s", log.String())
	}
}

// TestLogosAreCached: anybody can request a logo, so requests must not become
// requests to the server of the application.
func TestLogosAreCached(t *testing.T) {
	host, clock := newLogoHost(t), new(movableClock)
	p := newLogos(t, func(o *latchkey.Options) { o.Clock = clock.now })
	_, image := openLogo(t, p, host.URL+"/png")
	_, missing := openLogo(t, p, host.URL+"/missing")
	load := func(want int64) {
		t.Helper()
		before := host.requests.Load()
		var all sync.WaitGroup
		for range 10 {
			for _, address := range []string{image.Request.URL.String(), missing.Request.URL.String()} {
				all.Go(func() {
					if response, err := http.Get(address); err != nil || response.Body.Close() != nil || response.StatusCode != 200 {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		if n := host.requests.Load() - before; n != want {
			t.Errorf("%d requests, want %d", n, want)
		}
	}
	load(0)
	clock.move(6 * time.Minute)
	load(1) // what failed
	clock.move(25 * time.Hour)
	load(2)
	host.Close()
	clock.move(50 * time.Hour)
	if page := p.Browser().Open(image.Request.URL.String()); page.Header.Get("Content-Type") != "image/png" {
		t.Errorf("while the server of the application is unavailable: %v", page.Header)
	}
}

func TestALogoThatItsServerHasDeletedIsNotShown(t *testing.T) {
	for _, deleted := range []int64{http.StatusNotFound, http.StatusGone} {
		host, clock := newLogoHost(t), new(movableClock)
		p := newLogos(t, func(o *latchkey.Options) { o.Clock = clock.now })
		_, image := openLogo(t, p, host.URL+"/png")
		for _, step := range []struct {
			status int64
			want   string
		}{
			{http.StatusInternalServerError, "image/png"},
			{http.StatusForbidden, "image/png"},
			{deleted, "image/svg+xml"},
			{http.StatusInternalServerError, "image/svg+xml"},
			{0, "image/png"},
		} {
			host.status.Store(step.status)
			clock.move(25 * time.Hour)
			if page := p.Browser().Open(image.Request.URL.String()); page.Header.Get("Content-Type") != step.want {
				t.Errorf("after status %d: got %s, want %s", step.status, page.Header.Get("Content-Type"), step.want)
			}
		}
	}
}
