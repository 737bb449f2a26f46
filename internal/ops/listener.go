package ops

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Listener is a net.Listener that logs when it cannot accept connections and
// that can limit how many are open. On its own, net/http reports a failed
// Accept only in its error log, among the errors that clients cause.
type Listener struct {
	net.Listener
	logger *slog.Logger
	slots  chan struct{} // one element for each open connection; nil means no limit
	closed chan struct{}
	close  sync.Once
	idle   idleConns
	failed throttle
	full   throttle
}

// NewListener returns a Listener on l without a limit.
func NewListener(l net.Listener, logger *slog.Logger) *Listener {
	return &Listener{Listener: l, logger: logger, closed: make(chan struct{})}
}

// Limit limits the number of open connections to n. For further connections, idle
// ones are closed; if none is idle, they wait. Limit must be called before the first Accept.
func (l *Listener) Limit(n int) { l.slots = make(chan struct{}, n) }

// fileLimitAdvice is the advice for the operator when files run out.
const fileLimitAdvice = "Raise the limit of open files (LimitNOFILE in systemd, or ulimit -n), and check which clients open so many connections"

// Accept waits for the next connection, and for a free slot if there is a limit.
func (l *Listener) Accept() (net.Conn, error) {
	if err := l.acquire(); err != nil {
		return nil, err
	}
	c, err := l.Listener.Accept()
	if err != nil {
		l.release()
		if !errors.Is(err, net.ErrClosed) && l.failed.allow() {
			l.logger.WarnContext(context.Background(), "cannot accept connections; retrying. "+fileLimitAdvice, "listening", l.Addr().String(), "error", err.Error())
		}
		return nil, err
	}
	if l.slots == nil {
		return c, nil
	}
	release := sync.OnceFunc(l.release)
	if tcp, ok := c.(*net.TCPConn); ok { // net/http uses the methods of a TCPConn
		return &limitedTCPConn{tcp, release}, nil
	}
	return &limitedConn{c, release}, nil
}

// acquire takes a slot. It fails if the listener is closed.
func (l *Listener) acquire() error {
	if l.slots == nil {
		return nil
	}
	select {
	case l.slots <- struct{}{}:
		return nil
	default:
	}
	if l.full.allow() {
		l.logger.WarnContext(context.Background(), "the limit of open connections is reached; idle connections are closed, and new connections wait. "+fileLimitAdvice, "listening", l.Addr().String(), "connections", cap(l.slots))
	}
	l.makeRoom()
	defer l.noRoomNeeded()
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-l.closed:
		return net.ErrClosed
	}
}

func (l *Listener) release() {
	if l.slots != nil {
		<-l.slots
	}
}

// Close closes the listener. An Accept that waits for a slot returns
// net.ErrClosed.
func (l *Listener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// limitedConn and limitedTCPConn release their slot when they are closed.
type limitedConn struct {
	net.Conn
	release func()
}

func (c *limitedConn) Close() error { defer c.release(); return c.Conn.Close() }

type limitedTCPConn struct {
	*net.TCPConn
	release func()
}

func (c *limitedTCPConn) Close() error { defer c.release(); return c.TCPConn.Close() }

// throttle allows a log line every throttleInterval.
type throttle struct{ last atomic.Int64 }

const throttleInterval = 10 * time.Second

func (t *throttle) allow() bool {
	last, now := t.last.Load(), time.Now().UnixNano()
	return now-last >= int64(throttleInterval) && t.last.CompareAndSwap(last, now)
}
