package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// inBetween returns a Trace that calls f before the first keys of a removal are read:
// the transaction of the act has been committed, and no step of its removal has begun.
// The process can also be killed there.
func inBetween(f func()) sqlstore.Trace {
	var done atomic.Bool // a Store also reads in the background
	return func(_ context.Context, statement string) func(error) {
		if strings.HasSuffix(statement, " LIMIT 20000") && done.CompareAndSwap(false, true) {
			f()
		}
		return nil
	}
}

// An action revokes many tokens, or few.
type action struct {
	host    bool          // the login sessions are those of a host
	consent bool          // it also concerns tokens for offline access
	other   bool          // it also concerns tokens of another client in another session
	before  time.Duration // how much time passes before the action
	after   time.Duration // how long after the action new tokens are issued, at least a millisecond
	ahead   time.Duration // how far the clock of the process that has issued the families is ahead; at least half a second
	act     func(s *sqlstore.Store, ada *account.User, now time.Time) error
}

// actions returns all actions that revoke any number of families one by one.
func actions() map[string]action {
	end := func(e oauth.SessionsEnd) func(*sqlstore.Store, *account.User, time.Time) error {
		return func(s *sqlstore.Store, _ *account.User, now time.Time) error {
			e.At = now
			return s.EndSessions(ctx, e)
		}
	}
	return map[string]action{
		"withdraw a consent": {consent: true, after: 2 * time.Second, act: func(s *sqlstore.Store, _ *account.User, now time.Time) error {
			return s.WithdrawConsent(ctx, "ada", "c", now)
		}},
		"log out":                          {ahead: 30 * time.Second, act: end(oauth.SessionsEnd{IDs: []string{"s"}})},
		"log out everywhere":               {other: true, act: end(oauth.SessionsEnd{Subject: "ada"})},
		"log out everywhere else":          {act: end(oauth.SessionsEnd{Subject: "ada", Except: "kept"})},
		"log out of a host":                {host: true, after: 2 * time.Second, act: end(oauth.SessionsEnd{IDs: []string{"s"}})},
		"log out everywhere on a host":     {host: true, other: true, after: 2 * time.Second, act: end(oauth.SessionsEnd{Subject: "ada"})},
		"log out everywhere else on hosts": {host: true, after: 2 * time.Second, act: end(oauth.SessionsEnd{Subject: "ada", Except: "kept"})},
		"sweep an expired session": {other: true, ahead: 30 * time.Second, before: 31 * time.Minute, act: func(s *sqlstore.Store, _ *account.User, _ time.Time) error {
			return errors.Join(s.SweepAs(ctx, "one"), s.SweepAs(ctx, "one")) // the second one continues
		}},
		"log in as another person": {ahead: 30 * time.Second, act: func(s *sqlstore.Store, _ *account.User, now time.Time) error {
			return s.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "bobs", UserID: "bob", CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}, Replaces: "s"})
		}},
		"set a password": {consent: true, other: true, act: func(s *sqlstore.Store, ada *account.User, now time.Time) error {
			return s.SetPassword(ctx, account.PasswordChange{User: ada, Hash: "y", At: now})
		}},
	}
}

// crowd contains tokens that are issued before the action.
type crowd struct {
	families             []oauth.ID
	offline, other, last oauth.ID
	token                oauth.AccessToken // of the last family
	code                 oauth.Ticket
}

// issue issues many families in the session "s" of ada, which the Store keeps unless
// it is that of a host.
func (d action) issue(t *testing.T, db testdb.Database, s *sqlstore.Store, now time.Time) (c crowd, ada *account.User) {
	t.Helper()
	for _, id := range []string{"c", "d"} {
		if err := s.CreateClient(ctx, &oauth.Client{ID: id, Name: id, Type: oauth.Confidential, CreatedAt: now.Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	ada = &account.User{ID: "ada", Username: "ada", CreatedAt: now}
	for _, u := range []*account.User{ada, {ID: "bob", Username: "bob", CreatedAt: now}} {
		if err := s.CreateUser(ctx, u, u.ID, account.Unconditionally); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"s", "kept"} {
		session := account.Session{ID: id, UserID: "ada", CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(30 * time.Minute), ExpiresAt: now.Add(30 * time.Minute)}
		if d.host {
			break
		}
		if err := s.StartSession(ctx, account.SessionStart{Session: session}); err != nil {
			t.Fatal(err)
		}
	}
	c.families = families(t, db, now, "openid", manyFamilies)
	if err := db.Exec(`DELETE FROM latchkey_consent`); err != nil {
		t.Fatal(err)
	}
	c.last = c.families[manyFamilies-1]
	ahead := fmt.Sprintf(`UPDATE latchkey_family SET issued_at = issued_at + %d`, max(d.ahead, time.Second/2).Milliseconds())
	if err := db.Exec(ahead); err != nil {
		t.Fatal(err)
	}
	c.offline = families(t, db, now.Add(time.Millisecond), "openid offline_access", 1)[0]
	c.token = oauth.AccessToken{ID: oauth.NewID(now), ClientID: "c", Subject: "ada", FamilyID: c.last, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	c.code = d.code(now, "s")
	other := d.code(now, "kept")
	other.ClientID, c.other = "d", other.ID
	if err := errors.Join(s.Issue(ctx, c.token), s.Put(ctx, c.code, other)); err != nil || !d.redeemed(t, s, now, other) {
		t.Fatal("the other code is not accepted", err)
	}
	return c, ada
}

func (action) code(now time.Time, session string) oauth.Ticket {
	return oauth.Ticket{
		Kind: "code", ID: oauth.NewID(now), Proof: oauth.Hash{7}, ClientID: "c",
		Permission: oauth.Permission{Subject: "ada", SessionID: session, Scope: oauth.Scopes{"openid"}}, IssuedAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

// redeemed reports whether a code is accepted.
func (d action) redeemed(t *testing.T, s *sqlstore.Store, now time.Time, code oauth.Ticket) bool {
	t.Helper()
	got, err := s.Spend(ctx, oauth.SpendRequest{
		Kind: code.Kind, ID: code.ID, Proofs: []oauth.Hash{code.Proof}, Now: now, InSession: !d.host,
		Family: &oauth.Family{Hash: oauth.Hash{1}, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)},
	})
	if err != nil && !errors.Is(err, oauth.ErrNotFound) {
		t.Fatal(err)
	}
	return got.Won
}

// valid reports whether a family is valid for each of the operations, which must
// agree.
func (d action) valid(t *testing.T, s *sqlstore.Store, now time.Time, id oauth.ID) bool {
	t.Helper()
	f, standing, err := s.Family(ctx, id)
	jwt, also := s.JWTStanding(ctx, oauth.NewID(now), id, f.ClientID, "ada")
	rotated, third := s.Rotate(ctx, oauth.Rotation{FamilyID: id, ClientID: f.ClientID, Presented: oauth.Hash{1}, InSession: !d.host, Next: oauth.Hash{1}, Now: now, IdleExpiresAt: now.Add(time.Hour)})
	if err := errors.Join(err, also, third); err != nil {
		t.Fatal(err)
	}
	valid := f.Valid(standing, now, !d.host)
	if revoked := jwt.RevokedBecause(f.IssuedAt) != ""; valid == revoked || valid != rotated.Won {
		t.Errorf("of family %s, the refresh token is valid: %t, it is accepted: %t, the JWT is revoked: %t", id, valid, rotated.Won, revoked)
	}
	return valid
}

// listed returns the number of families and of access tokens that lists show.
func (d action) listed(t *testing.T, s *sqlstore.Store) (n, tokens int) {
	t.Helper()
	filter := oauth.FamilyFilter{Subject: "ada", InSession: !d.host}
	all, _, err := s.Families(ctx, filter, paging.Page{Limit: 1000})
	access, _, also := s.AccessTokens(ctx, filter, paging.Page{Limit: 1000})
	usage, third := s.Usage(ctx, filter)
	if err := errors.Join(err, also, third); err != nil {
		t.Fatal(err)
	}
	if usage.Families.N != len(all) {
		t.Errorf("%d families are counted, and %d listed", usage.Families.N, len(all))
	}
	return len(all), len(access)
}

// TestAnActionTakesEffectInItsFirstTransaction, however many tokens it concerns:
// another process accepts none of them before the first step of the removal. The
// process may be killed there. Tokens that are issued afterwards stay valid.
func TestAnActionTakesEffectInItsFirstTransaction(t *testing.T) {
	for name, d := range actions() {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, db testdb.Database) {
				clock := newTestClock()
				other := opened(t, db, clock, nil)
				var (
					before crowd
					later  oauth.Ticket
				)
				s := opened(t, db, clock, inBetween(func() {
					now := clock.Now()
					for _, i := range []int{0, 1, manyFamilies - 1} {
						if d.valid(t, other, now, before.families[i]) {
							t.Errorf("family %d is valid", i)
						}
					}
					if _, standing, err := other.AccessToken(ctx, before.token.ID); err != nil || standing.RevokedBecause(before.token.IssuedAt) == "" {
						t.Errorf("the access token is valid: %v", err)
					}
					if d.redeemed(t, other, now, before.code) {
						t.Error("the code is accepted")
					}
					if valid := d.valid(t, other, now, before.offline); valid == d.consent {
						t.Errorf("the family with offline access is valid: %t", valid)
					}
					if valid := d.valid(t, other, now, before.other); valid == d.other {
						t.Errorf("the family of another client in another session is valid: %t", valid)
					}
					clock.pass(max(d.after, time.Millisecond))
					now = clock.Now()
					if !d.host {
						session := account.Session{ID: "later", UserID: "ada", CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
						u, err := other.User(ctx, "ada")
						if err == nil {
							err = other.StartSession(ctx, account.SessionStart{Session: session, Epoch: u.LoginEpoch})
						}
						if err != nil {
							t.Error(err)
						}
					}
					later = d.code(now, "later")
					if err := other.Put(ctx, later); err != nil || !d.redeemed(t, other, now, later) || !d.valid(t, other, now, later.ID) {
						t.Errorf("what is issued afterwards is not valid: %v", err)
					}
					want := 1
					for _, concerned := range []bool{d.consent, d.other} {
						if !concerned {
							want++
						}
					}
					if n, tokens := d.listed(t, other); n != want || tokens != 0 {
						t.Errorf("%d families, want %d, and %d access tokens are listed", n, want, tokens)
					}
				}))
				var ada *account.User
				before, ada = d.issue(t, db, s, clock.Now())
				if now := clock.Now(); !d.valid(t, other, now, before.last) || !d.valid(t, other, now, before.offline) {
					t.Fatal("a family is not valid before")
				}
				if n, tokens := d.listed(t, other); n != manyFamilies+2 || tokens != 1 {
					t.Fatalf("%d families and %d access tokens are listed", n, tokens)
				}
				clock.pass(d.before + time.Millisecond)
				if err := d.act(s, ada, clock.Now()); err != nil || later.ID.IsZero() {
					t.Fatalf("checked: %t, %v", !later.ID.IsZero(), err)
				}
				if err := s.SweepAs(ctx, "one"); err != nil {
					t.Fatal(err)
				}
				if !d.valid(t, other, clock.Now(), later.ID) || d.valid(t, other, clock.Now(), before.last) || d.valid(t, other, clock.Now(), before.families[0]) {
					t.Error("after the removal, the later family is not valid, or the earlier one is")
				}
				for _, rest := range []string{"latchkey_removal", "latchkey_subject WHERE pending <> 0"} {
					if n := testdb.Count(t, db, rest); n != 0 {
						t.Errorf("%s: %d rows are left", rest, n)
					}
				}
			})
		})
	}
}
