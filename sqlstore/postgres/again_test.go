package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"

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
