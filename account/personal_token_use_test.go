package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// noteStore counts the writes of uses, and fails them while it is set to.
type noteStore struct {
	account.Store
	writes int
	fails  bool
}

func (s *noteStore) NoteTokenUse(ctx context.Context, id account.FactorID, at time.Time) error {
	s.writes++
	if s.fails {
		return account.ErrUnavailable
	}
	return s.Store.NoteTokenUse(ctx, id, at)
}

// TestUseOfAPersonalTokenIsWrittenAtMostOnceAnHour: no request writes it, a search for the token is not a
// use, and a write that failed is repeated.
func TestUseOfAPersonalTokenIsWrittenAtMostOnceAnHour(t *testing.T) {
	p := newPeople(t)
	store := &noteStore{Store: p.Store}
	p.Store = store
	ada, _ := p.mustLogin(t, "Ada", "198.51.100.1")
	if _, err := p.AddPersonalToken(ctx, ada.ID, "text", "Job", nil, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(ctx)
	end()
	write := func() {
		t.Helper()
		if err := p.StoreTokenUses(ended); err != nil {
			t.Fatal(err)
		}
	}
	wantUse := func(step string, at time.Time, writes int) {
		t.Helper()
		all, _, err := p.OwnedTokens(ctx, account.OwnedTokenFilter{}, paging.Page{})
		if err != nil || len(all) != 1 || !all[0].UsedAt.Equal(at) || store.writes != writes {
			t.Errorf("%s: got %+v, %v; %d writes, want %d", step, all, err, store.writes, writes)
		}
	}
	use := func() {
		t.Helper()
		if _, u, err := p.UsePersonalToken(ctx, "text"); err != nil || u.ID != ada.ID {
			t.Fatal(u, err)
		}
		p.now = p.now.Add(time.Minute)
	}
	if _, _, err := p.PersonalToken(ctx, "text"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "another text", func() error { _, _, err := p.UsePersonalToken(ctx, "other"); return err }(), account.ErrNotFound)
	write()
	wantUse("unused", time.Time{}, 0)
	first := p.now
	for range 10 {
		use()
	}
	wantUse("used", time.Time{}, 0)
	store.fails = true
	write()
	store.fails = false
	write()
	wantUse("stored", first, 2)
	for range 10 {
		use()
		write()
	}
	wantUse("within an hour", first, 2)
	p.now = first.Add(time.Hour)
	use()
	write()
	wantUse("after an hour", first.Add(time.Hour), 3)
}
