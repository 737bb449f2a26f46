package sqlstore

import "fmt"

// TablesVersion is how far the tables of a database have come: by number, the
// last step that was run, and the last one that this release has.
type TablesVersion struct{ Have, Known int64 }

// Newer reports whether a newer release has changed the tables. The release
// before works on them all the same.
func (v TablesVersion) Newer() bool { return v.Have > v.Known }

// Whole refuses tables of which this release does not know all: it would copy
// a part of what is there.
func (v TablesVersion) Whole(database string) error {
	if !v.Newer() {
		return nil
	}
	return fmt.Errorf("database %s: its tables have version %d, which is of a newer release; this one knows them up to version %d, and would leave out what came later. Copy with the latchkey of the newer release", database, v.Have, v.Known)
}
