package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// guarded is a provider with ada, who has a TOTP.
type guarded struct {
	*latchkeytest.Provider
	t      *testing.T
	clock  *movableClock
	ada    *account.User
	secret string
	codes  []string // recovery codes
	client *oauth.Client
	key    string // of the client
	mu     sync.Mutex
	logins []string // outcomes of logins
}

func newGuarded(t *testing.T, change func(*latchkey.Options)) *guarded {
	t.Helper()
	g := &guarded{t: t, clock: new(movableClock)}
	g.Provider = latchkeytest.New(t, func(o *latchkey.Options) {
		o.Clock = g.clock.now
		o.OnEvent = func(_ context.Context, e oauth.Event) {
			g.mu.Lock()
			defer g.mu.Unlock()
			if e.Name == oauth.EventLogin {
				g.logins = append(g.logins, e.Outcome)
			}
		}
		if change != nil {
			change(o)
		}
	})
	g.ada = g.AddUser("ada", false)
	g.client, g.key = g.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Shop" })
	var added account.Added
	g.secret, added = addTOTP(t, g.Provider, g.ada, g.clock.now())
	g.codes = added.RecoveryCodes
	g.clock.move(time.Minute)
	return g
}

// password enters the password of ada on the page at address.
func (g *guarded) password(b *latchkeytest.Browser, address string) latchkeytest.Page {
	g.t.Helper()
	return b.LogIn(b.Open(address), "ada")
}

// code enters a code on the page of the second step. An empty one is the current code of
// the TOTP, which is then used.
func (g *guarded) code(b *latchkeytest.Browser, page latchkeytest.Page, code string, more ...string) latchkeytest.Page {
	g.t.Helper()
	fields := url.Values{"code": {code}}
	if code == "" {
		g.clock.move(time.Minute)
		fields.Set("code", totpCode(g.t, g.secret, g.clock.now()))
	}
	for _, name := range more {
		fields.Set(name, "yes")
	}
	return b.Submit(page, fields)
}

// isIn reports whether a person is logged in.
func (g *guarded) isIn(b *latchkeytest.Browser) bool {
	g.t.Helper()
	return b.Open(g.Issuer+"/account/").Request.URL.Path == "/o/account/"
}

func (g *guarded) wantEvents(want string) {
	g.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if got := strings.Join(g.logins, " "); got != want {
		g.t.Errorf("the logins are %q, want %q", got, want)
	}
	g.logins = nil
}

// TestSecondStepContinuesTheRequest: after a wrong code, too, and the ID token has the acr.
func TestSecondStepContinuesTheRequest(t *testing.T) {
	g := newGuarded(t, nil)
	b := g.Browser()
	page := g.password(b, openIDRequest(g.Provider, g.client))
	g.wantEvents("second_factor")
	if !strings.Contains(page.Body, "One-time code") || !strings.Contains(page.Body, "<bdi>Shop</bdi>") || g.isIn(b) {
		t.Fatalf("after the password: got %s", page.Body)
	}
	page = g.code(b, page, "000000")
	if page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Body, "This code is not correct") {
		t.Errorf("after a wrong code: got %s %s", page.Status, page.Body)
	}
	g.wantEvents("wrong_code")
	page = g.code(b, page, "")
	g.wantEvents("ok")
	page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
	_, body := redeem(t, g.Provider, g.client, g.key, responseFields(page).Get("code"))
	if claims := claimsOf(t, body); claims["acr"] != "urn:latchkey:acr:2fa" {
		t.Errorf("got %v", claims)
	}
}

// TestCodeOfTheSecondStepIsAcceptedOnce: a code of the app and a recovery code, also in
// another browser and within their time.
func TestCodeOfTheSecondStepIsAcceptedOnce(t *testing.T) {
	g := newGuarded(t, nil)
	for code, message := range map[string]string{
		totpCode(t, g.secret, g.clock.now()): "This code was already used. Wait for the next one.",
		strings.ToUpper(g.codes[0]):          "This recovery code was already used. Enter another one.",
	} {
		first, second := g.Browser(), g.Browser()
		g.code(first, g.password(first, g.Issuer+"/login/"), code)
		if !g.isIn(first) {
			t.Errorf("%s: not logged in", message)
		}
		page := g.code(second, g.password(second, g.Issuer+"/login/"), code)
		if g.isIn(second) || page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Body, message) {
			t.Errorf("want %q, got %s %s", message, page.Status, page.Body)
		}
	}
	g.wantEvents("second_factor ok second_factor wrong_code second_factor ok second_factor wrong_code")
}

// TestSecondStepBelongsToOneBrowserForTenMinutes: otherwise the person begins again, and
// the request of the application continues.
func TestSecondStepBelongsToOneBrowserForTenMinutes(t *testing.T) {
	g := newGuarded(t, nil)
	b := g.Browser()
	page := g.password(b, openIDRequest(g.Provider, g.client))
	other := g.Browser()
	other.Open(openIDRequest(g.Provider, g.client)) // it has its own cookie
	if got := other.Open(page.Request.URL.String()); !strings.Contains(got.Body, "took too long") || strings.Contains(got.Body, "One-time code") {
		t.Errorf("in another browser: got %s", got.Body)
	}
	if got := other.Submit(page, url.Values{"code": {totpCode(t, g.secret, g.clock.now())}}); !strings.Contains(got.Body, "took too long") || g.isIn(other) {
		t.Errorf("the code in another browser: got %s", got.Body)
	}
	g.clock.move(9 * time.Minute)
	if got := b.Open(page.Request.URL.String()); !strings.Contains(got.Body, "One-time code") {
		t.Errorf("after 9 minutes: got %s", got.Body)
	}
	g.clock.move(time.Minute)
	late := g.code(b, page, "")
	if !strings.Contains(late.Body, "took too long") || g.isIn(b) {
		t.Fatalf("after 10 minutes: got %s", late.Body)
	}
	if page = g.code(b, b.LogIn(late, "ada"), ""); !strings.Contains(page.Body, "Authorize") {
		t.Errorf("the request does not continue: got %s", page.Body)
	}
}

// TestTwoTabsFinishTheirSecondSteps: each continues its own request.
func TestTwoTabsFinishTheirSecondSteps(t *testing.T) {
	g := newGuarded(t, nil)
	b := g.Browser()
	first := g.password(b, openIDRequest(g.Provider, g.client, "state", "first"))
	second := g.password(b, openIDRequest(g.Provider, g.client, "state", "second"))
	for want, page := range map[string]latchkeytest.Page{"second": second, "first": first} {
		if page = g.code(b, page, ""); page.RedirectURL == nil { // the consent is remembered
			page = b.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
		}
		if fields := responseFields(page); fields.Get("state") != want || fields.Get("code") == "" {
			t.Errorf("%s: got %v", want, fields)
		}
	}
}

// TestGuessesAtTheSecondStepAreLimited: the owner sees why.
func TestGuessesAtTheSecondStepAreLimited(t *testing.T) {
	g := newGuarded(t, nil)
	b := g.Browser()
	page := g.password(b, g.Issuer+"/login/")
	for range 20 {
		page = g.code(b, page, "000000")
	}
	page = g.code(b, page, "")
	if page.StatusCode != http.StatusTooManyRequests || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "Too many") || g.isIn(b) {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
	g.wantEvents("second_factor" + strings.Repeat(" wrong_code", 20) + " throttled")
}

// TestRememberedBrowserIsNotAskedForTheSecondFactor until the setting or the person ends
// it, and only for the person who chose it.
func TestRememberedBrowserIsNotAskedForTheSecondFactor(t *testing.T) {
	g := newGuarded(t, nil)
	b := g.Browser()
	logIn := func() latchkeytest.Page {
		b.Submit(b.Open(g.Issuer+"/logout/"), nil)
		return g.password(b, g.Issuer+"/login/")
	}
	g.code(b, logIn(), "", "remember")
	if page := logIn(); strings.Contains(page.Body, "One-time code") || !g.isIn(b) {
		t.Errorf("in the remembered browser: got %s", page.Body)
	}
	other := g.Browser()
	if page := g.password(other, g.Issuer+"/login/"); !strings.Contains(page.Body, "One-time code") {
		t.Errorf("in another browser: got %s", page.Body)
	}
	never := newGuarded(t, func(o *latchkey.Options) { o.RememberBrowserTTL = -1 })
	b = never.Browser()
	page := never.password(b, never.Issuer+"/login/")
	if strings.Contains(page.Body, "Do not ask again") {
		t.Errorf("if the setting does not allow it: got %s", page.Body)
	}
	never.code(b, page, "", "remember")
	for _, cookie := range b.Jar.Cookies(page.Request.URL) {
		if strings.HasPrefix(cookie.Name, "lk_remembered") {
			t.Errorf("got the cookie %s", cookie.Name)
		}
	}
}

// lateFactorStore is a Store in which the second factor of a person is added after their
// password was checked.
type lateFactorStore struct {
	latchkey.Store
	late atomic.Bool
}

func (s *lateFactorStore) UserByName(ctx context.Context, name string) (*account.User, error) {
	u, err := s.Store.UserByName(ctx, name)
	if err == nil && s.late.Load() {
		u.Factors = nil
	}
	return u, err
}

// TestFactorAddedDuringTheLoginIsNeeded: no login is reported before the second step.
func TestFactorAddedDuringTheLoginIsNeeded(t *testing.T) {
	store := new(lateFactorStore)
	g := newGuarded(t, func(o *latchkey.Options) {
		store.Store = newMemory(o)
		o.Store = store
	})
	store.late.Store(true)
	b := g.Browser()
	page := g.password(b, g.Issuer+"/login/")
	g.wantEvents(oauth.OutcomeSecondFactor)
	if g.isIn(b) {
		t.Error("the person is logged in before the second step")
	}
	if g.code(b, page, ""); !g.isIn(b) {
		t.Error("the person is not logged in after the second step")
	}
	g.wantEvents(oauth.OutcomeOK)
}

// changedStore is a Store in which a person gets a new password just before their session
// starts.
type changedStore struct {
	latchkey.Store
	changed atomic.Bool
}

func (s *changedStore) StartSession(ctx context.Context, start account.SessionStart) error {
	if s.changed.Load() {
		return account.ErrConflict
	}
	return s.Store.StartSession(ctx, start)
}

func TestLoginInARememberedBrowserBeginsAgainAfterANewPassword(t *testing.T) {
	store := new(changedStore)
	g := newGuarded(t, func(o *latchkey.Options) {
		store.Store = newMemory(o)
		o.Store = store
	})
	b := g.Browser()
	g.code(b, g.password(b, g.Issuer+"/login/"), "", "remember")
	b.Submit(b.Open(g.Issuer+"/logout/"), nil)
	store.changed.Store(true)
	if page := g.password(b, g.Issuer+"/login/"); page.StatusCode != http.StatusUnauthorized || !strings.Contains(page.Body, "Log in") {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
}

// TestSecondStepLeadsNowhereElse: next is a path of this server.
func TestSecondStepLeadsNowhereElse(t *testing.T) {
	g := newGuarded(t, nil)
	for _, next := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"} {
		b := g.Browser()
		page := g.password(b, g.Issuer+"/login/?next="+url.QueryEscape(next))
		address := page.Request.URL
		query := address.Query()
		query.Set("next", next)
		address.RawQuery = query.Encode()
		if page = g.code(b, b.Open(address.String()), ""); page.RedirectURL != nil || page.Request.URL.String() != g.URL+"/" {
			t.Errorf("%s: got %s %v", next, page.Request.URL, page.RedirectURL)
		}
	}
}

// TestLoginFormsOfOtherSitesAreRejected: a person is not logged in to the account of an
// attacker.
func TestLoginFormsOfOtherSitesAreRejected(t *testing.T) {
	g := newGuarded(t, nil)
	b := g.Browser()
	page := g.password(b, g.Issuer+"/login/")
	for path, body := range map[string]string{
		"/login/second/":  url.Values{"login": {page.Request.URL.Query().Get("login")}, "code": {totpCode(t, g.secret, g.clock.now())}}.Encode(),
		"/login/passkey/": "passkey=x", "/login/options/": "next=/", "/login/": "username=ada&password=x",
	} {
		var cookies []string
		for _, cookie := range b.Jar.Cookies(page.Request.URL) {
			cookies = append(cookies, cookie.String())
		}
		response, _ := send(t, "POST", g.Issuer+path, body, "Content-Type", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example", "Cookie", strings.Join(cookies, "; "))
		if response.StatusCode != http.StatusForbidden || len(response.Cookies()) > 0 {
			t.Errorf("%s: got %s with %d cookies", path, response.Status, len(response.Cookies()))
		}
	}
	if g.isIn(b) {
		t.Error("the request of another site logged the person in")
	}
}

// TestLoginWithASecondFactorReplacesTheSession: a session that an attacker knows is of no
// use after the login.
func TestLoginWithASecondFactorReplacesTheSession(t *testing.T) {
	g := newGuarded(t, nil)
	eve := g.AddUser("eve", false)
	known, _, err := g.Accounts.StartSession(t.Context(), eve, account.Browser{}, "")
	if err != nil {
		t.Fatal(err)
	}
	b, thief := g.Browser(), g.Browser()
	setSession(t, g.Provider, b, known)
	setSession(t, g.Provider, thief, known)
	g.code(b, g.password(b, g.Issuer+"/login/"), "")
	if !g.isIn(b) || g.isIn(thief) {
		t.Errorf("the person is logged in: %t, the attacker is: %t", g.isIn(b), g.isIn(thief))
	}
}
