package sqlstore_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

const (
	// manyTokens is more than two steps of a search.
	manyTokens = 25_000
	// The places of the last tokens of steps, if a page has the usual size.
	lastOfFirstStep  = manyTokens - 20*51
	lastOfSecondStep = lastOfFirstStep - 10_000
)

// rareTokens inserts manyTokens access tokens, and returns the ids of the few that
// belong to the client "rare" and the person "rare", newest first.
func rareTokens(t *testing.T, db testdb.Database, now time.Time) (rare []oauth.ID) {
	t.Helper()
	rows := make([][]any, manyTokens)
	ms := now.UnixMilli()
	for i := range rows {
		id := oauth.IDFrom(now, [10]byte{})
		binary.BigEndian.PutUint64(id[8:], uint64(i)) //nolint:gosec // not negative
		owner := "common"
		if i%5000 == 7 || i == lastOfFirstStep || i == lastOfSecondStep {
			owner = "rare"
			rare = append([]oauth.ID{id}, rare...)
		}
		rows[i] = []any{id[:], []byte{}, owner, owner, []byte{}, "read", ms, ms + 3600_000, ""}
	}
	columns := []string{"id", "hash", "client_id", "subject", "family_id", "scope", "issued_at", "expires_at", "audience"}
	if err := db.Write(t.Context(), nil, "latchkey_access_token", columns, rows); err != nil {
		t.Fatal(err)
	}
	return rare
}

// TestTokensOfARareApplicationAreOnOnePage, although there are many of others.
func TestTokensOfARareApplicationAreOnOnePage(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		clock := newTestClock()
		s := opened(t, db, clock, nil)
		for _, id := range []string{"rare", "common", "none"} {
			if err := s.CreateClient(ctx, &oauth.Client{ID: id, CreatedAt: clock.Now().Add(-time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		want := rareTokens(t, db, clock.Now())
		for name, f := range map[string]oauth.FamilyFilter{"of the application": {ClientID: "rare"}, "of the person": {Subject: "rare"}, "of both": {ClientID: "rare", Subject: "rare"}} {
			rows, cursor, err := s.AccessTokens(ctx, f, paging.Page{})
			if got := tokenIDs(rows); err != nil || fmt.Sprint(got) != fmt.Sprint(want) || cursor.Next != "" {
				t.Errorf("%s: got %v, %+v, %v; want %v", name, got, cursor, err, want)
			}
			for _, limit := range []int{1, 3, 6, 7} {
				if got := pages(t, s, f, limit); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s, in pages of %d: got %v", name, limit, got)
				}
			}
		}
		if rows, cursor, err := s.AccessTokens(ctx, oauth.FamilyFilter{ClientID: "none"}, paging.Page{}); err != nil || len(rows) != 0 || cursor != (paging.Cursor{}) {
			t.Errorf("of another application: %d rows, %+v, %v", len(rows), cursor, err)
		}

		s.SearchFor(0) // each page ends after one step
		rows, cursor, err := s.AccessTokens(ctx, oauth.FamilyFilter{ClientID: "rare"}, paging.Page{})
		if err != nil || len(rows) >= len(want) || cursor.Next == "" {
			t.Errorf("if the search takes too long: %d rows, %+v, %v", len(rows), cursor, err)
		}
		if got := pages(t, s, oauth.FamilyFilter{ClientID: "rare"}, 3); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("if the search takes too long: got %v", got)
		}
	})
}

func tokenIDs(rows []oauth.AccessTokenRow) (ids []oauth.ID) {
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// pages returns the tokens on all pages, first forward and then, if they are not the
// same backward, nil.
func pages(t *testing.T, s *sqlstore.Store, f oauth.FamilyFilter, limit int) (ids []oauth.ID) {
	t.Helper()
	var last paging.Cursor
	for page := (paging.Page{Limit: limit}); ; page.After = last.Next {
		rows, cursor, err := s.AccessTokens(ctx, f, page)
		if err != nil {
			t.Fatal(err)
		}
		ids, last = append(ids, tokenIDs(rows)...), cursor
		if cursor.Next == "" {
			break
		}
	}
	onLast := 0
	var back []oauth.ID
	for last.Previous != "" {
		rows, cursor, err := s.AccessTokens(ctx, f, paging.Page{Limit: limit, Before: last.Previous})
		if err != nil {
			t.Fatal(err)
		}
		back, last, onLast = append(tokenIDs(rows), back...), cursor, onLast+1
	}
	if onLast > 0 && fmt.Sprint(back) != fmt.Sprint(ids[:len(back)]) {
		t.Errorf("backward: %v, forward: %v", back, ids)
	}
	return ids
}
