package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// TestOnlyCollisionsAreRetried: anything else could run twice.
func TestOnlyCollisionsAreRetried(t *testing.T) {
	var (
		serialization = &pgconn.PgError{Code: "40001"}
		deadlock      = fmt.Errorf("commit: %w", &pgconn.PgError{Code: "40P01"})
		unique        = &pgconn.PgError{Code: "23505"}
		inDoubt       = errors.New("unexpected EOF")
	)
	for _, c := range []struct {
		name   string
		errors []error // of the first runs; the next one succeeds
		runs   int
		want   error
	}{
		{"no error", nil, 1, nil},
		{"a serialization failure", []error{serialization}, 2, nil},
		{"two deadlocks", []error{deadlock, deadlock}, 3, nil},
		{"failures that do not end", []error{serialization, serialization, serialization, serialization, serialization, serialization, serialization}, attempts, serialization},
		{"a violated constraint", []error{unique}, 1, unique},
		{"a commit that may have succeeded", []error{inDoubt}, 1, inDoubt},
	} {
		runs := 0
		err := again(context.Background(), func() error {
			runs++
			if runs <= len(c.errors) {
				return c.errors[runs-1]
			}
			return nil
		})
		if runs != c.runs || !errors.Is(err, c.want) {
			t.Errorf("%s: %d runs and %v, want %d and %v", c.name, runs, err, c.runs, c.want)
		}
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := again(gone, func() error { return serialization }); !errors.Is(err, serialization) {
		t.Errorf("after the caller is gone: %v", err)
	}
}

// TestErrorsAreClassified: permanent errors and temporary ones, batches of which
// nothing was kept for certain and those that may have been committed, and servers
// that cannot be reached.
func TestErrorsAreClassified(t *testing.T) {
	with := func(code string) error { return fmt.Errorf("failed: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		name                            string
		err                             error
		permanent, refused, unreachable bool
	}{
		{"a wrong statement", with("42601"), true, true, false},
		{"a violated constraint", with("23505"), true, true, false},
		{"a lock of another transaction", with("55P03"), false, true, false},
		{"a serialization failure", with("40001"), false, true, false},
		{"the server shuts down, perhaps during the commit", with("57P01"), false, false, true},
		{"the disk is full", with("53100"), false, false, true},
		{"the connection is lost", errors.New("unexpected EOF"), false, false, true},
		{"a database that does not exist, perhaps on another host", errors.Join(&pgconn.ConnectError{Config: &pgconn.Config{}}, with("3D000")), false, false, true},
		{"a program in between that sends no code", with(""), false, false, true},
		{"no answer in time", fmt.Errorf("timeout: %w", context.DeadlineExceeded), false, false, true},
		{"a read-only server", with("25006"), false, false, true},
		{"too many connections", errors.Join(&pgconn.ConnectError{Config: &pgconn.Config{}}, with("53300")), false, false, false},
		{"the operation was not sent in time", sqlstore.ErrTooLate, false, false, false},
		{"this process closes the database", sqlstore.ErrClosed, false, false, false},
		{"a row that cannot be scanned, after the commit", fmt.Errorf("scan: %w", pgx.ScanArgError{Err: errors.New("cannot scan")}), true, false, false},
	} {
		isUnreachable := !permanent(c.err) && unreachable(c.err)
		if permanent(c.err) != c.permanent || refused(c.err) != c.refused || isUnreachable != c.unreachable {
			t.Errorf("%s: permanent %v, refused %v, unreachable %v", c.name, permanent(c.err), refused(c.err), isUnreachable)
		}
	}
}

// TestAllHostsAreTriedWithinTheTimeOfOneCall, even if some do not answer.
func TestAllHostsAreTriedWithinTheTimeOfOneCall(t *testing.T) {
	for url, tries := range map[string]time.Duration{
		"postgres://a/db?sslmode=disable":     1,
		"postgres://a,b,c/db?sslmode=disable": 3,
		"postgres://a,b/db?sslmode=prefer":    4, // with TLS and without
	} {
		config, err := configure(url)
		if err != nil {
			t.Fatal(err)
		}
		if each := config.ConnConfig.ConnectTimeout; each <= 0 || each*tries >= patience {
			t.Errorf("%s: %s per attempt", url, each)
		}
	}
	config, err := configure("postgres://a,b/db?connect_timeout=7")
	if err != nil || config.ConnConfig.ConnectTimeout != 7*time.Second {
		t.Errorf("the timeout of the URL is not used: %v", err)
	}
}
