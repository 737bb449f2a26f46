package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Backup writes the database at path to a new file, as a consistent snapshot.
// Servers can use the database at the same time. The file appears complete or not
// at all, and only its owner can read it. If a file named to exists, it is not replaced, and
// the error wraps fs.ErrExist.
func Backup(ctx context.Context, path, to string) (err error) {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil { // before a copy that can take minutes
		return &fs.PathError{Op: "backup", Path: to, Err: fs.ErrExist}
	}
	partial, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".partial-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, partial.Close(), os.Remove(partial.Name())) }()
	db, err := sql.Open("sqlite", source(path, oauth.MaxStoreWait, "mode=ro"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, partial.Name()); err != nil {
		return err
	}
	if err := partial.Sync(); err != nil {
		return err
	}
	if err := os.Link(partial.Name(), to); err != nil { // unlike a rename, it replaces no file
		return err
	}
	folder, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
