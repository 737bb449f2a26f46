package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestASweepReadsTokensOnceUntilOneHasExpired: a sweep divides new tokens into
// ranges. The sweeps after it write nothing until a token has expired, even those
// of the next process, and the last sweep leaves no range behind.
func TestASweepReadsTokensOnceUntilOneHasExpired(t *testing.T) {
	path, now := filepath.Join(t.TempDir(), "latchkey.db"), time.Now()
	s := openAt(t, path)
	var tokens []oauth.AccessToken
	for i := range 1200 { // with three lifetimes, and the ids of one hour
		issued := now.Add(time.Duration(i)*3*time.Second - time.Hour)
		lifetime := []time.Duration{2 * time.Hour, 3 * time.Hour, 24 * time.Hour}[i%3]
		tokens = append(tokens, oauth.AccessToken{ID: oauth.NewID(issued), ClientID: "c", IssuedAt: issued, ExpiresAt: issued.Add(lifetime)})
	}
	issue(t, s, tokens...)
	sweepAt(t, s, now, 0, "500 500 200")
	commits := s.Stats().Engine.Commits.Batches
	sweepAt(t, s, now.Add(time.Hour-time.Minute), 0, "500 500 200")
	if n := s.Stats().Engine.Commits.Batches - commits; n != 0 {
		t.Errorf("a sweep with nothing to delete writes %d times", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = openAt(t, path)
	sweepAt(t, s, now.Add(time.Hour), 1, "499 500 200")
	sweepAt(t, s, now.Add(3*time.Hour), 799, "166 167 67")
	// The clock was set back, so that new ids are among the old ones. They are
	// deleted when the next one of their range is.
	var late []oauth.AccessToken
	for i := range 1100 {
		late = append(late, oauth.AccessToken{ID: oauth.NewID(now.Add(-time.Hour + time.Duration(i)*time.Millisecond)), ClientID: "c", ExpiresAt: now.Add(4 * time.Hour)})
	}
	issue(t, s, late...)
	sweepAt(t, s, now.Add(4*time.Hour), 0, "1266 167 67")
	sweepAt(t, s, now.Add(23*time.Hour+6*time.Second), 1101, "165 167 67")
	sweepAt(t, s, now.Add(24*time.Hour), 399, "")
}

func openAt(t *testing.T, path string) *sqlstore.Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// issue writes tokens in one transaction.
func issue(t *testing.T, s *sqlstore.Store, tokens ...oauth.AccessToken) {
	t.Helper()
	err := s.Engine.Do(t.Context(), func(c sqlstore.Conn) error {
		for _, token := range tokens {
			row := []any{token.ID[:], []byte{1}, token.ClientID, "", []byte{}, "", token.IssuedAt.UnixMilli(), token.ExpiresAt.UnixMilli()}
			if err := c.Insert(`INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) VALUES`, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sweepAt sweeps, and checks how many rows are deleted, and how many tokens there
// are in each range.
func sweepAt(t *testing.T, s *sqlstore.Store, now time.Time, want int64, ranges string) {
	t.Helper()
	if deleted, err := s.Sweep(t.Context(), now); deleted != want || err != nil {
		t.Errorf("%d rows are deleted, want %d: %v", deleted, want, err)
	}
	if got := rangesOf(t, s, "latchkey_access_token"); got != ranges {
		t.Errorf("the ranges have %s tokens, want %s", got, ranges)
	}
}

// rangesOf returns how many rows of a table there are in each range.
func rangesOf(t *testing.T, s *sqlstore.Store, table string) string {
	t.Helper()
	rows, err := s.Engine.Query(t.Context(), `SELECT (SELECT count(*) FROM `+table+` t WHERE t.id <= r.last
		AND t.id > coalesce((SELECT max(last) FROM latchkey_sweep_range b WHERE b.name = r.name AND b.last < r.last), x''))
		FROM latchkey_sweep_range r WHERE name = $1 ORDER BY last`, table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var counts []string
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts = append(counts, fmt.Sprint(n))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(counts, " ")
}
