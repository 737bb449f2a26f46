package main

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
)

// sharedPostgres is the PostgreSQL of the tests that neither stop it nor need special
// settings. Each of them uses a database of its own.
var sharedPostgres *pgtest.Server

// TestMain runs several tests at the same time even on a machine with two
// processors, because most tests wait for the processes that they started. At the
// end it removes the temporary files of all tests, such as the program.
func TestMain(m *testing.M) {
	status, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func runTests(m *testing.M) (status int, err error) {
	folder, err := os.MkdirTemp("", "lk")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := os.Chmod(folder, 0o711); err != nil { //nolint:gosec // PostgreSQL and the server of the image run as other users
		return 0, err
	}
	if err := os.Setenv("TMPDIR", folder); err != nil {
		return 0, err
	}
	// The servers that the tests start collect garbage as they do elsewhere.
	if err := os.Unsetenv("GOGC"); err != nil {
		return 0, err
	}
	if err := flag.Set("test.parallel", "6"); err != nil { // the command line has precedence
		return 0, err
	}
	return pgtest.Main(m, &sharedPostgres), nil
}
