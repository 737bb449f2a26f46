package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pressly/goose/v3"
)

// NewProvider returns goose's provider of the steps of an engine. It uses
// VersionTable, and ignores the Go migrations that a host program registered
// with goose.
//
// A step that runs in a transaction is a function that sends all of its statements at once.
// Goose reads the other steps from their files. It uses several buffers of 4 MB to find the
// statements of a file.
func NewProvider(engine string, db *sql.DB, options ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(Files, engine)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectPostgres
	if engine == "sqlite" {
		dialect = goose.DialectSQLite3
	}
	steps, err := Steps(engine, 0)
	if err != nil {
		return nil, err
	}
	var functions []*goose.Migration
	var versions []int64
	for _, step := range steps {
		if step.noTransaction {
			continue
		}
		run := func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, step.SQL)
			return err
		}
		function := goose.NewGoMigration(step.Version, &goose.GoFunc{RunTx: run}, nil)
		function.Source = step.Name + ".go" // goose demands the extension
		functions, versions = append(functions, function), append(versions, step.Version)
	}
	options = append(options, goose.WithGoMigrations(functions...), goose.WithExcludeVersions(versions))
	options = append(options, goose.WithTableName(VersionTable), goose.WithDisableGlobalRegistry(true))
	return goose.NewProvider(dialect, db, files, options...)
}

// Ran returns the names of the steps that goose ran. Its error names the step
// that failed.
func Ran(done []*goose.MigrationResult, err error) (names []string, _ error) {
	var failed *goose.PartialError
	if errors.As(err, &failed) {
		done, err = failed.Applied, fmt.Errorf("step %s failed: %w", name(failed.Failed), failed.Err)
	}
	for _, step := range done {
		names = append(names, name(step))
	}
	return names, err
}

func name(step *goose.MigrationResult) string {
	base := path.Base(step.Source.Path)
	return strings.TrimSuffix(base, path.Ext(base))
}
