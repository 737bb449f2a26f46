package postgres_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// TestARightThatIsMissingIsSaidAtTheStart, while there are partitions enough,
// with the statement that gives it. Given, nothing is said.
func TestARightThatIsMissingIsSaidAtTheStart(t *testing.T) {
	url := database(t)
	owner := as(t, url, "owner", `GRANT CREATE ON SCHEMA public TO owner`)
	if err := open(t, owner, nil).Close(); err != nil {
		t.Fatal(err)
	}
	conn := connected(t, url)
	app := as(t, url, "app", `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app`)
	says := func(url, want string) {
		t.Helper()
		var log bytes.Buffer
		s, err := postgres.Open(ctx, url, postgres.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		lacks, err := s.Lacks(ctx)
		if err != nil || !strings.HasSuffix(lacks, want) || (want == "") != (lacks == "") {
			t.Errorf("it lacks %q, want %q: %v", lacks, want, err)
		}
		said := 0
		if lacks != "" {
			said = strings.Count(log.String(), lacks)
		}
		if said != strings.Count(log.String(), "the rights in the database are too few") || (said != 1) != (want == "") {
			t.Errorf("it lacks %q, and logs %s", lacks, &log)
		}
	}
	says(owner, "")
	says(app, "run this as owner, or GRANT owner TO app")
	do(t, conn, `GRANT owner TO app`)
	says(app, "")
	do(t, conn, `REVOKE CREATE ON SCHEMA public FROM owner`)
	says(app, "GRANT CREATE ON SCHEMA public TO app")
	do(t, conn, `GRANT CREATE ON SCHEMA public TO app`)
	says(app, "")
	do(t, conn, `DROP TABLE latchkey_access_token_default; CREATE TABLE latchkey_access_token_default PARTITION OF latchkey_access_token DEFAULT`) // of another
	says(app, "GRANT latchkey TO app")
}
