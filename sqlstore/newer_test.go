package sqlstore_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/testdb"
)

// TestAReleaseStartsOnTheTablesOfTheNextRelease, so that processes can be replaced
// one by one, and an upgrade can be undone.
func TestAReleaseStartsOnTheTablesOfTheNextRelease(t *testing.T) {
	onEach(t, func(t *testing.T, db testdb.Database) {
		if err := db.Exec(`INSERT INTO latchkey_goose_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
			t.Fatal(err)
		}
		if err := db.Exec(`CREATE TABLE of_the_next_release (id INTEGER)`); err != nil {
			t.Fatal(err)
		}
		s, err := db.Open(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Tables.Newer() || s.Tables.Have != 9999 || s.Tables.Known == 0 {
			t.Errorf("the tables are not reported as newer: %+v", s.Tables)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
