package sqlstore_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

func TestIssuerIsThatOfTheServerThatStartedLast(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		s, err := db.Open(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if issuer, err := s.Issuer(ctx); issuer != "" || err != nil {
			t.Errorf("before the first server: %q %v", issuer, err)
		}
		for i, step := range []struct{ issuer, before string }{{"a", ""}, {"a", "a"}, {"b", "a"}, {"b", "b"}, {"a", "b"}} {
			before, err := s.TakeIssuer(ctx, step.issuer)
			if now, _ := s.Issuer(ctx); before != step.before || err != nil || now != step.issuer {
				t.Errorf("step %d: before %q, now %q, %v", i, before, now, err)
			}
		}
	})
}

// TestServersThatStartTogetherReplaceEachOtherOneByOne, so that each of them can
// warn of another issuer before it.
func TestServersThatStartTogetherReplaceEachOtherOneByOne(t *testing.T) {
	const servers = 6
	onEach(t, func(t *testing.T, db testdb.Database) {
		var (
			all    sync.WaitGroup
			mu     sync.Mutex
			before = map[string]int{}
		)
		for i := range servers {
			s, err := db.Open(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func(s *sqlstore.Store) { _ = s.Close() }(s)
			all.Go(func() {
				was, err := s.TakeIssuer(ctx, fmt.Sprint(i))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				before[was]++
			})
		}
		all.Wait()
		for issuer, n := range before {
			if n != 1 {
				t.Errorf("%d servers replaced %q", n, issuer)
			}
		}
		if before[""] != 1 {
			t.Errorf("the first: %v", before)
		}
	})
}
