package latchkeytest

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/mock"
	"github.com/seed-e6a88a41/latchkey/internal/testkeys"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// Provider is a running provider. Its methods end the test if they fail.
type Provider struct {
	// Issuer is the issuer identifier, and URL is the origin.
	Issuer, URL string
	// Server is the provider itself. Its Run is not called; a test that waits for logout
	// notices, emails or webhooks calls it in a goroutine.
	Server *latchkey.Server
	// Store is in memory, unless a change of New sets another one. Accounts manages its
	// people.
	Store    latchkey.Store
	Accounts *account.Accounts
	// LogInWith, if set, fills in and submits the login page of Options.People, and returns the next
	// page. Browser and Tokens call it, twice if the browser is sent to the page again, for example
	// for latchkey.ReasonACR: page.Request.URL is the address of the page, with its query. LogInWith is
	// needed if the page has fields other than username and password, or if people have passwords
	// other than Password:
	//
	//	p.LogInWith = func(b *latchkeytest.Browser, page latchkeytest.Page, username string) latchkeytest.Page {
	//		return b.Submit(page, url.Values{"email": {username + "@example.com"}, "pin": {"1234"}})
	//	}
	LogInWith func(b *Browser, page Page, username string) Page
	// Mux serves the provider. Tests can add their own handlers, with more specific patterns
	// than "/", which is the provider, and the path of the back office.
	Mux *http.ServeMux

	t       testing.TB
	clock   *mock.Clock
	faults  mock.Faults
	handler atomic.Pointer[http.Handler] // Mux and the middleware around it
	client  *oauth.Client                // of Token
	own     bool                         // people have no accounts
}

// New starts a provider and stops it when the test ends. Each change can change the
// options, for example set the Scopes or wrap Options.Store. By default the Store is in
// memory, hashing a password takes no time, and the log is part of the output of the test,
// which go test shows if the test fails. When the changes are called, Options.Issuer is
// already set to Provider.Issuer.
//
// A change can also replace all options with those of a program, as in
// *o = program.Options(db). New then adds the required fields that are missing, sets the fields
// that are only for tests, and replaces the scheme and the host of the Issuer with those of
// Provider.URL.
func New(t testing.TB, changes ...func(*latchkey.Options)) *Provider {
	if t == nil {
		panic("latchkeytest: New: the testing.TB is nil; pass the t of your test")
	}
	t.Helper()
	p := &Provider{t: t, Mux: http.NewServeMux()}
	p.Use(func(http.Handler) http.Handler { return p.Mux })
	listener := httptest.NewServer(p.faults.Handler(http.HandlerFunc(p.serve)))
	t.Cleanup(listener.Close)
	p.URL = listener.URL
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	o := latchkey.Options{Issuer: p.URL + "/o", MasterKey: key, Logger: slog.New(slog.NewTextHandler(newTestLog(t), nil)), Clock: time.Now, InsecurePasswordHashes: true, NewKey: testkeys.NewSource()}
	base := time.Now
	p.clock = mock.NewClock(func() time.Time { return base() })
	o.Store = memstore.New(p.clock.Provider)
	defaults := o
	for _, change := range changes {
		if change != nil {
			change(&o)
			addDefaults(&o, &defaults)
		}
	}
	base, o.Clock = o.Clock, p.clock.Provider
	server, err := latchkey.New(t.Context(), o)
	if err != nil {
		t.Fatalf("latchkeytest: New: %v", err)
	}
	p.Server, p.Store, p.Issuer, p.own = server, o.Store, o.Issuer, o.People != nil
	if o.MasterKey, err = provider.ParseMasterKey(o.MasterKey); err != nil {
		t.Fatalf("latchkeytest: New: %v", err)
	}
	rp, _ := account.OptionalRelyingParty(oauth.Origin(o.Issuer), o.PasskeyDomain, o.Brand) // latchkey.New has checked it
	p.Accounts = account.New(account.Config{Store: o.Store, Key: provider.HostKey(o.MasterKey, "device marks"), Settings: o.LoginSettings, RelyingParty: rp, Clock: o.Clock, InsecurePasswordHashes: o.InsecurePasswordHashes})
	p.Mux.Handle("/", server)
	p.Mux.Handle(cmp.Or(o.AdminPath, "/admin/"), server.Admin())
	if own, ok := o.People.(*ownPeople); ok {
		own.now = p.Now
		p.Mux.Handle(ownLoginPath, own)
	}
	p.sendMails()
	return p
}

// addDefaults adds the defaults to options that a change has replaced. It recognizes such options
// by their missing NewKey, which New has set before.
func addDefaults(o, defaults *latchkey.Options) {
	if o.NewKey != nil {
		return
	}
	o.NewKey, o.InsecurePasswordHashes = defaults.NewKey, true
	if o.Clock == nil {
		o.Clock = defaults.Clock
	}
	if len(o.MasterKey) == 0 {
		o.MasterKey = defaults.MasterKey
	}
	if o.Store == nil {
		o.Store = defaults.Store
	}
	if o.Logger == nil {
		o.Logger = defaults.Logger
	}
	path := "/o"
	if issuer, err := url.Parse(o.Issuer); err == nil && o.Issuer != "" {
		path = issuer.EscapedPath()
	}
	o.Issuer = oauth.Origin(defaults.Issuer) + path
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
