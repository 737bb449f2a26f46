package sqlstore

import "fmt"

// TablesVersion is the version of the tables of a database: the number of the
// last step that was run there, and of the last step that this release has.
type TablesVersion struct {
	Have  int64 // of the database; 0 if no step was run
	Known int64 // of this release
}

// Newer reports whether a newer release has changed the tables. This release also
// works with them if the newer release is the next one.
func (v TablesVersion) Newer() bool { return v.Have > v.Known }

// NewerTables reports whether a newer release had changed the tables when the Store was
// opened.
func (s *Store) NewerTables() bool { return s.Tables.Newer() }

// CheckCopy returns an error if this release does not know all of the tables,
// because it would copy only a part of what is in them.
func (v TablesVersion) CheckCopy(database string) error {
	if !v.Newer() {
		return nil
	}
	return fmt.Errorf("database %s: its tables have version %d and belong to a newer release. This release knows the tables up to version %d, and would not copy later additions. Copy with the latchkey of the newer release", database, v.Have, v.Known)
}
