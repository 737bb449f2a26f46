package hosts_test

import (
	"crypto/tls"
	"crypto/x509"
	"html"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/examples/hosts"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

const proxySecret = "0123456789abcdef0123456789abcdef"

// A front is a proxy that logs people in. It asks for the password before each request for
// /new-login, and sends the time of the login if sendsTime is set.
type front struct {
	*httputil.ReverseProxy
	sendsTime bool
}

const frontForm = `<form method="post" action="/proxy-login"><input type="hidden" name="next" value="%next%"><input name="username"><input name="password">`

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, header := range []string{"X-User", "X-Secret", "X-Login-Time"} {
		r.Header.Del(header)
	}
	form := func(next string) {
		_, _ = w.Write([]byte(strings.ReplaceAll(frontForm, "%next%", html.EscapeString(next))))
	}
	_, err := r.Cookie("again")
	again := err == nil
	switch {
	case r.URL.Path == "/proxy-login" && r.Method == http.MethodPost:
		now := strconv.FormatInt(time.Now().Unix(), 10)
		http.SetCookie(w, &http.Cookie{Name: "user", Value: r.FormValue("username") + "." + now, Path: "/"})
		http.SetCookie(w, &http.Cookie{Name: "again", Value: "1", Path: "/new-login"})
		http.Redirect(w, r, r.FormValue("next"), http.StatusSeeOther)
		return
	case r.URL.Path == "/proxy-login":
		form(r.FormValue("next"))
		return
	case r.URL.Path == "/new-login" && !again:
		form(r.URL.RequestURI())
		return
	case r.URL.Path == "/new-login":
		http.SetCookie(w, &http.Cookie{Name: "again", Path: "/new-login", MaxAge: -1})
	}
	if user, err := r.Cookie("user"); err == nil {
		name, at, _ := strings.Cut(user.Value, ".")
		r.Header.Set("X-User", name)
		if f.sendsTime {
			r.Header.Set("X-Login-Time", at)
		}
	}
	r.Header.Set("X-Secret", proxySecret)
	r.Header.Set("X-Forwarded-Proto", "http")
	f.ReverseProxy.ServeHTTP(w, r)
}

// behind starts a provider behind a front. config is nil, or the TLS of the program.
func behind(t *testing.T, people latchkey.People, config *tls.Config, certificates []tls.Certificate, newLogin *hosts.NewLogin, sendsTime bool) *latchkeytest.Provider {
	t.Helper()
	mux := http.NewServeMux()
	program := httptest.NewUnstartedServer(mux)
	transport := &http.Transport{}
	if config == nil {
		program.Start()
	} else {
		program.TLS = config
		program.StartTLS()
		transport = program.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.Certificates = certificates
	}
	t.Cleanup(program.Close)
	t.Cleanup(transport.CloseIdleConnections)
	target, err := url.Parse(program.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host, r.Out.Header["X-Forwarded-Proto"] = r.In.Host, r.In.Header["X-Forwarded-Proto"]
	}}
	site := httptest.NewServer(&front{proxy, sendsTime})
	t.Cleanup(site.Close)
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Issuer, o.People = site.URL+"/o", people })
	p.URL = site.URL
	mux.Handle("/", p.Server)
	mux.Handle("/admin/", p.Server.Admin())
	if newLogin != nil {
		mux.Handle(newLogin.Page, newLogin.Handler(people))
	}
	return p
}

func newNewLogin(t *testing.T) *hosts.NewLogin {
	t.Helper()
	n, err := hosts.NewNewLogin("/new-login", []byte(proxySecret))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAdministratorsBehindAProxyAddApplications(t *testing.T) {
	ours := newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	certificates := ours.issue("proxy.example", x509.ExtKeyUsageClientAuth, time.Now().Add(time.Hour))
	for name, test := range map[string]struct{ mtls, sendsTime bool }{
		"a secret, and the proxy sends the time":          {false, true},
		"a secret, and a page with a stricter login":      {false, false},
		"a certificate, and the proxy sends the time":     {true, true},
		"a certificate, and a page with a stricter login": {true, false},
	} {
		t.Run(name, func(t *testing.T) {
			trusted := hosts.InsecureProxy{Header: "X-User", LoginPage: "/proxy-login", Admins: map[string]bool{"ada": true}}
			if test.sendsTime {
				trusted.TimeHeader = "X-Login-Time"
			} else {
				trusted.NewLogin = newNewLogin(t)
			}
			if test.mtls {
				people, err := hosts.NewMTLSProxy(trusted, pool, "proxy.example")
				if err != nil {
					t.Fatal(err)
				}
				walk(t, behind(t, people, &tls.Config{ClientAuth: tls.RequestClientCert}, certificates, trusted.NewLogin, test.sendsTime))
				return
			}
			people, err := hosts.NewProxy(trusted, "X-Secret", proxySecret)
			if err != nil {
				t.Fatal(err)
			}
			walk(t, behind(t, people, nil, nil, trusted.NewLogin, test.sendsTime))
		})
	}
}

// The way through the login page of a proxy does not prove a login.
func TestReturnFromAProxyWithoutTimeIsNotANewLogin(t *testing.T) {
	people, err := hosts.NewProxy(hosts.InsecureProxy{Header: "X-User", LoginPage: "/proxy-login", Admins: map[string]bool{"ada": true}}, "X-Secret", proxySecret)
	if err != nil {
		t.Fatal(err)
	}
	p := behind(t, people, nil, nil, nil, false)
	b := p.Browser()
	page := logInIfAsked(b, b.Open(p.URL+"/admin/applications/add/?kind=web")) // logs in
	page = logInIfAsked(b, page)                                               // and once more
	if page.StatusCode != http.StatusForbidden || !strings.Contains(page.Body, "does not know when you logged in") {
		t.Errorf("got %s %s", page.Status, page.Body)
	}
}

func TestNewLoginIsThatOfThePersonWhoLoggedIn(t *testing.T) {
	if _, err := hosts.NewNewLogin("/new-login", []byte("short")); err == nil {
		t.Error("a short key is accepted")
	}
	trusted := hosts.InsecureProxy{Header: "X-User", NewLogin: newNewLogin(t)}
	people, err := hosts.NewProxy(trusted, "X-Secret", proxySecret)
	if err != nil {
		t.Fatal(err)
	}
	request := func(path, user, secret string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("X-User", user)
		r.Header.Set("X-Secret", secret)
		return r
	}
	visit := func(r *http.Request) *http.Response {
		w := httptest.NewRecorder()
		trusted.NewLogin.Handler(people).ServeHTTP(w, r)
		return w.Result()
	}
	response := visit(request("/new-login?next=/o/returned/", "ada", proxySecret))
	if response.StatusCode != http.StatusFound || response.Header.Get("Location") != "/o/returned/" || len(response.Cookies()) != 1 {
		t.Fatalf("the page: %s %v", response.Status, response.Header)
	}
	cookie := response.Cookies()[0]
	if !cookie.Secure || !cookie.HttpOnly {
		t.Errorf("the cookie: %v", cookie)
	}
	forged := *cookie
	forged.Value = "9" + cookie.Value
	for name, test := range map[string]struct {
		user   string
		cookie *http.Cookie
		known  bool
	}{
		"the person":     {"ada", cookie, true},
		"another person": {"bob", cookie, false},
		"another time":   {"ada", &forged, false},
		"no time":        {"ada", &http.Cookie{Name: cookie.Name, Value: "x"}, false},
	} {
		r := request("/", test.user, proxySecret)
		r.AddCookie(test.cookie)
		if p, err := people.Current(r); err != nil || p == nil || p.AuthTime.IsZero() == test.known {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	for name, r := range map[string]*http.Request{
		"no proxy":          request("/new-login?next=/o/", "ada", "wrong"),
		"another site":      request("/new-login?next=//evil.example/", "ada", proxySecret),
		"another scheme":    request("/new-login?next=https://evil.example/", "ada", proxySecret),
		"a backslash":       request(`/new-login?next=/%5Cevil.example/`, "ada", proxySecret),
		"nowhere to return": request("/new-login", "ada", proxySecret),
	} {
		if response := visit(r); response.StatusCode < 400 || len(response.Cookies()) > 0 {
			t.Errorf("%s: %s", name, response.Status)
		}
	}
}
