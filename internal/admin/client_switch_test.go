package admin_test

import (
	"context"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A busyStore saves a client again each time it is read, as long as saves is
// positive.
type busyStore struct {
	latchkey.Store
	saves atomic.Int64
}

func (s *busyStore) Client(ctx context.Context, id string) (*oauth.Client, error) {
	c, err := s.Store.Client(ctx, id)
	if err == nil && s.saves.Add(-1) >= 0 {
		again := *c
		err = s.UpdateClient(ctx, &again)
	}
	return c, err
}

// TestSwitchesOfAnApplicationDoNotDependOnItsVersion: an administrator, or a
// program, that keeps saving an application cannot prevent another one from
// disabling it, or from revoking a secret or tokens that were stolen.
func TestSwitchesOfAnApplicationDoNotDependOnItsVersion(t *testing.T) {
	store := new(busyStore)
	o := enter(t, func(o *latchkey.Options) {
		store.Store = memstore.New(o.Clock)
		o.Store = store
	})
	_, id, _ := o.add(nil)
	act := func(path string, fields url.Values) {
		t.Helper()
		store.saves.Store(20)
		o.post("applications/"+id+"/"+path+"/", fields)
		store.saves.Store(0)
	}
	act("switch", url.Values{"to": {"disabled"}})
	if !o.client(id).Disabled {
		t.Error("the application is not disabled")
	}
	act("secret", url.Values{"overlap": {"1d"}})
	secrets := o.client(id).Secrets
	if len(secrets) != 2 {
		t.Fatalf("after a rotation: %+v", secrets)
	}
	act("secret", url.Values{"end": {secrets[1].ID}})
	if secrets = o.client(id).Secrets; len(secrets) != 1 {
		t.Errorf("after revoking a secret: %+v", secrets)
	}
	before := o.client(id).RevokedBefore
	act("revoke", nil)
	if !o.client(id).RevokedBefore.After(before) {
		t.Error("the tokens are not revoked")
	}
}

func TestDisablingAnApplicationRevokesItsTokensByDefault(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	if page := o.open("applications/" + id + "/"); !strings.Contains(page.Body, "Disable and revoke everything") || !strings.Contains(page.Body, "including tokens that were stolen") {
		t.Error("the page does not say what the choices mean")
	}
	for _, test := range []struct {
		to      string
		revoked bool
		note    string
	}{
		{"paused", false, "Its tokens do not work until you enable it again"},
		{"disabled", true, "its tokens have been revoked"},
	} {
		before := o.client(id).RevokedBefore
		page := o.post("applications/"+id+"/switch/", url.Values{"to": {test.to}})
		c := o.client(id)
		if !c.Disabled || c.RevokedBefore.After(before) != test.revoked || !strings.Contains(page.Body, test.note) || !strings.Contains(page.Body, "become valid again when you enable") {
			t.Errorf("%s: %+v", test.to, c)
		}
		if page := o.post("applications/"+id+"/switch/", url.Values{"to": {"enabled"}}); o.client(id).Disabled || !strings.Contains(page.Body, "The application is enabled.") {
			t.Errorf("%s: the application is not enabled", test.to)
		}
	}
	bob := o.AddUser("bob", false)
	if page := o.post("users/"+bob.ID+"/switch/", url.Values{"to": {"disabled"}}); !strings.Contains(page.Body, "The user is disabled.") {
		t.Error("the page of a user does not mention the user")
	}
}

// TestAnApplicationIsEnabledAsThePageHasShownIt: an application that another administrator, or the
// application itself, has changed since then stays disabled.
func TestAnApplicationIsEnabledAsThePageHasShownIt(t *testing.T) {
	o := enter(t)
	_, id, _ := o.add(nil)
	o.post("applications/"+id+"/switch/", url.Values{"to": {"disabled"}})
	page := o.open("applications/" + id + "/")
	changed := o.client(id)
	changed.RedirectURIs = []string{"https://evil.example/cb"}
	if err := o.Store.UpdateClient(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if answer := o.Submit(page, url.Values{"to": {"enabled"}}); !o.client(id).Disabled || !strings.Contains(answer.Body, "The application was not enabled") || !strings.Contains(answer.Body, "https://evil.example/cb") {
		t.Errorf("a changed application was enabled: %s", answer.Body)
	}
	o.Submit(o.open("applications/"+id+"/"), url.Values{"to": {"enabled"}})
	if o.client(id).Disabled {
		t.Error("the application is not enabled")
	}
}

// TestAnApplicationThatGainsPowerIsNotEnabled: the permission is checked for the version that is
// enabled, also if the form names none.
func TestAnApplicationThatGainsPowerIsNotEnabled(t *testing.T) {
	store := new(busyStore)
	o := enter(t, func(o *latchkey.Options) {
		store.Store = memstore.New(o.Clock)
		o.Store = store
	})
	_, id, _ := o.add(nil)
	o.post("applications/"+id+"/switch/", url.Values{"to": {"disabled"}})
	store.saves.Store(20)
	o.post("applications/"+id+"/switch/", url.Values{"to": {"enabled"}})
	store.saves.Store(0)
	if !o.client(id).Disabled {
		t.Error("an application was enabled that was saved after the check")
	}
}
