package sqlstore_test

import (
	"context"
	"os"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
)

var (
	ctx    = context.Background()
	server *pgtest.Server
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, &server)) }

// onEach runs a test on a database of each engine.
func onEach(t *testing.T, test func(t *testing.T, db testdb.Database)) {
	t.Run("SQLite", func(t *testing.T) { test(t, testdb.SQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, testdb.Postgres(t, server)) })
}
