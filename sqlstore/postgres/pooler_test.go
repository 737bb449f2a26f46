package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

// TestStoreKeepsItsPromisesThroughAPooler in transaction mode, with the setting that
// the documentation names, in a hostile database. The tables are created without the
// pooler.
func TestStoreKeepsItsPromisesThroughAPooler(t *testing.T) {
	url, pooled := hostile(t), server.PoolerFor(t)
	empty := emptier(t, url)
	storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
		empty(t)
		s, err := postgres.Open(ctx, pooled(url)+"&default_query_exec_mode=exec", postgres.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

// TestAPoolerThatTheURLDoesNotMentionIsRejected, whether it rejects the settings of a
// connection or drops them. The error says what to do.
func TestAPoolerThatTheURLDoesNotMentionIsRejected(t *testing.T) {
	url := migrated(t)
	for _, settings := range []string{"", "ignore_startup_parameters = plan_cache_mode, jit, lock_timeout"} {
		pooled := server.PoolerFor(t, settings)
		refused := func(what string, err error) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), "add default_query_exec_mode=exec to the URL") {
				t.Errorf("%s, %q: %v", what, settings, err)
			}
		}
		s, err := postgres.Open(ctx, pooled(url), postgres.Options{})
		if err == nil {
			_ = s.Close()
		}
		refused("open", err)
		_, err = postgres.Migrate(ctx, pooled(url))
		refused("migrate", err)
		_, err = postgres.Pending(ctx, pooled(url))
		refused("plan", err)
		w, err := postgres.CopySource(ctx, pooled(url))
		if err == nil {
			_ = w.Close()
		}
		refused("copy", err)
		s, err = postgres.Open(ctx, pooled(url)+"&default_query_exec_mode=exec", postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
	}
}

func TestASettingThatAPoolerRejectsIsReported(t *testing.T) {
	url := migrated(t)
	pooled := server.PoolerFor(t)
	_, err := postgres.Pending(ctx, pooled(url)+"&default_query_exec_mode=exec&work_mem=8MB")
	if err == nil || !strings.Contains(err.Error(), "rejects a setting of the URL") || !strings.Contains(err.Error(), "work_mem") {
		t.Errorf("the error is %v", err)
	}
}
