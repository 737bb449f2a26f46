package latchkeytest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestOptionsOfAProgramCanReplaceAllOptions: New adds what only a test has, and keeps the rest.
func TestOptionsOfAProgramCanReplaceAllOptions(t *testing.T) {
	f := &failing{TB: t}
	p := latchkeytest.New(f, func(o *latchkey.Options) {
		*o = latchkey.Options{Issuer: "https://bakery.example/id", Brand: "Bakery", ProtocolSettings: latchkey.ProtocolSettings{Scopes: []oauth.ScopeInfo{{Name: "bread:read"}}}}
	}, func(o *latchkey.Options) { o.Brand += " of the test" })
	client, secret := p.AddClient("https://app.example/callback", nil)
	if tokens := p.Tokens(client, secret, "ada", "bread:read"); tokens.Scope != "bread:read" || p.Issuer != p.URL+"/id" {
		t.Errorf("the issuer is %s, and the scope %q", p.Issuer, tokens.Scope)
	}
	if page := p.Browser().Open("/admin/"); !strings.Contains(page.Body, "Bakery of the test") {
		t.Errorf("got %s", page.Body)
	}
	if page := p.Browser().Open("/id/login/?next=https://x.example/"); page.StatusCode != http.StatusOK {
		t.Errorf("a query with a URL: got %s", page.Status)
	}
	if log := f.logged(); strings.Contains(log, "InsecurePasswordHashes") {
		t.Errorf("the log warns of the settings of the test: %s", log)
	}
}

// emailPeople have a login page without the fields of latchkeytest, and a clock.
type emailPeople struct {
	cookiePeople
	at  map[string]time.Time
	now func() time.Time
}

func (e *emailPeople) Current(r *http.Request) (*latchkey.Person, error) {
	p, err := e.cookiePeople.Current(r)
	if p != nil {
		p.AuthTime = e.at[p.Subject]
	}
	return p, err
}

func (e *emailPeople) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, `<form method="post"><input name="email"></form>`)
		return
	}
	name, _, _ := strings.Cut(r.PostFormValue("email"), "@")
	e.at[name] = e.now().Truncate(time.Second)
	http.SetCookie(w, &http.Cookie{Name: "name", Value: name, Path: "/"})
	http.Redirect(w, r, r.URL.Query().Get("next"), http.StatusSeeOther)
}

// TestLogInFillsInAnyLoginPage: a program can log people in without a password. If the
// clock of the program differs from that of the test, the error reports it.
func TestLogInFillsInAnyLoginPage(t *testing.T) {
	people := &emailPeople{at: make(map[string]time.Time), now: time.Now}
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.People = people })
	p.Mux.Handle("/login", people)
	p.LogInWith = func(b *latchkeytest.Browser, page latchkeytest.Page, username string) latchkeytest.Page {
		return b.Submit(page, url.Values{"email": {username + "@example.com"}})
	}
	client, secret := p.AddClient("https://app.example/callback", nil)
	if tokens := p.Tokens(client, secret, "ada", "read"); tokens.AccessToken == "" {
		t.Error("Tokens returned no access token")
	}
	p.Advance(time.Hour)
	recent := p.AuthorizationURL(client, "read") + "&max_age=300"
	if _, err := p.Browser().Decide(recent, "ada", true); err == nil || !strings.Contains(err.Error(), "differs from time.Now by 1h0m0s") {
		t.Errorf("with another clock: %v", err)
	}
	people.now = p.Now
	if _, err := p.Browser().Decide(recent, "ada", true); err != nil {
		t.Errorf("with the clock of the test: %v", err)
	}
}
