package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

var ctx = context.Background()

// stocked is a Store with the client "c".
func stocked(t testing.TB, path string) *sqlstore.Store {
	t.Helper()
	s := open(t, path, nil)
	err := s.CreateClient(ctx, &oauth.Client{ID: "c", Name: "C", Type: oauth.Confidential, GrantTypes: []string{"x"}, RedirectURIs: []string{"https://a"}})
	if err != nil && !errors.Is(err, oauth.ErrConflict) {
		t.Fatal(err)
	}
	return s
}

// newTicket is a ticket of the client "c".
func newTicket(now time.Time) oauth.Ticket {
	return oauth.Ticket{
		Kind: "code", ID: oauth.NewID(now), Proof: oauth.Hash{7}, ClientID: "c", Body: "{}",
		Permission: oauth.Permission{Subject: "ada", Scope: oauth.Scopes{"read"}}, IssuedAt: now, ExpiresAt: now.Add(time.Minute),
	}
}

func access(now time.Time) oauth.AccessToken {
	token := oauth.NewToken(oauth.KindAccess, now)
	return oauth.AccessToken{ID: token.ID, Hash: token.Hash(), ClientID: "c", Scope: oauth.Scopes{"read"}, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
}

// TestEachVerbIsOneRoundTripOnSQLite counts calls to the database, and rows that were
// written.
func TestEachVerbIsOneRoundTripOnSQLite(t *testing.T) {
	s, now := stocked(t, filepath.Join(t.TempDir(), "l.db")), time.Now()
	ticket := newTicket(now)
	row := access(now)
	var family oauth.Family
	for _, step := range []struct {
		name        string
		trips, rows uint64
		run         func() error
	}{
		{"a code and a new consent", 1, 2, func() error {
			_, err := s.Approve(ctx, oauth.Approval{
				Now: now, Put: &ticket,
				Consent: &oauth.Consent{Subject: "ada", ClientID: "c", Scope: oauth.Scopes{"read"}, GrantedAt: now, UpdatedAt: now},
			})
			return err
		}},
		{"a look at the consent", 1, 0, func() error { _, err := s.Consent(ctx, "ada", "c"); return err }},
		{"code exchange", 1, 3, func() error {
			family = oauth.Family{ID: ticket.ID, Hash: oauth.Hash{1}, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
			got, err := s.Spend(ctx, oauth.SpendRequest{Kind: ticket.Kind, ID: ticket.ID, Proofs: []oauth.Hash{ticket.Proof}, Now: now, Family: &family, Access: &row})
			if err == nil && !got.Won {
				err = errors.New("not won")
			}
			return err
		}},
		{"refresh", 1, 2, func() error {
			next := access(now)
			got, err := s.Rotate(ctx, oauth.Rotation{FamilyID: ticket.ID, ClientID: "c", Presented: family.Hash, Next: oauth.Hash{2}, Now: now, IdleExpiresAt: now.Add(time.Hour), Access: &next})
			if err == nil && !got.Won {
				err = errors.New("not won")
			}
			return err
		}},
		{"refresh with a JWT", 1, 1, func() error {
			_, err := s.Rotate(ctx, oauth.Rotation{FamilyID: ticket.ID, ClientID: "c", Presented: oauth.Hash{2}, Next: oauth.Hash{3}, Now: now, IdleExpiresAt: now.Add(time.Hour)})
			return err
		}},
		{"introspection", 1, 0, func() error { _, _, err := s.AccessToken(ctx, row.ID); return err }},
		{"introspection of a JWT", 1, 0, func() error { _, err := s.JWTStanding(ctx, row.ID, ticket.ID, "c", "ada"); return err }},
		{"client credentials, opaque", 1, 1, func() error { return s.Issue(ctx, access(now)) }},
		{"the version of what is cached", 0, 0, func() error { _ = s.Version(); return nil }},
		{"revocation", 1, 2, func() error {
			_, _, err := s.Revoke(ctx, oauth.Revocation{ClientID: "c", At: now, Access: &row})
			return err
		}},
	} {
		trips, rows := s.RoundTrips(), s.Rows()
		if err := step.run(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := s.RoundTrips() - trips; got != step.trips {
			t.Errorf("%s: %d round trips, want %d", step.name, got, step.trips)
		}
		if got := s.Rows() - rows; got != step.rows {
			t.Errorf("%s: %d rows, want %d", step.name, got, step.rows)
		}
	}
}

// TestUserinfoIsTwoRoundTrips: one for the token and its details, and one for the
// person.
func TestUserinfoIsTwoRoundTrips(t *testing.T) {
	s := stocked(t, filepath.Join(t.TempDir(), "l.db"))
	server, err := provider.New(t.Context(), provider.Config{
		Issuer: "https://id.example", Store: s, MasterKey: make([]byte, 32),
		Claims: func(ctx context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
			user, err := s.User(ctx, q.Subject)
			if err != nil {
				return nil, err
			}
			return user.StandardClaims()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := s.CreateUser(ctx, &account.User{ID: "ada", Username: "ada", Name: "Ada", CreatedAt: now}, "ada", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	asked := oauth.Details{Claims: &oauth.ClaimsRequest{UserInfo: map[string]*oauth.ClaimRequest{"name": nil}}}
	token := oauth.NewToken(oauth.KindAccess, now)
	ticket := newTicket(now)
	ticket.Scope, ticket.Details = oauth.Scopes{"openid"}, asked
	if err := s.Put(ctx, ticket); err != nil {
		t.Fatal(err)
	}
	row := oauth.AccessToken{ID: token.ID, Hash: token.Hash(), ClientID: "c", IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	family := oauth.Family{ID: ticket.ID, Hash: oauth.Hash{1}, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
	if got, err := s.Spend(ctx, oauth.SpendRequest{Kind: ticket.Kind, ID: ticket.ID, Proofs: []oauth.Hash{ticket.Proof}, Now: now, Family: &family, Access: &row}); err != nil || !got.Won {
		t.Fatalf("the ticket was not spent: %v", err)
	}
	if _, err := server.UserInfo(ctx, token.String()); err != nil { // now the client is cached
		t.Fatal(err)
	}
	trips := s.RoundTrips()
	info, err := server.UserInfo(ctx, token.String())
	if err != nil || string(info.Body) != `{"name":"Ada","sub":"ada"}` {
		t.Errorf("got %s: %v", info.Body, err)
	}
	if got := s.RoundTrips() - trips; got != 2 {
		t.Errorf("%d round trips, want 2", got)
	}
}

func TestAFailingJobDoesNotAffectOthersInItsBatch(t *testing.T) {
	s, now := stocked(t, filepath.Join(t.TempDir(), "l.db")), time.Now()
	twice := access(now)
	if err := s.Issue(ctx, twice); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var tokens [200]oauth.AccessToken
	for i := range tokens {
		tokens[i] = access(now)
		if i%20 == 7 {
			tokens[i] = twice // its key is taken
		}
		all.Go(func() {
			if err := s.Issue(ctx, tokens[i]); (err != nil) != (i%20 == 7) {
				t.Errorf("job %d: %v", i, err)
			}
		})
	}
	all.Wait()
	for i, token := range tokens {
		if _, _, err := s.AccessToken(ctx, token.ID); err != nil {
			t.Errorf("token %d: %v", i, err)
		}
	}
}

func TestTwoProcessesOnOneSQLiteFileAgree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	one, two := stocked(t, path), stocked(t, path)
	now := time.Now()
	for range 20 {
		ticket := newTicket(now)
		if err := one.Put(ctx, ticket); err != nil {
			t.Fatal(err)
		}
		var (
			all  sync.WaitGroup
			wins [8]bool
		)
		for i := range wins {
			all.Go(func() {
				s := []*sqlstore.Store{one, two}[i%2]
				row := access(now)
				got, err := s.Spend(ctx, oauth.SpendRequest{
					Kind: ticket.Kind, ID: ticket.ID, Proofs: []oauth.Hash{ticket.Proof}, Now: now,
					Family: &oauth.Family{IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}, Access: &row,
				})
				if err != nil {
					t.Error(err)
				}
				wins[i] = got.Won
			})
		}
		all.Wait()
		n := 0
		for _, won := range wins {
			if won {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%d spent one ticket", n)
		}
	}
	before := two.Version()
	c, err := one.Client(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	c.Disabled = true
	if err := one.UpdateClient(ctx, c); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(5 * time.Minute) // a hang guard, not a measure of speed
	for two.Version() == before {
		select {
		case <-deadline:
			t.Fatal("the other process does not see the change")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestSweepDeletesOnlyExpiredRows(t *testing.T) {
	s, now := stocked(t, filepath.Join(t.TempDir(), "l.db")), time.Now()
	var living []oauth.AccessToken
	for i := range 1200 {
		token := access(now.Add(time.Duration(i-2000) * time.Millisecond))
		if i%3 == 0 {
			token.ExpiresAt = now.Add(time.Hour)
			living = append(living, token)
		} else {
			token.ExpiresAt = now.Add(-time.Second)
		}
		if err := s.Issue(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	deleted, err := s.Sweep(ctx, now)
	if err != nil || deleted != 800 {
		t.Errorf("%d rows were deleted: %v", deleted, err)
	}
	for _, token := range living {
		if _, _, err := s.AccessToken(ctx, token.ID); err != nil {
			t.Fatalf("a valid token was deleted: %v", err)
		}
	}
	if deleted, err := s.Sweep(ctx, now); err != nil || deleted != 0 {
		t.Errorf("again: %d %v", deleted, err)
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.db")
	s := stocked(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Issue(ctx, access(time.Now())); !errors.Is(err, oauth.ErrUnavailable) {
		t.Errorf("Issue returns %v", err)
	}
	if _, _, err := s.AccessToken(ctx, oauth.ID{1}); !errors.Is(err, oauth.ErrUnavailable) {
		t.Errorf("a read returns %v", err)
	}
}

func BenchmarkIssue(b *testing.B) {
	s, now := stocked(b, filepath.Join(b.TempDir(), "l.db")), time.Now()
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := s.Issue(ctx, access(now)); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkAccessToken(b *testing.B) {
	s, now := stocked(b, filepath.Join(b.TempDir(), "l.db")), time.Now()
	var ids []oauth.ID
	for range 1000 {
		row := access(now)
		ids = append(ids, row.ID)
		if err := s.Issue(ctx, row); err != nil {
			b.Fatal(err)
		}
	}
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for i := 0; p.Next(); i++ {
			if _, _, err := s.AccessToken(ctx, ids[i%len(ids)]); err != nil {
				b.Error(err)
			}
		}
	})
}

// TestRevocationIsOneRoundTripAndItsEventNamesThePerson: the person comes from the statement
// that revokes.
func TestRevocationIsOneRoundTripAndItsEventNamesThePerson(t *testing.T) {
	s := stocked(t, filepath.Join(t.TempDir(), "l.db"))
	if err := s.CreateClient(ctx, &oauth.Client{ID: "spa", Name: "SPA", Type: oauth.Public, GrantTypes: []string{"x"}, RedirectURIs: []string{"https://a"}}); err != nil {
		t.Fatal(err)
	}
	var events []oauth.Event
	server, err := provider.New(t.Context(), provider.Config{
		Issuer: "https://id.example", Store: s, MasterKey: make([]byte, 32),
		OnEvent: func(_ context.Context, e oauth.Event) { events = append(events, e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token := oauth.NewToken(oauth.KindAccess, now)
	ticket := newTicket(now)
	ticket.ClientID = "spa"
	if err := s.Put(ctx, ticket); err != nil {
		t.Fatal(err)
	}
	row := oauth.AccessToken{ID: token.ID, Hash: token.Hash(), ClientID: "spa", IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	family := oauth.Family{ID: ticket.ID, Hash: oauth.Hash{1}, IssuedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
	if got, err := s.Spend(ctx, oauth.SpendRequest{Kind: ticket.Kind, ID: ticket.ID, Proofs: []oauth.Hash{ticket.Proof}, Now: now, Family: &family, Access: &row}); err != nil || !got.Won {
		t.Fatalf("the ticket was not spent: %v", err)
	}
	revoke := func() uint64 {
		trips := s.RoundTrips()
		if err := server.Revoke(ctx, "", oauth.Params{}.With("client_id", "spa").With("token", token.String())); err != nil {
			t.Fatal(err)
		}
		return s.RoundTrips() - trips
	}
	if _, err := server.Client(ctx, "spa"); err != nil { // now it is cached
		t.Fatal(err)
	}
	if trips := revoke(); trips != 1 || len(events) != 1 || events[0].Subject != "ada" {
		t.Errorf("%d round trips, want 1; events %+v", trips, events)
	}
}
