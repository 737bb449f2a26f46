package postgres_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// warningsOf returns what a store reports about its database, and checks that it
// logs the same at the start.
func warningsOf(t *testing.T, url string) string {
	t.Helper()
	var log bytes.Buffer
	s, err := postgres.Open(ctx, url, postgres.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	warnings, err := s.Warnings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(warnings, "\n")
	for _, what := range []string{"REVOKE CREATE"} {
		if strings.Contains(text, what) != strings.Contains(log.String(), what) {
			t.Errorf("reported %q, logged %s", text, &log)
		}
	}
	return text
}

func TestASchemaInWhichOtherRolesMayCreateFunctionsIsReported(t *testing.T) {
	url := database(t)
	owner := as(t, url, "owner", `GRANT CREATE ON SCHEMA public TO owner`)
	open(t, owner, nil)
	app := as(t, url, "app", `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app`)
	conn := connected(t, url)
	for _, step := range []struct{ do, reported string }{
		{`SELECT 1`, ""},
		{`GRANT owner TO app`, ""},
		{`GRANT CREATE ON SCHEMA public TO PUBLIC`, "REVOKE CREATE ON SCHEMA \"public\" FROM PUBLIC"},
		{`REVOKE CREATE ON SCHEMA public FROM PUBLIC`, ""},
		{`CREATE ROLE intern; GRANT CREATE ON SCHEMA public TO intern`, "REVOKE CREATE ON SCHEMA \"public\" FROM intern"},
		{`DROP OWNED BY intern; DROP ROLE intern`, ""},
	} {
		do(t, conn, step.do)
		if got := warningsOf(t, app); !strings.Contains(got, step.reported) || strings.Contains(got, "REVOKE") != (step.reported != "") {
			t.Errorf("after %s: got %q", step.do, got)
		}
	}
}

// connTo is a connection to an address.
type connTo struct {
	net.Conn
	remote net.Addr
}

func (c connTo) RemoteAddr() net.Addr { return c.remote }

func TestAnUnencryptedConnectionToAnotherHostIsReported(t *testing.T) {
	other := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 5432}
	for name, test := range map[string]struct {
		conn net.Conn
		want string
	}{
		"TLS":                {tls.Client(connTo{remote: other}, &tls.Config{MinVersion: tls.VersionTLS12}), ""},
		"no TLS":             {connTo{remote: other}, "192.0.2.7:5432"},
		"no TLS, IPv6":       {connTo{remote: &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 5432}}, "[2001:db8::1]:5432"},
		"the same machine":   {connTo{remote: &net.TCPAddr{IP: net.IPv6loopback, Port: 5432}}, ""},
		"a socket in a file": {connTo{remote: &net.UnixAddr{Name: "/run/postgresql/.s.PGSQL.5432", Net: "unix"}}, ""},
	} {
		if got := postgres.Unencrypted(test.conn); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestTheWarningsContainAnUnencryptedConnection(t *testing.T) {
	url := database(t)
	open(t, url, nil)
	for address, want := range map[string]string{"192.0.2.7": "192.0.2.7:5432 is not encrypted", "127.0.0.1": ""} {
		warnings, err := postgres.WarningsOver(ctx, url, func(conn net.Conn) net.Conn {
			return connTo{conn, &net.TCPAddr{IP: net.ParseIP(address), Port: 5432}}
		})
		text := strings.Join(warnings, "\n")
		if err != nil || !strings.Contains(text, want) || strings.Contains(text, "not encrypted") != (want != "") {
			t.Errorf("%s: got %q, %v", address, text, err)
		}
	}
}
