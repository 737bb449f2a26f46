package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// A town is a provider with the person ada and the attacker eve, and sites of others. The
// provider is a part of the test, so that it starts fast and has a clock that the test moves.
type town struct {
	*latchkeytest.Provider
	*site
	t *testing.T

	mu    sync.Mutex
	posts []post
}

// A post is a form that the provider received.
type post struct {
	path, origin string
	form         url.Values
}

// newTown starts a provider at http://localhost, which is another site than 127.0.0.1.
func newTown(t *testing.T, changes ...func(*latchkey.Options)) *town {
	t.Helper()
	p := latchkeytest.New(t, append(changes, func(o *latchkey.Options) {
		o.Issuer, o.Logger = strings.Replace(o.Issuer, "127.0.0.1", "localhost", 1), nil // rejected requests are on purpose
	})...)
	p.URL = strings.Replace(p.URL, "127.0.0.1", "localhost", 1)
	return settle(t, p)
}

// newTownWithTLS starts a provider at https://id.example, with a port.
func newTownWithTLS(t *testing.T) *town {
	t.Helper()
	var p *latchkeytest.Provider
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.Mux.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	origin := strings.Replace(server.URL, "127.0.0.1", "id.example", 1)
	p = latchkeytest.New(t, func(o *latchkey.Options) { o.Issuer, o.Logger = origin+"/o", nil })
	p.URL = origin
	return settle(t, p)
}

func settle(t *testing.T, p *latchkeytest.Provider) *town {
	t.Helper()
	for _, name := range []string{"ada", "eve"} {
		p.Add(account.NewUser{Username: name, Name: strings.ToUpper(name[:1]) + name[1:], Email: name + "@mail.example", EmailVerified: true})
	}
	w := &town{Provider: p, site: startSite(t), t: t}
	p.Use(w.record)
	p.Mux.HandleFunc("/script", w.script)
	return w
}

// record notes each form that the provider receives.
func (w *town) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			form, _ := url.ParseQuery(string(body))
			w.mu.Lock()
			w.posts = append(w.posts, post{r.URL.Path, r.Header.Get("Origin"), form})
			w.mu.Unlock()
		}
		next.ServeHTTP(rw, r)
	})
}

// posted returns the last form that the provider received with a field.
func (w *town) posted(field string) post {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range slices.Backward(w.posts) {
		if p.form.Get(field) != "" {
			return p
		}
	}
	w.t.Fatalf("the provider has received no form with the field %s", field)
	return post{}
}

// allowLoopback lets the provider send requests to others on this machine.
func allowLoopback(o *latchkey.Options) {
	o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// login returns the address of the login page, after which a person continues at next.
func (w *town) login(next string) string { return w.Issuer + "/login/?next=" + url.QueryEscape(next) }

// enters logs a person in with the password, and stops at a second step.
func (w *town) enters(b *browser, name string) {
	b.t.Helper()
	b.open(w.login("/o/account/"))
	b.logIn(name, latchkeytest.Password)
}

// leaves logs out.
func (w *town) leaves(b *browser) {
	b.t.Helper()
	b.open(w.Issuer + "/logout/")
	b.clickThrough("main form button.primary")
	b.says("You are logged out")
}

// person returns the username of the person who is logged in, or "".
func (w *town) person(b *browser) string {
	b.t.Helper()
	b.open(w.Issuer + "/account/")
	at, err := url.Parse(b.address())
	if err != nil || !strings.HasPrefix(b.address(), w.Issuer) {
		b.t.Fatalf("the account page leads to %s: %v", b.address(), err)
	}
	if strings.HasSuffix(at.Path, "/login/") {
		return ""
	}
	return wait[string](b, "the username", `document.querySelector("main .head strong")?.innerText`)
}

// expect fails the test unless the person with this username is logged in.
func (w *town) expect(b *browser, name, after string) {
	b.t.Helper()
	if got := w.person(b); got != name {
		b.t.Errorf("after %s, the person who is logged in is %q, want %q", after, got, name)
	}
}

// addTOTP adds an authenticator app to an account, and returns its secret and the recovery codes.
func (w *town) addTOTP(name string) (secret string, codes []string) {
	w.t.Helper()
	b := w.Browser()
	b.LogIn(b.Open(w.login("/o/account/")), name)
	origin, _ := url.Parse(w.URL)
	for _, cookie := range b.Jar.Cookies(origin) {
		if !strings.HasSuffix(cookie.Name, "lk_session") {
			continue
		}
		prepared, err := w.Accounts.PrepareTOTP(w.t.Context(), cookie.Value, "Latchkey")
		if err != nil {
			w.t.Fatal(err)
		}
		added, err := w.Accounts.AddTOTP(w.t.Context(), cookie.Value, prepared.Form, oneTimeCode(w.t, prepared.Secret, w.Now()))
		if err != nil {
			w.t.Fatal(err)
		}
		w.Advance(2 * time.Minute) // the code was used
		return prepared.Secret, added.RecoveryCodes
	}
	w.t.Fatalf("%s is not logged in", name)
	return "", nil
}

// addPasskey adds a passkey of the browser to the account of the person, who then logs out.
func (w *town) addPasskey(b *browser, name string) {
	b.t.Helper()
	b.open(w.login("/o/account/security/passkey/"))
	b.logIn(name, latchkeytest.Password)
	b.typed("#name", "Laptop")
	b.clickThrough("[data-passkey-button]")
	b.says("Save these codes now")
	w.leaves(b)
}

// jar returns the cookies of a browser.
func (b *browser) jar() []*network.Cookie {
	b.t.Helper()
	found, err := chromedp.CallBrowser(b.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: b.id})
	if err != nil {
		b.t.Fatal(err)
	}
	return found.Cookies
}

// takes copies cookies into a browser, as a thief or a host of the same domain could.
func (b *browser) takes(cookies []*network.Cookie) {
	b.t.Helper()
	all := make([]*network.CookieParam, 0, len(cookies))
	for _, c := range cookies {
		all = append(all, &network.CookieParam{Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, Secure: c.Secure, HTTPOnly: c.HTTPOnly})
	}
	b.do(call(network.SetCookies, network.SetCookiesParams{Cookies: all}, nil))
}

// session returns the value of the session cookie, or "".
func (b *browser) session() string {
	b.t.Helper()
	for _, c := range b.jar() {
		if strings.HasSuffix(c.Name, "lk_session") {
			return c.Value
		}
	}
	return ""
}

// submits sends a form of the page that is open to an address, as a script of the page could.
func (b *browser) submits(to string, fields url.Values) {
	b.t.Helper()
	values, err := json.Marshal(fields)
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const form = document.createElement("form")
		form.method = "post"
		form.action = %q
		for (const [name, values] of Object.entries(%s)) for (const value of values) {
			const field = document.createElement("textarea")
			field.name = name
			field.value = value
			form.append(field)
		}
		const button = document.createElement("button")
		button.id = "attack"
		button.textContent = "Send"
		form.append(button)
		document.body.replaceChildren(form)
	})()`, to, values)))
	b.clickThrough("#attack")
}
