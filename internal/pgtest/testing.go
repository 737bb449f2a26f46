package pgtest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// cheap returns settings that save work. None of them loses data if only the
// process is killed. The settings that follow take precedence.
func cheap(settings []string) []string {
	return slices.Concat([]string{"full_page_writes=off", "autovacuum=off", "shared_buffers=32MB", "jit=off"}, settings)
}

// CheapDir returns the directory for the data of servers whose data need not survive a
// restart of the machine: a file system in memory if it has plenty of space. A new database consists of
// hundreds of files, which cost a quarter of a second of processor time on a disk.
func CheapDir() string {
	const (
		dir    = "/dev/shm"
		plenty = 2 << 30 // bytes
	)
	var space syscall.Statfs_t
	if syscall.Statfs(dir, &space) != nil || int64(space.Bavail)*space.Bsize < plenty { //nolint:gosec // the size of a file system fits
		return os.TempDir()
	}
	return dir
}

// Main starts a server for all tests of a package, runs them, and returns the
// status to exit with. If PostgreSQL is not installed, *server stays nil, and
// DatabaseFor skips the test.
func Main(m *testing.M, server **Server) int {
	defer CopyClusters()()
	if needs.HasPostgreSQL() {
		s, err := startIn(CheapDir(), cheap(nil))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer s.Stop()
		s.shared = true
		*server = s
	}
	return m.Run()
}

// New starts a server for the test, or skips the test if PostgreSQL is not
// installed.
func New(t testing.TB, settings ...string) *Server {
	t.Helper()
	needs.PostgreSQL(t)
	s, err := startIn(CheapDir(), cheap(settings))
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
	s.dropAfter(t, url[strings.LastIndexByte(url, '/')+1:strings.IndexByte(url, '?')])
	return url
}

// PreparedFor creates a database with the tables that prepare creates, and returns
// its URL. Only the first call runs prepare: the databases are copies of one
// template. So all calls on a server must pass a function that does the same.
func (s *Server) PreparedFor(t testing.TB, prepare func(url string) error) string {
	t.Helper()
	needs.PostgreSQL(t)
	s.preparing.Lock()
	defer s.preparing.Unlock()
	if !s.prepared {
		if err := errors.Join(s.create(template, ""), prepare(s.url(template))); err != nil {
			t.Fatal(err)
		}
		s.prepared = true
	}
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	if err := s.create(name, "TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	s.dropAfter(t, name)
	return s.url(name)
}

// dropAfter drops a database of a server for all tests at the end of this test, because
// its files may be in memory.
func (s *Server) dropAfter(t testing.TB, name string) {
	if s.shared {
		t.Cleanup(func() { _ = s.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	}
}

const template = "prepared"

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
