package admin_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An absentStore is unavailable while one of its fields is set: for everything
// that reads a session, only for one session, or only for saving an application.
type absentStore struct {
	latchkey.Store
	sessions, clients atomic.Bool
	session           atomic.Value // the ID of the only session that cannot be read
}

func (s *absentStore) Session(ctx context.Context, id string) (account.Session, *account.User, error) {
	if s.sessions.Load() || s.session.Load() == id {
		return account.Session{}, nil, fmt.Errorf("%w: no connection", account.ErrUnavailable)
	}
	return s.Store.Session(ctx, id)
}

func (s *absentStore) UpdateClient(ctx context.Context, c *oauth.Client) error {
	if s.clients.Load() {
		return fmt.Errorf("%w: no connection", oauth.ErrUnavailable)
	}
	return s.Store.UpdateClient(ctx, c)
}

// TestFormsAreNotLostWhileTheStorageIsUnavailable: the page of the error sends
// them again, except passwords, which the administrator types again.
func TestFormsAreNotLostWhileTheStorageIsUnavailable(t *testing.T) {
	store := new(absentStore)
	o := enter(t, func(o *latchkey.Options) {
		store.Store = memstore.New(o.Clock)
		o.Store = store
	})
	_, id, _ := o.add(nil)
	o.client(id) // exists
	for name, test := range map[string]struct {
		path   string
		away   *atomic.Bool
		fields url.Values
		again  url.Values
	}{
		"a user": {"users/add/", &store.sessions, url.Values{
			"username": {"bob"}, "name": {"Bob <b>"}, "claims": {"{\n\"locale\": \"en\"}"}, "password": {"open sesame, please"},
		}, url.Values{"password": {"open sesame, please"}}},
		"an application": {"applications/" + id + "/edit/", &store.clients, url.Values{
			"client_name": {"Renamed"}, "client_type": {"confidential"}, "grant_types": {"authorization_code"}, "save": {"1"},
			"redirect_uris": {"https://app.example/one\nhttps://app.example/two"},
		}, url.Values{}},
	} {
		form := o.open(test.path)
		test.away.Store(true)
		page := o.Submit(form, test.fields)
		test.away.Store(false)
		if page.StatusCode != 503 || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "Try again") || strings.Contains(page.Body, "sesame") {
			t.Errorf("%s: got %s %s", name, page.Status, page.Body)
		}
		if page = o.Submit(page, test.again); page.StatusCode != 200 || strings.Contains(page.Body, "Nothing has been saved") {
			t.Errorf("%s: sent again, got %s %s", name, page.Status, page.Body)
		}
	}
	bob, err := o.Store.UserByName(context.Background(), "bob")
	if err != nil || bob.Name != "Bob <b>" || !strings.Contains(string(bob.Claims), "locale") {
		t.Errorf("got %+v, %v", bob, err)
	}
	if c := o.client(id); c.Name != "Renamed" || len(c.RedirectURIs) != 2 {
		t.Errorf("got %+v", c)
	}
}
