package e2e

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// A proxy forwards requests to a provider, with the limits of a default nginx. It
// changes the Host header, and removes the headers that old browsers do not send.
type proxy struct {
	upstream *url.URL
	handler  http.Handler // forwards requests

	mu      sync.Mutex
	origins []string // of requests other than GET
}

// The limits of a default nginx on a machine with pages of 4 KB, in bytes.
const (
	proxyBufferSize          = 4 << 10 // of the whole header of a response
	largeClientHeaderBuffers = 8 << 10 // of the request line, and of each header of a request
	clientMaxBodySize        = 1 << 20 // of the body of a request
)

// startProxiedProvider starts a provider behind a proxy.
func startProxiedProvider(t *testing.T, flags ...string) (*provider, *proxy) {
	t.Helper()
	front := new(proxy)
	server := httptest.NewUnstartedServer(front)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	p := startProvider(t, append([]string{"--issuer", "https://localhost:" + port + "/o"}, flags...)...)
	var err error
	if front.upstream, err = url.Parse(p.listens); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		MaxResponseHeaderBytes: proxyBufferSize,
		TLSClientConfig:        &tls.Config{RootCAs: p.pool, MinVersion: tls.VersionTLS13},
	}
	front.handler = &httputil.ReverseProxy{Transport: transport, Rewrite: front.rewrite}
	server.StartTLS()
	t.Cleanup(server.Close)
	t.Cleanup(transport.CloseIdleConnections)
	return p, front
}

func (p *proxy) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(p.upstream)
	r.Out.Host = "internal.example"
	for name := range r.Out.Header {
		if strings.HasPrefix(name, "Sec-Fetch-") {
			r.Out.Header.Del(name)
		}
	}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		p.mu.Lock()
		p.origins = append(p.origins, r.Header.Get("Origin"))
		p.mu.Unlock()
	}
	if len(r.Method+" "+r.RequestURI+" HTTP/1.1\r\n") > largeClientHeaderBuffers {
		http.Error(w, "the request line is too long", http.StatusRequestURITooLong)
		return
	}
	for name, values := range r.Header {
		if len(name+": "+strings.Join(values, "; ")+"\r\n") > largeClientHeaderBuffers {
			http.Error(w, "a header is too long", http.StatusBadRequest)
			return
		}
	}
	// As nginx does by default, the proxy reads the whole request before it forwards it. ReverseProxy
	// would read the end of a body of more than 4 KB while the provider already answers, and close the
	// connection to the provider if the browser already has the header of the response.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, clientMaxBodySize))
	if err != nil {
		http.Error(w, "the body is too long", http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.handler.ServeHTTP(w, r)
}

// TestFormsWorkWithoutSecFetchSiteBehindAProxyThatChangesHost: a browser that
// does not send Sec-Fetch-Site is recognized by its Origin header. Pages with
// "Referrer-Policy: no-referrer" would make it send "Origin: null" (Fetch §3.1).
func TestFormsWorkWithoutSecFetchSiteBehindAProxyThatChangesHost(t *testing.T) {
	t.Parallel()
	p, front := startProxiedProvider(t, "--sign-up")
	s := startSite(t)
	s.page("/cb", "The callback.")
	client := p.app(s.at("app", "/cb"))
	p.run(personPassword, "user", "add", "root", "--admin", "--password-stdin")
	b := newBrowser(t, true)

	b.open(p.authorize(client))
	b.logIn(personName, personPassword)
	b.click("#allow")
	b.clickThrough("button[value=authorize]")
	b.says("The callback.")
	if got := s.waitFor(s.at("app", "/cb")); got.form.Get("code") == "" || got.header.Get("Referer") != "" {
		t.Errorf("the application received %v, Referer %q", got.form, got.header.Get("Referer"))
	}
	b.open(p.issuer + "/account/profile/")
	b.typed("#name", "Ada Lovelace")
	b.clickThrough("form button.primary")
	b.says("Your changes have been saved.")
	b.clickThrough(".me form button")
	b.says("You are logged out")
	b.open(p.issuer + "/signup/")
	for field, value := range map[string]string{"#username": "bob", "#password": personPassword, "#password_again": personPassword} {
		b.typed(field, value)
	}
	b.clickThrough("form button.primary")
	b.says("Your account")
	b.open(p.issuer + "/logout/")
	b.clickThrough("main button.primary")
	b.says("You are logged out")
	b.open(strings.TrimSuffix(p.issuer, "/o") + "/admin/keys/")
	b.logIn("root", personPassword)
	b.clickThrough("main form:has(#alg) button")
	b.says("Rotate the")
	b.clickThrough("main form button")
	b.says("The new key is published.")

	front.mu.Lock()
	defer front.mu.Unlock()
	for _, origin := range front.origins {
		if origin != strings.TrimSuffix(p.issuer, "/o") {
			t.Errorf("the browser sends a form with Origin %q", origin)
		}
	}
	if len(front.origins) < 7 {
		t.Errorf("only %d forms", len(front.origins))
	}
}

// TestAcceptedStateSurvivesAProxyWithTheLimitsOfNginx sends states of several
// kinds, up to the longest that is accepted, through login and consent.
func TestAcceptedStateSurvivesAProxyWithTheLimitsOfNginx(t *testing.T) {
	t.Parallel()
	p, _ := startProxiedProvider(t)
	s := startSite(t)
	s.page("/cb", "The callback.")
	callback := s.at("app", "/cb")
	client := p.app(callback)
	b := newBrowser(t, true)
	for name, state := range map[string]string{
		"2.4 KB of letters": strings.Repeat("aZ09-_bY", 300), "4 KB of letters": strings.Repeat("aZ09-_bY", 512),
		"2 KB of <": strings.Repeat("<", 2048), "4 KB of <": strings.Repeat("<", 4096), "4 KB of emoji": strings.Repeat("🔑", 1024),
	} {
		b.open(p.issuer + "/logout/")
		if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.querySelector("main button.primary")?.click() ?? true`)); err != nil {
			t.Log(err) // nobody was logged in, or the page is already gone
		}
		b.says("You are logged out")
		// A long request comes by POST.
		s.page("/post-"+strings.ReplaceAll(name, " ", "-"), form(p.issuer+"/authorize/", request(client, "state", state, "prompt", "consent")))
		b.open(s.at("app", "/post-"+strings.ReplaceAll(name, " ", "-")))
		b.clickThrough("button")
		b.logIn(personName, personPassword)
		b.says("Authorize The app?")
		b.click("#allow")
		b.clickThrough("button[value=authorize]")
		b.says("The callback.")
		if got := s.waitFor(callback); got.form.Get("state") != state || got.form.Get("code") == "" {
			t.Errorf("%s: the application received a state of %d bytes and %q", name, len(got.form.Get("state")), got.form.Get("error"))
		}
	}
}

// TestPOSTFromAnotherSiteWithoutSecFetchSite: the Origin header is enough to
// recognize a request that comes without our cookies.
func TestPOSTFromAnotherSiteWithoutSecFetchSite(t *testing.T) {
	t.Parallel()
	p, _ := startProxiedProvider(t)
	s := startSite(t)
	s.page("/cb", "The callback.")
	client := p.app(s.at("app", "/cb"))
	const strict = `<meta name="referrer" content="no-referrer">` // Origin: null
	s.page("/authorize", form(p.issuer+"/authorize/", request(client, "prompt", "consent")))
	s.page("/authorize-null", strict+form(p.issuer+"/authorize/", request(client, "prompt", "consent")))
	s.page("/logout", form(p.issuer+"/logout/", nil))
	s.page("/logout-null", strict+form(p.issuer+"/logout/", nil))
	b := newBrowser(t, true)
	b.open(p.authorize(client))
	b.logIn(personName, personPassword)
	b.see("#allow")
	before := b.cookies()
	for path, want := range map[string]string{
		"/authorize": "Authorize The app?", "/authorize-null": "Authorize The app?", "/logout": "Log out?", "/logout-null": "Log out?",
	} {
		b.open(s.at("evil", path))
		b.clickThrough("button")
		b.says(want)
		if after := b.cookies(); after != before {
			t.Errorf("%s changed the cookies:\n%s\nto\n%s", path, before, after)
		}
	}
}
