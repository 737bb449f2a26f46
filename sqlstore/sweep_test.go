package sqlstore_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// count is how many rows a table has.
func count(t *testing.T, w sqlstore.Whole, table string) (n int64) {
	t.Helper()
	rows, err := w.Query(ctx, `SELECT count(*) FROM `+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestATableThatCannotBeSweptKeepsNoOtherFromIt(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			h := make(t)
			s, err := h.store()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			furnish(t, h, nil)
			for _, statement := range []string{
				`UPDATE revoked_jwt SET expires_at = 1`, `UPDATE session SET expires_at = 1`, `UPDATE strike SET until = 1`,
				`ALTER TABLE access_token RENAME TO lost`,
			} {
				if err := h.exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			if deleted, err := s.Sweep(ctx, time.Now()); err == nil || deleted < 60 {
				t.Errorf("%d rows are deleted, and of the table that is gone is said %v", deleted, err)
			}
			for _, table := range []string{"revoked_jwt", "session", "strike"} {
				if n := count(t, h, table); n != 0 {
					t.Errorf("%s has %d rows", table, n)
				}
			}
		})
	}
}
