package postgres_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// service forwards connections to a port that can change, like a virtual address
// or a Service of Kubernetes. Connections that are open stay open.
type service struct {
	net.Listener
	port atomic.Int64
}

func newService(t *testing.T, port int) *service {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &service{Listener: l}
	s.port.Store(int64(port))
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go s.forward(client)
		}
	}()
	return s
}

func (s *service) forward(client net.Conn) {
	server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port.Load()))
	if err != nil {
		_ = client.Close()
		return
	}
	done := func() { _, _ = client.Close(), server.Close() }
	go func() { defer done(); _, _ = io.Copy(server, client) }()
	defer done()
	_, _ = io.Copy(client, server)
}

// TestAStandbyIsNeverAsked: the URL has one address, behind which the primary
// changes. For a while the address leads to the server that has become a standby.
// It must not answer reads either, because it does not have later revocations.
func TestAStandbyIsNeverAsked(t *testing.T) {
	for name, test := range map[string]struct {
		settings string // of the URL
		pooler   bool
	}{
		"by default":                    {},
		"although the URL asks for any": {settings: "&target_session_attrs=any"},
		"although the URL prefers one":  {settings: "&target_session_attrs=prefer-standby"},
		"behind a pooler":               {settings: "&default_query_exec_mode=exec", pooler: true},
	} {
		t.Run(name, func(t *testing.T) {
			first := pgtest.New(t)
			url := first.DatabaseFor(t)
			open(t, url, nil)
			second, err := first.Standby()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(second.Stop)
			address := newService(t, first.Port())
			direct := fmt.Sprintf("127.0.0.1:%d", first.Port())
			moving := strings.Replace(url, direct, address.Addr().String(), 1)
			if test.pooler {
				_, port, _ := net.SplitHostPort(address.Addr().String())
				moving = first.PoolerFor(t, "server_login_retry = 1\n[databases]\n* = host=127.0.0.1 user=latchkey port="+port)(url)
			}
			s, err := postgres.Open(ctx, moving+test.settings, postgres.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			reads := map[string]func() error{
				"an access token": func() error { _, _, err := s.AccessToken(ctx, oauth.ID{1}); return err },
				"a client":        func() error { _, err := s.Client(ctx, "c"); return err },
				"clients":         func() error { _, _, err := s.Clients(ctx, oauth.ClientFilter{}, paging.Page{Limit: 1}); return err },
				"a person":        func() error { _, err := s.User(ctx, "ada"); return err },
			}
			answered := func(err error) bool {
				return err == nil || errors.Is(err, oauth.ErrNotFound) || errors.Is(err, account.ErrNotFound)
			}
			for what, read := range reads {
				if err := read(); !answered(err) {
					t.Fatalf("%s, before: %v", what, err)
				}
			}
			if err := second.Promote(); err != nil {
				t.Fatal(err)
			}
			if err := first.Demote(); err != nil {
				t.Fatal(err)
			}
			for range 10 {
				for what, read := range reads {
					if err := read(); answered(err) {
						t.Fatalf("a standby was asked for %s", what)
					}
				}
			}
			if _, err := postgres.Open(ctx, moving+test.settings, postgres.Options{}); err == nil || !strings.Contains(err.Error(), "no server in the URL accepts writes") {
				t.Errorf("opened on a standby: %v", err)
			}
			address.port.Store(int64(second.Port()))
			for what, read := range reads {
				err := read()
				for deadline := time.Now().Add(2 * time.Minute); !answered(err) && time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
					err = read()
				}
				if !answered(err) {
					t.Fatalf("%s, afterwards: %v", what, err)
				}
			}
			if err := s.Writable(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}
