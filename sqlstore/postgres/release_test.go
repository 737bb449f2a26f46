package postgres_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

var record = flag.Bool("record", false, "record the statements of this release, with which the next one is tested")

// releaseBefore is the file with the statements of the previous release.
const releaseBefore = "testdata/statements.sql"

// TestTheTablesSuitTheReleaseBefore: processes of the previous release keep working
// during and after an upgrade. PostgreSQL must accept each of their statements.
// TestAStepOnlyAdds shows that the rows that they write are complete.
//
// At a release, -record records the statements with which the next one is tested.
func TestTheTablesSuitTheReleaseBefore(t *testing.T) {
	if *record {
		if err := os.WriteFile(releaseBefore, []byte(strings.Join(statements(t), "\n;\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(releaseBefore)
	if err != nil {
		t.Fatal(err)
	}
	url := database(t)
	open(t, url, nil)
	conn := connected(t, url)
	all := strings.Split(strings.TrimSpace(string(text)), "\n;\n")
	if len(all) < 50 {
		t.Fatalf("only %d statements", len(all))
	}
	for _, statement := range all {
		if _, err := conn.Prepare(ctx, "", statement); err != nil {
			t.Errorf("a statement of the previous release fails: %v\n%s", err, statement)
		}
	}
}

// statements returns the statements that a Store runs while its promises are
// tested.
func statements(t *testing.T) []string {
	t.Helper()
	watched := pgtest.New(t, "log_statement=all", "log_line_prefix=@@@ ")
	url := watched.DatabaseFor(t)
	if _, err := postgres.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	empty := emptier(t, url)
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
		empty(t)
		return open(t, url, clock)
	})
	log, err := watched.Log()
	if err != nil {
		t.Fatal(err)
	}
	executed := regexp.MustCompile(`^LOG:  execute \S+: `)
	var all []string
	for entry := range strings.SplitSeq(log, "@@@ ") {
		statement := strings.TrimSpace(executed.ReplaceAllString(entry, ""))
		verb, _, _ := strings.Cut(statement, " ")
		if executed.MatchString(entry) && slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, verb) && !strings.Contains(statement, "goose") && !strings.Contains(strings.ReplaceAll(statement, "pg_catalog.", ""), "pg_") {
			all = append(all, statement)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
