package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// loopbackPage serves an empty page on a free port of 127.0.0.1 and localhost,
// and returns the port.
func loopbackPage(t *testing.T) (port string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>A page</title>Ready."))
	}))
	t.Cleanup(server.Close)
	return server.URL[strings.LastIndex(server.URL, ":")+1:]
}

// tracing are the headers that tracing tools add to every request of a script.
const tracing = `traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b', baggage: 'a=b', 'sentry-trace': '1-2'`

// fetch sends a request from the page, and returns the status and the body that
// the script can read, or "blocked".
func (b *browser) fetch(method, address, body, headers string) string {
	b.t.Helper()
	if body != "" {
		body = fmt.Sprintf(", body: new URLSearchParams(%q)", body)
	}
	return evaluate[string](b, fmt.Sprintf(`fetch(%q, { method: %q, headers: { %s }%s }).then(
		async (response) => response.status + ' ' + await response.text(), () => 'blocked')`, address, method, headers, body))
}

// TestScriptsOnALoopbackOriginCallEveryEndpoint: the redirect URI is on a loopback
// address, of which every port is allowed (RFC 8252 §7.3), and so are the origins.
func TestScriptsOnALoopbackOriginCallEveryEndpoint(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	client := p.app("http://localhost/cb", "--type", "public")
	port := loopbackPage(t)
	b := newBrowser(t, true)
	q := url.Values{"client_id": {client}, "grant_type": {"refresh_token"}, "refresh_token": {"x"}, "token": {"x"}}.Encode()
	for _, test := range []struct{ method, path, want string }{
		{"POST", "/token/", `400 {"error":"invalid_grant"`},
		{"POST", "/token", `400 {"error":"invalid_grant"`},
		{"POST", "/revoke_token/", "200 "},
		{"GET", "/userinfo/", `401 {"error":"invalid_token"`},
		{"POST", "/userinfo/", `401 {"error":"invalid_token"`},
		{"GET", "/.well-known/openid-configuration", "200 {"},
		{"GET", "/.well-known/oauth-authorization-server", "200 {"},
		{"GET", "/.well-known/jwks.json", "200 {"},
	} {
		headers, body := tracing, ""
		switch {
		case strings.HasPrefix(test.path, "/userinfo"):
			headers += ", Authorization: 'Bearer x'"
		case test.method == "POST":
			body = q
		}
		b.open("http://localhost:" + port)
		if got := b.fetch(test.method, p.issuer+test.path, body, headers); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s %s: the script reads %q, want %q", test.method, test.path, got, test.want)
		}
		if test.path != "/token/" && test.path != "/revoke_token/" {
			continue // every origin can read the answer
		}
		b.open("http://127.0.0.1:" + port) // another host
		if got := b.fetch(test.method, p.issuer+test.path, body, headers); got != "blocked" {
			t.Errorf("%s %s: a script of another origin reads %q", test.method, test.path, got)
		}
	}
}

// TestPagesOfAnApplicationCallAGuardedAPI calls the API of the demo, which
// Server.Require guards.
func TestPagesOfAnApplicationCallAGuardedAPI(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	port := loopbackPage(t)
	p := &provider{t: t, issuer: d.provider + "/o", data: d.data}
	add := func(redirectURI string) (token string) {
		answer := p.run("", "app", "add", "--name", "Page", "--redirect-uri", redirectURI, "--grant-type", "client_credentials", "--grant-type", "authorization_code")
		return p.ownToken(text(answer["client_id"]), text(answer["client_secret"]), "read")
	}
	token, other := add("http://localhost/cb"), add("https://other.example/cb")
	b := newBrowser(t, true)
	responses := b.responses()

	b.open("http://localhost:" + port)
	call := func(token string) string {
		return b.fetch("GET", d.provider+"/api/hello", "", tracing+", 'X-Version': '1', Authorization: 'Bearer "+token+"'")
	}
	if got := call(token); strings.TrimSpace(got) != "200 Hello, OAuth2!" {
		t.Errorf("a page of the application reads %q", got)
	}
	if got := call("x"); !strings.HasPrefix(got, "401 ") {
		t.Errorf("with an invalid token, the page reads %q", got)
	}
	if got := call(other); got != "blocked" {
		t.Errorf("with the token of another application, the page reads %q", got)
	}
	b.open("http://127.0.0.1:" + port)
	if got := call(token); got != "blocked" {
		t.Errorf("a page of an origin that is not registered reads %q", got)
	}
	preflights := 0
	for _, found := range responses() {
		if !strings.HasSuffix(found.Response.URL, "/api/hello") {
			continue
		}
		if found.Type == "Preflight" {
			preflights++
		}
		vary := ""
		for name, value := range found.Response.Headers {
			if strings.EqualFold(name, "Vary") {
				vary = fmt.Sprint(value)
			}
		}
		if !strings.Contains(vary, "Origin") {
			t.Errorf("the response to a request of the type %s has Vary %q", found.Type, vary)
		}
	}
	if preflights == 0 {
		t.Error("the browser sent no preflight request")
	}
}

// responses records the responses that the browser receives from now on.
func (b *browser) responses() func() []*network.EventResponseReceived {
	b.t.Helper()
	var mu sync.Mutex
	var all []*network.EventResponseReceived
	if err := chromedp.Listen(b.ctx, func(event any) {
		if found, ok := event.(*network.EventResponseReceived); ok {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, found)
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	return func() []*network.EventResponseReceived {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}
