package admin_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestListPageNeedsNoMoreStatementsThanTwoRows: the names, the access and the applications of
// the rows are read for all rows of a page at once.
func TestListPageNeedsNoMoreStatementsThanTwoRows(t *testing.T) {
	ctx := t.Context()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "l.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Store = store })
	p.AddUser("root", true)
	b := p.Browser()
	b.LogIn(b.Open(p.URL+"/admin/"), "root")
	paths := []string{"applications", "consents", "tokens", "tokens/?kind=access", "sessions", "users", "attempts", "problems", "audit"}
	// The least of three counts, because jobs in the background run statements too.
	statements := func() map[string]uint64 {
		counts := make(map[string]uint64)
		for _, path := range paths {
			for range 3 {
				before := store.RoundTrips()
				if page := b.Open(p.URL + "/admin/" + path); page.StatusCode != 200 {
					t.Fatalf("%s: got %s", path, page.Status)
				}
				n := store.RoundTrips() - before
				if least, counted := counts[path]; !counted || n < least {
					counts[path] = n
				}
			}
		}
		return counts
	}
	n := 0
	add := func(rows int) {
		for range rows {
			n++
			now := p.Now()
			u := p.AddUser(fmt.Sprint("user", n), false)
			c, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.ID, c.OwnerID = fmt.Sprint("c", n), u.ID })
			session := account.Session{ID: oauth.NewID(now).String(), UserID: u.ID, CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
			if err := store.StartSession(ctx, account.SessionStart{Session: session}); err != nil {
				t.Fatal(err)
			}
			scope := oauth.Scopes{"read"}
			ticket := oauth.Ticket{Kind: "code", ID: oauth.NewID(now), ClientID: c.ID, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
			ticket.Permission = oauth.Permission{Subject: u.ID, SessionID: session.ID, Scope: scope, AuthTime: now}
			family := oauth.Family{ID: oauth.NewID(now), ClientID: c.ID, Permission: ticket.Permission, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
			_, err := store.Approve(ctx, oauth.Approval{
				Now: now, Put: &ticket, Consent: &oauth.Consent{Subject: u.ID, ClientID: c.ID, Scope: scope, GrantedAt: now, UpdatedAt: now}, Shown: scope,
				Session: &oauth.SessionClient{SessionID: session.ID, ClientID: c.ID, Subject: u.ID}, SessionUntil: now.Add(time.Hour),
				Family: &family, Access: &oauth.AccessToken{ID: oauth.NewID(now), IssuedAt: now, ExpiresAt: now.Add(time.Hour)},
			})
			if err != nil {
				t.Fatal(err)
			}
			b.Open(p.URL + "/o/authorize/?response_type=code&redirect_uri=https://other.example/cb&client_id=" + c.ID)
		}
	}
	add(2)
	few := statements()
	add(18)
	for path, many := range statements() {
		if many > few[path] {
			t.Errorf("%s: %d statements with two rows, %d with 20", path, few[path], many)
		}
	}
}
