package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestOnlyWhatLostAgainstAnotherIsTriedAgain(t *testing.T) {
	var (
		serialization = &pgconn.PgError{Code: "40001"}
		deadlock      = fmt.Errorf("commit: %w", &pgconn.PgError{Code: "40P01"})
		unique        = &pgconn.PgError{Code: "23505"}
		inDoubt       = errors.New("unexpected EOF")
	)
	for _, c := range []struct {
		name   string
		errors []error // of one run after the other; then all is well
		runs   int
		want   error
	}{
		{"nothing went wrong", nil, 1, nil},
		{"a serialization failure", []error{serialization}, 2, nil},
		{"a deadlock, and another", []error{deadlock, deadlock}, 3, nil},
		{"failures without end", []error{serialization, serialization, serialization, serialization, serialization, serialization, serialization}, attempts, serialization},
		{"a broken rule", []error{unique}, 1, unique},
		{"a commit in doubt, which must not run twice", []error{inDoubt}, 1, inDoubt},
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
	ended, end := context.WithCancel(context.Background())
	end()
	if err := again(ended, func() error { return serialization }); !errors.Is(err, serialization) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

// TestWhatWaitingCannotMend is told from what it can, and what was not kept for
// certain from what is in doubt.
func TestWhatWaitingCannotMend(t *testing.T) {
	said := func(code string) error { return fmt.Errorf("it failed: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		name                 string
		err                  error
		fatal, refused, away bool
	}{
		{"a wrong statement", said("42601"), true, true, false},
		{"a broken rule", said("23505"), true, true, false},
		{"another transaction is in the way", said("55P03"), false, true, false},
		{"a serialization failure", said("40001"), false, true, false},
		{"the server is shut down, perhaps amid the commit", said("57P01"), false, false, true},
		{"the disk is full", said("53100"), false, false, true},
		{"the connection is lost", errors.New("unexpected EOF"), false, false, true},
		{"a database that is not there, of another host perhaps", errors.Join(&pgconn.ConnectError{Config: &pgconn.Config{}}, said("3D000")), false, false, true},
		{"something in between that has no codes", said(""), false, false, true},
		{"nobody answers in time", fmt.Errorf("timeout: %w", context.DeadlineExceeded), false, false, true},
		{"it only reads", said("25006"), false, false, true},
		{"there are too many connections", errors.Join(&pgconn.ConnectError{Config: &pgconn.Config{}}, said("53300")), false, false, false},
		{"there is too much to do", errLate, false, false, false},
		{"this process ends", errClosed, false, false, false},
		{"a row that cannot be read, of what was kept", fmt.Errorf("scan: %w", pgx.ScanArgError{Err: errors.New("cannot scan")}), true, false, false},
	} {
		isAway := !fatal(c.err) && away(c.err)
		if fatal(c.err) != c.fatal || refused(c.err) != c.refused || isAway != c.away {
			t.Errorf("%s: fatal %v, refused %v, away %v", c.name, fatal(c.err), refused(c.err), isAway)
		}
	}
}

// TestASilentHostLeavesTimeForTheNext: trying all of them takes less time than
// a call may.
func TestASilentHostLeavesTimeForTheNext(t *testing.T) {
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
			t.Errorf("%s: %s for each try", url, each)
		}
	}
	config, err := configure("postgres://a,b/db?connect_timeout=7")
	if err != nil || config.ConnConfig.ConnectTimeout != 7*time.Second {
		t.Errorf("what the URL says counts: %v", err)
	}
}
