package pgtest

import (
	"fmt"
	"os"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// Main starts a server for all tests of a package, runs them, and returns the
// status to exit with. If PostgreSQL is not installed, *server stays nil, and
// DatabaseFor skips the test.
func Main(m *testing.M, server **Server) int {
	if needs.HasPostgreSQL() {
		s, err := Start()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer s.Stop()
		*server = s
	}
	return m.Run()
}

// New starts a server for the test, or skips the test if PostgreSQL is not
// installed.
func New(t testing.TB, settings ...string) *Server {
	t.Helper()
	needs.PostgreSQL(t)
	s, err := Start(settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// DatabaseFor creates an empty database and returns its URL.
func (s *Server) DatabaseFor(t testing.TB) string {
	t.Helper()
	needs.PostgreSQL(t)
	url, err := s.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// PoolerFor starts PgBouncer in front of the server, as Pooler does, and stops
// it at the end of the test. It skips the test if a program is not installed.
func (s *Server) PoolerFor(t testing.TB, settings ...string) (url func(string) string) {
	t.Helper()
	needs.PostgreSQL(t)
	needs.PgBouncer(t)
	url, stop, err := s.Pooler(settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url
}
