package ldap_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
)

// relay is a proxy in front of a server, which counts and breaks connections.
type relay struct {
	address string
	opened  atomic.Int64
	mu      sync.Mutex
	open    []*relayed
	refuse  atomic.Bool
}

// relayed is a connection. After cut is set, it is closed as soon as the client sends something.
type relayed struct {
	net.Conn
	cut atomic.Bool
}

func (c *relayed) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.cut.Load() {
		return 0, io.EOF
	}
	return n, err
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", needs.Address(t)) //nolint:noctx // a local server
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: l.Addr().String()}
	t.Cleanup(func() { _ = l.Close(); r.cut(true) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.opened.Add(1)
			server, err := net.Dial("tcp", to) //nolint:noctx // a local server
			if err != nil || r.refuse.Load() {
				_ = c.Close()
				continue
			}
			from := &relayed{Conn: c}
			r.mu.Lock()
			r.open = append(r.open, from)
			r.mu.Unlock()
			go func() { _, _ = io.Copy(server, from); _ = server.Close(); _ = c.Close() }()
			go func() { _, _ = io.Copy(c, server); _ = server.Close(); _ = c.Close() }()
		}
	}()
	return r
}

// cut breaks all connections: at once, or when the client next sends something.
func (r *relay) cut(now bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		if c.cut.Store(true); now {
			_ = c.Close()
		}
	}
	r.open = nil
}

// TestSearchesReuseAConnection: the logins of people do not. A connection that breaks is
// replaced once, and nobody notices it.
func TestSearchesReuseAConnection(t *testing.T) {
	s := newServer(t)
	r := newRelay(t, strings.TrimPrefix(s.secure, "ldaps://"))
	p := s.open(t, func(set *upstream.Settings) { set.URL = "ldaps://" + r.address })
	logsIn := func(when string, want int64) {
		t.Helper()
		before := r.opened.Load()
		if _, err := logIn(p, "ada", "engine"); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		if got := r.opened.Load() - before; got != want {
			t.Errorf("%s: %d connections were opened, want %d", when, got, want)
		}
	}
	logsIn("the first login", 2)
	for range 5 {
		logsIn("another login", 1)
	}
	if _, err := logIn(p, "ada", "apple"); !errors.Is(err, upstream.ErrWrongPassword) {
		t.Errorf("a wrong password: %v", err)
	}
	logsIn("after a wrong password", 1)
	r.cut(false)
	logsIn("after the server closed the connection during a search", 2)
	r.cut(true)
	logsIn("after the server closed the connection before", 2)
	r.cut(false)
	r.refuse.Store(true)
	before := r.opened.Load()
	if _, err := p.Find(ctx, "ada"); !errors.Is(err, upstream.ErrUnavailable) || r.opened.Load()-before != 1 {
		t.Errorf("the server refuses connections: %v, and %d were opened", err, r.opened.Load()-before)
	}
	r.refuse.Store(false)
	logsIn("afterwards", 2)
}

// TestFewConnectionsAreKept, although many people log in at the same time.
func TestFewConnectionsAreKept(t *testing.T) {
	s := newServer(t)
	r := newRelay(t, strings.TrimPrefix(s.secure, "ldaps://"))
	p := s.open(t, func(set *upstream.Settings) { set.URL = "ldaps://" + r.address })
	for range 2 {
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				if _, err := logIn(p, "ada", "engine"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	before := r.opened.Load()
	var finds sync.WaitGroup
	for range 4 {
		finds.Go(func() {
			if e, err := p.Find(ctx, "ada"); err != nil || e.ID == "" {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
	finds.Wait()
	if got := r.opened.Load() - before; got > 3 {
		t.Errorf("no connection was kept: %d were opened", got)
	}
}

// TestAnswersOfADirectoryAreNotRequestedAgain: a search is repeated only if the kept connection is
// broken. Here the server answers, and the entry has no ID.
func TestAnswersOfADirectoryAreNotRequestedAgain(t *testing.T) {
	s := newServer(t)
	r := newRelay(t, strings.TrimPrefix(s.secure, "ldaps://"))
	p := s.open(t, func(set *upstream.Settings) { set.URL, set.IDAttribute = "ldaps://"+r.address, "employeeNumber" })
	if _, err := p.Find(ctx, "nobody"); err != nil { // the connection is kept
		t.Fatal(err)
	}
	before := r.opened.Load()
	if _, err := p.Find(ctx, "ada"); err == nil || r.opened.Load() != before {
		t.Errorf("%d more connections were opened: %v", r.opened.Load()-before, err)
	}
}
