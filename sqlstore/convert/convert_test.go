package convert_test

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/sqlstore/convert"
)

// TestConvertedTablesAreThoseOfANewDatabase compares columns, defaults, indexes
// and the numbers of rows.
func TestConvertedTablesAreThoseOfANewDatabase(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			old, fresh := engine(t, true), engine(t, false)
			before := old.contents()
			if ran := old.mustMigrate(); !slices.Equal(ran, andLater(old.engine, convert.StepName)) {
				t.Errorf("migrating ran %v", ran)
			}
			fresh.mustMigrate()
			sameTexts(t, "tables", old.texts(old.tables), fresh.texts(fresh.tables))
			sameTexts(t, "columns", old.texts(old.columns), fresh.texts(fresh.columns))
			sameTexts(t, "indexes", old.texts(old.indexes), fresh.texts(fresh.indexes))
			after := old.contents()
			for table, rows := range before {
				switch table {
				case "goose_db_version":
					continue
				case "logout_notice": // the clients of a session that has ended
					if got := old.texts(`SELECT CAST(count(*) AS TEXT) FROM latchkey_session_client WHERE notify_at > 0`); got[0] != rows {
						t.Errorf("%s had %s rows, and there are %s notices", table, rows, got[0])
					}
					continue
				}
				renamed := "latchkey_" + strings.NewReplacer("strike", "attempt", "code", "ticket").Replace(table)
				if after[renamed] != rows || rows == "0" && table != "lease" {
					t.Errorf("%s had %s rows, and %s has %s", table, rows, renamed, after[renamed])
				}
			}
			if ran := old.mustMigrate(); len(ran) != 0 {
				t.Errorf("migrating again ran %v", ran)
			}
		})
	}
}

// TestEveryNameHasThePrefixAfterAConversion, also the names of partitions, of
// their indexes and of sequences.
func TestEveryNameHasThePrefixAfterAConversion(t *testing.T) {
	onEach(t, true, func(t *testing.T, db *database) {
		db.mustMigrate()
		query := `SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'latchkey_%'`
		if db.engine == "postgres" {
			query = `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'latchkey_%'`
		}
		if left := db.texts(query); len(left) > 0 {
			t.Errorf("without the prefix: %v", left)
		}
	})
}

// TestAConversionIsAllOrNothing, and can be repeated when the reason of its
// failure is gone.
func TestAConversionIsAllOrNothing(t *testing.T) {
	onEach(t, true, func(t *testing.T, db *database) {
		db.exec(`CREATE TABLE latchkey_signing_key (id INTEGER)`) // some tables come before this one, others after it
		before := db.contents()
		ran, err := db.migrate(t.Context())
		if err == nil || len(ran) > 0 || !strings.Contains(err.Error(), "converting the tables from before 0.1.0") || !strings.Contains(err.Error(), "latchkey_signing_key") {
			t.Errorf("converting where a name is taken: %v %v", ran, err)
		}
		if after := db.contents(); !maps.Equal(before, after) {
			t.Errorf("after a failure: %v, before: %v", after, before)
		}
		db.exec(`DROP TABLE latchkey_signing_key`)
		if ran := db.mustMigrate(); !slices.Equal(ran, andLater(db.engine, convert.StepName)) {
			t.Errorf("migrating again ran %v", ran)
		}
	})
}

// TestAnInterruptedConversionChangesNothing: it is interrupted while it waits
// for a table that another program has locked.
func TestAnInterruptedConversionChangesNothing(t *testing.T) {
	onEach(t, true, func(t *testing.T, db *database) {
		before := db.contents()
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), `UPDATE subject SET blocked = blocked`); err != nil {
			t.Fatal(err)
		}
		running, interrupt := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := db.migrate(running)
			failed <- err
		}()
		for deadline := time.Now().Add(5 * time.Minute); db.engine == "postgres"; {
			if waiting := db.texts(`SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`); len(waiting) > 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the conversion does not wait for the lock")
			}
		}
		interrupt()
		if err := <-failed; err == nil {
			t.Error("the conversion succeeded beside a lock")
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if after := db.contents(); !maps.Equal(before, after) {
			t.Errorf("after an interruption: %v, before: %v", after, before)
		}
		if ran := db.mustMigrate(); !slices.Equal(ran, andLater(db.engine, convert.StepName)) {
			t.Errorf("migrating again ran %v", ran)
		}
	})
}

// TestOfManyProcessesOneConverts, and the others succeed too.
func TestOfManyProcessesOneConverts(t *testing.T) {
	onEach(t, true, func(t *testing.T, db *database) {
		var (
			all       sync.WaitGroup
			mu        sync.Mutex
			converted int
		)
		for range 5 {
			all.Go(func() {
				ran, err := db.migrate(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				converted += len(ran)
			})
		}
		all.Wait()
		if converted != len(andLater(db.engine, convert.StepName)) {
			t.Errorf("%d steps were run, want 1", converted)
		}
	})
}

// converting is a database that another process converts before the second query.
type converting struct {
	*database
	reads int
}

func (m *converting) convert() {
	if m.reads++; m.reads == 2 {
		m.mustMigrate()
	}
}

func (m *converting) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	m.convert()
	return m.database.QueryContext(ctx, query, args...)
}

func (m *converting) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	m.convert()
	return m.database.QueryRowContext(ctx, query, args...)
}

// TestTablesThatAreBeingConvertedAreNotRefused: a process that starts at the same
// time must not say that tables are missing, because it would not try again.
func TestTablesThatAreBeingConvertedAreNotRefused(t *testing.T) {
	onEach(t, true, func(t *testing.T, db *database) {
		pending := convert.SQLitePending
		if db.engine == "postgres" {
			pending = convert.PostgresPending
		}
		if _, err := pending(t.Context(), &converting{database: db}); err != nil {
			t.Error(err)
		}
	})
}

// TestTablesOfAnOlderVersionAreRefused with a sentence that says what they lack
// and what to do, and are not changed.
func TestTablesOfAnOlderVersionAreRefused(t *testing.T) {
	for change, want := range map[string]string{
		`DROP TABLE logout_notice`:                          "and lack the table logout_notice.",
		`ALTER TABLE family DROP COLUMN openid`:             "and lack the column openid of the table family.",
		`DROP INDEX account_email`:                          "and lack the index account_email.",
		`ALTER TABLE client ADD COLUMN of_the_host INTEGER`: "the table client has the column of_the_host",
	} {
		onEach(t, true, func(t *testing.T, db *database) {
			db.exec(change)
			before := db.contents()
			_, err := db.migrate(t.Context())
			_, planned := db.plan(t.Context())
			for _, err := range []error{err, planned} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("after %s: %v", change, err)
				}
			}
			if strings.Contains(want, "and lack") && !strings.Contains(err.Error(), "Run latchkey migrate of the last version before 0.1.0 first") {
				t.Errorf("it does not say what to do: %v", err)
			}
			if after := db.contents(); !maps.Equal(before, after) {
				t.Errorf("it was changed: %v", after)
			}
		})
	}
}

// TestThePlanOfAConversionChangesNothing, and says what it does and how long it
// may take.
func TestThePlanOfAConversionChangesNothing(t *testing.T) {
	onEach(t, true, func(t *testing.T, db *database) {
		before := db.contents()
		steps, err := db.plan(t.Context())
		if err != nil || len(steps) != len(andLater(db.engine, convert.StepName)) {
			t.Fatalf("the plan: %v %v", steps, err)
		}
		step := steps[0]
		if step.Name != convert.StepName || !strings.Contains(step.Locks, "Stop all servers first") || !strings.Contains(step.SQL, "latchkey_attempt") || step.Held < step.Takes {
			t.Errorf("the plan: %+v", step)
		}
		for _, table := range step.Reads {
			if table.Name == "code" && table.Rows == 0 {
				t.Error("the plan does not count the rows")
			}
		}
		if after := db.contents(); !maps.Equal(before, after) {
			t.Errorf("a plan changed the tables: %v", after)
		}
	})
}
