package web_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A loginlessStore is a sessionlessStore that starts no sessions while noLogin is
// set.
type loginlessStore struct {
	sessionlessStore
	noLogin atomic.Bool
}

func (s *loginlessStore) StartSession(ctx context.Context, start account.SessionStart) error {
	if s.noLogin.Load() {
		return fmt.Errorf("%w: no connection", account.ErrUnavailable)
	}
	return s.Store.StartSession(ctx, start)
}

func newLoginlessStore(t *testing.T) (*latchkeytest.Provider, *loginlessStore) {
	t.Helper()
	store := &loginlessStore{}
	return latchkeytest.New(t, func(o *latchkey.Options) {
		store.Store = newMemory(o)
		o.Store, o.SignUp, o.InsecureCatchMails = store, true, true
	}), store
}

// RFC 8252 §7.1: an app with a scheme of its own receives its answer also after the
// form was sent again.
func TestFormSentAgainCanBeFollowedByARedirectToTheSchemeOfAnApp(t *testing.T) {
	p, store := newLoginlessStore(t)
	p.AddUser("ada", false)
	client, _ := p.AddClient("com.example.app:/cb", func(c *oauth.Client) {
		c.Type, c.GrantTypes = oauth.Public, []string{oauth.GrantAuthorizationCode}
	})
	again := func(b *latchkeytest.Browser, page latchkeytest.Page, broken *atomic.Bool, fields url.Values) (latchkeytest.Page, string) {
		t.Helper()
		broken.Store(true)
		page = b.Submit(page, fields)
		broken.Store(false)
		if page.StatusCode != 503 || !strings.Contains(page.Body, ">Try again</button>") {
			t.Fatalf("got %s %s", page.Status, page.Body)
		}
		return page, page.Header.Get("Content-Security-Policy")
	}
	b := p.Browser()
	password := url.Values{"username": {"ada"}, "password": {latchkeytest.Password}}
	page, policy := again(b, b.Open(authorizeURL(p, client, nil)), &store.noLogin, password)
	if !strings.HasSuffix(policy, "form-action 'self' com.example.app:") {
		t.Errorf("after the login page: %s", policy)
	}
	decision := url.Values{"allow": {"yes"}, "decision": {"authorize"}}
	page, policy = again(b, b.Submit(page, url.Values{"password": {latchkeytest.Password}}), &store.broken, decision)
	if strings.Contains(policy, "form-action") {
		t.Errorf("after the consent page: %s", policy)
	}
	if page = b.Submit(page, url.Values{}); page.RedirectURL == nil || page.RedirectURL.Scheme != "com.example.app" {
		t.Errorf("sent again: %s %s", page.Status, page.Body)
	}
	other := p.Browser()
	if _, policy = again(other, other.Open(p.Issuer+"/login/"), &store.noLogin, password); !strings.HasSuffix(policy, "form-action 'self'") {
		t.Errorf("without an application: %s", policy)
	}
}

// TestSavedFormIsNotOfferedAgainIfOnlyTheLoginFailed: sent again, it would be
// rejected, because the username is taken. A new password and the session after it are one
// change: see TestPasswordAndItsSessionAreOneChange.
func TestSavedFormIsNotOfferedAgainIfOnlyTheLoginFailed(t *testing.T) {
	const newPassword = "another fine password"
	for name, test := range map[string]struct {
		path   string
		fields func(p *latchkeytest.Provider) url.Values
		says   string
		next   string
	}{
		"setup": {"/setup/", func(p *latchkeytest.Provider) url.Values {
			fields := signUp("eve", "", newPassword, newPassword)
			fields.Set("code", code(t, p.Server.SetupLink()))
			return fields
		}, "The administrator has been created", "/admin/"},
		"sign-up": {"/signup/?next=/o/account/%3Fx", func(*latchkeytest.Provider) url.Values {
			return signUp("eve", "eve@x.example", newPassword, newPassword)
		}, "Your account has been created", "/o/account/?x"},
	} {
		p, store := newLoginlessStore(t)
		b := p.Browser()
		form := b.Open(p.Issuer + test.path)
		store.noLogin.Store(true)
		page := b.Submit(form, test.fields(p))
		store.noLogin.Store(false)
		if page.StatusCode != 503 || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, test.says) || strings.Contains(page.Body, "Try again") {
			t.Errorf("%s: got %s %s", name, page.Status, page.Body)
		}
		page = b.Submit(follow(t, b, page, "Log in"), url.Values{"username": {"eve"}, "password": {newPassword}})
		if got := page.Request.URL.RequestURI(); page.StatusCode != 200 || got != test.next {
			t.Errorf("%s: after the login: %s %s", name, page.Status, got)
		}
	}
}
