package hosts_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/sessions"
	"golang.org/x/oauth2"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/examples/hosts"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// origin sends the header Origin with every form, as browsers do.
type origin struct{ of string }

func (o origin) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		r = r.Clone(r.Context())
		r.Header.Set("Origin", o.of)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// walk logs ada in at the back office, adds an application with its form, gets a token for
// ada, calls an API, and logs ada out, if the people can log out.
func walk(t *testing.T, p *latchkeytest.Provider) {
	t.Helper()
	b := p.Browser()
	b.Transport = origin{p.URL}
	page := logInIfAsked(b, b.Open(p.URL+"/admin/"))
	if page.StatusCode != 200 || !strings.Contains(page.Body, "Back office") {
		t.Fatalf("the back office: %s %s", page.Status, page.Body)
	}
	id, secret := addApplication(t, p, b)
	config := oauth2.Config{
		ClientID: id, ClientSecret: secret, RedirectURL: "https://app.example/cb", Scopes: []string{"openid", "read"},
		Endpoint: oauth2.Endpoint{AuthURL: p.Issuer + "/authorize/", TokenURL: p.Issuer + "/token/"},
	}
	verifier := oauth2.GenerateVerifier()
	code, err := b.Authorize(config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)), "ada")
	if err != nil {
		t.Fatal(err)
	}
	token, err := config.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(p.Server.Require("read")(hello))
	t.Cleanup(api.Close)
	response, err := config.Client(t.Context(), token).Get(api.URL)
	if page := read(t, response, err); page.status != http.StatusOK || page.body != "hello" {
		t.Errorf("the API: %d %s", page.status, page.body)
	}
	if page := b.Open(p.Issuer + "/authorized_tokens/"); !strings.Contains(page.Body, "Walk") {
		t.Errorf("the connected applications: %s", page.Status)
	}
	page = b.Open(p.Issuer + "/logout/")
	if page.StatusCode == http.StatusNotFound {
		return // a proxy does not log people out
	}
	if page = b.Submit(page, url.Values{}); !strings.Contains(page.Body, "You are logged out") {
		t.Fatalf("the logout: %s %s", page.Status, page.Body)
	}
	if page := b.Open(p.Issuer + "/account/"); strings.Contains(page.Body, "Connected applications") {
		t.Error("the person is logged in after the logout")
	}
	if _, err := config.TokenSource(context.Background(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token(); err == nil {
		t.Error("the refresh token works after the logout")
	}
}

func logInIfAsked(b *latchkeytest.Browser, page latchkeytest.Page) latchkeytest.Page {
	if strings.Contains(page.Body, `name="password"`) {
		return b.LogIn(page, "ada")
	}
	return page
}

// addApplication adds an application in the back office, which needs a recent login.
func addApplication(t *testing.T, p *latchkeytest.Provider, b *latchkeytest.Browser) (id, secret string) {
	t.Helper()
	page := logInIfAsked(b, b.Open(p.URL+"/admin/applications/add/?kind=web"))
	page = b.Submit(page, url.Values{"client_name": {"Walk"}, "redirect_uris": {"https://app.example/cb"}})
	for field, value := range map[string]*string{"client_id": &id, "client_secret": &secret} {
		found := regexp.MustCompile(`<input id="` + field + `" value="([^"]+)"`).FindStringSubmatch(page.Body)
		if found == nil {
			t.Fatalf("the new application has no %s: %s %s", field, page.Status, page.Body)
		}
		*value = html.UnescapeString(found[1])
	}
	return id, secret
}

// mount starts a provider with people, behind a middleware, and a login page.
func mount(t *testing.T, people latchkey.People, middleware func(http.Handler) http.Handler, logIn func(http.ResponseWriter, *http.Request, latchkey.Person) error) *latchkeytest.Provider {
	t.Helper()
	var site http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Issuer, o.People = server.URL+"/o", people })
	p.URL = server.URL
	mux := http.NewServeMux()
	mux.Handle("/", p.Server)
	mux.Handle("/admin/", p.Server.Admin())
	mux.HandleFunc("/my-login", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			_, _ = w.Write([]byte(`<form method="post"><input type="hidden" name="next" value="` + strings.ReplaceAll(r.FormValue("next"), "&", "&amp;") + `"><input name="username"><input name="password">`))
			return
		}
		name := r.FormValue("username")
		person := latchkey.Person{Authentication: oauth.Authentication{Subject: "id-of-" + name, AuthTime: time.Now()}, Name: name, Admin: name == "ada"}
		if err := logIn(w, r, person); err != nil {
			t.Error(err)
		}
		http.Redirect(w, r, r.FormValue("next"), http.StatusSeeOther)
	})
	site = middleware(mux)
	return p
}

// hello is an API.
var hello = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })

func plain(h http.Handler) http.Handler { return h }

func TestSessionsOfSCS(t *testing.T) {
	people := hosts.SCS{Sessions: scs.New(), LoginPage: "/my-login"}
	people.Sessions.Cookie.Secure = false
	walk(t, mount(t, people, people.Sessions.LoadAndSave, func(_ http.ResponseWriter, r *http.Request, p latchkey.Person) error {
		return people.Start(r.Context(), p)
	}))
}

func TestSessionsOfGorilla(t *testing.T) {
	store := sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
	store.Options.Secure, store.Options.SameSite = false, http.SameSiteLaxMode
	people := hosts.Gorilla{Store: store, Name: "session", LoginPage: "/my-login"}
	walk(t, mount(t, people, plain, people.Start))
	for _, cookie := range []string{"forged", "MTc2|AAAA|BBBB"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: "session", Value: cookie})
		if p, err := people.Current(r); p != nil || err != nil {
			t.Errorf("the cookie %s: %v, %v", cookie, p, err)
		}
	}
}

func TestHeaderOfAProxyNeedsTheSecret(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	insecure := hosts.InsecureProxy{Header: "X-User", LoginPage: "/oauth2/start", Admins: map[string]bool{"ada": true}}
	if _, err := hosts.NewProxy(insecure, "X-Secret", "short"); err == nil {
		t.Error("a short secret is accepted")
	}
	people, err := hosts.NewProxy(insecure, "X-Secret", secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		header  http.Header
		subject string
		fails   bool
	}{
		"ada":          {http.Header{"X-User": {"ada"}, "X-Secret": {secret}}, "ada", false},
		"nobody":       {http.Header{"X-User": {""}, "X-Secret": {secret}}, "", false},
		"no secret":    {http.Header{"X-User": {"ada"}}, "", false},
		"wrong secret": {http.Header{"X-User": {"ada"}, "X-Secret": {secret + "x"}}, "", false},
		"two users":    {http.Header{"X-User": {"ada", "bob"}, "X-Secret": {secret}}, "", true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header = test.header
		p, err := people.Current(r)
		if (err != nil) != test.fails || (p == nil) != (test.subject == "") || p != nil && (p.Subject != test.subject || !p.Admin) {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// The upstream provider is another Latchkey.
func TestUpstreamOpenIDProvider(t *testing.T) {
	upstream := latchkeytest.New(t, nil)
	sessions := scs.New()
	sessions.Cookie.Secure = false
	var people hosts.Upstream
	p := mount(t, &people, func(h http.Handler) http.Handler {
		m := http.NewServeMux()
		m.Handle("/", h)
		m.Handle("/upstream/", &people)
		return sessions.LoadAndSave(m)
	}, nil)
	client, secret := upstream.AddClient(p.URL+"/upstream/", func(c *oauth.Client) { c.SkipAuthorization = true })
	made, err := hosts.NewUpstream(t.Context(), upstream.Issuer, sessions, oauth2.Config{ClientID: client.ID, ClientSecret: secret, RedirectURL: p.URL + "/upstream/"})
	if err != nil {
		t.Fatal(err)
	}
	people = *made
	ada := upstream.AddUser("ada", false)
	people.IsAdmin = func(subject string) bool { return subject == ada.ID }
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &http.Client{Jar: jar} // follows redirects to both providers
	page := open(t, b, p.URL+"/admin/keys/")
	if !strings.HasPrefix(page.address, upstream.Issuer+"/login/") {
		t.Fatalf("the browser is at %s", page.address)
	}
	page = submit(t, b, page, url.Values{"username": {"ada"}, "password": {latchkeytest.Password}})
	if page.status != http.StatusOK || page.address != p.URL+"/admin/keys/" {
		t.Fatalf("after the login: %d %s", page.status, page.address)
	}
	for _, path := range []string{"/upstream/?code=x&state=y", "/upstream/?code=x"} { // did not begin here
		if page := open(t, b, p.URL+path); page.status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, page.status)
		}
	}
}

// visited is a page of any site.
type visited struct {
	address, body string
	status        int
}

func open(t *testing.T, b *http.Client, address string) visited {
	t.Helper()
	response, err := b.Get(address)
	return read(t, response, err)
}

func submit(t *testing.T, b *http.Client, page visited, fields url.Values) visited {
	t.Helper()
	for _, match := range hidden.FindAllStringSubmatch(page.body, -1) {
		fields.Set(match[1], html.UnescapeString(match[2]))
	}
	response, err := b.PostForm(page.address, fields)
	return read(t, response, err)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

func read(t *testing.T, response *http.Response, err error) visited {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return visited{response.Request.URL.String(), string(body), response.StatusCode}
}
