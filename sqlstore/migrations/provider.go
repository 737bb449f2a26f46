package migrations

import (
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
func NewProvider(engine string, db *sql.DB, options ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(Files, engine)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectPostgres
	if engine == "sqlite" {
		dialect = goose.DialectSQLite3
	}
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
	return strings.TrimSuffix(path.Base(step.Source.Path), ".sql")
}
