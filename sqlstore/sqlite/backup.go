package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

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

// NoteBackup records in the database at path when it was backed up, for the back office. It
// changes no tables, so a backup before an upgrade does not begin the upgrade.
func NoteBackup(ctx context.Context, path string, at time.Time) (err error) {
	db, err := sql.Open("sqlite", source(path, oauth.MaxStoreWait, "mode=rw"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	day := oauth.PerDay.Begin(at)
	_, err = db.ExecContext(ctx, `INSERT INTO latchkey_tally (period, at, series, n, expires_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (period, at, series) DO UPDATE SET n = max(n, excluded.n)`,
		string(oauth.PerDay), day.UnixMilli(), oauth.TallyBackup, at.Unix(), day.Add(oauth.PerDay.Keep()).UnixMilli())
	return err
}
