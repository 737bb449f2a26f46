// Package latchkeytest runs a provider for tests of other programs. It listens
// on a free local port, keeps everything in memory, and logs in and gives
// consent as a person would, without a browser.
package latchkeytest

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/hashcost"
	"github.com/seed-e6a88a41/latchkey/internal/testkeys"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// Password is the password of all users of a Provider.
const Password = "correct horse battery staple"

// Provider is a running provider.
type Provider struct {
	// Issuer is the issuer identifier, and URL is the origin.
	Issuer, URL string
	Server      *latchkey.Server
	Store       latchkey.Store
	Accounts    *account.Accounts
	// Mux serves the provider. Tests can add their own handlers.
	Mux *http.ServeMux

	t testing.TB
}

// New starts a provider and stops it when the test ends. If change is not nil, it can
// change the options. The default Store is in memory.
func New(t testing.TB, change func(*latchkey.Options)) *Provider {
	t.Helper()
	p := &Provider{t: t, Mux: http.NewServeMux()}
	listener := httptest.NewServer(p.Mux)
	t.Cleanup(listener.Close)
	p.URL = listener.URL
	p.Issuer = p.URL + "/o"
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	o := latchkey.Options{Issuer: p.Issuer, MasterKey: key, Clock: time.Now, HashCost: hashcost.Least(), NewKey: testkeys.NewSource()}
	if change != nil {
		change(&o)
	}
	o.Clock = distinctTimes(o.Clock)
	if o.Store == nil {
		o.Store = memstore.New(o.Clock)
	}
	p.Issuer = o.Issuer
	server, err := latchkey.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	p.Server, p.Store = server, o.Store
	p.Accounts = account.New(account.Config{Store: o.Store, Clock: o.Clock, HashCost: o.HashCost})
	p.Mux.Handle("/", server)
	p.Mux.Handle(cmp.Or(o.AdminPath, "/admin/"), server.Admin())
	p.sendMails()
	return p
}

// sendMails sends mails in the background until the test ends.
func (p *Provider) sendMails() {
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- p.Server.SendMails(ctx) }()
	p.t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			p.t.Error(err)
		}
	})
}

// AddUser adds a user with the password Password.
func (p *Provider) AddUser(name string, admin bool) *account.User {
	p.t.Helper()
	u, err := p.Accounts.Create(context.Background(), account.NewUser{Username: name, Password: Password, Admin: admin})
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

// AddClient adds a client and returns it and its secret. By default the client is
// confidential and can use every grant type. If change is not nil, it can change the
// client. The secret of a public client is empty.
func (p *Provider) AddClient(redirectURI string, change func(*oauth.Client)) (*oauth.Client, string) {
	p.t.Helper()
	secret, stored := oauth.NewClientSecret(time.Now())
	c := &oauth.Client{
		ID: oauth.NewClientID(), Name: "Test app", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{stored},
		GrantTypes: provider.GrantTypes(), RedirectURIs: []string{redirectURI},
	}
	if change != nil {
		change(c)
	}
	if c.Type == oauth.Public {
		c.Secrets, secret = nil, ""
	}
	if err := p.Store.CreateClient(context.Background(), c); err != nil {
		p.t.Fatal(err)
	}
	return c, secret
}

// Browser is an HTTP client with a cookie jar. It follows redirects only within the
// provider.
type Browser struct {
	*http.Client
	p *Provider
}

// Browser returns a new browser without cookies.
func (p *Provider) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return &Browser{p: p, Client: &http.Client{
		Jar: jar,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if !strings.HasPrefix(r.URL.String(), p.URL+"/") {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
}

// Page is the last response that a browser received, with its body.
type Page struct {
	*http.Response
	Body string
	// RedirectURL is the target if the response redirects to another origin, or nil.
	RedirectURL *url.URL
}

// Open requests a page.
func (b *Browser) Open(address string) Page {
	b.p.t.Helper()
	response, err := b.Get(address)
	return b.page(response, err)
}

// Submit posts a form to the URL of the page, with the given fields and the hidden
// fields of the page.
func (b *Browser) Submit(page Page, fields url.Values) Page {
	b.p.t.Helper()
	for _, match := range hiddenField.FindAllStringSubmatch(page.Body, -1) {
		if name := html.UnescapeString(match[1]); !fields.Has(name) {
			fields.Set(name, html.UnescapeString(match[2]))
		}
	}
	response, err := b.PostForm(page.Request.URL.String(), fields)
	return b.page(response, err)
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

func (b *Browser) page(response *http.Response, err error) Page {
	b.p.t.Helper()
	if err != nil {
		b.p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.p.t.Fatal(err)
	}
	page := Page{Response: response, Body: string(body)}
	if location := response.Header.Get("Location"); location != "" {
		if page.RedirectURL, err = response.Request.URL.Parse(location); err != nil {
			b.p.t.Fatal(err)
		}
	}
	return page
}

// LogIn fills in and submits the login page.
func (b *Browser) LogIn(page Page, username string) Page {
	b.p.t.Helper()
	return b.Submit(page, url.Values{"username": {username}, "password": {Password}})
}

// Authorize opens an authorization URL, logs in and gives consent if the provider
// asks for it, and returns the code.
func (b *Browser) Authorize(authorizationURL, username string) (code string, err error) {
	b.p.t.Helper()
	page := b.Open(authorizationURL)
	if strings.Contains(page.Body, `name="password"`) {
		page = b.LogIn(page, username)
	}
	if strings.Contains(page.Body, `name="allow"`) {
		page = b.Submit(page, url.Values{"allow": {"yes"}, "decision": {"authorize"}})
	}
	if page.RedirectURL == nil {
		return "", fmt.Errorf("no redirect: %s: %s", page.Status, page.Body)
	}
	if e := page.RedirectURL.Query().Get("error"); e != "" {
		return "", fmt.Errorf("%s: %s", e, page.RedirectURL.Query().Get("error_description"))
	}
	return page.RedirectURL.Query().Get("code"), nil
}

// distinctTimes returns a clock that never returns the same millisecond twice. Times
// are stored to the millisecond, and a test is so fast that a login and the revocation
// before it could otherwise happen at the same time.
func distinctTimes(clock func() time.Time) func() time.Time {
	var mu sync.Mutex
	var last time.Time
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now := clock()
		if next := last.Add(time.Millisecond); now.Before(next) {
			now = next
		}
		last = now
		return now
	}
}
