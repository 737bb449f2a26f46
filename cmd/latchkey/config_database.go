package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// The forms of a database setting. A SQLite file whose path looks like one of
// them is written sqlite:FILE.
var (
	postgresForm = regexp.MustCompile(`(?i)^postgres(ql)?://|^\s*\w+\s*=`) // a URL or keywords
	sqliteForm   = regexp.MustCompile(`(?i)^sqlite:(//[^/])?`)
	otherForm    = regexp.MustCompile(`^[^/\\]+:`) // a database of another kind
)

// checkDatabase returns why a database setting is not understood, or "". Without this
// check, such a setting would be used as the name of a SQLite file. The text does not quote
// the setting, because it may contain a password.
func checkDatabase(text string) string {
	switch start := sqliteForm.FindString(text); {
	case postgresForm.MatchString(text):
		return ""
	case len(start) == len("sqlite:"), start == "" && (filepath.VolumeName(text) != "" || !otherForm.MatchString(text)):
		if path := text[len(start):]; path != "" {
			if err := sqlite.CheckPath(path); err != nil {
				return " cannot be used: " + err.Error()
			}
		}
		return ""
	case start != "":
		return ": sqlite: must be followed by a path, not by a host"
	}
	return " is not a supported database. Use a path, sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME or host=HOST dbname=NAME …"
}

// passwordSetting finds a password in the query of a URL or in keywords.
var passwordSetting = regexp.MustCompile(`(?i)(^|[?&\s])(ssl)?password\s*=`)

// hasPassword reports whether the name of a database contains a password.
func hasPassword(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	user, _, found := strings.Cut(rest, "@")
	return found && strings.Contains(user, ":") || passwordSetting.MatchString(text)
}

// postgres reports whether the database is a PostgreSQL database.
func (c *config) postgres() bool { return postgresForm.MatchString(c.DB) }

// path returns the absolute path of the SQLite file.
func (c *config) path() string {
	path := c.DB[len(sqliteForm.FindString(c.DB)):]
	if path == "" {
		path = filepath.Join(c.Data, "latchkey.db")
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}

// errNoDatabase is the error for a SQLite file that does not exist.
var errNoDatabase = errors.New("there is no database")

// checkDatabaseExists returns errNoDatabase, with the path, if the database is a SQLite
// file that does not exist.
func (c *config) checkDatabaseExists() error {
	if c.postgres() {
		return nil
	}
	if _, err := os.Stat(c.path()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w %s. Set --config, --data or --db as for the server, which creates its database when it starts", errNoDatabase, c.path())
	}
	return nil
}

// database returns the name of the database without its password.
func (c *config) database() (string, error) {
	if c.postgres() {
		return postgres.Name(c.DB)
	}
	return c.path(), nil
}
