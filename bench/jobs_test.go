package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// TestEveryJobIsMeasured with few families, on each store, in a directory whose path
// is relative.
func TestEveryJobIsMeasured(t *testing.T) {
	needs.PostgreSQL(t)
	before, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	directory, err := filepath.Rel(before, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := measureJobs(t.Context(), &out, directory, []string{"memory", "sqlite", "postgres"}, 100, 20*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")[4:]
	if len(lines) != 2*len(jobs)-1 { // one job needs a file
		t.Errorf("%d lines: %s", len(lines), out.String())
	}
	if after, err := os.Getwd(); err != nil || after != before {
		t.Errorf("the working directory is %s, %v", after, err)
	}
}
