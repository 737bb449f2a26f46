package web_test

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

const wiki = "https://wiki.example.com"

// gate is a proxy in front of wiki and its second host, which asks the server about each
// request.
type gate struct {
	*latchkeytest.Provider
	t       *testing.T
	client  *oauth.Client
	browser *latchkeytest.Browser
	cookies map[string]string // of the browser, at the protected host
}

// newGate adds the application, with one change.
func newGate(t *testing.T, change func(*oauth.Client), options ...func(*latchkey.Options)) *gate {
	t.Helper()
	p := latchkeytest.New(t, append([]func(*latchkey.Options){func(o *latchkey.Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		o.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "groups", Description: "See your groups", Claims: []string{"groups"}})
	}}, options...)...)
	client, _ := p.AddClient(wiki+provider.ForwardCallback, func(c *oauth.Client) {
		c.Name, c.Type, c.Secrets, c.GrantTypes = "Wiki", oauth.Public, nil, []string{oauth.GrantAuthorizationCode}
		c.RedirectURIs = append(c.RedirectURIs, "https://files.example.com"+provider.ForwardCallback)
		if change != nil {
			change(c)
		}
	})
	return &gate{Provider: p, t: t, client: client, browser: p.Browser(), cookies: make(map[string]string)}
}

// ask sends what a proxy sends about a request for an address. headers are names and
// values in turn; an empty value removes a header.
func (g *gate) ask(path, method, address string, headers ...string) *http.Response {
	g.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		g.t.Fatal(err)
	}
	var cookies []string
	for name, value := range g.cookies {
		cookies = append(cookies, name+"="+value)
	}
	all := map[string]string{
		"X-Forwarded-Method": method, "X-Forwarded-Proto": u.Scheme, "X-Forwarded-Host": u.Host, "X-Forwarded-Uri": u.RequestURI(),
		"Accept": "text/html", "Cookie": strings.Join(cookies, "; "),
	}
	for i := 0; i < len(headers); i += 2 {
		all[headers[i]] = headers[i+1]
	}
	var list []string
	for name, value := range all {
		if value != "" {
			list = append(list, name, value)
		}
	}
	response, _ := send(g.t, http.MethodGet, g.Issuer+"/forward-auth/"+g.client.ID+path, "", list...)
	for _, cookie := range response.Cookies() {
		if g.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(g.cookies, cookie.Name)
		}
	}
	return response
}

// begin opens a page, and returns the address to which the server sends the browser after
// the person has logged in and decided.
func (g *gate) begin(address string) *url.URL {
	g.t.Helper()
	response := g.ask("/", http.MethodGet, address)
	location := response.Header.Get("Location")
	if response.StatusCode != http.StatusFound || !strings.HasPrefix(location, g.Issuer+"/authorize/?") {
		g.t.Fatalf("got %s %s", response.Status, location)
	}
	callback, err := g.browser.Decide(location, "ada", true)
	if err != nil {
		g.t.Fatal(err)
	}
	return callback
}

// logIn lets the person log in, and returns the address of the page that is opened then.
func (g *gate) logIn(address string) string {
	g.t.Helper()
	response := g.ask("/", http.MethodGet, g.begin(address).String())
	if response.StatusCode != http.StatusFound {
		g.t.Fatalf("the callback: got %s", response.Status)
	}
	return response.Header.Get("Location")
}

func (g *gate) expect(what string, response *http.Response, status int) {
	g.t.Helper()
	if response.StatusCode != status {
		g.t.Errorf("%s: got %s, want %d", what, response.Status, status)
	}
}

func (g *gate) addAda(claims string) {
	g.t.Helper()
	g.Add(account.NewUser{Username: "ada", Password: latchkeytest.Password, Name: "Ada Lovelace", Email: "ada@example.com", Claims: []byte(claims)})
}

// TestForwardAuthNamesThePersonAfterALogin: the person returns to exactly the page that
// they opened, and the proxy gets headers about them.
func TestForwardAuthNamesThePersonAfterALogin(t *testing.T) {
	g := newGate(t, func(c *oauth.Client) { c.DefaultScopes = oauth.Scopes{"openid", "profile", "email", "groups"} })
	g.addAda(`{"groups": ["staff", "a,admins", "wiki"], "email_verified": true}`)
	const page = wiki + "/page?id=1&next=//evil.example/%0d%0a"
	if location := g.logIn(page); location != page {
		t.Errorf("got %s, want %s", location, page)
	}
	for _, path := range []string{"/", "", "/check/"} {
		response := g.ask(path, http.MethodPost, page, "Remote-User", "root")
		g.expect(path, response, http.StatusOK)
		for name, want := range map[string]string{"Remote-User": "ada", "Remote-Name": "Ada Lovelace", "Remote-Email": "ada@example.com", "Remote-Groups": "staff,wiki"} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if response.Header.Get("Remote-Subject") == "" || response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %v", response.Header)
		}
	}
}

// TestForwardAuthAlwaysSetsAllHeaders: a proxy that copies them removes what a client sent.
// An email address that nobody has verified is not passed on, because applications find
// accounts by it.
func TestForwardAuthAlwaysSetsAllHeaders(t *testing.T) {
	g := newGate(t, func(c *oauth.Client) { c.Scopes = oauth.Scopes{"openid", "email"} })
	g.addAda(`{}`)
	g.logIn(wiki + "/")
	header := g.ask("/", http.MethodGet, wiki+"/").Header
	for _, name := range []string{"Remote-Name", "Remote-Email", "Remote-Groups"} {
		if values := header.Values(name); len(values) != 1 || values[0] != "" {
			t.Errorf("%s: got %q", name, values)
		}
	}
	if user := header.Get("Remote-User"); user == "ada" || user != header.Get("Remote-Subject") {
		t.Errorf("without the scope profile, the user is %q", user)
	}
}

// TestForwardAuthRedirectsOnlyPagesToTheLogin: a script or a form cannot be continued
// after a login.
func TestForwardAuthRedirectsOnlyPagesToTheLogin(t *testing.T) {
	g := newGate(t, nil)
	for what, c := range map[string]struct {
		path, method string
		headers      []string
		status       int
	}{
		"a page":                   {"/", "GET", []string{"Sec-Fetch-Mode", "navigate"}, 302},
		"an old browser":           {"/", "GET", nil, 302},
		"a program":                {"/", "GET", []string{"Accept", "application/json"}, 401},
		"a script":                 {"/", "GET", []string{"Sec-Fetch-Mode", "cors"}, 401},
		"a form":                   {"/", "POST", []string{"Sec-Fetch-Mode", "navigate"}, 401},
		"a WebSocket":              {"/", "GET", []string{"Upgrade", "websocket"}, 401},
		"a WebSocket of Traefik":   {"/", "GET", []string{"X-Forwarded-Proto", "wss"}, 401},
		"a WebSocket behind nginx": {"/", "GET", []string{"Sec-WebSocket-Key", "x"}, 401},
		"auth_request of nginx":    {"/check/", "GET", nil, 401},
	} {
		g.expect(what, g.ask(c.path, c.method, wiki+"/", c.headers...), c.status)
	}
}

// TestForwardAuthAnswersOnlyTrustedProxies: anybody else could describe a request that
// nobody made.
func TestForwardAuthAnswersOnlyTrustedProxies(t *testing.T) {
	for _, proxies := range [][]netip.Prefix{nil, {netip.MustParsePrefix("127.0.0.2/32")}} {
		g := newGate(t, nil, func(o *latchkey.Options) { o.TrustedProxies = proxies })
		for _, path := range []string{"/", "/check/"} {
			g.expect("another address", g.ask(path, "GET", wiki+"/"), http.StatusForbidden)
			g.expect("another address with a callback", g.ask(path, "GET", wiki+provider.ForwardCallback+"?code=x&state=y"), http.StatusForbidden)
			g.expect("another address as the client of a proxy", g.ask(path, "GET", wiki+"/", "X-Forwarded-For", "127.0.0.2"), http.StatusForbidden)
		}
	}
}

// TestForwardAuthServesOnlyRegisteredHosts: the login can lead only to a host of the
// application, so there is no open redirect.
func TestForwardAuthServesOnlyRegisteredHosts(t *testing.T) {
	g := newGate(t, nil)
	for what, headers := range map[string][]string{
		"another host":       {"X-Forwarded-Host", "evil.example"},
		"a host below it":    {"X-Forwarded-Host", "a.wiki.example.com"},
		"another port":       {"X-Forwarded-Host", "wiki.example.com:8443"},
		"http":               {"X-Forwarded-Proto", "http"},
		"ws":                 {"X-Forwarded-Proto", "ws"},
		"the issuer":         {"X-Forwarded-Host", strings.TrimPrefix(g.URL, "http://"), "X-Forwarded-Proto", "http"},
		"a user":             {"X-Forwarded-Host", "wiki.example.com@evil.example"},
		"a path in the host": {"X-Forwarded-Host", "evil.example/"},
		"another scheme":     {"X-Forwarded-Proto", "javascript"},
		"a user of the host": {"X-Forwarded-Host", "evil.example@wiki.example.com"},
		"a host with a path": {"X-Forwarded-Host", "wiki.example.com/evil"},
		"two hosts":          {"X-Forwarded-Host", "wiki.example.com, evil.example"},
		"no host":            {"X-Forwarded-Host", ""},
		"no method":          {"X-Forwarded-Method", ""},
		"no path":            {"X-Forwarded-Uri", "@evil.example/"},
		"a backslash":        {"X-Forwarded-Uri", `/\evil.example/`},
		"a fragment":         {"X-Forwarded-Uri", "/#x"},
		"a long path":        {"X-Forwarded-Uri", "/" + strings.Repeat("x", 2000)},
	} {
		response := g.ask("/", "GET", wiki+"/", headers...)
		if response.StatusCode != http.StatusForbidden && response.StatusCode != http.StatusBadRequest || response.Header.Get("Location") != "" {
			t.Errorf("%s: got %s %s", what, response.Status, response.Header.Get("Location"))
		}
	}
	g.expect("the default port", g.ask("/", "GET", wiki+"/", "X-Forwarded-Host", "wiki.example.com:443"), http.StatusFound)
}

// TestForwardAuthNeedsAnApplicationOfAnAdministrator: nobody else can set up a host.
func TestForwardAuthNeedsAnApplicationOfAnAdministrator(t *testing.T) {
	for what, change := range map[string]func(*oauth.Client){
		"a disabled application":       func(c *oauth.Client) { c.Disabled = true },
		"another callback":             func(c *oauth.Client) { c.RedirectURIs = []string{wiki + "/callback"} },
		"a confidential application":   func(c *oauth.Client) { c.Type = oauth.Confidential },
		"an application by its URL":    func(c *oauth.Client) { c.ID = "https://wiki.example.com/client.json" },
		"an application by itself":     func(c *oauth.Client) { c.ID = oauth.RegistrationPrefix + strings.Repeat("x", 40) },
		"an application without hosts": func(c *oauth.Client) { c.RedirectURIs = nil; c.GrantTypes = []string{oauth.GrantDeviceCode} },
	} {
		g := newGate(t, nil)
		changed := *g.client
		change(&changed)
		switch {
		case changed.Type == oauth.Confidential:
			client, _ := g.AddClient(wiki+provider.ForwardCallback, nil)
			changed = *client
		case changed.ID == g.client.ID:
			if err := g.Store.UpdateClient(t.Context(), &changed); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		default:
			if err := g.Store.CreateClient(t.Context(), &changed); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		g.client = &oauth.Client{ID: url.PathEscape(changed.ID)}
		g.expect(what, g.ask("/", "GET", wiki+"/"), http.StatusForbidden)
	}
}

// TestForwardAuthCookieIsBound: to the host, the application, the server and the session.
func TestForwardAuthCookieIsBound(t *testing.T) {
	g := newGate(t, nil)
	g.addAda(`{}`)
	g.logIn(wiki + "/")
	g.expect("the host", g.ask("/check/", "GET", wiki+"/"), http.StatusOK)
	g.expect("another host of the application", g.ask("/check/", "GET", "https://files.example.com/"), http.StatusUnauthorized)
	var name, value string
	for name, value = range g.cookies {
		if strings.HasPrefix(name, "lk_forward_") {
			break
		}
	}
	first, other := g.client, *g.client
	other.ID, other.Version = "other", 0
	if err := g.Store.CreateClient(t.Context(), &other); err != nil {
		t.Fatal(err)
	}
	g.client = &other
	begun := g.ask("/", "GET", wiki+"/")
	g.expect("another application", begun, http.StatusFound)
	g.client = first
	for what, cookie := range map[string]string{"changed": value[:len(value)-1] + "A", "short": value[:8], "empty": "", "an access token": g.Token("ada", "openid")} {
		g.cookies[name] = cookie
		if cookie != value {
			g.expect(what, g.ask("/check/", "GET", wiki+"/"), http.StatusUnauthorized)
		}
	}
}

// TestForwardAuthCookieOfAnotherApplicationIsRefused: its name is another one, but a program
// at the host can copy the value.
func TestForwardAuthCookieOfAnotherApplicationIsRefused(t *testing.T) {
	g := newGate(t, nil)
	g.addAda(`{}`)
	other := *g.client
	other.ID, other.Version = "other", 0
	if err := g.Store.CreateClient(t.Context(), &other); err != nil {
		t.Fatal(err)
	}
	g.logIn(wiki + "/")
	first := g.cookies
	g.client, g.cookies = &other, make(map[string]string)
	g.logIn(wiki + "/")
	for own := range g.cookies {
		for name, value := range first {
			if strings.HasPrefix(own, "lk_forward_") && strings.HasPrefix(name, "lk_forward_") {
				g.expect("its own cookie", g.ask("/check/", "GET", wiki+"/"), http.StatusOK)
				g.cookies[own] = value
				g.expect("that of another application", g.ask("/check/", "GET", wiki+"/"), http.StatusUnauthorized)
			}
		}
	}
}

// TestForwardAuthCallbackIsBoundToTheBrowser: otherwise an attacker could log other people
// in to the attacker's account, and a code could be used twice.
func TestForwardAuthCallbackIsBoundToTheBrowser(t *testing.T) {
	g := newGate(t, nil)
	g.addAda(`{}`)
	callback := g.begin(wiki + "/page")
	own := g.cookies
	g.cookies = map[string]string{}
	g.expect("another browser", g.ask("/", "GET", callback.String()), http.StatusBadRequest)
	g.cookies = map[string]string{"lk_browser_x": strings.Repeat("A", 26)}
	g.expect("another browser with a cookie", g.ask("/", "GET", callback.String()), http.StatusBadRequest)
	g.cookies = own
	g.expect("another host", g.ask("/", "GET", "https://files.example.com"+callback.RequestURI()), http.StatusBadRequest)
	other := *g.client
	other.ID, other.Version = "other", 0
	if err := g.Store.CreateClient(t.Context(), &other); err != nil {
		t.Fatal(err)
	}
	first := g.client
	g.client = &other
	g.expect("another application", g.ask("/", "GET", callback.String()), http.StatusBadRequest)
	g.client = first
	changed := *callback
	changed.RawQuery = strings.Replace(callback.RawQuery, "&state=", "&state=A", 1)
	g.expect("a changed state", g.ask("/", "GET", changed.String()), http.StatusBadRequest)
	g.expect("the check does not serve it", g.ask("/check/", "GET", callback.String()), http.StatusUnauthorized)
	g.expect("the callback", g.ask("/", "GET", callback.String()), http.StatusFound)
	g.expect("the page", g.ask("/check/", "GET", wiki+"/"), http.StatusOK)
	g.expect("a replay", g.ask("/", "GET", callback.String()), http.StatusForbidden)
	g.expect("after a replay, nobody is logged in", g.ask("/check/", "GET", wiki+"/"), http.StatusUnauthorized)
	late := g.begin(wiki + "/page")
	g.Advance(3 * time.Hour)
	g.expect("an expired login", g.ask("/", "GET", late.String()), http.StatusBadRequest)
}

// TestForwardAuthEndsAtOnce: with everything that ends the permission.
func TestForwardAuthEndsAtOnce(t *testing.T) {
	for what, end := range map[string]func(*gate, string) error{
		"logout": func(g *gate, _ string) error {
			g.browser.Submit(g.browser.Open(g.Issuer+"/logout/"), url.Values{})
			return nil
		},
		"withdrawal":           func(g *gate, id string) error { return g.Server.WithdrawConsent(g.t.Context(), id, g.client.ID) },
		"a disabled account":   func(g *gate, id string) error { return g.Accounts.Disable(g.t.Context(), id, true) },
		"revoked tokens":       func(g *gate, id string) error { return g.Server.RevokeSubject(g.t.Context(), id) },
		"an expired token":     func(g *gate, _ string) error { g.Advance(61 * time.Minute); return nil },
		"the logout of a host": func(g *gate, _ string) error { return logOutOfHost(g) },
	} {
		g := newGate(t, nil)
		g.addAda(`{}`)
		g.logIn(wiki + "/")
		response := g.ask("/check/", "GET", wiki+"/")
		g.expect(what+", before", response, http.StatusOK)
		if err := end(g, response.Header.Get("Remote-Subject")); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		g.expect(what, g.ask("/check/", "GET", wiki+"/"), http.StatusUnauthorized)
	}
}

func logOutOfHost(g *gate) error {
	response := g.ask("/", "GET", wiki+"/.latchkey/logout")
	if location := response.Header.Get("Location"); location != g.Issuer+"/logout/" {
		g.t.Errorf("logout leads to %q", location)
	}
	return nil
}

// TestForwardAuthLoginIsRenewedWithoutAPage: while the person is logged in at the server.
func TestForwardAuthLoginIsRenewedWithoutAPage(t *testing.T) {
	g := newGate(t, nil)
	g.addAda(`{}`)
	g.logIn(wiki + "/")
	g.Advance(61 * time.Minute)
	location := g.ask("/", "GET", wiki+"/page").Header.Get("Location")
	page := g.browser.Open(location)
	if page.RedirectURL == nil {
		t.Fatalf("a page was shown: %s", page.Status)
	}
	g.expect("the callback", g.ask("/", "GET", page.RedirectURL.String()), http.StatusFound)
	g.expect("the page", g.ask("/check/", "GET", wiki+"/page"), http.StatusOK)
}

// TestForwardAuthChecksGroups at each request, so that a change of the application takes
// effect at once.
func TestForwardAuthChecksGroups(t *testing.T) {
	var log strings.Builder
	g := newGate(t, func(c *oauth.Client) {
		c.DefaultScopes, c.ForwardAuthGroups = oauth.Scopes{"openid", "groups"}, []string{"staff", "admins"}
	}, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	g.addAda(`{"groups": ["staff"]}`)
	g.logIn(wiki + "/")
	g.expect("staff", g.ask("/check/", "GET", wiki+"/"), http.StatusOK)
	changed := *g.client
	changed.ForwardAuthGroups = []string{"admins", "staf"}
	if err := g.Server.UpdateApplication(t.Context(), &changed); err != nil {
		t.Fatal(err)
	}
	response := g.ask("/check/", "GET", wiki+"/")
	g.expect("no longer allowed", response, http.StatusForbidden)
	if response.Header.Get("Remote-User") != "" {
		t.Error("the refusal names the person")
	}
	if got := log.String(); !strings.Contains(got, "none of the groups in forward_auth_groups (admins, staf)") || strings.Contains(got, "releases the claim groups") {
		t.Errorf("the log does not say that the person is in none of the groups: %s", got)
	}
	changed.DefaultScopes = oauth.Scopes{"openid"}
	if err := g.Server.UpdateApplication(t.Context(), &changed); err != nil {
		t.Fatal(err)
	}
	clear(g.cookies)
	g.logIn(wiki + "/")
	g.expect("without the claim", g.ask("/check/", "GET", wiki+"/"), http.StatusForbidden)
	if got := log.String(); !strings.Contains(got, "none of the scopes of the login (openid) releases the claim groups") {
		t.Errorf("the log does not say that the claim is missing: %s", got)
	}
}

// TestForwardAuthAppliesASecondFactorThatIsRequiredLater, at the next request: a page leads to
// the login, which asks for it, and a script gets 401.
func TestForwardAuthAppliesASecondFactorThatIsRequiredLater(t *testing.T) {
	g := newGate(t, nil)
	g.addAda(`{}`)
	g.logIn(wiki + "/")
	g.expect("before", g.ask("/check/", "GET", wiki+"/"), http.StatusOK)
	changed := *g.client
	changed.RequireSecondFactor = true
	if err := g.Server.UpdateApplication(t.Context(), &changed); err != nil {
		t.Fatal(err)
	}
	g.expect("a script", g.ask("/", "GET", wiki+"/", "Sec-Fetch-Mode", "cors"), http.StatusUnauthorized)
	response := g.ask("/check/", "GET", wiki+"/")
	g.expect("the check", response, http.StatusUnauthorized)
	if response.Header.Get("Remote-User") != "" {
		t.Error("the refusal names the person")
	}
	page := g.browser.Open(g.ask("/", "GET", wiki+"/page").Header.Get("Location"))
	if page.RedirectURL != nil || page.StatusCode != http.StatusOK {
		t.Errorf("the person got a code without a second factor: %s %v", page.Status, page.RedirectURL)
	}
}

// TestForwardAuthRefusesWebSocketsOfOtherSites: another host of the same site sends the
// cookie, and can read what a WebSocket receives.
func TestForwardAuthRefusesWebSocketsOfOtherSites(t *testing.T) {
	g := newGate(t, nil)
	g.addAda(`{}`)
	g.logIn(wiki + "/")
	for origin, status := range map[string]int{wiki: 200, "https://files.example.com": 200, "https://evil.example.com": 403, "null": 403, "": 200} {
		g.expect("a WebSocket of "+origin, g.ask("/check/", "GET", wiki+"/", "Sec-WebSocket-Key", "x", "Origin", origin), status)
		g.expect("a script of "+origin, g.ask("/check/", "GET", wiki+"/", "Origin", origin), 200)
	}
}

// TestForwardAuthDenialIsShown: the person who presses Cancel is not sent around in circles.
func TestForwardAuthDenialIsShown(t *testing.T) {
	var log strings.Builder
	g := newGate(t, nil, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	g.addAda(`{}`)
	callback, err := g.browser.Decide(g.ask("/", "GET", wiki+"/page").Header.Get("Location"), "ada", false)
	if err != nil {
		t.Fatal(err)
	}
	response := g.ask("/", "GET", callback.String())
	g.expect("the callback", response, http.StatusForbidden)
	if response.Header.Get("Location") != "" || response.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("got %v", response.Header)
	}
	query := callback.Query()
	query.Set("error", "made_up")
	callback.RawQuery = query.Encode()
	g.expect("another error code", g.ask("/", "GET", callback.String()), http.StatusForbidden)
	if got := log.String(); !strings.Contains(got, "code=access_denied") || strings.Contains(got, "made_up") {
		t.Errorf("the log: %s", got)
	}
}

// TestForwardAuthRefusesRepeatedHeaders: a proxy that adds its header to that of the client
// is not set up correctly.
func TestForwardAuthRefusesRepeatedHeaders(t *testing.T) {
	g := newGate(t, nil)
	for _, repeated := range []string{"Method", "Proto", "Host", "Uri"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.Issuer+"/forward-auth/"+g.client.ID+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Method": "GET", "Proto": "https", "Host": "wiki.example.com", "Uri": "/"} {
			r.Header.Add("X-Forwarded-"+name, value)
			if name == repeated {
				r.Header.Add("X-Forwarded-"+name, value)
			}
		}
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		g.expect(repeated, response, http.StatusBadRequest)
	}
}
