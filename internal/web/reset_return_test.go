package web_test

import (
	"crypto/rand"
	"encoding/base64"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const resetPassword = "a whole new password"

// follow opens the link of a page with this text.
func follow(t *testing.T, b *latchkeytest.Browser, page latchkeytest.Page, text string) latchkeytest.Page {
	t.Helper()
	link := regexp.MustCompile(`<a [^>]*href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?` + regexp.QuoteMeta(text) + `</a>`).FindStringSubmatch(page.Body)
	if link == nil {
		t.Fatalf("there is no link %q: %s", text, page.Body)
	}
	target, err := page.Request.URL.Parse(html.UnescapeString(link[1]))
	if err != nil {
		t.Fatal(err)
	}
	return b.Open(target.String())
}

// requestReset goes from the login page of an authorization request to the page
// that sends a link, and returns the page after it, and the link.
func requestReset(t *testing.T, p *latchkeytest.Provider, b *latchkeytest.Browser, request string) (sent latchkeytest.Page, link string) {
	t.Helper()
	page := follow(t, b, b.Open(request), "Forgot your password?")
	sent = b.Submit(page, url.Values{"username": {"ada"}})
	return sent, mailed(t, p, resetSubject)
}

// setPassword opens the link, sets a password, and returns the page after it.
func setPassword(b *latchkeytest.Browser, link string) latchkeytest.Page {
	return b.Submit(b.Open(link), url.Values{"password": {resetPassword}, "password_again": {resetPassword}})
}

func logInAfterReset(b *latchkeytest.Browser, page latchkeytest.Page) latchkeytest.Page {
	return b.Submit(page, url.Values{"username": {"ada"}, "password": {resetPassword}})
}

func TestAuthorizationRequestSurvivesAPasswordReset(t *testing.T) {
	for name, state := range map[string]string{
		"a short one": "xyz", "the longest one in a cookie": longState()[:1800], "one that is too long for a cookie": longState()[:2000], "the longest one": longState(),
	} {
		t.Run(name, func(t *testing.T) { testReturnAfterReset(t, state) })
	}
}

func testReturnAfterReset(t *testing.T, state string) {
	t.Helper()
	p, _ := newSelfService(t)
	addConfirmed(t, p, "ada", "ada@x.example")
	client, secret := p.AddClient("https://app.example/cb", nil)
	b := p.Browser()
	_, link := requestReset(t, p, b, authorizeURL(p, client, url.Values{"prompt": {"login"}, "state": {state}}))
	if strings.Contains(link, "resume") {
		t.Errorf("the link contains the request: %s", link)
	}
	done := setPassword(b, link)
	if !strings.Contains(done.Body, "Your password has been changed") {
		t.Fatalf("got %s", done.Body)
	}
	login := follow(t, b, done, "Log in")
	if !strings.Contains(login.Body, "<bdi>Test app</bdi>") {
		t.Errorf("the login page does not name the application: %s", login.Body)
	}
	answer := b.Submit(logInAfterReset(b, login), url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	if answer.RedirectURL == nil || answer.RedirectURL.Query().Get("state") != state {
		t.Fatalf("got %v %s", answer.RedirectURL, answer.Body)
	}
	if status, body := redeem(t, p, client, secret, answer.RedirectURL.Query().Get("code")); status != 200 {
		t.Errorf("the code: %d %s", status, body)
	}
}

// A request that continued in the browser of another person would connect their
// account with that of the attacker at the application.
func TestResetInAnotherBrowserLeadsToTheApplicationAndNotToItsRequest(t *testing.T) {
	for name, request := range map[string]url.Values{"short": nil, "long": {"state": {longState()}}} {
		t.Run(name, func(t *testing.T) { testResetInAnotherBrowser(t, request) })
	}
}

func testResetInAnotherBrowser(t *testing.T, request url.Values) {
	t.Helper()
	p, _ := newSelfService(t)
	addConfirmed(t, p, "ada", "ada@x.example")
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.HomepageURL = "https://app.example/start" })
	other, _ := p.AddClient("https://other.example/cb", nil)
	first, second := p.Browser(), p.Browser()
	// The second browser has its own request and reset.
	follow(t, second, second.Open(authorizeURL(p, other, nil)), "Forgot your password?")
	second.Submit(follow(t, second, second.Open(authorizeURL(p, other, nil)), "Forgot your password?"), url.Values{"username": {"nobody"}})
	sent, link := requestReset(t, p, first, authorizeURL(p, client, request))
	done := setPassword(second, link)
	if !strings.Contains(done.Body, `href="https://app.example/start">Back to Test app</a>`) || strings.Contains(done.Body, "authorize") {
		t.Errorf("got %s", done.Body)
	}
	if page := logInAfterReset(second, follow(t, second, done, "Log in")); page.Request.URL.Path != "/" {
		t.Errorf("after the login in the other browser: got %s", page.Request.URL)
	}
	// The person can also go back to the browser in which they began.
	consent := logInAfterReset(first, follow(t, first, sent, "Log in"))
	if !strings.Contains(consent.Body, "Authorize <bdi>Test app</bdi>?") {
		t.Errorf("after the login in the first browser: got %s", consent.Body)
	}
}

// longState returns a state that is too long for a cookie, and cannot be compressed.
func longState() string {
	random := make([]byte, 2700)
	_, _ = rand.Read(random)
	return base64.RawURLEncoding.EncodeToString(random)
}

// TestHeadersOfAResetAreShort: a default nginx refuses a response whose headers are
// longer than 4 KB, to which a host may add its own.
func TestHeadersOfAResetAreShort(t *testing.T) {
	kept := 0
	for length := 500; length < 3000; length += 100 {
		p, _ := newSelfService(t) // resets are limited
		client, _ := p.AddClient("https://app.example/cb", nil)
		state := longState()[:length]
		b := p.Browser()
		page := follow(t, b, b.Open(authorizeURL(p, client, url.Values{"state": {state}})), "Forgot your password?")
		page = b.Submit(page, url.Values{"username": {"ada"}})
		size := 0
		for name, values := range page.Header {
			for _, value := range values {
				size += len(name) + len(": ") + len(value) + len("\r\n")
				if strings.HasPrefix(value, "lk_reset=") {
					kept++
				}
			}
		}
		if !strings.Contains(page.Body, "Check your email") || size > 3300 {
			t.Errorf("a state of %d bytes: %s and %d bytes of headers", length, page.Status, size)
		}
	}
	if kept != 25 {
		t.Errorf("%d of 25 requests were kept", kept)
	}
}

func TestResetWithoutARequestLeadsToTheLogin(t *testing.T) {
	for name, test := range map[string]struct {
		client  func(*oauth.Client)
		request url.Values
		before  func(t *testing.T, p *latchkeytest.Provider)
		between func(t *testing.T, p *latchkeytest.Provider, clock *movableClock, c *oauth.Client)
		want    string // in the page after the reset
		not     string
	}{
		"the request has expired": {
			request: url.Values{}, want: "Back to Test app", not: "authorize",
			between: func(_ *testing.T, _ *latchkeytest.Provider, clock *movableClock, _ *oauth.Client) {
				clock.move(29 * time.Minute)
			},
		},
		"the request is long and has expired": {
			request: url.Values{"state": {longState()}}, want: "Back to Test app", not: "authorize",
			between: func(_ *testing.T, _ *latchkeytest.Provider, clock *movableClock, _ *oauth.Client) {
				clock.move(29 * time.Minute)
			},
		},
		"too many long requests wait": {
			request: url.Values{"state": {longState()}}, want: "Back to Test app", not: "authorize",
			before: func(t *testing.T, p *latchkeytest.Provider) {
				for range 300 {
					if err := p.Accounts.CountKeptRequest(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			},
		},
		"the application has been disabled": {
			request: url.Values{}, want: "Log in", not: "Back to",
			between: func(t *testing.T, p *latchkeytest.Provider, _ *movableClock, c *oauth.Client) {
				c.Disabled = true
				if err := p.Store.UpdateClient(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			},
		},
		"the application has no start page": {
			client: func(c *oauth.Client) { c.HomepageURL = "" }, request: url.Values{}, want: "Log in", not: "Back to",
			between: func(_ *testing.T, _ *latchkeytest.Provider, clock *movableClock, _ *oauth.Client) {
				clock.move(29 * time.Minute)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, clock := newSelfServiceWith(t, 20*time.Minute)
			addConfirmed(t, p, "ada", "ada@x.example")
			client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) {
				c.HomepageURL = "https://app.example/"
				if test.client != nil {
					test.client(c)
				}
			})
			if test.before != nil {
				test.before(t, p)
			}
			b := p.Browser()
			_, link := requestReset(t, p, b, authorizeURL(p, client, test.request))
			if test.between != nil {
				test.between(t, p, clock, client)
			}
			done := setPassword(b, link)
			if !strings.Contains(done.Body, "Your password has been changed") || !strings.Contains(done.Body, test.want) || strings.Contains(done.Body, test.not) {
				t.Errorf("got %s", done.Body)
			}
			if page := logInAfterReset(b, follow(t, b, done, "Log in")); page.Request.URL.Path != "/" {
				t.Errorf("after the login: got %s", page.Request.URL)
			}
		})
	}
}
