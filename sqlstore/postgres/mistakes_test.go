package postgres_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// A pool that is nil is an error, and not a panic of the driver.
func TestNilPoolIsAnError(t *testing.T) {
	if _, err := postgres.Use(t.Context(), nil, postgres.Options{}); err == nil || !strings.Contains(err.Error(), "the pool is nil") {
		t.Errorf("got %v", err)
	}
}
