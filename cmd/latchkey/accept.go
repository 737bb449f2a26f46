package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// accepting is a listener that says in the log when it cannot accept
// connections, and that may be bounded: net/http says the former in a log that
// holds the mistakes of strangers too, and goes on trying in silence.
type accepting struct {
	net.Listener
	logger *slog.Logger
	slots  chan struct{} // one for each connection that is open; nil is no bound
	closed chan struct{}
	close  sync.Once
	failed seldom
	full   seldom
}

func newAccepting(l net.Listener, logger *slog.Logger) *accepting {
	return &accepting{Listener: l, logger: logger, closed: make(chan struct{})}
}

// bound lets no more than n connections be open at a time; others wait until
// one ends. It is called before the first Accept.
func (a *accepting) bound(n int) { a.slots = make(chan struct{}, n) }

// moreFiles is what can be done about it.
const moreFiles = "LimitNOFILE of systemd or ulimit -n say how many files and connections there may be: raise it, and look who opens so many"

func (a *accepting) Accept() (net.Conn, error) {
	if err := a.wait(); err != nil {
		return nil, err
	}
	c, err := a.Listener.Accept()
	if err != nil {
		a.done()
		if !errors.Is(err, net.ErrClosed) && a.failed.now() {
			a.logger.WarnContext(context.Background(), "connections cannot be accepted; it is tried again and again. "+moreFiles, "listening", a.Addr().String(), "error", err.Error())
		}
		return nil, err
	}
	if a.slots == nil {
		return c, nil
	}
	release := sync.OnceFunc(a.done)
	if tcp, is := c.(*net.TCPConn); is { // with all that net/http looks for
		return &boundTCP{tcp, release}, nil
	}
	return &bound{c, release}, nil
}

// wait takes a slot.
func (a *accepting) wait() error {
	if a.slots == nil {
		return nil
	}
	select {
	case a.slots <- struct{}{}:
		return nil
	default:
	}
	if a.full.now() {
		a.logger.WarnContext(context.Background(), "as many connections are open as there may be; others wait. "+moreFiles, "listening", a.Addr().String(), "connections", cap(a.slots))
	}
	select {
	case a.slots <- struct{}{}:
		return nil
	case <-a.closed:
		return net.ErrClosed
	}
}

func (a *accepting) done() {
	if a.slots != nil {
		<-a.slots
	}
}

func (a *accepting) Close() error {
	a.close.Do(func() { close(a.closed) })
	return a.Listener.Close()
}

// bound and boundTCP are connections that give their slot back.
type bound struct {
	net.Conn
	release func()
}

func (b *bound) Close() error { defer b.release(); return b.Conn.Close() }

type boundTCP struct {
	*net.TCPConn
	release func()
}

func (b *boundTCP) Close() error { defer b.release(); return b.TCPConn.Close() }

// seldom lets something be said once in a while.
type seldom struct{ last atomic.Int64 }

const sayEvery = 10 * time.Second

func (s *seldom) now() bool {
	last, now := s.last.Load(), time.Now().UnixNano()
	return now-last >= int64(sayEvery) && s.last.CompareAndSwap(last, now)
}

// What the open files are needed for besides the connections of the public
// listener.
const (
	// ownFiles are the log, the listeners, what others are asked, and the ops
	// listener, which must answer most of all when nothing else does.
	ownFiles = 32
	// filesOfConnection are those of one to the database, SQLite's too.
	filesOfConnection = 2
	// leastConnections are let in however few files there may be.
	leastConnections = 4
)

// connections is how many the public listener may have open where there may be
// so many files, and whether what else needs files has enough of them then.
func connections(files uint64, ofPool int) (n int, enough bool) {
	const most = 1 << 20
	n = int(min(files, most)) - ownFiles - filesOfConnection*(ofPool+1) //nolint:gosec // at most a million
	return max(n, leastConnections), n >= leastConnections
}

// boundConnections leaves files for the database and for those who look inside.
func (p *instance) boundConnections(ctx context.Context, l *accepting) {
	files, known := mostFiles()
	if !known {
		return
	}
	n, enough := connections(files, p.store.Stats().Engine.Pool.Most)
	if !enough {
		p.logger.WarnContext(ctx, "few files may be open, too few for a server with its database. "+moreFiles, "files", files, "connections", n)
	}
	l.bound(n)
}
