package e2e

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238
	"crypto/tls"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	stdlog "log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/consumer"
	"github.com/seed-e6a88a41/latchkey/internal/pseudo"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The hosts of a world. Chromium reaches all of them at worldServer.
const (
	worldHosts  = "*.harbor.example"
	idHost      = "id.harbor.example"   // a provider that has been used for a while
	newHost     = "new.harbor.example"  // a provider that is new
	onlyHost    = "only.harbor.example" // a provider at which people log in only at other providers
	endsHost    = "ends.harbor.example" // a provider whose people the visits add and delete
	tryHost     = "try.harbor.example"  // the consumer
	photosHost  = "photos.harbor.example"
	wikiHost    = "wiki.harbor.example" // protected by forward authentication
	desktop     = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
	phone       = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"
	laptop      = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7; rv:145.0) Gecko/20100101 Firefox/145.0"
	homeAddress = "203.0.113.24"
)

// worldServer is where Chromium reaches the hosts of the world. It listens before
// Chromium starts, and worldHandler is that of the current world.
var (
	worldServer  *httptest.Server
	worldHandler atomic.Pointer[http.Handler]
)

func startWorldServer() {
	worldServer = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*worldHandler.Load()).ServeHTTP(w, r) }))
	worldServer.Config.ErrorLog = stdlog.New(io.Discard, "", 0)
	worldServer.StartTLS()
}

// worldTime is the time on all clocks of the world.
var worldTime = time.Date(2026, 11, 28, 14, 30, 0, 0, time.UTC)

// A world is a provider whose people, applications and lists look as they do after some
// months, a provider that is new, and the consumer.
type world struct {
	*latchkeytest.Provider
	fresh *latchkeytest.Provider
	// only is the provider at onlyHost.
	only *latchkeytest.Provider
	// ends is the provider at endsHost.
	ends *latchkeytest.Provider
	t    *testing.T
	// apps are the applications by the names that the pages use, and secrets those of
	// the people's authenticator apps.
	apps      map[string]*oauth.Client
	secrets   map[string]string
	jars      map[string]http.CookieJar // of people who are logged in
	loggingIn *sync.Mutex
	entered   *atomic.Int64 // counts the browsers
	// invitation is the code of an invitation, and keep the proof with which a person keeps
	// an account.
	invitation string
	keep       string
	people     map[string]*account.User
	crew       *account.Group // with two members
	transport  http.RoundTripper
	rendered   *sync.Map // the names of the templates that the visits have shown
}

// A shakyStore is unavailable for requests with the header of isDown.
type shakyStore struct{ latchkey.Store }

type isDown struct{}

const downHeader = "X-Test-Unavailable"

func (s shakyStore) Session(ctx context.Context, id string) (account.Session, *account.User, error) {
	if ctx.Value(isDown{}) != nil {
		return account.Session{}, nil, fmt.Errorf("the test: %w", oauth.ErrUnavailable)
	}
	return s.Store.Session(ctx, id)
}

func (s shakyStore) UserByName(ctx context.Context, canonical string) (*account.User, error) {
	if ctx.Value(isDown{}) != nil {
		return nil, fmt.Errorf("the test: %w", oauth.ErrUnavailable)
	}
	return s.Store.UserByName(ctx, canonical)
}

func newWorld(t *testing.T, templates fs.FS) *world {
	t.Helper()
	w := &world{t: t, loggingIn: new(sync.Mutex), entered: new(atomic.Int64), apps: make(map[string]*oauth.Client), secrets: make(map[string]string), jars: make(map[string]http.CookieJar), people: make(map[string]*account.User), rendered: new(sync.Map)}
	age := 120 * 24 * time.Hour
	start := func(host string, begin time.Time, change func(*latchkey.Options)) *latchkeytest.Provider {
		p := latchkeytest.New(t, func(o *latchkey.Options) {
			o.Issuer, o.Clock, o.Templates = "https://"+host+"/o", func() time.Time { return begin }, templates
			o.Store, o.Logger = shakyStore{o.Store}, nil // rejected requests are on purpose
			change(o)
		})
		p.URL = "https://" + host
		return p
	}
	w.Provider = start(idHost, worldTime.Add(-age), func(o *latchkey.Options) {
		o.InsecureCatchMails, o.SignUp, o.Registration, o.EmailCodes = true, true, "person", "everywhere"
		o.TrustedProxies, o.Place = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, place
		o.ConsumerURL, o.Developers = "https://"+tryHost, "everybody"
		o.InsecureOutboundNetworks = o.TrustedProxies // a description of an application is on this machine, and unavailable
		o.Scopes = worldScopes()
		o.Resources = []oauth.ResourceInfo{{URI: "https://api.harbor.example", Name: "Harbor API"}}
		o.LoginProviders = []latchkey.LoginProvider{
			{Name: "staff", Title: "Harbor staff", Issuer: "https://staff.harbor.example", ClientID: "latchkey"},
			{Name: "github", Title: "GitHub", Type: "github", ClientID: "latchkey", ClientSecret: "secret"},
		}
	})
	w.fresh = start(newHost, worldTime, func(o *latchkey.Options) { o.IdentifierFirst, o.DeletionGrace = true, -1 })
	w.only = start(onlyHost, worldTime, func(o *latchkey.Options) {
		o.LoginProvidersOnly = true
		o.LoginProviders = []latchkey.LoginProvider{
			{Name: "staff", Title: "Harbor staff", Issuer: "https://staff.harbor.example", ClientID: "latchkey"},
			{Name: "github", Title: "GitHub", Type: "github", ClientID: "latchkey", ClientSecret: "secret"},
		}
	})
	w.ends = start(endsHost, worldTime, func(o *latchkey.Options) {
		o.InsecureCatchMails, o.Templates = true, withComponents(t, templates)
		o.LoginProviders = []latchkey.LoginProvider{{Name: "crew", Title: "Harbor crew", Type: "ldap", URL: "ldaps://ldap.harbor.example", BindDN: "cn=latchkey", ClientSecret: "secret", BaseDN: "dc=harbor,dc=example"}}
		o.OpenDirectory = func(latchkey.LoginProvider) (latchkey.Directory, error) { return struct{ latchkey.Directory }{}, nil }
	})
	w.serve(templates)
	w.fill()
	return w
}

// withComponents returns templates whose start page of the back office shows each part of the
// design in each state.
func withComponents(t *testing.T, templates fs.FS) fs.FS {
	t.Helper()
	parts, err := os.ReadFile(filepath.Join("..", "internal", "ui", "testdata", "components", "components.html"))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"admin/index.html": {Data: parts}}
	if others, ok := templates.(fstest.MapFS); ok {
		for name, file := range others {
			if files[name] == nil {
				files[name] = file
			}
		}
	}
	return files
}

// place is where the addresses of the world are.
func place(address netip.Addr) string {
	switch {
	case netip.MustParsePrefix("203.0.113.0/24").Contains(address):
		return "Malmö, Sweden"
	case netip.MustParsePrefix("198.51.100.0/24").Contains(address):
		return "Porto, Portugal"
	}
	return ""
}

// userAgent returns the User-Agent of a Chromium of the world. Each has an address of its
// own, because the number of attempts from one address is limited.
func userAgent(n int64) string {
	return strings.Replace(desktop, "/142.0.0.0", fmt.Sprintf("/142.0.0.%d", n), 1)
}

func addressOf(agent string) string {
	_, rest, _ := strings.Cut(agent, "/142.0.0.")
	n, _, _ := strings.Cut(rest, " ")
	return "203.0.113." + cmp.Or(n, "24")
}

func worldScopes() []oauth.ScopeInfo {
	return []oauth.ScopeInfo{
		{Name: "photos:read", Description: "See your photos", Weight: "read"},
		{Name: "photos:write", Description: "Add and change photos", Weight: "change"},
		{Name: "photos:delete", Description: "Delete photos, also from albums that you share with other people", Weight: "change", Optional: true},
		{Name: "calendar:read", Description: "See your calendar", Weight: "read"},
		{Name: "calendar:write", Description: "Add, change and delete events in your calendar", Weight: "change", Optional: true},
		{Name: "contacts", Description: "See the names, addresses and phone numbers of your contacts", Weight: "read", Optional: true},
	}
}

// bracketed returns the longest texts, and a translation into Persian that has brackets around the words of those
// parts of the product that are not translated into Persian.
func bracketed(t *testing.T) fs.FS {
	t.Helper()
	files, err := pseudo.Templates()
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := fs.ReadFile(files, "texts/"+pseudo.Language+".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]any
	if err := json.Unmarshal(catalogue, &texts); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{".", "admin", "acts", "consumer", "fields", "faults"} {
		translated, err := os.ReadFile(filepath.Join("..", "internal", "ui", "texts", folder, "fa.json"))
		if err != nil {
			continue
		}
		var there map[string]any
		if err := json.Unmarshal(translated, &there); err != nil {
			t.Fatal(err)
		}
		for key := range there {
			delete(texts, key)
		}
	}
	catalogue, err = json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	longest, err := pseudo.Longest()
	if err != nil {
		t.Fatal(err)
	}
	longest["texts/fa.json"] = &fstest.MapFile{Data: catalogue}
	return longest
}

// serve lets Chromium reach all hosts.
func (w *world) serve(templates fs.FS) {
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, worldServer.Listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // a test
	}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.transport = client.Transport
	issuer := "https://" + idHost + "/o"
	try, err := consumer.New(consumer.Options{
		BaseURL: "https://" + tryHost, Issuer: issuer, Scope: "openid photos:read", APIURL: "https://" + idHost + "/api/hello", AddURL: "https://" + idHost + "/admin/applications/add/",
		Client: client, Clock: func() time.Time { return worldTime }, Templates: templates,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Mux.Handle("/api/hello", w.Server.Require("photos:read")(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, "Hello, OAuth2!\n")
	})))
	sites := map[string]http.Handler{
		idHost: w.Mux, newHost: w.fresh.Mux, onlyHost: w.only.Mux, endsHost: w.ends.Mux, tryHost: try, wikiHost: http.HandlerFunc(w.wiki),
	}
	handler := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host := r.Host
		if r.Header.Get("X-Forwarded-For") == "" {
			r.Header.Set("X-Forwarded-For", addressOf(r.UserAgent()))
		}
		if r.Header.Get(downHeader) != "" {
			r = r.WithContext(context.WithValue(r.Context(), isDown{}, true))
		}
		if r.URL.Query().Has("here") { // as in a browser on the machine of the server
			r.Host = "localhost"
			r.Header.Del("X-Forwarded-For")
		}
		if site := sites[host]; site != nil {
			site.ServeHTTP(rw, r)
			return
		}
		rw.WriteHeader(http.StatusNoContent) // the browser stays on its page
	}))
	worldHandler.Store(&handler)
}

// wiki is a host behind a proxy with forward authentication.
func (w *world) wiki(rw http.ResponseWriter, r *http.Request) {
	inner := r.Clone(r.Context())
	inner.Host, inner.Method, inner.RequestURI = idHost, "GET", ""
	inner.URL = &url.URL{Path: "/o/forward-auth/" + w.apps["wiki"].ID + "/"}
	for name, value := range map[string]string{"Method": r.Method, "Proto": "https", "Host": r.Host, "Uri": r.URL.RequestURI()} {
		inner.Header.Set("X-Forwarded-"+name, value)
	}
	w.Mux.ServeHTTP(rw, inner)
}

// at returns an address of the provider.
func (w *world) at(path string) string { return w.URL + path }

// visitor returns a browser without rendering, in which nobody is logged in.
func (w *world) visitor(agent, address string) *latchkeytest.Browser {
	b := w.Browser()
	b.Transport = sendingFrom{w.transport, agent, address}
	return b
}

// sendingFrom is a transport of a browser at an address.
type sendingFrom struct {
	http.RoundTripper
	agent, address string
}

func (s sendingFrom) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", s.agent)
	r.Header.Set("X-Forwarded-For", s.address)
	return s.RoundTripper.RoundTrip(r)
}

// logIn logs a person in, with a code if they have an authenticator app.
func (w *world) logIn(b *latchkeytest.Browser, username string) {
	w.t.Helper()
	page := b.LogIn(b.Open(w.at("/o/login/?next=/o/account/")), username)
	if strings.HasPrefix(page.Request.URL.Path, "/o/login/second") {
		w.Advance(30 * time.Second) // a code can be used once
		page = b.Submit(page, url.Values{"code": {w.code(username)}})
	}
	if page.StatusCode != http.StatusOK || !strings.HasPrefix(page.Request.URL.Path, "/o/account") {
		w.t.Fatalf("%s cannot log in: %s %s:\n%s", username, page.Status, page.Request.URL, page.Body)
	}
}

// code returns the code of a person's authenticator app (RFC 6238 §4).
func (w *world) code(username string) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(w.secrets[username], " ", ""))
	if err != nil {
		w.t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	step := uint64(w.Now().Unix() / 30)
	for shift := 56; shift >= 0; shift -= 8 {
		_, _ = mac.Write([]byte{byte(step >> shift)})
	}
	sum := mac.Sum(nil)
	at := sum[sum[19]&15:]
	return fmt.Sprintf("%06d", (uint32(at[0]&0x7f)<<24|uint32(at[1])<<16|uint32(at[2])<<8|uint32(at[3]))%1_000_000)
}

// session returns the value of the session cookie.
func (w *world) session(jar http.CookieJar) string {
	for _, cookie := range jar.Cookies(&url.URL{Scheme: "https", Host: idHost, Path: "/"}) {
		if strings.HasSuffix(cookie.Name, "lk_session") {
			return cookie.Value
		}
	}
	w.t.Fatal("there is no session cookie")
	return ""
}

// cookies returns the cookies of a person who is logged in, at one of the providers. If
// again is set, the login is a new one.
func (w *world) cookies(p *latchkeytest.Provider, username string, again bool) []*http.Cookie {
	w.t.Helper()
	w.loggingIn.Lock()
	defer w.loggingIn.Unlock()
	origin, _ := url.Parse(p.URL)
	key := origin.Host + " " + username
	if w.jars[key] == nil || again {
		b := p.Browser()
		b.Transport = sendingFrom{w.transport, desktop, homeAddress}
		if p == w.Provider {
			w.logIn(b, username)
		} else {
			b.LogIn(b.Open(p.URL+"/o/login/?next=/o/account/"), username)
		}
		if again {
			return b.Jar.Cookies(origin)
		}
		w.jars[key] = b.Jar
	}
	return w.jars[key].Cookies(origin)
}

// join adds a person to a provider, and logs them in.
func (v *guest) join(of *latchkeytest.Provider) *account.User {
	v.t.Helper()
	name := fmt.Sprintf("guest-%d", v.w.entered.Add(1))
	person := of.Add(account.NewUser{Username: name, Email: name + "@harbor.example"})
	cookie, _, err := of.Accounts.StartFirstSession(v.t.Context(), person, account.Browser{Address: homeAddress, UserAgent: desktop}, "")
	v.w.try(err)
	v.takeCookies(of, &http.Cookie{Name: "__Host-lk_session", Value: cookie})
	return person
}

// link returns the path and query of the last link of a kind, such as "reset", in an email.
func (w *world) link(kind string) string { w.t.Helper(); return w.linkTo(w.Provider, "", kind) }

// linkTo is link for an email of a provider to an address.
func (w *world) linkTo(of *latchkeytest.Provider, address, kind string) string {
	w.t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.After(20 * time.Millisecond) { // emails are sent in the background
		body := w.visitor(desktop, homeAddress).Open(of.URL + "/o/mails/?here=1").Body
		_, after, _ := strings.Cut(body, address)
		if found := regexp.MustCompile(`href="` + of.URL + `(/o/` + kind + `/\?token=[^"]+)"`).FindStringSubmatch(after); found != nil {
			return html.UnescapeString(found[1])
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("no email contains a link to /o/%s/:\n%s", kind, body)
		}
	}
}

// userCode returns the code of a device that begins to ask for permission.
func (w *world) userCode() string {
	w.t.Helper()
	response, err := w.visitor("Television", "198.51.100.77").PostForm(w.at("/o/device-authorization/"), url.Values{"client_id": {w.apps["tv"].ID}, "scope": {"openid photos:read"}})
	w.try(err)
	defer func() { _ = response.Body.Close() }()
	var started struct {
		UserCode string `json:"user_code"`
	}
	if err := json.NewDecoder(response.Body).Decode(&started); err != nil || started.UserCode == "" {
		w.t.Fatalf("%s for a device: %v", response.Status, err)
	}
	return started.UserCode
}
