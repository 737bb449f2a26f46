package postgres_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

// TestBehindAPoolerInTransactionModeTheStoresPromisesHold, with the setting
// that the documentation names. The tables are made beside the pooler.
func TestBehindAPoolerInTransactionModeTheStoresPromisesHold(t *testing.T) {
	pooled, stop, err := server.Pooler()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
		url := database(t)
		open(t, url, clock)
		s, err := postgres.Open(ctx, pooled(url)+"&default_query_exec_mode=exec", postgres.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}
