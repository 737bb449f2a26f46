// Package needs finds the programs and the ports that tests need. A test whose program
// is not installed is skipped, or fails where the environment variable CI is set.
package needs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A program is needed by tests and not part of Go.
type program struct {
	name  string
	names []string // of the executable, in PATH
	paths []string // patterns of places that are often not in PATH
}

var (
	postgres  = declare("PostgreSQL", []string{"initdb"}, "/usr/lib/postgresql/*/bin/initdb")
	pgBouncer = declare("PgBouncer", []string{"pgbouncer"}, "/usr/sbin/pgbouncer")
	strace    = declare("strace", []string{"strace"})
	nginx     = declare("nginx", []string{"nginx"}, "/usr/sbin/nginx")
	caddy     = declare("Caddy", []string{"caddy"})
	haproxy   = declare("HAProxy", []string{"haproxy"}, "/usr/sbin/haproxy")
	slapd     = declare("OpenLDAP (slapd)", []string{"slapd"}, "/usr/sbin/slapd", "/usr/lib/openldap/slapd")
	python    = declare("Python", []string{"python3"})
	systemd   = declare("systemd", []string{"systemd-analyze"})
	curl      = declare("curl", []string{"curl"})
)

// programs are all that are declared.
var programs []program

// declare returns a program, whose tests are among those that Skipped names.
func declare(name string, names []string, paths ...string) program {
	p := program{name, names, paths}
	programs = append(programs, p)
	return p
}

// find returns the path of the program, or "" if it is not installed. Of
// several versions it returns the last.
func (p program) find() string {
	for _, name := range p.names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	for _, pattern := range p.paths {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return slices.Max(found)
		}
	}
	return ""
}

func (p program) require(t testing.TB) string {
	t.Helper()
	path := p.find()
	if path == "" {
		Missing(t, p.name)
	}
	return path
}

// HasPostgreSQL reports whether PostgreSQL is installed.
func HasPostgreSQL() bool { return postgres.find() != "" }

// PostgreSQL returns the path of initdb, or skips the test.
func PostgreSQL(t testing.TB) string { t.Helper(); return postgres.require(t) }

// PgBouncer returns the path of pgbouncer, or skips the test.
func PgBouncer(t testing.TB) string { t.Helper(); return pgBouncer.require(t) }

// Strace returns the path of strace, or skips the test.
func Strace(t testing.TB) string { t.Helper(); return strace.require(t) }

// Nginx returns the path of nginx, or skips the test.
func Nginx(t testing.TB) string { t.Helper(); return nginx.require(t) }

// Caddy returns the path of caddy, or skips the test.
func Caddy(t testing.TB) string { t.Helper(); return caddy.require(t) }

// HAProxy returns the path of haproxy, or skips the test.
func HAProxy(t testing.TB) string { t.Helper(); return haproxy.require(t) }

// Slapd returns the path of slapd, or skips the test.
func Slapd(t testing.TB) string { t.Helper(); return slapd.require(t) }

// Python returns the path of Python 3, or skips the test.
func Python(t testing.TB) string { t.Helper(); return python.require(t) }

// SystemdAnalyze returns the path of systemd-analyze, or skips the test.
func SystemdAnalyze(t testing.TB) string { t.Helper(); return systemd.require(t) }

// Curl returns the path of curl, or skips the test.
func Curl(t testing.TB) string { t.Helper(); return curl.require(t) }

// Missing skips the test because something is not installed. Where CI is set,
// the test fails instead.
func Missing(t testing.TB, what string) {
	t.Helper()
	if CI() {
		t.Fatalf("%s is not installed. Install it with: make setup", what)
		return
	}
	t.Skipf("skipped: %s is not installed. Install it with: make setup", what)
}

// CI reports whether tests must run completely.
func CI() bool {
	value := os.Getenv("CI")
	return value != "" && value != "false" && value != "0"
}

// Skipped returns a line about the tests of the main module that are skipped on
// this machine, or "" if all of them run.
func Skipped() string {
	var missing []string
	for _, p := range programs {
		if p.find() == "" {
			missing = append(missing, p.name)
		}
	}
	if len(missing) == 0 || CI() {
		return ""
	}
	return fmt.Sprintf("Tests that need %s are skipped: not installed. Install with: make setup", strings.Join(missing, ", "))
}
