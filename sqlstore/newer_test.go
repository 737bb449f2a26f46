package sqlstore_test

import "testing"

// TestAReleaseStartsOnTheTablesOfTheNext, so that one can go back, and start
// processes anew while the others are replaced.
func TestAReleaseStartsOnTheTablesOfTheNext(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			h := make(t)
			if err := h.exec(`INSERT INTO latchkey_goose_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
				t.Fatal(err)
			}
			if err := h.exec(`CREATE TABLE of_the_next_release (id INTEGER)`); err != nil {
				t.Fatal(err)
			}
			s, err := h.store()
			if err != nil {
				t.Fatal(err)
			}
			if !s.Tables.Newer() || s.Tables.Have != 9999 || s.Tables.Known == 0 {
				t.Errorf("it does not know that the tables are newer: %+v", s.Tables)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
