package postgres_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// TestAMissingRightIsLoggedAtTheStart, with the statement that grants it, although
// there are partitions enough at the moment. When it is granted, nothing is
// logged.
func TestAMissingRightIsLoggedAtTheStart(t *testing.T) {
	url := database(t)
	owner := as(t, url, "owner", `GRANT CREATE ON SCHEMA public TO owner`)
	if err := open(t, owner, nil).Close(); err != nil {
		t.Fatal(err)
	}
	conn := connected(t, url)
	app := as(t, url, "app", `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app`)
	logs := func(url, want string) {
		t.Helper()
		var log bytes.Buffer
		s, err := postgres.Open(ctx, url, postgres.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		missing, err := s.MissingRights(ctx)
		if err != nil || !strings.HasSuffix(missing, want) || (want == "") != (missing == "") {
			t.Errorf("missing: %q, want %q: %v", missing, want, err)
		}
		logged := 0
		if missing != "" {
			logged = strings.Count(log.String(), missing)
		}
		if logged != strings.Count(log.String(), "permissions are missing in the database") || (logged != 1) != (want == "") {
			t.Errorf("missing: %q, logged: %s", missing, &log)
		}
	}
	logs(owner, "")
	logs(app, "run this as owner, or GRANT owner TO app")
	do(t, conn, `GRANT owner TO app`)
	logs(app, "")
	do(t, conn, `REVOKE CREATE ON SCHEMA public FROM owner`)
	logs(app, "GRANT CREATE ON SCHEMA public TO app")
	do(t, conn, `GRANT CREATE ON SCHEMA public TO app`)
	logs(app, "")
	do(t, conn, `DROP TABLE latchkey_access_token_default; CREATE TABLE latchkey_access_token_default PARTITION OF latchkey_access_token DEFAULT`) // owned by another role
	logs(app, "GRANT latchkey TO app")
}
