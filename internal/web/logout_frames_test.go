package web_test

import (
	"context"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// forgetfulStore is a Store that cannot read the clients of a session.
type forgetfulStore struct {
	latchkey.Store
	always, afterTheEnd atomic.Bool // when it fails
	ended               atomic.Bool
}

func (s *forgetfulStore) EndSessions(ctx context.Context, e oauth.SessionsEnd) error {
	s.ended.Store(true)
	return s.Store.EndSessions(ctx, e)
}

func (s *forgetfulStore) SessionClients(ctx context.Context, sessions []string) ([]oauth.SessionClient, error) {
	if s.always.Load() || (s.afterTheEnd.Load() && s.ended.Load()) {
		return nil, oauth.ErrUnavailable
	}
	return s.Store.SessionClients(ctx, sessions)
}

// OpenID Connect Front-Channel Logout §2: after a session has ended, nobody can
// ask again which applications belonged to it.
func TestLogoutNotifiesApplicationsEvenIfTheStoreFailsInBetween(t *testing.T) {
	store := new(forgetfulStore)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		store.Store = newMemory(o)
		o.Store = store
	})
	p.AddUser("ada", false)
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.FrontchannelLogoutURI = "https://app.example/front" })
	b := p.Browser()
	code, err := b.Authorize(openIDRequest(p, client), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if status, body := redeem(t, p, client, secret, code); status != 200 {
		t.Fatal(status, body)
	}
	store.always.Store(true)
	page := b.Open(p.Issuer + "/logout/")
	if got := b.Submit(page, url.Values{}); got.StatusCode != 503 || store.ended.Load() {
		t.Errorf("the session ended although its applications are not known: %s", got.Status)
	}
	store.always.Store(false)
	if got := b.Open(p.Issuer + "/account/"); !strings.Contains(got.Body, "Your account") {
		t.Error("the person is logged out although the logout failed")
	}
	store.afterTheEnd.Store(true)
	if got := b.Submit(page, url.Values{}); got.StatusCode != 200 || !strings.Contains(got.Body, `src="https://app.example/front?`) {
		t.Errorf("the application is not notified: %s %s", got.Status, got.Body)
	}
}
