package web_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// allowLoopback allows requests to other servers of the test.
func allowLoopback(o *latchkey.Options) {
	o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// watchLogouts sends the logout tokens that arrive at the server to a channel.
func (f *federation) watchLogouts() <-chan string {
	tokens := make(chan string, 10)
	f.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/backchannel-logout/") {
				next.ServeHTTP(w, r)
				return
			}
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
			if form, err := url.ParseQuery(string(body)); err == nil {
				select {
				case tokens <- form.Get("logout_token"):
				default:
				}
			}
		})
	})
	return tokens
}

// logsOut posts a logout token, and returns the status.
func (f *federation) logsOut(t *testing.T, token string) (int, string) {
	t.Helper()
	response, err := http.PostForm(f.Issuer+"/login/with/acme/backchannel-logout/", url.Values{"logout_token": {token}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode, response.Header.Get("Cache-Control")
}

// logsInBeside logs ada in with the other provider, in the browsers for here and there.
func (f *federation) logsInBeside(t *testing.T, here, there *latchkeytest.Browser) {
	t.Helper()
	answer, err := there.Decide(f.leaves(t, here, f.Issuer+"/login/with/acme/").String(), "ada", true)
	if err != nil {
		t.Fatal(err)
	}
	if here.Open(answer.String()); !f.loggedInAs(here, "Ada") {
		t.Fatal("nobody is logged in")
	}
}

// deliver runs the other provider until it has sent a logout token.
func (f *federation) deliver(t *testing.T, tokens <-chan string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- f.other.Server.Run(ctx) }()
	defer func() { stop(); <-stopped }()
	select {
	case token := <-tokens:
		return token
	case <-time.After(time.Minute):
		t.Fatal("the other provider sent no logout token")
		return ""
	}
}

// TestLogoutAtTheProviderEndsTheSessionHere: with what is bound to it, and only those that
// began with that session there. A logout token counts once (OpenID Connect Back-Channel
// Logout 1.0 §2.5, §2.6).
func TestLogoutAtTheProviderEndsTheSessionHere(t *testing.T) {
	f := newFederation(t, nil)
	tokens := f.watchLogouts()
	here, phone, there, phoneThere := f.Browser(), f.Browser(), f.other.Browser(), f.other.Browser()
	f.logsInBeside(t, here, there)
	f.logsInBeside(t, phone, phoneThere)
	code, err := here.Authorize(openIDRequest(f.Provider, f.app), "ada")
	if err != nil {
		t.Fatal(err)
	}
	there.Submit(there.Open(f.other.Issuer+"/logout/"), url.Values{})
	token := f.deliver(t, tokens)
	if f.loggedInAs(here, "Ada") {
		t.Error("the session has not ended")
	}
	if !f.loggedInAs(phone, "Ada") {
		t.Error("the session of another login at the provider has ended")
	}
	client, secret := f.AddClient("https://app.example/cb", nil)
	if status, body := redeem(t, f.Provider, client, secret, code); status != http.StatusBadRequest {
		t.Errorf("a code of the session: %d %s", status, body)
	}
	f.logsInBeside(t, here, f.other.Browser())
	if status, cache := f.logsOut(t, token); status != http.StatusBadRequest || cache != "no-store" {
		t.Errorf("a replay: %d %s", status, cache)
	}
	for name, token := range map[string]string{"none": "", "junk": "a.b.c", "an unsigned one": "eyJhbGciOiJub25lIn0.e30."} {
		if status, _ := f.logsOut(t, token); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if !f.loggedInAs(here, "Ada") {
		t.Error("an invalid token logs the person out")
	}
	response, err := http.PostForm(f.Issuer+"/login/with/evil/backchannel-logout/", url.Values{"logout_token": {token}})
	if err != nil || response.StatusCode != http.StatusBadRequest {
		t.Errorf("another provider: %v, %v", response.StatusCode, err)
	}
	_ = response.Body.Close()
}

// TestInvalidLogoutTokensAreThrottled: each could cause a request to the provider.
func TestInvalidLogoutTokensAreThrottled(t *testing.T) {
	f := newFederation(t, nil)
	for range 60 {
		if status, _ := f.logsOut(t, "e30.e30.e30"); status != http.StatusBadRequest {
			t.Fatal(status)
		}
	}
	if status, _ := f.logsOut(t, "e30.e30.e30"); status != http.StatusTooManyRequests {
		t.Errorf("after 60: %d", status)
	}
}

// TestUnavailableProviderUsesUpNoLogoutTokens: it repeats its logout tokens until they are
// accepted, from the same address.
func TestUnavailableProviderUsesUpNoLogoutTokens(t *testing.T) {
	f := newFederation(t, func(p *latchkey.LoginProvider) { p.Issuer = "http://127.0.0.1:1" })
	for i := range 61 {
		if status, _ := f.logsOut(t, "e30.e30.e30"); status != http.StatusServiceUnavailable {
			t.Fatalf("token %d: %d", i, status)
		}
	}
}

// TestProviderRepeatsALogoutThatFailed: a database that is unavailable does not
// mean that there is no session.
func TestProviderRepeatsALogoutThatFailed(t *testing.T) {
	store := &countingStore{}
	f := newFederation(t, nil, func(o *latchkey.Options) {
		store.Store = newMemory(o)
		o.Store = store
	})
	tokens := f.watchLogouts()
	here, there := f.Browser(), f.other.Browser()
	f.logsInBeside(t, here, there)
	f.Advance(2 * time.Second)
	f.other.Advance(2 * time.Second)
	there.Submit(there.Open(f.other.Issuer+"/logout/"), url.Values{})
	store.broken.Store(true)
	token := f.deliver(t, tokens)
	if status, _ := f.logsOut(t, token); status != http.StatusServiceUnavailable {
		t.Errorf("while the storage is unavailable: %d", status)
	}
	store.broken.Store(false)
	if status, _ := f.logsOut(t, token); status != http.StatusOK || f.loggedInAs(here, "Ada") {
		t.Errorf("the next attempt: %d", status)
	}
}

// providersFail is a store whose login providers cannot be read.
type providersFail struct{ latchkey.Store }

func (providersFail) LoginProviders(context.Context) ([]account.StoredProvider, error) {
	return nil, account.ErrUnavailable
}

// TestLogoutTokenIsRepeatedIfTheProvidersCannotBeRead: an unavailable database does not mean
// that there is no such provider. The provider would not repeat a request that was answered with 400.
func TestLogoutTokenIsRepeatedIfTheProvidersCannotBeRead(t *testing.T) {
	f := newFederation(t, nil, func(o *latchkey.Options) { o.Store = providersFail{newMemory(o)} })
	if status, _ := f.logsOut(t, "e30.e30.e30"); status != http.StatusServiceUnavailable {
		t.Errorf("got %d", status)
	}
}

// TestLogoutHereOffersTheLogoutThere: a link leads to the provider, which sends the person
// back. With single_logout, they go there at once, and then to the application (OpenID
// Connect RP-Initiated Logout 1.0 §2, §3).
func TestLogoutHereOffersTheLogoutThere(t *testing.T) {
	f := newFederation(t, nil)
	here, there := f.Browser(), f.other.Browser()
	f.logsInBeside(t, here, there)
	page := here.Submit(here.Open(f.Issuer+"/logout/"), url.Values{})
	shows(t, page, http.StatusOK, "Log out at Acme, too")
	if f.loggedInAs(here, "Ada") {
		t.Fatal("the session has not ended")
	}
	out := here.Open(f.Issuer + "/login/with/acme/logout/").RedirectURL
	if out == nil || !strings.HasPrefix(out.String(), f.other.Issuer+"/logout/?") || out.Query().Has("id_token_hint") {
		t.Fatalf("leads to %v", out)
	}
	back := there.Submit(there.Open(out.String()), url.Values{}).RedirectURL
	if back == nil || !strings.HasPrefix(back.String(), f.Issuer+"/login/with/acme/logged-out/?state=") {
		t.Fatalf("comes back to %v", back)
	}
	shows(t, here.Open(back.String()), http.StatusOK, "You are logged out")

	b := f.Browser() // with a password
	f.Add(account.NewUser{Username: "eve", Name: "Eve"})
	b.LogIn(b.Open(f.Issuer+"/login/"), "eve")
	if page := b.Submit(b.Open(f.Issuer+"/logout/"), url.Values{}); strings.Contains(page.Body, "Acme") {
		t.Errorf("a session that began here: %s", page.Body)
	}
}

func TestSingleLogoutContinuesAtTheApplication(t *testing.T) {
	f := newFederation(t, func(p *latchkey.LoginProvider) { p.SingleLogout = true })
	app, _ := f.AddClient("https://app.example/cb", func(c *oauth.Client) {
		c.PostLogoutRedirectURIs = []string{"https://app.example/bye", "https://app.example/" + strings.Repeat("x", 1600)}
	})
	for _, bye := range app.PostLogoutRedirectURIs {
		here, there := f.Browser(), f.other.Browser()
		f.logsInBeside(t, here, there)
		question := here.Open(f.Issuer + "/logout/?" + url.Values{"client_id": {app.ID}, "post_logout_redirect_uri": {bye}, "state": {"s"}}.Encode())
		out := here.Submit(question, url.Values{}).RedirectURL
		if out == nil || !strings.HasPrefix(out.String(), f.other.Issuer+"/logout/?") || strings.Contains(out.String(), "app.example") || len(out.String()) > 4000 {
			t.Fatalf("leads to %v", out)
		}
		back := there.Submit(there.Open(out.String()), url.Values{}).RedirectURL
		if back == nil {
			t.Fatal("the provider does not send the person back")
		}
		stranger := f.Browser()
		shows(t, stranger.Open(back.String()), http.StatusOK, "You are logged out") // the state is not theirs: no redirect
		if got := here.Open(back.String()).RedirectURL; got == nil || got.String() != bye+"?state=s" {
			t.Errorf("continues at %v", got)
		}
	}
	here := f.Browser()
	f.logsInBeside(t, here, f.other.Browser())
	defer f.other.Break(latchkeytest.Fault{Path: "/o/.well-known/openid-configuration", Status: 503})()
	f.Advance(2 * time.Hour) // the metadata is old: it is still used
	if out := here.Submit(here.Open(f.Issuer+"/logout/"), url.Values{}).RedirectURL; out == nil {
		t.Error("the person is not sent to a provider whose metadata is old")
	}
	for name, state := range map[string]string{"none": "", "junk": "AAAA", "long": strings.Repeat("A", 9000)} {
		if page := here.Open(f.Issuer + "/login/with/acme/logged-out/?state=" + state); page.StatusCode != http.StatusOK || page.RedirectURL != nil {
			t.Errorf("%s: %d, %v", name, page.StatusCode, page.RedirectURL)
		}
	}
}

// TestOnlyPagesForPeopleAdviseRepeatingTheStep: an application or a login provider whose request is
// rejected has no page that it could open again.
func TestOnlyPagesForPeopleAdviseRepeatingTheStep(t *testing.T) {
	advice := func(path, reason string) string {
		fix, _ := rejections.FixOf(oauth.Rejection{Code: oauth.CodeInvalidRequest, Reason: strings.TrimSpace(path + " " + oauth.CodeInvalidRequest + " " + reason)})
		return fix.Text
	}
	page := advice("/account/", "")
	if !strings.Contains(page, "open the page again") {
		t.Errorf("the advice for a page: %s", page)
	}
	applications, _ := web.Endpoints()
	for _, e := range applications {
		if got := advice(strings.TrimPrefix(e.Path, "/o"), ""); got == page {
			t.Errorf("%s: %s", e.Path, got)
		}
	}
	for _, reason := range []string{"logout_provider", "logout_token", "logout_token_keys", "logout_token_used", "logout_tokens"} {
		if got := advice("/login/with/{provider}/backchannel-logout/", reason); strings.Contains(got, "The application has to") || got == page {
			t.Errorf("a logout token that is rejected with %s: %s", reason, got)
		}
	}
}
